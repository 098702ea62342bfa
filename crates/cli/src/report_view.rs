//! From an explanation to what its report shows.

use crate::song_arg::LoadedSong;
use musiclime_audio::superpixels::RegionMap;
use musiclime_core::{Components, Probabilities, Stems};
use musiclime_explanation::{
    AudioFiller, AudioParts, ComponentRecipe, ComponentWeight, ExplanationFile, LocalExplanation,
    LyricFiller, MaskSource, Neighborhood, Recipe, Segmentation, WeightedComponent, WordUnit,
    warnings,
};
use musiclime_report::{
    AudioKind, ExplainedLabel, FillerRow, Interval, Mix, RegionImage, ReportView, Segment, Weight,
    WordWeight,
};

/// Everything that a report is made of.
pub struct Parts<'a> {
    /// What `explanation.json` holds.
    pub file: &'a ExplanationFile,
    /// The perturbations behind it.
    pub neighborhood: &'a Neighborhood,
    /// The song's components.
    pub components: &'a Components,
    /// The song.
    pub loaded: &'a LoadedSong,
    /// The stems that the components switch, as they were recorded.
    pub stems: Option<&'a Stems>,
    /// The regions of the spectrogram, where components are regions.
    pub map: Option<&'a RegionMap>,
    /// The model's answer for the unperturbed song.
    pub answer: &'a Probabilities,
    /// Bytes of the lyrics that the model reads.
    pub read_bytes: Option<usize>,
    /// The classes.
    pub labels: &'a musiclime_core::LabelSet,
}

/// Fills the view.
pub fn view(parts: &Parts, mixes: Vec<Mix>) -> ReportView {
    let Parts {
        file,
        components,
        loaded,
        ..
    } = parts;
    let rate = f64::from(loaded.song.waveform.sample_rate_hz());
    let mut distrust: Vec<String> = Vec::new();
    for explanation in &file.explained {
        for warning in warnings(
            explanation,
            parts.neighborhood,
            components,
            &file.recipe.recipe,
        ) {
            let text = match file.explained.len() {
                1 => warning.to_string(),
                _ => format!("{}: {warning}", explanation.label),
            };
            if !distrust.contains(&text) {
                distrust.push(text);
            }
        }
    }
    ReportView {
        song_name: file.song.name.clone(),
        start_s: file.song.start_s,
        duration_s: file.song.duration_s,
        model_name: file.model.name.clone(),
        task: file.model.task.clone(),
        labels: parts.labels.clone(),
        output: parts.answer.output(),
        probabilities: parts.answer.row(0).to_vec(),
        explained: file
            .explained
            .iter()
            .map(|e| explained(e, components))
            .collect(),
        stems: parts.stems.cloned(),
        segments: components
            .segments
            .iter()
            .map(|s| Segment {
                start_s: s.start as f64 / rate,
                end_s: s.end as f64 / rate,
            })
            .collect(),
        segment_names: components
            .details
            .iter()
            .map(|d| d.name.clone().unwrap_or_default())
            .collect(),
        audio_kind: match file.recipe.recipe.parts.components {
            AudioParts::Stems => AudioKind::Stems,
            AudioParts::Time => AudioKind::Time,
            AudioParts::TimeFrequency => AudioKind::TimeFrequency,
            AudioParts::Slic | AudioParts::Felzenszwalb => AudioKind::Regions,
            AudioParts::Lines => AudioKind::Lines,
        },
        regions: parts.map.map(|map| RegionImage {
            columns: map.columns,
            rows: map.rows,
            column_s: map.column_s,
            edges_hz: map.edges_hz.clone(),
            levels: map.levels.clone(),
            labels: map.labels.clone(),
            bounds: components.regions.iter().map(|r| r.bounds).collect(),
        }),
        fillers: filler_rows(file),
        mixture: loaded.listening.clone(),
        lyrics: loaded.song.lyrics.as_ref().map(|l| l.text().to_string()),
        lyrics_read_bytes: parts.read_bytes,
        recipe: recipe_rows(file),
        notes: file.song.notes.clone(),
        distrust,
        mixes,
    }
}

fn explained(explanation: &LocalExplanation, components: &Components) -> ExplainedLabel {
    let none = Weight {
        value: 0.0,
        interval: None,
    };
    let stems = components.stems.as_ref();
    let mut audio =
        vec![vec![none; components.segments.len()]; stems.map_or(0, musiclime_core::Stems::len)];
    let mut regions = vec![none; components.regions.len()];
    let mut words = Vec::new();
    for weight in &explanation.weights {
        match &weight.component {
            WeightedComponent::Audio { stem, segment, .. } => {
                if let Some(region) = regions.get_mut(*segment) {
                    *region = shown(weight);
                } else if let Some(s) = stems.and_then(|s| s.names().iter().position(|n| n == stem))
                {
                    audio[s][*segment] = shown(weight);
                }
            }
            WeightedComponent::Lyrics {
                word,
                places,
                unread,
            } => words.push(WordWeight {
                word: word.clone(),
                weight: shown(weight),
                places: places.iter().map(|[start, end]| *start..*end).collect(),
                unread: *unread,
            }),
        }
    }
    ExplainedLabel {
        label: explanation.label.clone(),
        probability: explanation.probability,
        intercept: explanation.intercept,
        r2: explanation.r2,
        local_prediction: explanation.local_prediction,
        audio,
        regions,
        words,
    }
}

