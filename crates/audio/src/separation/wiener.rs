//! The multichannel Wiener filter: estimated magnitudes of sources and a mixture become complex sources.

use rayon::prelude::*;
use realfft::num_complex::Complex;

/// Keeps divisions by a model's energy finite; also the white noise that the filter assumes in the mixture.
const EPSILON: f64 = 1e-10;
/// The mixture is scaled so that its largest value is at most this.
const LARGEST: f64 = 10.0;
/// Frames that one task adds up, so that sums do not depend on how many threads there are.
const FRAMES_A_TASK: usize = 32;

/// How the first estimates are made from magnitudes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstEstimate {
    /// Each source's magnitude with the mixture's phase.
    MixturePhase,
    /// The mixture, shared by the ratio of the magnitudes.
    RatioMask,
}

/// Whether a last source takes what the others leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residual {
    /// There is none.
    None,
    /// The mixture minus all others, before the refinement.
    LastSource,
}

/// Settings of the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wiener {
    /// Rounds of expectation and maximisation; 0 leaves the first estimates.
    pub iterations: usize,
    /// How the first estimates are made.
    pub first: FirstEstimate,
    /// Whether there is a residual source.
    pub residual: Residual,
}

/// The sizes of an excerpt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExcerptShape {
    /// Number of frames.
    pub frames: usize,
    /// Sources with magnitudes.
    pub sources: usize,
    /// 1 or 2.
    pub channels: usize,
    /// Frequency bins.
    pub bins: usize,
}

impl Wiener {
    /// Sources that come out.
    pub fn sources(&self, estimated: usize) -> usize {
        estimated + usize::from(self.residual == Residual::LastSource)
    }

    /// Filters one excerpt, over which the sources are taken to stand still in space.
    ///
    /// A bin of the mixture that is 0 is 0 in every source.
    ///
    /// # Shapes
    /// `magnitudes`: `[frames, sources, channels, bins]`; `mixture`: `[frames, channels, bins]`; the result:
    /// `[frames, sources (+ 1), channels, bins]`.
    ///
    /// # Panics
    /// If the lengths are not those of `shape`, or there are more than two channels.
    ///
    /// # Source
    /// `wiener` and `expectation_maximization` of openunmix 1.3.0 (Nugraha, Liutkus and Vincent, TASLP 2016), computed
    /// in double precision. Its `atan2` adds 1 to the real part of silent bins of the mixture, in place, so
    /// that a residual, and every source that the refinement makes, gets sound where there is none; ours does not.
    pub fn filter(
        &self,
        magnitudes: &[f32],
        mixture: &[Complex<f32>],
        shape: ExcerptShape,
    ) -> Vec<Complex<f32>> {
        let ExcerptShape {
            frames,
            sources,
            channels,
            bins,
        } = shape;
        assert!((1..=2).contains(&channels), "1 or 2 channels");
        assert_eq!(magnitudes.len(), frames * sources * channels * bins);
        assert_eq!(mixture.len(), frames * channels * bins);
        let out = self.sources(sources);
        let plane = channels * bins;
        let mut spectra = vec![Complex::default(); frames * out * plane];
        if spectra.is_empty() {
            return spectra;
        }
        spectra
            .par_chunks_exact_mut(out * plane)
            .zip(magnitudes.par_chunks_exact(sources * plane))
            .zip(mixture.par_chunks_exact(plane))
            .for_each(|((spectra, magnitudes), mixture)| {
                self.estimate(spectra, magnitudes, mixture);
            });
        if self.iterations > 0 {
            let peak = mixture.iter().map(|x| x.norm()).fold(0.0, f32::max);
            let scale = (f64::from(peak) / LARGEST).max(1.0);
            let refined = ExcerptShape {
                sources: out,
                ..shape
            };
            for _ in 0..self.iterations {
                refine(&mut spectra, mixture, refined, scale);
            }
        }
        spectra
    }

    /// One frame's first estimates.
    fn estimate(&self, spectra: &mut [Complex<f32>], magnitudes: &[f32], mixture: &[Complex<f32>]) {
        let plane = mixture.len();
        for (i, x) in mixture.iter().enumerate() {
            let given = magnitudes.iter().skip(i).step_by(plane);
            let factor = match self.first {
                FirstEstimate::MixturePhase => match x.norm() {
                    0.0 => Complex::default(),
                    norm => x / norm,
                },
                FirstEstimate::RatioMask => x / (EPSILON as f32 + given.clone().sum::<f32>()),
            };
            let mut rest = *x;
            let mut place = i;
            for magnitude in given {
                let y = factor * magnitude;
                spectra[place] = y;
                rest -= y;
                place += plane;
            }
            if self.residual == Residual::LastSource {
                spectra[place] = rest;
            }
        }
    }
}

