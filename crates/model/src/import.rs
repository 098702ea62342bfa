use crate::config::CONFIG_SCHEMA;
use crate::{
    AstConfig, AudioEncoder, AudioSection, ExtractorConfig, Fusion, HeadKind, LyricsEncoder,
    LyricsSection, Model, ModelConfig, ModelError, Network, Pooling, Preparation, RobertaConfig,
    TextKind, Tokenizer, WeightFile, token_limit,
};
use burn::tensor::Device;
use musiclime_core::{LabelSet, OutputKind};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What an import read, and what it left aside.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportReport {
    /// The configuration that was written.
    pub config: ModelConfig,
    /// The weight file that was read.
    pub weights: PathBuf,
    /// How many tensors became part of the model.
    pub loaded: usize,
    /// Keys of the checkpoint that no forward pass uses, sorted.
    pub ignored: Vec<String>,
    /// What a person should know, a sentence each.
    pub notes: Vec<String>,
}

/// A folder's configuration before any weight is read.
struct Source {
    config: ModelConfig,
    tokenizer: Option<Vec<u8>>,
    notes: Vec<String>,
}

/// Turns a MusicLIME folder, or a plain HF `ASTForAudioClassification` or `RobertaForSequenceClassification`
/// folder, into a model directory.
///
/// A MusicLIME folder holds `audio_config.json text_config.json preprocessor_config.json tokenizer.json
/// labels.json`; either `audio_config.json` or `text_config.json` may be absent for a model of one modality.
/// Weights are `model.safetensors`, `pytorch_model.pth` or `pytorch_model.bin`, the first of these that exists.
///
/// # Errors
/// A missing or contradictory file, or any key of the checkpoint or of the network that the other lacks.
pub fn import(source: &Path, out: &Path) -> Result<ImportReport, ModelError> {
    if !source.is_dir() {
        return Err(ModelError::Import {
            path: source.to_owned(),
            reason: "expected a folder with a checkpoint, and there is none of that name".into(),
        });
    }
    let fusion = ["audio_config.json", "text_config.json"];
    let Source {
        config,
        tokenizer,
        mut notes,
    } = if fusion.iter().any(|name| source.join(name).is_file()) {
        musiclime_source(source)?
    } else if source.join("config.json").is_file() {
        plain_source(source)?
    } else {
        return Err(ModelError::Import {
                path: source.to_owned(),
                reason: "expected audio_config.json and text_config.json (a MusicLIME checkpoint) or config.json \
                         (a Hugging Face one), found none of them"
                    .into(),
            });
    };
    let (weights, note) = weight_path(source)?;
    notes.extend(note);
    config.validate()?;
    if let (Some(json), Some(lyrics)) = (&tokenizer, &config.lyrics) {
        Tokenizer::from_bytes(json, lyrics)?;
    }
    let device = Device::flex();
    let mut network = Network::zeroed(&config, &device);
    let report = network.load(&WeightFile::open(&weights)?, &device)?;
    let card = model_card(&config, &network, report.ignored.len());
    Model::write(out, &config, &network, tokenizer.as_deref(), &card)?;
    Ok(ImportReport {
        config,
        weights,
        loaded: report.loaded,
        ignored: report.ignored,
        notes,
    })
}

fn musiclime_source(folder: &Path) -> Result<Source, ModelError> {
    let mut notes = Vec::new();
    let labels: LabelSet = parse(
        &read(
            folder,
            "labels.json",
            "the names of the classes, a JSON list in output order",
        )?,
        "list of distinct labels",
    )?;
    let audio = match optional(folder, "audio_config.json")? {
        Some(file) => Some(audio_section(folder, parse(&file, "ASTConfig")?)?),
        None => None,
    };
    let (lyrics, tokenizer) = match optional(folder, "text_config.json")? {
        Some(file) => {
            let (section, tokenizer) = lyrics_section(folder, &file, &mut notes)?;
            (Some(section), Some(tokenizer))
        }
        None => (None, None),
    };
    let config = ModelConfig {
        schema: CONFIG_SCHEMA,
        name: folder_name(folder),
        task: "imported".into(),
        labels,
        audio,
        lyrics,
        head: HeadKind::Fusion,
        fusion: Fusion::Concatenation,
        output: OutputKind::Softmax,
    };
    Ok(Source {
        config,
        tokenizer,
        notes,
    })
}

