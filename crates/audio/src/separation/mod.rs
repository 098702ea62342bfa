//! Source separation without weights, and the Wiener filter of those that have some.

mod blocks;
mod masks;
mod median;
pub mod wiener;

use crate::AudioError;
use crate::stft::{Spectrogram, Stft};
use blocks::BlockSeparation;
use masks::{above, centred, steady, sustained};
use musiclime_core::{Separation, Separator, SeparatorError, Waveform};

/// Harmonic/percussive separation in two stages, with a bass and a centre-voice estimate.
///
/// Long windows first: what is sustained over a third of a second is accompaniment, what is not is voice or drums, as a
/// voice is never still. Short windows then part the voice, which sustains for some tens of milliseconds, from the
/// drums. In stereo the voice is also expected in the middle. What no estimate takes is `other`, so the stems sum
/// to the mixture.
///
/// # Source
/// Fitzgerald, DAFx 2010 (median filters); Tachibana, Ono and Sagayama, TASLP 2014 (two window lengths for the voice).
#[derive(Debug, Clone, PartialEq)]
pub struct HarmonicPercussive {
    /// Length of the first stage's window in seconds.
    pub long_window_s: f32,
    /// Length of the second stage's window in seconds.
    pub short_window_s: f32,
    /// Over how long a cell must sustain in the first stage, in seconds.
    pub long_sustain_s: f32,
    /// Over how long a cell must sustain in the second stage, in seconds.
    pub short_sustain_s: f32,
    /// Over how long a bass tone must last not to be a drum, in seconds.
    pub bass_sustain_s: f32,
    /// How wide a struck cell must be, in hertz.
    pub struck_width_hz: f32,
    /// How much stronger than its struck part a cell's sustained part must be in the first stage.
    pub long_margin: f32,
    /// How much stronger than its struck part a cell's sustained part must be in the second stage.
    pub short_margin: f32,
    /// Exponent on the similarity of left and right.
    pub centre_sharpness: f32,
    /// How much of a sustained cell in the middle goes to the voice.
    pub sustained_voice_share: f32,
    /// Below this the sustained part is bass, in hertz.
    pub bass_edge_hz: f32,
    /// The voice's band, in hertz.
    pub voice_band_hz: (f32, f32),
}

impl Default for HarmonicPercussive {
    fn default() -> Self {
        Self {
            long_window_s: 0.128,
            short_window_s: 0.016,
            long_sustain_s: 0.35,
            short_sustain_s: 0.2,
            bass_sustain_s: 0.5,
            struck_width_hz: 500.0,
            long_margin: 0.5,
            short_margin: 0.7,
            centre_sharpness: 4.0,
            sustained_voice_share: 0.8,
            bass_edge_hz: 150.0,
            voice_band_hz: (120.0, 8000.0),
        }
    }
}

/// The stems, in their order; the last takes what the others leave.
const STEM_NAMES: [&str; 4] = ["vocals", "drums", "bass", "other"];

/// Estimates of vocals, drums and bass, each planar.
type Estimates = [Vec<Vec<f32>>; 3];

impl Separator for HarmonicPercussive {
    fn name(&self) -> &str {
        "hpss"
    }

    fn start(
        &self,
        sample_rate_hz: u32,
        channels: usize,
    ) -> Result<Box<dyn Separation + '_>, SeparatorError> {
        Ok(Box::new(BlockSeparation::new(
            self,
            sample_rate_hz,
            channels,
        )))
    }
}

