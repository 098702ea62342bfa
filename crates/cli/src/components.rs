//! A song's interpretable components, as the recipe asks for them.

use crate::failure::{Failure, OrFail};
use crate::song_arg::LoadedSong;
use musiclime_audio::bands::{mel_bands, split_bands};
use musiclime_audio::beats::track_beats;
use musiclime_audio::fillers::{at_level, looped, mean_spectrum, white_noise};
use musiclime_audio::onsets::onset_envelope;
use musiclime_audio::segmentation::{self, MIN_SEGMENT_S};
use musiclime_audio::superpixels::{Method, RegionFiller, RegionMap, find_regions};
use musiclime_core::{
    ByteRange, Components, Region, SampleRange, SegmentDetail, Stems, Waveform, WordComponent,
    WordFiller,
};
use musiclime_dataset::timed_lines::TimedLine;
use musiclime_explanation::{
    AudioFiller, AudioParts, Leftover, LyricFiller, Modality, Recipe, Segmentation, WordUnit,
    lines, matched, sections, segment, split_words, word_places,
};
use musiclime_model::MusicClassifier;
use std::collections::HashSet;

/// Bands of frequency, where nobody says how many: an octave or so each.
pub const DEFAULT_BANDS: usize = 8;
/// Regions of the spectrogram, where nobody says how many.
pub const DEFAULT_REGIONS: usize = 50;
/// A gap between two lines that is shorter belongs to the line before it.
const MIN_GAP_S: f64 = 0.1;
/// The name of a stretch between lines.
const GAP: &str = "gap";
/// The stem of components that are the whole sound.
pub const MIXTURE: &str = "mixture";
/// The stem of components that are lines and their seconds.
pub const LINE: &str = "line";

/// What components are made from, beside the song itself.
#[derive(Debug, Default)]
pub struct Materials {
    /// The lines of a file of segments, in seconds of the recording.
    pub lines: Option<Vec<TimedLine>>,
    /// The song that fills in.
    pub other: Option<LoadedSong>,
    /// Words that are never switched off, lower-cased.
    pub protected: HashSet<String>,
    /// Whether every filler is tried.
    pub try_fillers: bool,
}

/// The audio components of one song before their fillers.
pub struct AudioSide {
    stems: Option<Stems>,
    segments: Vec<SampleRange>,
    keep_uncovered: bool,
    details: Vec<SegmentDetail>,
    bands: Vec<[f64; 2]>,
    /// The regions of the spectrogram, where components are regions.
    pub map: Option<RegionMap>,
}

impl AudioSide {
    /// No audio component.
    pub fn none() -> Self {
        Self {
            stems: None,
            segments: Vec::new(),
            keep_uncovered: true,
            details: Vec::new(),
            bands: Vec::new(),
            map: None,
        }
    }

    /// Cuts a song as the recipe says.
    ///
    /// # Errors
    /// Settings that do not fit the song.
    pub fn new(
        loaded: &LoadedSong,
        recipe: &Recipe,
        materials: &Materials,
        notes: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        let song = &loaded.song.waveform;
        let failed = "cannot make the components of this song";
        let rate = song.sample_rate_hz();
        let kind = recipe.parts.components;
        let method = match kind {
            AudioParts::Slic => Some(Method::Slic),
            AudioParts::Felzenszwalb => Some(Method::Felzenszwalb),
            _ => None,
        };
        if let Some(method) = method {
            let wanted = recipe.parts.regions.unwrap_or(DEFAULT_REGIONS);
            let map = find_regions(&song.downmix(), rate, wanted, method).or_fail(failed)?;
            return Ok(Self {
                map: Some(map),
                ..Self::none()
            });
        }
        let mut bands = Vec::new();
        let stems = match (kind, &loaded.stems) {
            (AudioParts::Stems, Some(stems)) => stems.clone(),
            (AudioParts::TimeFrequency, _) => {
                bands = mel_bands(recipe.parts.bands.unwrap_or(DEFAULT_BANDS), rate);
                band_stems(song, &bands)?
            }
            (AudioParts::Lines, _) => whole(LINE, song)?,
            _ => whole(MIXTURE, song)?,
        };
        let (segments, details) = cut(loaded, recipe, materials, notes)?;
        Ok(Self {
            stems: Some(stems),
            segments,
            keep_uncovered: recipe.parts.segmentation != Segmentation::Equal
                || recipe.leftover == Leftover::LastSegment,
            details,
            bands,
            map: None,
        })
    }

