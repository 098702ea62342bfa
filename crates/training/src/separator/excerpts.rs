//! Mixtures to learn from: excerpts of the songbook's stems, changed and put together at random.

use super::config::SeparatorConfig;
use musiclime_audio::Complex;
use musiclime_audio::stft::Stft;
use musiclime_dataset::songbook::{SONG_SAMPLES, STEM_NAMES, Songbook};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Fastest and slowest playback: about four semitones up and down.
const SPEEDS: std::ops::Range<f64> = 0.8..1.25;
/// The longest excerpt that a song holds at the highest speed.
pub(super) const LONGEST_EXCERPT: usize = (SONG_SAMPLES as f64 / 1.25) as usize - 2;
/// Level of a stem, in decibels.
const STEM_GAINS_DB: std::ops::Range<f64> = -12.0..5.0;
/// Level of the whole excerpt, in decibels.
const MIX_GAINS_DB: std::ops::Range<f64> = -10.0..8.0;
/// How far a stem's spectrum is tilted: `x[t] + tilt * x[t - 1]`, up to 6 dB up or down at both ends.
const TILTS: std::ops::Range<f64> = -0.4..0.4;
/// Share of the stems that are left out.
const LEFT_OUT: f64 = 0.1;

/// The songs that excerpts are taken from.
pub(super) struct Pool {
    book: Songbook,
    songs: Vec<Stereo>,
    seed: u64,
}

/// Four stems of two channels, `[stem][channel][sample]`, on the 16-bit grid.
type Stereo = Vec<[Vec<i16>; 2]>;

/// The magnitudes of one step.
///
/// # Shapes
/// `mixture`: `[batch * frames, channels * bins]`; `targets`: `[targets, batch * frames, channels * bins]`.
pub(super) struct Excerpts {
    pub mixture: Vec<f32>,
    pub targets: Vec<f32>,
}

impl Pool {
    /// The songs `0..config.pool`; `progress` hears how many are made.
    pub fn new(config: &SeparatorConfig, progress: &(dyn Fn(usize) + Sync)) -> Self {
        let book = Songbook::new(config.songbook_seed);
        let done = std::sync::atomic::AtomicUsize::new(0);
        let songs = (0..config.pool)
            .into_par_iter()
            .map(|index| {
                let song = stereo(&book, index);
                progress(1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
                song
            })
            .collect();
        Self {
            book,
            songs,
            seed: config.seed,
        }
    }

    /// Replaces the oldest song by the one that belongs to this step.
    pub fn renew(&mut self, step: usize) {
        let size = self.songs.len();
        self.songs[step % size] = stereo(&self.book, size + step);
    }

    /// The excerpts of a step.
    pub fn excerpts(&self, config: &SeparatorConfig, stft: &Stft, step: usize) -> Excerpts {
        let stems = STEM_NAMES.len();
        let (rows, columns) = (config.frames, 2 * stft.bins());
        let slots: Vec<(Vec<f32>, Vec<f32>)> = (0..config.batch)
            .into_par_iter()
            .map(|slot| {
                // One stream a slot: threads do not change what is drawn.
                let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
                rng.set_stream(1 + ((step as u64) << 16) + slot as u64);
                let sound = self.draw(config, &mut rng);
                magnitudes(&sound, stft, rows)
            })
            .collect();
        let mut mixture = Vec::with_capacity(slots.len() * rows * columns);
        let mut targets = Vec::with_capacity(stems * slots.len() * rows * columns);
        for (mixed, _) in &slots {
            mixture.extend_from_slice(mixed);
        }
        for stem in 0..stems {
            for (_, separate) in &slots {
                let size = rows * columns;
                targets.extend_from_slice(&separate[stem * size..(stem + 1) * size]);
            }
        }
        Excerpts { mixture, targets }
    }

    /// Four stems that make a mixture, `[stem][channel][sample]`; one that is left out is silent.
    fn draw(&self, config: &SeparatorConfig, rng: &mut ChaCha8Rng) -> Vec<[Vec<f32>; 2]> {
        let len = config.excerpt_samples();
        let remix = rng.random_bool(config.remix);
        let mut place = Place::draw(rng, self.songs.len(), len);
        let mix_gain = decibels(rng.random_range(MIX_GAINS_DB));
        (0..STEM_NAMES.len())
            .map(|stem| {
                if remix {
                    place = Place::draw(rng, self.songs.len(), len);
                }
                let gain = mix_gain * decibels(rng.random_range(STEM_GAINS_DB));
                let tilt = rng.random_range(TILTS) as f32;
                let is_swapped = rng.random_bool(0.5);
                let is_out = rng.random_bool(LEFT_OUT);
                if is_out {
                    return [vec![0.0; len], vec![0.0; len]];
                }
                let channels = &self.songs[place.song][stem];
                let play = |c: usize| place.play(&channels[c], len, gain as f32, tilt);
                if is_swapped {
                    [play(1), play(0)]
                } else {
                    [play(0), play(1)]
                }
            })
            .collect()
    }
}

/// Where an excerpt starts, and how fast it is played.
#[derive(Clone, Copy)]
struct Place {
    song: usize,
    start: f64,
    speed: f64,
}

impl Place {
    fn draw(rng: &mut ChaCha8Rng, songs: usize, len: usize) -> Self {
        let speed = rng.random_range(SPEEDS);
        let last = SONG_SAMPLES as f64 - speed * len as f64 - 2.0;
        Self {
            song: rng.random_range(0..songs),
            start: rng.random::<f64>() * last.max(0.0),
            speed,
        }
    }

