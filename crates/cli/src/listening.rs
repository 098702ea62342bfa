//! What a person can listen to: the song, its stems, and the reasons of a label.

use crate::components::{band_stems, whole};
use crate::failure::{Failure, OrFail};
use crate::song_arg::LoadedSong;
use musiclime_audio::mixing::masked_mix;
use musiclime_audio::superpixels::RegionMap;
use musiclime_audio::write::{WavFormat, write_wav};
use musiclime_core::{Components, Stems, Waveform};
use musiclime_explanation::{AudioParts, LocalExplanation, WeightedComponent};
use musiclime_report::{Mix, MixKind};
use std::ops::Range;
use std::path::Path;

/// A positive weight of at least this share of the largest is a reason.
const REASON_SHARE: f64 = 0.25;
/// Fades at the edges of what is switched, so that nothing clicks.
const FADE_MS: f32 = 20.0;

/// What can be heard of one song and its components, as it was recorded.
pub struct Sound<'a> {
    loaded: &'a LoadedSong,
    components: &'a Components,
    kind: AudioParts,
    map: Option<&'a RegionMap>,
    stems: Option<Stems>,
}

impl<'a> Sound<'a> {
    /// Takes the recording apart as the components do.
    ///
    /// # Errors
    /// A recording whose rate is too low.
    pub fn new(
        loaded: &'a LoadedSong,
        components: &'a Components,
        kind: AudioParts,
        map: Option<&'a RegionMap>,
    ) -> Result<Self, Failure> {
        let stems = match (&components.stems, kind) {
            _ if loaded.listening.is_empty() => None,
            (None, _) => None,
            (Some(_), AudioParts::Stems) => loaded.listening_stems.clone(),
            (Some(_), AudioParts::TimeFrequency) => {
                Some(band_stems(&loaded.listening, &components.bands)?)
            }
            (Some(stems), _) => Some(whole(&stems.names()[0], &loaded.listening)?),
        };
        Ok(Self {
            loaded,
            components,
            kind,
            map,
            stems,
        })
    }

    /// The stems that the components switch, as they were recorded.
    pub fn stems(&self) -> Option<&Stems> {
        self.stems.as_ref()
    }

    /// Everything to listen to, in the order of the report.
    ///
    /// # Errors
    /// A recording whose rate is too low.
    pub fn mixes(&self, explained: &[LocalExplanation]) -> Result<Vec<Mix>, Failure> {
        let mut mixes = Vec::new();
        if self.loaded.listening.is_empty() {
            return Ok(mixes);
        }
        mixes.push(Mix {
            kind: MixKind::Song,
            title: "The song".into(),
            caption: "The excerpt that the model hears.".into(),
            waveform: self.loaded.listening.clone(),
        });
        let parts = match self.kind {
            AudioParts::Stems => "stem segments",
            AudioParts::Time => "segments",
            AudioParts::TimeFrequency => "bands in segments",
            AudioParts::Slic | AudioParts::Felzenszwalb => "regions of the spectrogram",
            AudioParts::Lines => "lines and gaps",
        };
        for (index, label) in explained.iter().enumerate() {
            let Some(keep) = reasons(label, self.components) else {
                continue;
            };
            let without: Vec<bool> = keep.iter().map(|k| !k).collect();
            let count = keep.iter().filter(|k| **k).count();
            let (Some(only), Some(rest)) = (self.kept(&keep)?, self.kept(&without)?) else {
                continue;
            };
            mixes.push(Mix {
                kind: MixKind::Reasons { explained: index },
                title: format!("Only the reasons for {}", label.label),
                caption: format!(
                    "The {count} {parts} whose weight is at least a quarter of the largest."
                ),
                waveform: only,
            });
            mixes.push(Mix {
                kind: MixKind::WithoutReasons { explained: index },
                title: format!("Without the reasons for {}", label.label),
                caption: "Everything else.".into(),
                waveform: rest,
            });
        }
        let (Some(stems), AudioParts::Stems | AudioParts::TimeFrequency) = (&self.stems, self.kind)
        else {
            return Ok(mixes);
        };
        for (stem, (name, waveform)) in stems.names().iter().zip(stems.waveforms()).enumerate() {
            let caption = match self.kind {
                AudioParts::Stems => format!("Stem, {}.", self.loaded.stems_source),
                _ => "Band of frequency.".into(),
            };
            mixes.push(Mix {
                kind: MixKind::Stem { stem },
                title: name.clone(),
                caption,
                waveform: waveform.clone(),
            });
        }
        Ok(mixes)
    }

    /// The recording with only some of the components, faded where they begin and end; `None` where there is nothing to
    /// take apart.
    fn kept(&self, keep: &[bool]) -> Result<Option<Waveform>, Failure> {
        if let Some(map) = self.map {
            let mix = map.kept(&self.loaded.listening, keep);
            return mix.map(Some).or_fail("cannot mix the regions");
        }
        let Some(stems) = &self.stems else {
            return Ok(None);
        };
        let segments = native_segments(self.loaded, self.components);
        Ok(Some(masked_mix(stems, keep, &segments, FADE_MS)))
    }
}

/// Writes each mix as a 16-bit WAV file.
///
/// # Errors
/// A file that cannot be written.
pub fn write(mixes: &[Mix], explained: &[LocalExplanation], folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).or_fail(format!("cannot make {}", folder.display()))?;
    for mix in mixes {
        let name = match mix.kind {
            MixKind::Song => "song".to_string(),
            MixKind::Stem { .. } => format!("stem-{}", file_name(&mix.title)),
            MixKind::Reasons { explained: i } => {
                format!("reasons-{}", file_name(&explained[i].label))
            }
            MixKind::WithoutReasons { explained: i } => {
                format!("without-reasons-{}", file_name(&explained[i].label))
            }
        };
        let path = folder.join(format!("{name}.wav"));
        write_wav(&path, &mix.waveform, WavFormat::Pcm16)
            .or_fail(format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// A label or stem as part of a file's name.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// Which audio components are reasons, by column; `None` when none speaks for the label.
fn reasons(explanation: &LocalExplanation, components: &Components) -> Option<Vec<bool>> {
    let mut weights = vec![0.0f64; components.audio_len()];
    for weight in &explanation.weights {
        if let WeightedComponent::Audio { stem, segment, .. } = &weight.component {
            let column = match &components.stems {
                None => Some(*segment),
                Some(stems) => {
                    let stem = stems.names().iter().position(|n| n == stem);
                    stem.map(|stem| components.stem_column(stem, *segment))
                }
            };
            if let Some(slot) = column.and_then(|c| weights.get_mut(c)) {
                *slot = weight.weight;
            }
        }
    }
    let most = weights.iter().copied().fold(0.0, f64::max);
    (most > 0.0).then(|| weights.iter().map(|w| *w >= REASON_SHARE * most).collect())
}

/// The segments in samples of the recording; the last one ends with it.
fn native_segments(loaded: &LoadedSong, components: &Components) -> Vec<Range<usize>> {
    let from = f64::from(loaded.song.waveform.sample_rate_hz());
    let to = f64::from(loaded.listening.sample_rate_hz());
    let scale = |samples: usize| (samples as f64 * to / from).round() as usize;
    let mut segments: Vec<Range<usize>> = components
        .segments
        .iter()
        .map(|s| scale(s.start)..scale(s.end))
        .collect();
    if let Some(last) = segments.last_mut() {
        last.end = loaded.listening.len();
    }
    segments
}
