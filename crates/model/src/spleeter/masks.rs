use super::{MaskExtension, SpleeterConfig};
use musiclime_audio::Complex;
use rayon::prelude::*;

/// Keeps the masks finite where every estimate is 0, and shares such cells equally.
const EPSILON: f32 = 1e-10;

/// Soft masks of the estimates, applied to the mixture.
///
/// # Shapes
/// `estimates`: `[frames, stems, channels, heard]`; `mixture`: `[frames, channels, bins]`; the result:
/// `[frames, stems, channels, bins]`.
///
/// # Source
/// `_build_masks` and `_extend_mask` of Spleeter 2.4.
pub(super) fn apply(
    config: &SpleeterConfig,
    estimates: &[f32],
    mixture: &[Complex<f32>],
) -> Vec<Complex<f32>> {
    let (stems, channels, heard) = (config.stems.len(), config.channels, config.bins);
    let bins = config.fft_size / 2 + 1;
    let frames = mixture.len() / (channels * bins);
    let mut out = vec![Complex::default(); frames * stems * channels * bins];
    out.par_chunks_exact_mut(stems * channels * bins)
        .zip(estimates.par_chunks_exact(stems * channels * heard))
        .zip(mixture.par_chunks_exact(channels * bins))
        .for_each(|((out, estimates), mixture)| {
            let powered: Vec<f32> = estimates
                .iter()
                .map(|e| match config.separation_exponent {
                    2.0 => e * e,
                    exponent => e.powf(exponent),
                })
                .collect();
            for channel in 0..channels {
                let of_stem = |s: usize| &powered[(s * channels + channel) * heard..][..heard];
                let total: Vec<f32> = (0..heard)
                    .map(|k| (0..stems).map(|s| of_stem(s)[k]).sum::<f32>() + EPSILON)
                    .collect();
                let mixture = &mixture[channel * bins..(channel + 1) * bins];
                for stem in 0..stems {
                    let mut sum = 0.0f64;
                    let out = &mut out[(stem * channels + channel) * bins..][..bins];
                    for k in 0..heard {
                        let mask = (of_stem(stem)[k] + EPSILON / stems as f32) / total[k];
                        sum += f64::from(mask);
                        out[k] = mixture[k] * mask;
                    }
                    let above = match config.mask_extension {
                        MaskExtension::Zeros => 0.0,
                        MaskExtension::Average => (sum / heard as f64) as f32,
                    };
                    for k in heard..bins {
                        out[k] = mixture[k] * above;
                    }
                }
            }
        });
    out
}
