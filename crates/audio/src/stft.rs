//! The short-time Fourier transform and its exact inverse.

use crate::AudioError;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// A complex spectrogram of one channel.
///
/// # Shapes
/// `values`: `[frames, bins]`, row-major; frame `t` is centred on sample `t * hop_samples`.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    /// Number of frames.
    pub frames: usize,
    /// Number of frequency bins: half the FFT's size plus 1.
    pub bins: usize,
    /// All values, frame after frame.
    pub values: Vec<Complex<f32>>,
}

/// A planned transform: periodic Hann window, frames centred, zeros beyond both ends.
#[derive(Clone)]
pub struct Stft {
    fft_size: usize,
    hop_samples: usize,
    window: Vec<f32>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

impl std::fmt::Debug for Stft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stft")
            .field("fft_size", &self.fft_size)
            .field("hop_samples", &self.hop_samples)
            .finish_non_exhaustive()
    }
}

impl Stft {
    /// Plans a transform.
    ///
    /// # Errors
    /// An FFT size that is odd or below 4, or a hop that is 0 or more than half of it (then samples between two
    /// frames could not be restored).
    pub fn new(fft_size: usize, hop_samples: usize) -> Result<Self, AudioError> {
        if fft_size < 4 || !fft_size.is_multiple_of(2) {
            return Err(AudioError::Setting {
                what: "FFT size",
                expected: "an even number, at least 4".into(),
                got: fft_size.to_string(),
            });
        }
        if hop_samples == 0 || hop_samples > fft_size / 2 {
            return Err(AudioError::Setting {
                what: "hop",
                expected: format!("1 to {} samples", fft_size / 2),
                got: hop_samples.to_string(),
            });
        }
        let angle = std::f64::consts::TAU / fft_size as f64;
        let window = (0..fft_size)
            .map(|n| (0.5 - 0.5 * (angle * n as f64).cos()) as f32)
            .collect();
        let mut planner = RealFftPlanner::new();
        Ok(Self {
            fft_size,
            hop_samples,
            window,
            forward: planner.plan_fft_forward(fft_size),
            inverse: planner.plan_fft_inverse(fft_size),
        })
    }

    /// Samples in one frame.
    pub fn fft_size(&self) -> usize {
        self.fft_size
    }

    /// Samples from one frame to the next.
    pub fn hop_samples(&self) -> usize {
        self.hop_samples
    }

    /// Number of frequency bins.
    pub fn bins(&self) -> usize {
        self.fft_size / 2 + 1
    }

    /// Frames that cover `len` samples.
    pub fn frame_count(&self, len: usize) -> usize {
        len.div_ceil(self.hop_samples) + 1
    }

    /// The spectrogram of one channel.
    ///
    /// # Shapes
    /// `[len]` to `[frame_count(len), bins]`.
    pub fn transform(&self, samples: &[f32]) -> Spectrogram {
        let (frames, bins) = (self.frame_count(samples.len()), self.bins());
        let mut values = vec![Complex::default(); frames * bins];
        let mut frame = self.forward.make_input_vec();
        let mut scratch = self.forward.make_scratch_vec();
        for (t, out) in values.chunks_exact_mut(bins).enumerate() {
            self.for_frame(t, samples.len(), &mut frame, |x, at| {
                *x = at.map_or(0.0, |at| samples[at])
            });
            for (x, w) in frame.iter_mut().zip(&self.window) {
                *x *= w;
            }
            let done = self
                .forward
                .process_with_scratch(&mut frame, out, &mut scratch);
            debug_assert!(done.is_ok(), "buffers come from the plan");
        }
        Spectrogram {
            frames,
            bins,
            values,
        }
    }