fn plain_source(folder: &Path) -> Result<Source, ModelError> {
    let file = read(folder, "config.json", "a Hugging Face configuration")?;
    let fields: Map<String, Value> = parse(&file, "JSON object")?;
    let labels = labels_of(&file, &fields)?;
    let mut notes = Vec::new();
    let output = output_of(&file, &fields)?;
    let architecture = fields
        .get("architectures")
        .and_then(|a| a.get(0))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let model_type = fields
        .get("model_type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (audio, lyrics, tokenizer, head) = match (architecture, model_type) {
        ("ASTForAudioClassification", _) | ("", "audio-spectrogram-transformer") => {
            let section = audio_section(folder, parse(&file, "ASTConfig")?)?;
            (Some(section), None, None, HeadKind::AstClassifier)
        }
        ("RobertaForSequenceClassification", _) | ("", "roberta") => {
            let (section, tokenizer) = lyrics_section(folder, &file, &mut notes)?;
            (
                None,
                Some(section),
                Some(tokenizer),
                HeadKind::RobertaClassifier,
            )
        }
        _ => {
            return Err(ModelError::Import {
                path: file.path,
                reason: format!(
                    "expected the architecture ASTForAudioClassification or RobertaForSequenceClassification, got \
                     \"{architecture}\" with model_type \"{model_type}\""
                ),
            });
        }
    };
    let config = ModelConfig {
        schema: CONFIG_SCHEMA,
        name: folder_name(folder),
        task: "imported".into(),
        labels,
        audio,
        lyrics,
        head,
        fusion: Fusion::Concatenation,
        output,
    };
    Ok(Source {
        config,
        tokenizer,
        notes,
    })
}

fn audio_section(folder: &Path, encoder: AstConfig) -> Result<AudioSection, ModelError> {
    let file = read(
        folder,
        "preprocessor_config.json",
        "it says how sound becomes features (rate, mean, standard deviation)",
    )?;
    let extractor: ExtractorConfig = parse(&file, "ASTFeatureExtractor configuration")?;
    Ok(AudioSection {
        encoder: AudioEncoder::Ast(encoder),
        extractor,
        pooling: Pooling::First,
    })
}

fn lyrics_section(
    folder: &Path,
    file: &JsonFile,
    notes: &mut Vec<String>,
) -> Result<(LyricsSection, Vec<u8>), ModelError> {
    let fields: Map<String, Value> = parse(file, "JSON object")?;
    let kind = match fields.get("model_type").and_then(Value::as_str) {
        Some("bert") => TextKind::Bert,
        Some("roberta" | "xlm-roberta" | "camembert") | None => TextKind::Roberta,
        Some(other) => {
            return Err(ModelError::Config {
                path: file.path.clone(),
                what: "text encoder configuration",
                reason: format!("expected model_type roberta or bert, got \"{other}\""),
            });
        }
    };
    let positions = fields
        .get("position_embedding_type")
        .and_then(Value::as_str);
    if positions.is_some_and(|p| p != "absolute") {
        return Err(ModelError::Config {
            path: file.path.clone(),
            what: "text encoder configuration",
            reason: format!(
                "expected position_embedding_type absolute, got \"{}\"",
                positions.unwrap_or_default()
            ),
        });
    }
    let encoder = with_defaults(file, &fields, RobertaConfig::for_kind(kind))?;
    let model_max_length = match optional(folder, "tokenizer_config.json")? {
        Some(file) => {
            let fields: Map<String, Value> = parse(&file, "JSON object")?;
            fields.get("model_max_length").and_then(Value::as_f64)
        }
        None => None,
    };
    let positions = encoder.position_limit(kind);
    let max_tokens = token_limit(model_max_length, positions);
    notes.push(match model_max_length {
        Some(length) if length > positions as f64 => format!(
            "tokenizer_config's model_max_length {length} is more than the encoder's {positions} positions: \
             {max_tokens} tokens are read"
        ),
        _ => format!("{max_tokens} tokens are read, special tokens included"),
    });
    let tokenizer = read(folder, "tokenizer.json", "it turns lyrics into token ids")?;
    let section = LyricsSection {
        encoder: LyricsEncoder::transformer(kind, encoder),
        max_tokens,
        preparation: Preparation::None,
    };
    Ok((section, tokenizer.bytes))
}

/// The file's fields over the family's defaults; a field that is null counts as absent.
fn with_defaults(
    file: &JsonFile,
    fields: &Map<String, Value>,
    defaults: RobertaConfig,
) -> Result<RobertaConfig, ModelError> {
    let failed = |e: serde_json::Error| ModelError::Config {
        path: file.path.clone(),
        what: "text encoder configuration",
        reason: e.to_string(),
    };
    let mut merged = serde_json::to_value(defaults).map_err(failed)?;
    if let Value::Object(merged) = &mut merged {
        for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            merged.insert(key.clone(), value.clone());
        }
    }
    serde_json::from_value(merged).map_err(failed)
}

