//! What a person can listen to: the song, its stems, and the reasons of a label.

use crate::failure::{Failure, OrFail};
use crate::song_arg::LoadedSong;
use musiclime_audio::mixing::masked_mix;
use musiclime_audio::write::{WavFormat, write_wav};
use musiclime_core::Components;
use musiclime_explanation::{LocalExplanation, WeightedComponent};
use musiclime_report::{Mix, MixKind};
use std::ops::Range;
use std::path::Path;

/// A positive weight of at least this share of the largest is a reason.
const REASON_SHARE: f64 = 0.25;
/// Fades at the edges of what is switched, so that nothing clicks.
const FADE_MS: f32 = 20.0;

/// Everything to listen to, in the order of the report.
pub fn mixes(
    loaded: &LoadedSong,
    components: &Components,
    explained: &[LocalExplanation],
) -> Vec<Mix> {
    let mut mixes = Vec::new();
    if loaded.listening.is_empty() {
        return mixes;
    }
    mixes.push(Mix {
        kind: MixKind::Song,
        title: "The song".into(),
        caption: "The excerpt that the model hears.".into(),
        waveform: loaded.listening.clone(),
    });
    let (Some(stems), false) = (&loaded.listening_stems, components.segments.is_empty()) else {
        return mixes;
    };
    let segments = native_segments(loaded, components);
    for (index, label) in explained.iter().enumerate() {
        let Some(keep) = reasons(label, components) else {
            continue;
        };
        let without: Vec<bool> = keep.iter().map(|k| !k).collect();
        mixes.push(Mix {
            kind: MixKind::Reasons { explained: index },
            title: format!("Only the reasons for {}", label.label),
            caption: format!(
                "The {} stem segments whose weight is at least a quarter of the largest.",
                keep.iter().filter(|k| **k).count()
            ),
            waveform: masked_mix(stems, &keep, &segments, FADE_MS),
        });
        mixes.push(Mix {
            kind: MixKind::WithoutReasons { explained: index },
            title: format!("Without the reasons for {}", label.label),
            caption: "Everything else.".into(),
            waveform: masked_mix(stems, &without, &segments, FADE_MS),
        });
    }
    for (stem, (name, waveform)) in stems.names().iter().zip(stems.waveforms()).enumerate() {
        mixes.push(Mix {
            kind: MixKind::Stem { stem },
            title: name.clone(),
            caption: format!("Stem, {}.", loaded.stems_source),
            waveform: waveform.clone(),
        });
    }
    mixes
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

/// Which stem segments are reasons, segment-major; `None` when none speaks for the label.
fn reasons(explanation: &LocalExplanation, components: &Components) -> Option<Vec<bool>> {
    let stems = components.stems.as_ref()?;
    let mut weights = vec![0.0f64; components.audio_len()];
    for weight in &explanation.weights {
        if let WeightedComponent::Audio { stem, segment, .. } = &weight.component
            && let Some(s) = stems.names().iter().position(|n| n == stem)
        {
            weights[components.stem_column(s, *segment)] = weight.weight;
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