/// A Hermitian 2 x 2 matrix; with one channel only the first element counts.
#[derive(Clone, Copy, Default)]
struct Hermitian {
    first: f64,
    second: f64,
    across: Complex<f64>,
}

impl Hermitian {
    fn add_outer(&mut self, y: [Complex<f64>; 2]) {
        self.first += y[0].norm_sqr();
        self.second += y[1].norm_sqr();
        self.across += y[0] * y[1].conj();
    }

    fn add_scaled(&mut self, other: &Self, scale: f64) {
        self.first += other.first * scale;
        self.second += other.second * scale;
        self.across += other.across * scale;
    }

    fn apply(&self, x: [Complex<f64>; 2]) -> [Complex<f64>; 2] {
        [
            x[0] * self.first + self.across * x[1],
            self.across.conj() * x[0] + x[1] * self.second,
        ]
    }

    fn inverse(&self) -> Self {
        let determinant = self.first * self.second - self.across.norm_sqr();
        Self {
            first: self.second / determinant,
            second: self.first / determinant,
            across: -self.across / determinant,
        }
    }
}

/// One round: the sources' spatial covariances from the current estimates, then the Wiener gains of the mixture.
fn refine(spectra: &mut [Complex<f32>], mixture: &[Complex<f32>], shape: ExcerptShape, scale: f64) {
    let ExcerptShape {
        sources,
        channels,
        bins,
        ..
    } = shape;
    let plane = channels * bins;
    let row = sources * plane;
    let value = |values: &[Complex<f32>], place: usize| {
        let both = |at: usize| {
            let x = values[at];
            Complex::new(f64::from(x.re), f64::from(x.im)) / scale
        };
        match channels {
            1 => [both(place), Complex::default()],
            _ => [both(place), both(place + bins)],
        }
    };
    // Without a second channel the mean is over one.
    let power = |y: [Complex<f64>; 2]| (y[0].norm_sqr() + y[1].norm_sqr()) / channels as f64;

    let sums: Vec<(Vec<Hermitian>, Vec<f64>)> = spectra
        .par_chunks(FRAMES_A_TASK * row)
        .map(|frames| {
            let mut covariance = vec![Hermitian::default(); sources * bins];
            let mut weight = vec![0.0; sources * bins];
            for frame in frames.chunks_exact(row) {
                for source in 0..sources {
                    for bin in 0..bins {
                        let y = value(frame, source * plane + bin);
                        covariance[source * bins + bin].add_outer(y);
                        weight[source * bins + bin] += power(y);
                    }
                }
            }
            (covariance, weight)
        })
        .collect();
    let mut covariance = vec![Hermitian::default(); sources * bins];
    let mut weight = vec![EPSILON; sources * bins];
    for (part, parts_weight) in &sums {
        for (sum, part) in covariance.iter_mut().zip(part) {
            sum.add_scaled(part, 1.0);
        }
        for (sum, part) in weight.iter_mut().zip(parts_weight) {
            *sum += part;
        }
    }
    for (covariance, weight) in covariance.iter_mut().zip(&weight) {
        let sum = *covariance;
        *covariance = Hermitian::default();
        covariance.add_scaled(&sum, 1.0 / weight);
    }

    spectra
        .par_chunks_exact_mut(row)
        .zip(mixture.par_chunks_exact(plane))
        .for_each(|(frame, mixture)| {
            let noise = EPSILON.sqrt();
            let mut powers = vec![0.0; sources];
            for bin in 0..bins {
                let mut mixed = Hermitian {
                    first: noise,
                    second: noise,
                    across: Complex::default(),
                };
                for source in 0..sources {
                    powers[source] = power(value(frame, source * plane + bin));
                    mixed.add_scaled(&covariance[source * bins + bin], powers[source]);
                }
                let whitened = mixed.inverse().apply(value(mixture, bin));
                for source in 0..sources {
                    let y = covariance[source * bins + bin].apply(whitened);
                    for (channel, y) in y.iter().take(channels).enumerate() {
                        let y = y * powers[source] * scale;
                        frame[source * plane + channel * bins + bin] =
                            Complex::new(y.re as f32, y.im as f32);
                    }
                }
            }
        });
}