    /// The excerpt, read between samples along straight lines: what that adds is part of the sound to be separated.
    fn play(self, samples: &[i16], len: usize, gain: f32, tilt: f32) -> Vec<f32> {
        let mut before = 0.0;
        (0..len)
            .map(|t| {
                let at = self.start + self.speed * t as f64;
                let (i, share) = (at as usize, at.fract() as f32);
                let (a, b) = (f32::from(samples[i]), f32::from(samples[i + 1]));
                let x = gain * (a + share * (b - a)) / 32_768.0;
                let tilted = x + tilt * before;
                before = x;
                tilted
            })
            .collect()
    }
}

fn decibels(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

fn stereo(book: &Songbook, index: usize) -> Stereo {
    // The songbook's samples lie on this grid, so that nothing is lost.
    let grid = |x: &f32| (x * 32_768.0).round() as i16;
    let stems = book.song(index).stems;
    let waveforms = stems.waveforms().iter().map(|w| {
        let [left, right] = [0, 1].map(|c| w.channels()[c].iter().map(grid).collect());
        [left, right]
    });
    waveforms.collect()
}

/// Magnitudes `[frames, channels * bins]` of the sum, and those of every stem, one after the other.
fn magnitudes(sound: &[[Vec<f32>; 2]], stft: &Stft, frames: usize) -> (Vec<f32>, Vec<f32>) {
    let (bins, hop) = (stft.bins(), stft.hop_samples());
    let size = frames * 2 * bins;
    let mut sum = vec![Complex::default(); size];
    let mut separate = Vec::with_capacity(sound.len() * size);
    let mut spectrum = vec![Complex::default(); bins];
    for stem in sound {
        for t in 0..frames {
            for (c, channel) in stem.iter().enumerate() {
                stft.transform_frame(&channel[t * hop..t * hop + stft.fft_size()], &mut spectrum);
                let at = (t * 2 + c) * bins;
                for (sum, x) in sum[at..at + bins].iter_mut().zip(&spectrum) {
                    *sum += x;
                }
                separate.extend(spectrum.iter().map(|x| x.norm()));
            }
        }
    }
    (sum.iter().map(|x| x.norm()).collect(), separate)
}