    /// Joins audio and words under the recipe's fillers.
    ///
    /// # Errors
    /// A filler that does not fit the song or the model.
    pub fn components(
        &self,
        loaded: &LoadedSong,
        words: &[WordComponent],
        recipe: &Recipe,
        materials: &Materials,
        classifier: &MusicClassifier,
    ) -> Result<Components, Failure> {
        let text = loaded.song.lyrics.as_ref().map_or("", |l| l.text());
        let word_filler = match &recipe.parts.word_filler {
            LyricFiller::Removal => WordFiller::Removal,
            LyricFiller::Word(word) => WordFiller::Text(word.clone()),
            LyricFiller::Mask => WordFiller::Text(mask_token(classifier)?.to_string()),
        };
        // What is filled is filled word by word, so that a line of masks is as long as the line.
        let filled = |places: &[ByteRange]| -> Vec<ByteRange> {
            match word_filler {
                WordFiller::Removal => places.to_vec(),
                WordFiller::Text(_) => places.iter().flat_map(|p| word_places(text, p)).collect(),
            }
        };
        let words: Vec<WordComponent> = words
            .iter()
            .map(|word| WordComponent {
                places: filled(&word.places),
                ..word.clone()
            })
            .collect();
        if let Some(map) = &self.map {
            let regions = changes(map, &loaded.song.waveform, recipe, materials)?;
            return Ok(Components::of_regions(regions, words).with_word_filler(word_filler));
        }
        let mut components = Components::new(
            self.stems.clone(),
            self.segments.clone(),
            self.keep_uncovered,
            words,
        )
        .with_word_filler(word_filler.clone());
        if !self.details.is_empty() {
            let joint = recipe.modality == Modality::Both;
            let details = self.details.iter().map(|detail| SegmentDetail {
                places: match joint {
                    true => filled(&detail.places),
                    false => Vec::new(),
                },
                ..detail.clone()
            });
            components = components.with_details(details.collect());
        }
        if !self.bands.is_empty() {
            components = components.with_bands(self.bands.clone());
        }
        if let Some(filler) = self.filler(recipe, materials)? {
            components = components.with_filler(filler);
        }
        Ok(components)
    }

    /// The bytes of the lyrics that segments carry with them.
    pub fn joint_places(&self) -> Vec<ByteRange> {
        self.details
            .iter()
            .flat_map(|d| d.places.iter().cloned())
            .collect()
    }

    /// What sounds where a stem is off.
    fn filler(&self, recipe: &Recipe, materials: &Materials) -> Result<Option<Stems>, Failure> {
        let Some(stems) = &self.stems else {
            return Ok(None);
        };
        let failed = "cannot make the filler of this song";
        let first = &stems.waveforms()[0];
        let (rate, len) = (first.sample_rate_hz(), first.len());
        let mono = |samples| Waveform::mono(samples, rate).or_fail(failed);
        let noise_of = |stem: usize| -> Result<Vec<f32>, Failure> {
            let noise = white_noise(recipe.seed, len);
            if self.bands.is_empty() {
                // Another run of noise for every stem.
                return Ok(white_noise(recipe.seed.wrapping_add(stem as u64), len));
            }
            Ok(split_bands(&mono(noise)?, &self.bands).or_fail(failed)?[stem].downmix())
        };
        let other;
        let waveforms: Vec<Waveform> = match &recipe.parts.filler {
            AudioFiller::Silence => return Ok(None),
            AudioFiller::Noise => (stems.waveforms().iter().enumerate())
                .map(|(i, stem)| mono(at_level(noise_of(i)?, &stem.downmix(), &self.segments)))
                .collect::<Result<_, _>>()?,
            AudioFiller::MeanSpectrum => (stems.waveforms().iter().enumerate())
                .map(|(i, stem)| {
                    let seed = recipe.seed.wrapping_add(i as u64);
                    mono(mean_spectrum(&stem.downmix(), rate, seed).or_fail(failed)?)
                })
                .collect::<Result<_, _>>()?,
            AudioFiller::OtherSong(_) => {
                let song = other_song(materials)?;
                other = match (recipe.parts.components, &song.stems) {
                    (AudioParts::Stems, Some(stems)) => stems.clone(),
                    (AudioParts::TimeFrequency, _) => band_stems(&song.song.waveform, &self.bands)?,
                    (AudioParts::Lines, _) => whole(LINE, &song.song.waveform)?,
                    _ => whole(MIXTURE, &song.song.waveform)?,
                };
                let named = |name: &String| {
                    let at = other.names().iter().position(|n| n == name);
                    at.map(|at| &other.waveforms()[at]).ok_or_else(|| {
                        Failure::new(format!("the song that fills in has no stem \"{name}\""))
                            .because(&musiclime_core::Invalid::new(
                                "stems",
                                stems.names().join(", "),
                                other.names().join(", "),
                            ))
                            .hint("stems of the same names, or a recording that the same separator takes apart")
                    })
                };
                stems
                    .names()
                    .iter()
                    .map(|name| looped(named(name)?, len).or_fail(failed))
                    .collect::<Result<_, Failure>>()?
            }
        };
        let named = stems.names().iter().cloned().zip(waveforms).collect();
        Ok(Some(Stems::new(named).or_fail(failed)?))
    }
}

