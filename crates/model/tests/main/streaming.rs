//! Separators over windows: parity with openunmix on a whole song, seams, sums, and sound that does not fit.

use crate::golden::{Expected, difference, folder};
use burn::tensor::Device;
use musiclime_audio::Complex;
use musiclime_audio::separation::wiener::{FirstEstimate, Residual, Wiener};
use musiclime_core::{Separator, Waveform};
use musiclime_model::open_unmix::{OpenUnmixEstimator, OpenUnmixFiles};
use musiclime_model::separation::{Edge, Estimator, Framing, NeuralSeparator, Windows};

/// Sound is within 1; the reference was computed in double precision.
const TOLERANCE: f32 = 1e-5;
/// The same behind two rounds of the Wiener filter, which magnify what networks in single precision round:
/// openunmix's own results in single precision are off by 1.5e-5 there.
const SINGLE_TWICE_FILTERED: f32 = 4e-5;

fn sound(channels: Vec<Vec<f32>>, rate: u32) -> Waveform {
    Waveform::new(channels, rate).expect("a sound")
}

fn open_unmix(
    name: &str,
    iterations: usize,
    residual: Residual,
    windows: Windows,
    double: bool,
) -> NeuralSeparator {
    let device = Device::flex();
    let files = OpenUnmixFiles::find(&folder(name)).expect("a model");
    let (config, network) = files.load(&device).expect("weights");
    let network = match double {
        true => network.in_double_precision(),
        false => network,
    };
    let loaded = (config, network);
    let filter = Wiener {
        iterations,
        first: FirstEstimate::MixturePhase,
        residual,
    };
    let estimator = OpenUnmixEstimator::new(loaded, filter, windows, 25, &device);
    NeuralSeparator::new("open-unmix", Box::new(estimator))
}

const WHOLE: Windows = Windows {
    frames: 512,
    margin: 48,
    fade: 32,
    batch: 2,
};

#[test]
fn open_unmix_separates_a_song_as_openunmix_does() {
    for (name, channels) in [("open_unmix_music", 2), ("open_unmix_speech", 1)] {
        let expected = Expected::open_file(&format!("{name}/expected.safetensors"));
        for (iterations, left, residual, double, tolerance) in [
            (0, 0, Residual::None, false, TOLERANCE),
            (1, 0, Residual::None, false, TOLERANCE),
            (2, 0, Residual::None, true, TOLERANCE),
            (2, 0, Residual::None, false, SINGLE_TWICE_FILTERED),
            (1, 1, Residual::LastSource, false, TOLERANCE),
        ] {
            // A second round magnifies rounding at the edge of silence; see the script.
            let audio = expected.floats(["audio", "audio", "audio.dense"][iterations]);
            let len = audio.len() / channels;
            let mixture = sound(audio.chunks(len).map(<[f32]>::to_vec).collect(), 8000);
            let separator = open_unmix(name, iterations, residual, WHOLE, double);
            let stems = separator.separate(&mixture).expect("stems");
            let wanted = expected.floats(&format!("separated.{iterations}.{left}"));
            for (i, wanted) in wanted.chunks(channels * len).enumerate() {
                // `other` takes the rest as well.
                if stems.names()[i] == "other" {
                    continue;
                }
                let got = stems.waveforms()[i].channels().concat();
                let d = difference(wanted, &got);
                assert!(
                    d < tolerance,
                    "{name}, {iterations} rounds, residual {left}, double {double}: {} differs by {d:e}",
                    stems.names()[i]
                );
            }
            let d = difference(&audio, &stems.mixture().channels().concat());
            assert!(d < 1e-6, "the stems sum to the mixture within {d:e}");
        }
    }
}

/// Estimates that depend on a frame's neighbourhood, so that windows without enough context differ.
struct Smoothing {
    framing: Framing,
    sources: Vec<String>,
    radius: usize,
}

impl Estimator for Smoothing {
    fn framing(&self) -> &Framing {
        &self.framing
    }
    fn sources(&self) -> &[String] {
        &self.sources
    }
    fn estimated(&self) -> usize {
        1
    }
    fn heard_bins(&self) -> usize {
        self.framing.fft_size / 2 + 1
    }
    fn estimate(&self, magnitudes: &[f32], windows: usize) -> Result<Vec<Vec<f32>>, String> {
        let plane = self.framing.channels * self.heard_bins();
        let mut out = Vec::new();
        for window in magnitudes.chunks(magnitudes.len() / windows) {
            let frames = window.len() / plane;
            for t in 0..frames {
                let near = t.saturating_sub(self.radius)..(t + self.radius + 1).min(frames);
                let count = near.len() as f32;
                for k in 0..plane {
                    let mean = near.clone().map(|u| window[u * plane + k]).sum::<f32>() / count;
                    out.push(mean.min(window[t * plane + k]));
                }
            }
        }
        Ok(vec![out])
    }
    fn filter(&self, magnitudes: &[f32], mixture: &[Complex<f32>]) -> Vec<Complex<f32>> {
        let scaled = magnitudes.iter().zip(mixture);
        scaled
            .map(|(m, x)| match x.norm() {
                0.0 => Complex::default(),
                norm => x * (m / norm),
            })
            .collect()
    }
}