impl HarmonicPercussive {
    fn separate_block(&self, mixture: &Waveform) -> Result<Estimates, AudioError> {
        let rate = mixture.sample_rate_hz() as f32;
        let long = planned(self.long_window_s, rate)?;
        let short = planned(self.short_window_s, rate)?;
        let bin_hz = |stft: &Stft| rate / stft.fft_size() as f32;
        let frame_radius = |seconds: f32, stft: &Stft| {
            ((seconds * rate / stft.hop_samples() as f32 / 2.0).round() as usize).max(1)
        };
        let bin_radius =
            |stft: &Stft| ((self.struck_width_hz / bin_hz(stft) / 2.0).round() as usize).max(2);

        let spectra: Vec<Spectrogram> = mixture
            .channels()
            .iter()
            .map(|c| long.transform(c))
            .collect();
        let mut still = sustained(
            &spectra,
            frame_radius(self.long_sustain_s, &long),
            bin_radius(&long),
            self.long_margin,
        );
        let treble = above(self.bass_edge_hz, long.bins(), bin_hz(&long));
        let low = steady(&spectra, frame_radius(self.bass_sustain_s, &long));
        for (i, x) in still.iter_mut().enumerate() {
            *x = low[i] + treble[i % long.bins()] * (*x - low[i]);
        }
        let middle = centred(&spectra, self.centre_sharpness);
        let voice_band = self.voice_band(&long, bin_hz(&long));
        // Without two channels nothing tells a sustained voice from a sustained instrument.
        let share = if spectra.len() == 2 {
            self.sustained_voice_share
        } else {
            0.0
        };
        let cells = |of: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
            (0..still.len()).map(|i| of(i, i % long.bins())).collect()
        };
        let bass = masked(
            &long,
            &spectra,
            &cells(&|i, k| still[i] * (1.0 - treble[k])),
            mixture.len(),
        );
        let held_voice = match share > 0.0 {
            true => masked(
                &long,
                &spectra,
                &cells(&|i, k| still[i] * treble[k] * voice_band[k] * middle[i] * share),
                mixture.len(),
            ),
            false => vec![vec![0.0; mixture.len()]; spectra.len()],
        };
        let moving = masked(
            &long,
            &spectra,
            &cells(&|i, _| 1.0 - still[i]),
            mixture.len(),
        );

        let spectra: Vec<Spectrogram> = moving.iter().map(|c| short.transform(c)).collect();
        let voiced = sustained(
            &spectra,
            frame_radius(self.short_sustain_s, &short),
            bin_radius(&short),
            self.short_margin,
        );
        let middle = centred(&spectra, self.centre_sharpness);
        let voice_band = self.voice_band(&short, bin_hz(&short));
        let voice_mask: Vec<f32> = (0..voiced.len())
            .map(|i| voiced[i] * middle[i] * voice_band[i % short.bins()])
            .collect();
        // Below the voice's band a short window cannot tell a stroke from a tone; what moves there is drums.
        let singable = above(self.voice_band_hz.0, short.bins(), bin_hz(&short));
        let struck_mask: Vec<f32> = voiced
            .iter()
            .enumerate()
            .map(|(i, v)| 1.0 - v * singable[i % short.bins()])
            .collect();
        let mut vocals = masked(&short, &spectra, &voice_mask, mixture.len());
        let drums = masked(&short, &spectra, &struck_mask, mixture.len());
        for (x, held) in vocals.iter_mut().flatten().zip(held_voice.iter().flatten()) {
            *x += held;
        }
        Ok([vocals, drums, bass])
    }

    fn voice_band(&self, stft: &Stft, bin_width_hz: f32) -> Vec<f32> {
        let (low, high) = self.voice_band_hz;
        above(low, stft.bins(), bin_width_hz)
            .iter()
            .zip(above(high, stft.bins(), bin_width_hz))
            .map(|(low, high)| low * (1.0 - high))
            .collect()
    }
}

/// A transform whose window is the power of two nearest to `window_s`, with frames at quarters of it.
fn planned(window_s: f32, rate_hz: f32) -> Result<Stft, AudioError> {
    let exponent = (window_s * rate_hz).max(16.0).log2().round() as u32;
    let fft_size = 1usize << exponent.min(20);
    Stft::new(fft_size, fft_size / 4)
}

/// The masked spectrograms as samples.
fn masked(stft: &Stft, channels: &[Spectrogram], mask: &[f32], len: usize) -> Vec<Vec<f32>> {
    channels
        .iter()
        .map(|channel| {
            let values = channel
                .values
                .iter()
                .zip(mask)
                .map(|(x, m)| x * m)
                .collect();
            stft.restore(
                Spectrogram {
                    frames: channel.frames,
                    bins: channel.bins,
                    values,
                },
                len,
            )
        })
        .collect()
}
