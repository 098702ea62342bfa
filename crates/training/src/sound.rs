//! A song's sound as a run keeps it: stems of 16 bit, or finished features.

use crate::TrainingError;
use musiclime_audio::fbank::Fbank;
use std::ops::Range;

/// Equal parts that a window is cut into for taking stems away; the explainer's default.
pub(crate) const MASK_SEGMENTS: usize = 10;

/// Full scale of 16 bit.
const FULL_SCALE: f32 = 32_768.0;

/// A mono stem of 16 bit: rounding is 96 dB below its peak or full scale, whichever is larger.
#[derive(Debug, Clone, PartialEq)]
pub struct Stem {
    /// What a step of the samples is worth.
    pub(crate) scale: f32,
    /// The samples.
    pub(crate) samples: Vec<i16>,
}

impl Stem {
    /// Rounds samples to 16 bit; sound beyond full scale is scaled, not clipped.
    pub(crate) fn new(samples: &[f32]) -> Self {
        let peak = samples.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
        let scale = if peak <= 1.0 {
            1.0 / FULL_SCALE
        } else {
            peak / (FULL_SCALE - 1.0)
        };
        let round = |x: &f32| {
            (x / scale)
                .round()
                .clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
        };
        Self {
            scale,
            samples: samples.iter().map(round).collect(),
        }
    }
}

/// What is kept of a song's sound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sound {
    /// Its stems (or the mixture as the only one), one after the other equally long.
    Stems(Vec<Stem>),
    /// The encoder's input of each window, `[frames * mel]` each.
    Features(Vec<Vec<f32>>),
}

impl Sound {
    /// The encoder's input for a window: the sum of the stems without the segments that are off.
    ///
    /// `on` has one entry a segment and stem, segment-major, for [`MASK_SEGMENTS`] segments of the window; features
    /// that are finished are always whole.
    ///
    /// # Errors
    /// Less sound than one analysis window.
    pub(crate) fn features(
        &self,
        fbank: &Fbank,
        windows: &[Range<usize>],
        window: usize,
        on: &[bool],
    ) -> Result<Vec<f32>, TrainingError> {
        match self {
            Self::Features(all) => Ok(all[window].clone()),
            Self::Stems(stems) => {
                let mono = mix(stems, windows[window].clone(), on);
                let features = fbank
                    .features(&mono)
                    .map_err(musiclime_model::ModelError::from)?;
                Ok(features.values)
            }
        }
    }

    /// How many stems can be taken away; 0 for finished features.
    pub(crate) fn stems(&self) -> usize {
        match self {
            Self::Stems(stems) => stems.len(),
            Self::Features(_) => 0,
        }
    }
}

/// The sum of the stems over `range` without the segments that are off; the last segment takes the rest.
fn mix(stems: &[Stem], range: Range<usize>, on: &[bool]) -> Vec<f32> {
    let mut out = vec![0.0f32; range.len()];
    let part = (range.len() / MASK_SEGMENTS).max(1);
    for segment in 0..MASK_SEGMENTS {
        let start = (segment * part).min(out.len());
        let end = if segment + 1 == MASK_SEGMENTS {
            out.len()
        } else {
            ((segment + 1) * part).min(out.len())
        };
        for (s, stem) in stems.iter().enumerate() {
            if on[segment * stems.len() + s] {
                let from = &stem.samples[range.start + start..range.start + end];
                for (a, b) in out[start..end].iter_mut().zip(from) {
                    *a += f32::from(*b) * stem.scale;
                }
            }
        }
    }
    out
}

/// The version of [`Sound::to_bytes`].
pub(crate) const SOUND_FORMAT: u32 = 1;

impl Sound {
    /// The sound as bytes, little-endian: its kind, a count, then each part with its length.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Stems(stems) => {
                out.push(0);
                out.extend((stems.len() as u32).to_le_bytes());
                for stem in stems {
                    out.extend(stem.scale.to_le_bytes());
                    out.extend((stem.samples.len() as u32).to_le_bytes());
                    out.extend(stem.samples.iter().flat_map(|x| x.to_le_bytes()));
                }
            }
            Self::Features(windows) => {
                out.push(1);
                out.extend((windows.len() as u32).to_le_bytes());
                for window in windows {
                    out.extend((window.len() as u32).to_le_bytes());
                    out.extend(window.iter().flat_map(|x| x.to_le_bytes()));
                }
            }
        }
        out
    }

    /// Reads [`Sound::to_bytes`]; `None` if it is anything else.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let kind = take(&mut rest, 1)?[0];
        let count = number(&mut rest)?;
        let sound = match kind {
            0 => Self::Stems(
                (0..count)
                    .map(|_| {
                        let scale = f32::from_bits(number(&mut rest)? as u32);
                        let len = number(&mut rest)?;
                        let data = take(&mut rest, len * 2)?;
                        let samples = data.as_chunks().0.iter();
                        Some(Stem {
                            scale,
                            samples: samples.map(|b| i16::from_le_bytes(*b)).collect(),
                        })
                    })
                    .collect::<Option<_>>()?,
            ),
            1 => Self::Features(
                (0..count)
                    .map(|_| {
                        let len = number(&mut rest)?;
                        let data = take(&mut rest, len * 4)?;
                        let values = data.as_chunks().0.iter();
                        Some(values.map(|b| f32::from_le_bytes(*b)).collect())
                    })
                    .collect::<Option<_>>()?,
            ),
            _ => return None,
        };
        rest.is_empty().then_some(sound)
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(head)
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let bytes = take(rest, 4)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_give_the_sound_back_and_cut_ones_nothing() {
        let stems = Sound::Stems(vec![
            Stem::new(&[0.5, -1.0, 0.25]),
            Stem::new(&[2.0, -4.0, 0.0]),
        ]);
        let features = Sound::Features(vec![vec![1.5, -2.0], vec![0.0, 3.0]]);
        for sound in [stems, features] {
            let bytes = sound.to_bytes();
            assert_eq!(Sound::from_bytes(&bytes).as_ref(), Some(&sound));
            for cut in 0..bytes.len() {
                assert_eq!(Sound::from_bytes(&bytes[..cut]), None);
            }
        }
    }

    #[test]
    fn loud_sound_is_scaled_and_masked_segments_are_silent() {
        let loud: Vec<f32> = (0..40).map(|i| (i as f32 / 10.0) - 2.0).collect();
        let stems = [Stem::new(&loud), Stem::new(&[0.25; 40])];
        let whole = mix(&stems, 0..40, &[true; 20]);
        for (got, x) in whole.iter().zip(&loud) {
            assert!((got - x - 0.25).abs() < 1e-4, "{got} and {x}");
        }
        let mut on = [true; 20];
        on[2] = false; // the first stem in the second segment
        let masked = mix(&stems, 0..40, &on);
        assert!(
            masked[4..8].iter().all(|x| (x - 0.25).abs() < 1e-4),
            "{masked:?}"
        );
        assert_eq!(masked[..4], whole[..4]);
        assert_eq!(masked[8..], whole[8..]);
        assert_eq!(mix(&stems, 8..12, &[true; 20])[..3], whole[8..11]);
    }
}
