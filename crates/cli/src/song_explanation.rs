//! One song, explained: for `explain` and `reproduce`.

use crate::components::{AudioSide, Materials, word_components};
use crate::failure::{Failure, OrFail};
use crate::filler_trials::filler_sensitivity;
use crate::masks_file;
use crate::song_arg::LoadedSong;
use musiclime_audio::superpixels::RegionMap;
use musiclime_core::{
    ByteRange, Classifier, ClassifierError, Components, LabelSet, Probabilities, WordComponent,
};
use musiclime_explanation::{
    AudioParts, ExplanationError, ExplanationFile, Modality, ModelInfo, Neighborhood, Recipe,
    RunRecipe, Sampler, Segmentation, SongInfo, WordUnit, perturb,
};
use musiclime_model::{MusicClassifier, Selected};
use serde::Serialize;
use std::path::Path;

/// Words of one text that become components; the ones that appear first.
const MAX_WORDS: usize = 5_000;

/// One song, explained.
pub struct Explained {
    /// What `explanation.json` holds.
    pub file: ExplanationFile,
    /// The perturbations behind it.
    pub neighborhood: Neighborhood,
    /// The components.
    pub components: Components,
    /// The regions of the spectrogram, where components are regions.
    pub map: Option<RegionMap>,
    /// The model's answer for the unperturbed song.
    pub probabilities: Probabilities,
    /// Bytes of the lyrics that the model reads.
    pub read_bytes: Option<usize>,
}

/// Which labels are explained.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels<'a> {
    /// These.
    Named(&'a [String]),
    /// The most probable ones.
    Top(usize),
}

/// What is asked about one song.
pub struct Question<'a> {
    /// How to explain.
    pub recipe: Recipe,
    /// Which labels.
    pub labels: Labels<'a>,
    /// A file of masks, in place of the sampler's.
    pub masks: Option<&'a Path>,
    /// What components are made from, beside the song.
    pub materials: &'a Materials,
}

/// Explains one loaded song.
///
/// # Errors
/// A song, label, mask file or recipe that does not fit the model; Ctrl-C.
pub fn explain_song(
    classifier: &MusicClassifier,
    selected: &Selected,
    loaded: &LoadedSong,
    question: Question,
    progress: &dyn musiclime_core::Progress,
) -> Result<Explained, Failure> {
    let Question {
        mut recipe,
        labels,
        masks,
        materials,
    } = question;
    let label_set = classifier.labels().clone();
    if let Labels::Named(names) = labels {
        label_indices(&label_set, names)?;
    }
    let mut notes = loaded.notes.clone();
    let text = loaded.song.lyrics.as_ref().map(|l| l.text());
    let read_bytes = match text {
        Some(text) => {
            let read = classifier
                .read_bytes(text)
                .or_fail("cannot read the lyrics")?;
            (read < text.len()).then_some(read)
        }
        None => None,
    };
    let parts = recipe.parts.clone();
    let hears = classifier.hearing().is_some()
        && (loaded.stems.is_some() || parts.components != AudioParts::Stems);
    let mut audio_notes = Vec::new();
    let mut audio = match hears && recipe.modality != Modality::Lyrics {
        true => AudioSide::new(loaded, &recipe, materials, &mut audio_notes)?,
        false => AudioSide::none(),
    };
    let joint = match recipe.modality {
        Modality::Both => audio.joint_places(),
        Modality::Audio | Modality::Lyrics => Vec::new(),
    };
    let words = words(
        classifier, text, &recipe, read_bytes, materials, &joint, &mut notes,
    );
    let has_words = !words.is_empty() || !joint.is_empty();
    recipe.modality = modality(recipe.modality, hears, text, has_words, &recipe, &mut notes)?;
    if recipe.modality == Modality::Lyrics {
        audio = AudioSide::none();
    } else {
        notes.append(&mut audio_notes);
    }
    let words = if recipe.modality == Modality::Audio {
        Vec::new()
    } else {
        words
    };
    let components = audio.components(loaded, &words, &recipe, materials, classifier)?;
    let masks = match masks {
        Some(path) => {
            notes.push(format!("the masks were given, in {}", file_name(path)));
            masks_file::read(path, components.len())?
        }
        None => {
            let (masks, source) = Sampler::new(recipe.seed)
                .masks(recipe.samples, components.len())
                .or_fail("cannot draw perturbations")?;
            recipe.parts.mask_source = source;
            masks
        }
    };
    recipe.samples = masks.rows();
    let perturbable = classifier
        .prepare(&loaded.song, &components)
        .or_fail(format!("cannot explain the song \"{}\"", loaded.song.name))?;
    check_segments(
        &components.segments,
        &recipe,
        loaded.song.waveform.sample_rate_hz(),
    )?;
    let failed = |e| match e {
        ExplanationError::Classifier(ClassifierError::Cancelled) => Failure::interrupted(),
        e => Failure::new("the explanation failed").because(&e),
    };
    let perturbed = perturb(
        perturbable.as_ref(),
        &components,
        masks,
        &label_set,
        &recipe,
        progress,
    )
    .map_err(failed)?;
    let indices = match labels {
        Labels::Named(names) => label_indices(&label_set, names)?,
        Labels::Top(count) => {
            let ranking = perturbed.unperturbed.ranking(0);
            ranking.into_iter().take(count.max(1)).collect()
        }
    };
    let explained = perturbed
        .explain(&components, &indices, &recipe)
        .map_err(failed)?;
    drop(perturbable);
    let sensitivity = match materials.try_fillers {
        false => Vec::new(),
        true => filler_sensitivity(
            &|recipe: &Recipe| audio.components(loaded, &words, recipe, materials, classifier),
            classifier,
            &loaded.song,
            &recipe,
            &perturbed,
            &indices,
            progress,
        )?,
    };
    let separator = loaded.stems_source.separator();
    let mut file = ExplanationFile::new(
        SongInfo {
            name: loaded.song.name.clone(),
            start_s: loaded.song.start_s,
            duration_s: loaded.song.waveform.duration_s(),
            sample_rate_hz: loaded.song.waveform.sample_rate_hz(),
            stems: loaded.stems_source.to_string(),
            has_lyrics: loaded.song.lyrics.is_some(),
            notes,
        },
        model_info(classifier),
        label_set.names().to_vec(),
        perturbed.unperturbed.row(0).to_vec(),
        run_recipe(recipe, separator, classifier, selected),
        explained,
    );
    file.filler_sensitivity = sensitivity;
    Ok(Explained {
        file,
        neighborhood: perturbed.neighborhood,
        components,
        map: audio.map,
        probabilities: perturbed.unperturbed,
        read_bytes,
    })
}