/// What switching off each region changes.
fn changes(
    map: &RegionMap,
    song: &Waveform,
    recipe: &Recipe,
    materials: &Materials,
) -> Result<Vec<Region>, Failure> {
    let failed = "cannot make the filler of this song";
    let (samples, rate) = (song.downmix(), song.sample_rate_hz());
    let other;
    let filler = match &recipe.parts.filler {
        AudioFiller::Silence => RegionFiller::Silence,
        AudioFiller::Noise => RegionFiller::Noise(recipe.seed),
        AudioFiller::MeanSpectrum => {
            other = mean_spectrum(&samples, rate, recipe.seed).or_fail(failed)?;
            RegionFiller::Samples(&other)
        }
        AudioFiller::OtherSong(_) => {
            let waveform = &other_song(materials)?.song.waveform;
            other = looped(waveform, samples.len()).or_fail(failed)?.downmix();
            RegionFiller::Samples(&other)
        }
    };
    map.changes(&samples, rate, filler)
        .or_fail("cannot make the components of this song")
}

fn other_song(materials: &Materials) -> Result<&LoadedSong, Failure> {
    materials.other.as_ref().ok_or_else(|| {
        Failure::new("no song was given that fills in").hint("--filler other-song:FILE")
    })
}

/// The text of the model's mask token.
///
/// # Errors
/// A model without one.
pub fn mask_token(classifier: &MusicClassifier) -> Result<&'static str, Failure> {
    let model = classifier.model();
    let tokenizer = model.tokenizer.as_ref().ok_or_else(|| {
        Failure::new("the model reads no lyrics, so that no word can be masked")
            .hint("leave --word-filler away")
    })?;
    tokenizer
        .mask_token()
        .or_fail("the model has no mask token that words could be filled with")
        .map_err(|f| f.hint("--word-filler removal, or word:TEXT"))
}

/// A song as one stem.
pub fn whole(name: &str, waveform: &Waveform) -> Result<Stems, Failure> {
    Stems::new(vec![(name.to_string(), waveform.clone())]).or_fail("cannot use the song")
}

/// A song as bands of frequency, named after them.
pub fn band_stems(waveform: &Waveform, bands: &[[f64; 2]]) -> Result<Stems, Failure> {
    let failed = "cannot take the song apart into bands";
    let parts = split_bands(waveform, bands).or_fail(failed)?;
    let names = bands
        .iter()
        .map(|[low, high]| format!("{low:.0}-{high:.0}Hz"));
    Stems::new(names.zip(parts).collect()).or_fail(failed)
}

/// The segments of time.
fn cut(
    loaded: &LoadedSong,
    recipe: &Recipe,
    materials: &Materials,
    notes: &mut Vec<String>,
) -> Result<(Vec<SampleRange>, Vec<SegmentDetail>), Failure> {
    let song = &loaded.song.waveform;
    let (len, rate) = (song.len(), song.sample_rate_hz());
    let failed = "cannot cut the excerpt into segments";
    let envelope = || onset_envelope(&song.downmix(), rate).or_fail(failed);
    let segments = match &recipe.parts.segmentation {
        Segmentation::Equal => segment(len, recipe.segments, recipe.leftover).or_fail(failed)?,
        Segmentation::Seconds(seconds) => segmentation::every(*seconds, len, rate),
        Segmentation::Beats => match track_beats(&envelope()?) {
            Some(beats) => {
                notes.push(format!(
                    "segments are cut at beats: {} beats at {:.0} a minute",
                    beats.times_s.len(),
                    beats.tempo_bpm
                ));
                segmentation::on_beats(&beats.times_s, recipe.segments, len, rate)
            }
            None => {
                notes.push("no beat was found: the excerpt is one segment".into());
                std::iter::once(0..len).collect()
            }
        },
        Segmentation::Onsets => {
            let onsets = envelope()?.peaks();
            notes.push(format!(
                "segments are cut at the strongest of {} onsets",
                onsets.len()
            ));
            // Half of an equal part: segments of use are not all in one bar.
            let gap_s = song.duration_s() / recipe.segments as f64 / 2.0;
            segmentation::on_onsets(&onsets, recipe.segments, gap_s, len, rate)
        }
        Segmentation::File(file) => {
            let lines = materials.lines.as_deref().unwrap_or(&[]);
            return Ok(on_lines(loaded, lines, &file.name, recipe, notes));
        }
    };
    Ok((segments, Vec::new()))
}