    /// The `len` samples whose spectrogram comes closest to `spectrogram`, which is consumed as scratch space.
    ///
    /// # Shapes
    /// `[frame_count(len), bins]` to `[len]`.
    ///
    /// # Panics
    /// If the spectrogram has another shape.
    ///
    /// # Source
    /// Griffin and Lim 1984: overlap-add of the windowed inverse frames, divided by the sum of squared windows.
    pub fn restore(&self, mut spectrogram: Spectrogram, len: usize) -> Vec<f32> {
        assert_eq!(
            spectrogram.frames,
            self.frame_count(len),
            "spectrogram must be [frame_count(len), bins]"
        );
        assert_eq!(
            spectrogram.bins,
            self.bins(),
            "spectrogram must be [frame_count(len), bins]"
        );
        let mut samples = vec![0.0f32; len];
        let mut weight = vec![0.0f32; len];
        let mut frame = self.inverse.make_output_vec();
        let mut scratch = self.inverse.make_scratch_vec();
        let scale = 1.0 / self.fft_size as f32;
        for (t, row) in spectrogram.values.chunks_exact_mut(self.bins()).enumerate() {
            // A real signal has real values at 0 Hz and at Nyquist.
            row[0].im = 0.0;
            row[self.fft_size / 2].im = 0.0;
            let done = self
                .inverse
                .process_with_scratch(row, &mut frame, &mut scratch);
            debug_assert!(done.is_ok(), "buffers come from the plan");
            let window = &self.window;
            let mut n = 0;
            self.for_frame(t, len, &mut frame, |x, at| {
                if let Some(at) = at {
                    samples[at] += *x * window[n] * scale;
                    weight[at] += window[n] * window[n];
                }
                n += 1;
            });
        }
        for (x, w) in samples.iter_mut().zip(&weight) {
            // With a hop of at most half a frame every sample has a weight of at least 1/4 or so.
            *x /= w.max(1e-6);
        }
        samples
    }

    /// The periodic Hann window.
    pub fn window(&self) -> &[f32] {
        &self.window
    }

    /// The spectrum of one frame's samples.
    ///
    /// # Shapes
    /// `[fft_size]` to `[bins]`.
    ///
    /// # Panics
    /// If a length is another.
    pub fn transform_frame(&self, samples: &[f32], spectrum: &mut [Complex<f32>]) {
        assert_eq!(samples.len(), self.fft_size, "samples of one frame");
        assert_eq!(spectrum.len(), self.bins(), "bins of one frame");
        let mut frame: Vec<f32> = samples
            .iter()
            .zip(&self.window)
            .map(|(x, w)| x * w)
            .collect();
        let done = self.forward.process(&mut frame, spectrum);
        debug_assert!(done.is_ok(), "buffers come from the plan");
    }

    /// One frame's samples from its spectrum, windowed once more: frames that are added up, divided by the sum of
    /// squared windows, are the sound.
    ///
    /// # Shapes
    /// `[bins]` to `[fft_size]`.
    ///
    /// # Panics
    /// If a length is another.
    pub fn restore_frame(&self, spectrum: &[Complex<f32>], samples: &mut [f32]) {
        assert_eq!(samples.len(), self.fft_size, "samples of one frame");
        assert_eq!(spectrum.len(), self.bins(), "bins of one frame");
        let mut row = spectrum.to_vec();
        // A real signal has real values at 0 Hz and at Nyquist.
        row[0].im = 0.0;
        row[self.fft_size / 2].im = 0.0;
        let done = self.inverse.process(&mut row, samples);
        debug_assert!(done.is_ok(), "buffers come from the plan");
        let scale = 1.0 / self.fft_size as f32;
        for (x, w) in samples.iter_mut().zip(&self.window) {
            *x *= w * scale;
        }
    }

    /// Visits each element of frame `t` with its place in a signal of `len` samples.
    fn for_frame(
        &self,
        t: usize,
        len: usize,
        frame: &mut [f32],
        mut visit: impl FnMut(&mut f32, Option<usize>),
    ) {
        let centre = t * self.hop_samples;
        let half = self.fft_size / 2;
        for (n, x) in frame.iter_mut().enumerate() {
            visit(x, (centre + n).checked_sub(half).filter(|&at| at < len));
        }
    }
}