/// What files say about the model.
pub fn model_info(classifier: &MusicClassifier) -> ModelInfo {
    let model = classifier.model();
    ModelInfo {
        name: model.config.name.clone(),
        task: model.config.task.clone(),
        weights_sha256: model.weights_sha256.clone(),
        version: env!("CARGO_PKG_VERSION").to_string(),
    }
}

/// A recipe with the circumstances of this run.
pub fn run_recipe(
    recipe: Recipe,
    separator: &str,
    classifier: &MusicClassifier,
    selected: &Selected,
) -> RunRecipe {
    RunRecipe {
        recipe,
        separator: separator.to_string(),
        batch_size: classifier.batch_rows(),
        device: selected.description(),
        precision: classifier.precision().name().to_string(),
        version: env!("CARGO_PKG_VERSION").to_string(),
    }
}

/// Refuses segments that are shorter than the step from frame to frame, which no model can tell apart.
fn check_segments(
    segments: &[std::ops::Range<usize>],
    recipe: &Recipe,
    rate_hz: u32,
) -> Result<(), Failure> {
    let step = rate_hz as usize / 100;
    let Some(shortest) = segments.iter().map(|s| s.len()).min() else {
        return Ok(());
    };
    if shortest >= step {
        return Ok(());
    }
    let (flag, hint) = match &recipe.parts.segmentation {
        Segmentation::Seconds(seconds) => (
            format!("--segment-seconds {seconds}"),
            "more --segment-seconds, or an excerpt whose last segment is not so short",
        ),
        Segmentation::File(_) => (
            "--segment-file".into(),
            "a file whose lines are longer and further apart",
        ),
        Segmentation::Beats | Segmentation::Onsets => (
            "--segment-on".into(),
            "fewer --segments, or another excerpt (--start, --duration)",
        ),
        Segmentation::Equal => (
            format!("--segments {}", segments.len()),
            "fewer --segments, or a longer excerpt",
        ),
    };
    Err(Failure::new(format!(
        "{flag}: expected segments of at least 0.01 s, got {:.5} s",
        shortest as f64 / f64::from(rate_hz)
    ))
    .hint(hint))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

/// The indices of named labels.
///
/// # Errors
/// A label that the model does not have.
pub fn label_indices(labels: &LabelSet, names: &[String]) -> Result<Vec<usize>, Failure> {
    names
        .iter()
        .map(|name| {
            labels.index_of(name).map_err(|e| {
                Failure::new(format!("the model does not know the label \"{name}\""))
                    .because(&e)
                    .hint("--label with one of the model's labels, or --top-labels")
            })
        })
        .collect()
}

fn words(
    classifier: &MusicClassifier,
    text: Option<&str>,
    recipe: &Recipe,
    read_bytes: Option<usize>,
    materials: &Materials,
    joint: &[ByteRange],
    notes: &mut Vec<String>,
) -> Vec<WordComponent> {
    let (Some(text), Some(_)) = (text, &classifier.model().tokenizer) else {
        return Vec::new();
    };
    let mut words = word_components(text, recipe, read_bytes, materials, joint);
    if words.len() > MAX_WORDS {
        notes.push(format!(
            "the lyrics have {} different words; the first {MAX_WORDS} are components, the rest always stays",
            words.len()
        ));
        words.truncate(MAX_WORDS);
    }
    words
}

/// What can be perturbed of what was asked for.
fn modality(
    asked: Modality,
    hears: bool,
    text: Option<&str>,
    has_words: bool,
    recipe: &Recipe,
    notes: &mut Vec<String>,
) -> Result<Modality, Failure> {
    let why_no_words = match text {
        None => "no lyrics",
        Some(text) if text.trim().is_empty() => "empty lyrics",
        Some(_) if recipe.parts.words == WordUnit::None => "the lyrics are not perturbed",
        Some(_) if recipe.parts.protected_words.is_some() => "no word that is not protected",
        Some(_) if !has_words => "no word that the model reads",
        Some(_) => "",
    };
    match (asked, hears, has_words) {
        (Modality::Both, true, true) => Ok(Modality::Both),
        (Modality::Audio, true, _) => Ok(Modality::Audio),
        (Modality::Lyrics, _, true) => Ok(Modality::Lyrics),
        (Modality::Both, true, false) => {
            notes.push(format!("{why_no_words}: explained by its audio alone"));
            Ok(Modality::Audio)
        }
        (Modality::Both, false, true) => {
            notes.push("the model hears no audio: explained by its lyrics alone".into());
            Ok(Modality::Lyrics)
        }
        (Modality::Audio, false, _) => Err(Failure::new("the model hears no audio")
            .hint("--modality lyrics, or a model that hears")),
        (_, _, false) => Err(Failure::new(format!("nothing to explain: {why_no_words}"))
            .hint("--lyrics with a text, or --modality audio")),
    }
}