fn shown(weight: &ComponentWeight) -> Weight {
    Weight {
        value: weight.weight,
        interval: weight.interval.map(|[low, high]| Interval { low, high }),
    }
}

/// The recipe as a table.
fn recipe_rows(file: &ExplanationFile) -> Vec<(String, String)> {
    let run = &file.recipe;
    let Recipe {
        distance_scale,
        kernel_width,
        ..
    } = run.recipe;
    let flat = if run.recipe.distance_scale / run.recipe.kernel_width < 0.1 {
        " (nearly flat: every perturbation counts the same)"
    } else {
        " (local: perturbations near the song count more)"
    };
    let row = |name: &str, value: String| (name.to_string(), value);
    let (perturbations, part_rows) = part_rows(file);
    let mut rows = vec![
        row("preset", run.recipe.preset.to_string()),
        row("perturbations", perturbations),
        row("segments", run.recipe.segments.to_string()),
        row("seed", run.recipe.seed.to_string()),
        row("modality", run.recipe.modality.to_string()),
        row("target", run.recipe.target.to_string()),
        row(
            "kernel",
            format!("width {kernel_width}, distance x {distance_scale}{flat}"),
        ),
        row("selection", run.recipe.selection.to_string()),
        row("stems", file.song.stems.clone()),
        row("case of words", run.recipe.case.to_string()),
        row("leftover samples", run.recipe.leftover.to_string()),
        row("batch size", run.batch_size.to_string()),
        row("device", run.device.clone()),
        row("precision", run.precision.clone()),
        row(
            "model",
            format!(
                "{} (weights {})",
                file.model.name, file.model.weights_sha256
            ),
        ),
        row("version", format!("musiclime {}", run.version)),
    ];
    rows.splice(2..2, part_rows);
    rows
}

/// How many perturbations, and the rows of what is not as usual about the components.
fn part_rows(file: &ExplanationFile) -> (String, Vec<(String, String)>) {
    let recipe = &file.recipe.recipe;
    let ComponentRecipe {
        components,
        segmentation,
        bands,
        regions,
        words,
        protected_words,
        filler,
        word_filler,
        mask_source,
    } = &recipe.parts;
    let perturbations = match mask_source {
        MaskSource::Random => recipe.samples.to_string(),
        MaskSource::Exhaustive => {
            format!("{}, every combination once (exhaustive)", recipe.samples)
        }
    };
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_string(), value));
    if *components != AudioParts::Stems {
        row("components", components.to_string());
    }
    match segmentation {
        Segmentation::Equal => {}
        Segmentation::Seconds(seconds) => row("cut", format!("every {seconds} s")),
        Segmentation::Beats => row("cut", "at beats".into()),
        Segmentation::Onsets => row("cut", "at onsets".into()),
        Segmentation::File(file) => row("cut", format!("at the lines of {}", file.name)),
    }
    if let Some(bands) = bands {
        row("bands", bands.to_string());
    }
    if let Some(regions) = regions {
        row("most regions", regions.to_string());
    }
    if *words != WordUnit::Words {
        row("components of the lyrics", words.to_string());
    }
    if let Some(list) = protected_words {
        row("protected words", list.name.clone());
    }
    match filler {
        AudioFiller::Silence => {}
        AudioFiller::OtherSong(song) => row("filler", format!("another song, {}", song.name)),
        other => row("filler", other.name().into()),
    }
    match word_filler {
        LyricFiller::Removal => {}
        LyricFiller::Mask => row("filler of words", "the mask token".into()),
        LyricFiller::Word(word) => row("filler of words", format!("\"{word}\"")),
    }
    (perturbations, rows)
}

/// The pairs of fillers that were compared.
fn filler_rows(file: &ExplanationFile) -> Vec<FillerRow> {
    file.filler_sensitivity
        .iter()
        .flat_map(|of| {
            of.pairs.iter().map(|pair| FillerRow {
                label: of.label.clone(),
                fillers: [pair.first.clone(), pair.second.clone()],
                rank_correlation: pair.rank_correlation,
                top_overlap: pair.top_overlap,
                top: of.top,
            })
        })
        .collect()
}