/// Segments of lines and the gaps between them, cut to what the model hears.
fn on_lines(
    loaded: &LoadedSong,
    lines: &[TimedLine],
    file: &str,
    recipe: &Recipe,
    notes: &mut Vec<String>,
) -> (Vec<SampleRange>, Vec<SegmentDetail>) {
    let song = &loaded.song.waveform;
    let (len, rate) = (song.len(), f64::from(song.sample_rate_hz()));
    let end_s = song.duration_s();
    let text = loaded.song.lyrics.as_ref().map_or("", |l| l.text());
    let texts: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
    let places = match recipe.parts.components {
        AudioParts::Lines => matched(text, &texts),
        _ => vec![None; lines.len()],
    };
    let mut found: Vec<(f64, f64, SegmentDetail)> = Vec::new();
    let gap = || SegmentDetail {
        name: Some(GAP.into()),
        ..SegmentDetail::default()
    };
    let mut at = 0.0;
    let mut unmatched = 0;
    for (i, (line, place)) in lines.iter().zip(places).enumerate() {
        // Where two lines overlap, the second starts when the first has ended.
        let start = (line.start_s - loaded.song.start_s).max(at);
        let end = (line.end_s - loaded.song.start_s).min(end_s);
        if end - start < MIN_SEGMENT_S {
            continue;
        }
        let joined = start - at < MIN_GAP_S;
        if !joined {
            found.push((at, start, gap()));
        } else if let Some(last) = found.last_mut() {
            last.1 = start;
        }
        let from = if joined && found.is_empty() {
            0.0
        } else {
            start
        };
        unmatched += usize::from(place.is_none());
        found.push((
            from,
            end,
            SegmentDetail {
                name: Some(line.text.clone()),
                line: Some(i + 1),
                places: place.into_iter().collect(),
            },
        ));
        at = end;
    }
    let sung = found.iter().filter(|(_, _, d)| d.line.is_some()).count();
    match found.last_mut() {
        Some(last) if end_s - at < MIN_GAP_S => last.1 = end_s,
        _ => found.push((at, end_s, gap())),
    }
    if sung == 0 {
        notes.push(format!(
            "no line of {file} is sung in the seconds that the model hears: the excerpt is one gap (--start chooses another one)"
        ));
    } else if recipe.parts.components == AudioParts::Lines && unmatched > 0 {
        notes.push(format!(
            "{unmatched} of {sung} lines that are sung were not found in the lyrics: they are sound alone"
        ));
    }
    let sample = |s: f64| ((s * rate).round() as usize).min(len);
    let mut segments: Vec<SampleRange> = found
        .iter()
        .map(|(from, to, _)| sample(*from)..sample(*to))
        .collect();
    if let Some(last) = segments.last_mut() {
        last.end = len;
    }
    (
        segments,
        found.into_iter().map(|(_, _, detail)| detail).collect(),
    )
}

/// The components of the lyrics.
pub fn word_components(
    text: &str,
    recipe: &Recipe,
    read_bytes: Option<usize>,
    materials: &Materials,
    joint: &[ByteRange],
) -> Vec<WordComponent> {
    let mut words = match recipe.parts.words {
        WordUnit::Words => split_words(text, recipe.case, read_bytes),
        WordUnit::Lines => lines(text, recipe.case, read_bytes),
        WordUnit::Sections => sections(text, recipe.case, read_bytes),
        WordUnit::None => Vec::new(),
    };
    words.retain(|word| !materials.protected.contains(&word.word.to_lowercase()));
    // What goes with its seconds is not switched a second time.
    for word in &mut words {
        let apart = |p: &ByteRange| joint.iter().all(|j| p.end <= j.start || j.end <= p.start);
        word.places.retain(apart);
    }
    words.retain(|word| !word.places.is_empty());
    words
}
