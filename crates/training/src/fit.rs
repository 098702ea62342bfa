use crate::batches::{Batch, BatchMaker};
use crate::songs::songbook_songs;
use crate::{
    AdamW, AdamWConfig, ClassWeights, CrossEntropy, ParameterGroups, Schedule, ScheduleShape,
    TrainConfig, TrainingError, clip_global_norm,
};
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_model::{Model, ModelConfig, Network, Tokenizer, train_tokenizer};
use std::sync::mpsc::sync_channel;

/// Batches that are made ahead of the step that needs them.
const BATCHES_AHEAD: usize = 2;

/// What an epoch came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    /// From 0.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f64,
    /// Accuracy on the validation songs, whole.
    pub validation_accuracy: f64,
    /// Seconds, validation included.
    pub seconds: f64,
}

/// Looks on while a model is fitted; every call returns whether to go on.
pub trait Watch: Sync {
    /// `done` of `total` songs are made.
    fn songs(&self, done: usize, total: usize);
    /// A step was taken.
    fn step(&self, epoch: usize, step: usize, steps: usize, loss: f64) -> bool;
    /// An epoch ended.
    fn epoch(&self, epoch: &Epoch) -> bool;
}

/// A fitted model.
#[derive(Debug)]
pub struct Trained {
    /// Its configuration.
    pub config: ModelConfig,
    /// The weights of the best epoch by validation accuracy, the first of equals.
    pub network: Network,
    /// `tokenizer.json`, where it reads lyrics.
    pub tokenizer_json: Option<Vec<u8>>,
    /// All epochs.
    pub epochs: Vec<Epoch>,
}

/// Fits a model: from scratch, or with the encoders of the models in `start_from`, as the paper starts from
/// pretrained ones.
///
/// # Errors
/// Settings that cannot work, encoders or tokenizers of other models that do not fit, a loss that is not finite, or `watch` asking to stop.
pub fn train(
    config: &TrainConfig,
    start_from: &[Model],
    device: &Device,
    watch: &dyn Watch,
) -> Result<Trained, TrainingError> {
    config.validate()?;
    let model_config = config.model_config();
    let hears = config.modality.hears();
    let total = config.songs + config.validation_songs;
    let songs = songbook_songs(
        config.songbook_seed,
        config.songs,
        config.task,
        hears,
        &|done| {
            watch.songs(done, total);
        },
    );
    let held_out = songbook_songs(
        config.validation_seed,
        config.validation_songs,
        config.task,
        hears,
        &|done| watch.songs(config.songs + done, total),
    );
    let tokenizer_json = match &model_config.lyrics {
        Some(lyrics) => {
            let texts = songs.iter().map(|s| s.lyrics.text().to_string());
            let json = train_tokenizer(texts, lyrics.encoder.vocab_size)?;
            if start_from
                .iter()
                .any(|m| m.tokenizer_json.as_ref().is_some_and(|t| *t != json))
            {
                return Err(TrainingError::Setting {
                    what: "a model to start from",
                    expected: "the tokenizer of the same songs",
                    got: "another tokenizer".into(),
                });
            }
            Some(json)
        }
        None => None,
    };
    let tokenizer = match (&model_config.lyrics, &tokenizer_json) {
        (Some(lyrics), Some(json)) => Some(Tokenizer::from_bytes(json, lyrics)?),
        _ => None,
    };
    let fbank = match &model_config.audio {
        Some(section) => Some(section.fbank()?),
        None => None,
    };
    let maker = BatchMaker::new(config, &songs, fbank.clone(), tokenizer.clone());
    let judge = BatchMaker::new(config, &held_out, fbank, tokenizer);

    let training_device = device.clone().autodiff();
    let mut network = Network::init(&model_config, config.seed, &training_device);
    for model in start_from {
        network = network.with_encoders_of(&model.network, &training_device)?;
    }
    let settings = AdamWConfig {
        weight_decay: f64::from(config.weight_decay),
        ..AdamWConfig::default()
    };
    let mut optimizer = AdamW::new(settings, &ParameterGroups::default(), &mut network)?;
    let loss_of = CrossEntropy::new(
        ClassWeights::Equal.resolve(&[], model_config.labels.len())?,
        0.0,
    )?;
    let mut epochs: Vec<Epoch> = Vec::new();
    let mut best: Option<(f64, Network)> = None;
    for epoch in 0..config.epochs {
        let started = std::time::Instant::now();
        let order = maker.order(epoch, config.batch);
        let steps = order.len();
        let mut sum = 0.0;
        let fitted: Result<Network, TrainingError> = std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(BATCHES_AHEAD);
            let maker = &maker;
            scope.spawn(move || {
                for (step, members) in order.iter().enumerate() {
                    // A receiver that is gone means that training stopped.
                    if sender
                        .send(maker.make(members, Some((epoch, step))))
                        .is_err()
                    {
                        return;
                    }
                }
            });
            for step in 0..steps {
                let batch = receiver.recv().map_err(|_| TrainingError::Cancelled)??;
                let logits = forward(&network, &batch, &training_device);
                let loss = loss_of.forward(logits, &batch.labels()).mean();
                let value = f64::from(loss.clone().into_scalar::<f32>());
                if !value.is_finite() {
                    return Err(TrainingError::Diverged { epoch, step });
                }
                sum += value;
                let mut grads = GradientsParams::from_grads(loss.backward(), &network);
                clip_global_norm(&network, &mut grads, config.clip_norm);
                let rate = learning_rate(config, epoch * steps + step, config.epochs * steps);
                optimizer.step(rate, &mut network, grads);
                if !watch.step(epoch, step, steps, value) {
                    return Err(TrainingError::Cancelled);
                }
            }
            Ok(network)
        });
        network = fitted?;
        let accuracy = accuracy(&network.valid(), &judge, config.batch, device)?;
        let row = Epoch {
            epoch,
            loss: sum / steps as f64,
            validation_accuracy: accuracy,
            seconds: started.elapsed().as_secs_f64(),
        };
        let go_on = watch.epoch(&row);
        epochs.push(row);
        if best.as_ref().is_none_or(|(most, _)| accuracy > *most) {
            best = Some((accuracy, network.valid()));
        }
        if !go_on {
            return Err(TrainingError::Cancelled);
        }
    }
    let network = best.map_or_else(|| network.valid(), |(_, network)| network);
    Ok(Trained {
        config: model_config,
        network,
        tokenizer_json,
        epochs,
    })
}

