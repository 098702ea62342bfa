//! Taking estimates apart frame by frame: convolution with the filters by blocks (overlap-save), and energies.

use super::filters::{FILTER_TAPS, Filters, channels};
use super::ratios::Ratios;
use super::si_sdr::si_sdr_db;
use musiclime_core::Waveform;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::ops::Range;
use std::sync::Arc;

/// Size of the transforms: six blocks a second at 44.1 kHz.
const FFT_SIZE: usize = 8192;
/// Output samples of one block.
const BLOCK: usize = FFT_SIZE - FILTER_TAPS + 1;

type Spectrum = Vec<Complex<f64>>;

/// The filters' spectra, and the plans.
pub(super) struct Projector {
    /// `[estimate]`, each as [`Filters`].
    filters: Vec<FilterSpectra>,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
}

struct FilterSpectra {
    own: Vec<Vec<Spectrum>>,
    all: Vec<Vec<Spectrum>>,
}

/// Sums of squares over the channels of a frame.
#[derive(Default, Clone, Copy)]
struct Energies {
    truth: f64,
    spatial: f64,
    interference: f64,
    artifacts: f64,
    distortion: f64,
    filtered: f64,
    explained: f64,
}

impl Projector {
    pub fn new(filters: &[Filters]) -> Self {
        let mut planner = RealFftPlanner::<f64>::new();
        let forward = planner.plan_fft_forward(FFT_SIZE);
        let inverse = planner.plan_fft_inverse(FFT_SIZE);
        let spectra = |filters: &[Vec<Vec<f64>>]| -> Vec<Vec<Spectrum>> {
            let row = |row: &Vec<Vec<f64>>| {
                let filters = row.iter();
                filters
                    .map(|f| transform(&forward, f.iter().copied(), 0))
                    .collect()
            };
            filters.iter().map(row).collect()
        };
        let filters = filters
            .iter()
            .map(|f| FilterSpectra {
                own: spectra(&f.own),
                all: spectra(&f.all),
            })
            .collect();
        Self {
            filters,
            forward,
            inverse,
        }
    }

    /// The ratios of every estimate in one frame.
    ///
    /// The frame is cut out before it is filtered, so that the filters' tails reach beyond it and count.
    ///
    /// # Source
    /// `_bss_decomp_mtifilt` and `_bss_crit` of museval.
    pub fn ratios(
        &self,
        references: &[&Waveform],
        estimates: &[&Waveform],
        frame: Range<usize>,
    ) -> Vec<Ratios> {
        let cut = |waveforms| -> Vec<&[f32]> {
            channels(waveforms)
                .into_iter()
                .map(|c| &c[frame.clone()])
                .collect()
        };
        let (truths, guesses) = (cut(references), cut(estimates));
        let count = references[0].channels().len();
        let mut energies = vec![Energies::default(); estimates.len()];
        for start in (0..frame.len() + FILTER_TAPS - 1).step_by(BLOCK) {
            let spectra: Vec<Spectrum> = truths.iter().map(|s| self.block(s, start)).collect();
            for (j, (filters, energies)) in self.filters.iter().zip(&mut energies).enumerate() {
                let mine = j * count..(j + 1) * count;
                for c in 0..count {
                    let own = self.filtered(&spectra[mine.clone()], &filters.own, c);
                    let all = self.filtered(&spectra, &filters.all, c);
                    let (truth, guess) = (truths[mine.start + c], guesses[mine.start + c]);
                    let end = (start + BLOCK).min(frame.len() + FILTER_TAPS - 1);
                    for t in start..end {
                        let at = |signal: &[f32]| signal.get(t).map_or(0.0, |x| f64::from(*x));
                        energies.add(at(truth), own[t - start], all[t - start], at(guess));
                    }
                }
            }
        }
        let frames = references.iter().zip(estimates).zip(energies);
        frames
            .map(|((reference, estimate), e)| {
                let interference = if references.len() == 1 {
                    0.0
                } else {
                    e.interference
                };
                Ratios {
                    sdr_db: decibels(e.truth, e.distortion),
                    isr_db: decibels(e.truth, e.spatial),
                    sir_db: decibels(e.filtered, interference),
                    sar_db: decibels(e.explained, e.artifacts),
                    si_sdr_db: si_sdr_db(reference, estimate, frame.clone()),
                }
            })
            .collect()
    }

    /// The spectrum of the samples that the outputs `start..start + BLOCK` depend on.
    fn block(&self, signal: &[f32], start: usize) -> Spectrum {
        let before = FILTER_TAPS - 1;
        let first = start.saturating_sub(before).min(signal.len());
        let last = (start + BLOCK).min(signal.len());
        // Zeros stand before the frame.
        let zeros = before.saturating_sub(start);
        let samples = signal[first..last.max(first)].iter().map(|x| f64::from(*x));
        transform(&self.forward, samples, zeros)
    }

    /// The sum of filtered channels, as far as this block's output goes.
    fn filtered(&self, channels: &[Spectrum], filters: &[Vec<Spectrum>], c: usize) -> Vec<f64> {
        let mut sum = self.inverse.make_input_vec();
        for (channel, filters) in channels.iter().zip(filters) {
            for ((sum, x), h) in sum.iter_mut().zip(channel).zip(&filters[c]) {
                *sum += x * h;
            }
        }
        // Exactly real, but for rounding.
        sum[0].im = 0.0;
        sum[FFT_SIZE / 2].im = 0.0;
        let mut signal = self.inverse.make_output_vec();
        self.inverse
            .process(&mut sum, &mut signal)
            .unwrap_or_else(|e| unreachable!("all buffers are the plan's own: {e}"));
        signal.drain(..FILTER_TAPS - 1);
        signal.iter_mut().for_each(|x| *x /= FFT_SIZE as f64);
        signal
    }
}

impl Energies {
    /// Adds one sample: of the true stem, of it filtered, of all true stems filtered, of the estimate.
    fn add(&mut self, truth: f64, own: f64, all: f64, guess: f64) {
        let (spatial, interference, artifacts) = (own - truth, all - own, guess - all);
        self.truth += truth * truth;
        self.spatial += spatial * spatial;
        self.interference += interference * interference;
        self.artifacts += artifacts * artifacts;
        self.distortion += (guess - truth) * (guess - truth);
        self.filtered += own * own;
        self.explained += all * all;
    }
}

fn transform(
    plan: &Arc<dyn RealToComplex<f64>>,
    samples: impl Iterator<Item = f64>,
    zeros_before: usize,
) -> Spectrum {
    let mut block = plan.make_input_vec();
    for (x, sample) in block[zeros_before..].iter_mut().zip(samples) {
        *x = sample;
    }
    let mut spectrum = plan.make_output_vec();
    plan.process(&mut block, &mut spectrum)
        .unwrap_or_else(|e| unreachable!("all buffers are the plan's own: {e}"));
    spectrum
}

fn decibels(signal: f64, error: f64) -> f64 {
    if error == 0.0 {
        f64::INFINITY
    } else {
        10.0 * (signal / error).log10()
    }
}