/// The classes of a plain HF configuration: `id2label` with the keys 0, 1, 2, ...
fn labels_of(file: &JsonFile, fields: &Map<String, Value>) -> Result<LabelSet, ModelError> {
    let failed = |reason: String| ModelError::Config {
        path: file.path.clone(),
        what: "classifier configuration",
        reason,
    };
    let Some(Value::Object(map)) = fields.get("id2label") else {
        return Err(failed(
            "expected id2label with the names of the classes, found none".into(),
        ));
    };
    let mut by_id = BTreeMap::new();
    for (id, name) in map {
        let (Ok(id), Some(name)) = (id.parse::<usize>(), name.as_str()) else {
            return Err(failed(format!(
                "expected id2label from numbers to names, got \"{id}\": {name}"
            )));
        };
        by_id.insert(id, name.to_owned());
    }
    if by_id.keys().copied().ne(0..by_id.len()) {
        return Err(failed(
            "expected the ids 0, 1, 2, ... in id2label, and one is missing".into(),
        ));
    }
    LabelSet::new(by_id.into_values().collect()).map_err(|e| failed(e.to_string()))
}

/// What a plain HF configuration trained its logits for; its default is one right class.
fn output_of(file: &JsonFile, fields: &Map<String, Value>) -> Result<OutputKind, ModelError> {
    match fields.get("problem_type").and_then(Value::as_str) {
        None | Some("single_label_classification") => Ok(OutputKind::Softmax),
        Some("multi_label_classification") => Ok(OutputKind::Sigmoid),
        Some("regression") => Ok(OutputKind::Regression),
        Some(other) => Err(ModelError::Config {
            path: file.path.clone(),
            what: "classifier configuration",
            reason: format!(
                "expected problem_type single_label_classification, multi_label_classification or regression, \
                 got \"{other}\""
            ),
        }),
    }
}

fn weight_path(folder: &Path) -> Result<(PathBuf, Option<String>), ModelError> {
    const NAMES: [&str; 3] = [
        "model.safetensors",
        "pytorch_model.pth",
        "pytorch_model.bin",
    ];
    let there: Vec<&str> = NAMES
        .into_iter()
        .filter(|name| folder.join(name).is_file())
        .collect();
    let Some((first, rest)) = there.split_first() else {
        return Err(ModelError::MissingFile {
            path: folder.join(NAMES[0]),
            needed_for: format!("the weights, as one of {}", NAMES.join(", ")),
        });
    };
    let note = (!rest.is_empty())
        .then(|| format!("{first} was read; {} was left aside", rest.join(" and ")));
    Ok((folder.join(first), note))
}

/// A JSON file's path and bytes.
struct JsonFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

fn optional(folder: &Path, name: &str) -> Result<Option<JsonFile>, ModelError> {
    let path = folder.join(name);
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(&path).map_err(|e| ModelError::io("read", &path, e))?;
    Ok(Some(JsonFile { path, bytes }))
}

fn read(folder: &Path, name: &str, needed_for: &str) -> Result<JsonFile, ModelError> {
    optional(folder, name)?.ok_or_else(|| ModelError::MissingFile {
        path: folder.join(name),
        needed_for: needed_for.to_owned(),
    })
}

fn parse<T: DeserializeOwned>(file: &JsonFile, what: &'static str) -> Result<T, ModelError> {
    serde_json::from_slice(&file.bytes).map_err(|e| ModelError::Config {
        path: file.path.clone(),
        what,
        reason: e.to_string(),
    })
}

fn folder_name(folder: &Path) -> String {
    let full = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    full.file_name().map_or_else(
        || "imported".into(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn model_card(config: &ModelConfig, network: &Network, ignored: usize) -> String {
    let mut card = format!(
        "# {}\n\nImported by musiclime. {} weights; {} classes: {}.\n",
        config.name,
        network.weight_count(),
        config.labels.len(),
        config.labels.names().join(", ")
    );
    if let Some(audio) = &config.audio {
        card += &format!(
            "\nHears {:.2} s at {} Hz.\n",
            audio.window_s(),
            audio.extractor.sampling_rate
        );
    }
    if let Some(lyrics) = &config.lyrics {
        card += &format!("\nReads {} tokens of lyrics.\n", lyrics.max_tokens);
    }
    if ignored > 0 {
        card += &format!(
            "\n{ignored} tensors of the checkpoint are used by no forward pass and were left out.\n"
        );
    }
    card
}