/// Warm-up along a line, then half a cosine down to 0.
fn learning_rate(config: &TrainConfig, step: usize, total_steps: usize) -> f64 {
    let schedule = Schedule {
        shape: ScheduleShape::Cosine,
        warm_up_steps: (config.warm_up * total_steps as f64).round() as usize,
        total_steps,
    };
    config.learning_rate * schedule.factor(step)
}

impl Batch {
    fn labels(&self) -> Vec<usize> {
        self.labels.iter().map(|&label| label as usize).collect()
    }
}

/// Logits of a batch, `[rows, classes]`.
fn forward(network: &Network, batch: &Batch, device: &Device) -> Tensor<2> {
    let rows = batch.labels.len();
    let audio = batch.features.as_ref().map(|(values, [frames, mel])| {
        let features = TensorData::new(values.clone(), [rows, *frames, *mel]);
        network.encode_audio(Tensor::from_data(features, device))
    });
    let lyrics = batch.tokens.as_ref().map(|tokens| {
        let (ids, mask) = tokens.to_tensors(device);
        network.encode_lyrics(ids, mask)
    });
    network.head(audio, lyrics)
}

fn accuracy(
    network: &Network,
    judge: &BatchMaker,
    batch: usize,
    device: &Device,
) -> Result<f64, TrainingError> {
    let all: Vec<usize> = (0..judge.songs.len()).collect();
    let mut hits = 0;
    for members in all.chunks(batch) {
        let batch = judge.make(members, None)?;
        let logits = forward(network, &batch, device);
        let best = logits.argmax(1).into_data().convert::<i32>();
        hits += best
            .iter::<i32>()
            .zip(&batch.labels)
            .filter(|(a, b)| a == *b)
            .count();
    }
    Ok(hits as f64 / judge.songs.len() as f64)
}