fn smoothing(radius: usize, windows: Windows) -> NeuralSeparator {
    let framing = Framing {
        sample_rate_hz: 8000,
        channels: 2,
        fft_size: 64,
        hop_samples: 16,
        edge: Edge::Mirrored,
        windows,
        filtered_frames: 30,
    };
    let sources = vec!["vocals".to_string()];
    NeuralSeparator::new(
        "smoothing",
        Box::new(Smoothing {
            framing,
            sources,
            radius,
        }),
    )
}

fn noise(channels: usize, len: usize) -> Vec<Vec<f32>> {
    let mut state = 1u32;
    (0..channels)
        .map(|_| {
            (0..len)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 8) as f32 / (1 << 24) as f32 - 0.5
                })
                .collect()
        })
        .collect()
}

const SMALL: Windows = Windows {
    frames: 40,
    margin: 6,
    fade: 4,
    batch: 3,
};

#[test]
fn windows_with_enough_context_leave_no_seam() {
    // Lengths that end within a window, with one, and just past one.
    for len in [700, 2000, 640 * 5, 640 * 5 + 1, 9001] {
        let mixture = sound(noise(2, len), 8000);
        let whole = smoothing(
            6,
            Windows {
                frames: 4096,
                ..SMALL
            },
        );
        let whole = whole.separate(&mixture).expect("stems");
        let streamed = smoothing(6, SMALL).separate(&mixture).expect("stems");
        let parts = |s: &musiclime_core::Stems| s.waveforms()[0].channels().concat();
        let d = difference(&parts(&whole), &parts(&streamed));
        assert!(d < 1e-6, "{len} samples: a seam of {d:e}");
        // And too little context is seen, so that the test can fail.
        if len == 9001 {
            let short = smoothing(6, Windows { margin: 1, ..SMALL });
            let short = short.separate(&mixture).expect("stems");
            assert!(difference(&parts(&whole), &parts(&short)) > 1e-4);
        }
    }
}

#[test]
fn stems_sum_to_the_mixture_at_any_rate_and_channel_count() {
    for (rate, channels) in [(8000, 2), (8000, 1), (44_100, 2), (6000, 1), (11_025, 2)] {
        let mixture = sound(noise(channels, 7777), rate);
        let separator = smoothing(6, SMALL);
        let stems = separator.separate(&mixture).expect("stems");
        assert_eq!(stems.names(), ["vocals", "other"]);
        let sum = stems.mixture();
        assert_eq!(
            (sum.sample_rate_hz(), sum.channels().len(), sum.len()),
            (rate, channels, 7777)
        );
        let d = difference(&mixture.channels().concat(), &sum.channels().concat());
        assert!(d < 1e-6, "{rate} Hz, {channels} channels: {d:e}");
        assert!(
            stems.waveforms()[0].rms() > 0.03,
            "an estimate that is not silent"
        );
    }
}

#[test]
fn conversions_are_said_and_what_does_not_fit_is_refused_by_name() {
    let separator = smoothing(6, SMALL);
    let run = |channels: usize, len: usize, rate: u32| {
        let mut separation = separator.start(rate, channels)?;
        separation.push(&sound(noise(channels, len), rate))?;
        separation.finish()?;
        Ok::<_, musiclime_core::SeparatorError>(separation.notes())
    };
    let notes = run(1, 4000, 4000).expect("converted").join("\n");
    assert!(notes.contains("one was given to both"), "{notes}");
    assert!(notes.contains("4000 Hz was converted"), "{notes}");
    assert!(notes.contains("dB of the mixture"), "{notes}");
    let short = run(2, 3, 8000).expect_err("3 samples").to_string();
    assert!(
        short.contains("smoothing") && short.contains("got 3"),
        "{short}"
    );
    let wide = run(3, 4000, 8000).expect_err("3 channels").to_string();
    assert!(wide.contains("at most 2"), "{wide}");
    // Silence and clipping are sound like any other.
    for level in [0.0, 1.0] {
        let mixture = sound(vec![vec![level; 3000]; 2], 8000);
        let stems = separator.separate(&mixture).expect("stems");
        assert!(difference(&[level; 3000], &stems.mixture().channels()[0]) < 1e-6);
    }
}
