use super::config::SeparatorConfig;
use super::excerpts::{Excerpts, Pool};
use crate::TrainingError;
use crate::optimizer::clip_global_norm;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_audio::stft::Stft;
use musiclime_model::ModelError;
use musiclime_model::open_unmix::{InputNorm, OpenUnmix};
use std::collections::HashMap;
use std::sync::mpsc::sync_channel;

/// Steps' worth of excerpts that the input's mean and standard deviation come from.
const NORM_STEPS: usize = 8;
/// The smallest standard deviation of a bin, as a share of the largest; openunmix's.
const LEAST_DEVIATION: f32 = 1e-4;
/// Batches that are made ahead of the step that needs them.
const BATCHES_AHEAD: usize = 2;

/// Looks on while a separator is fitted.
pub trait SeparatorWatch: Sync {
    /// `done` of `total` songs are made.
    fn songs(&self, done: usize, total: usize);
    /// A step was taken; the loss is the share of the mixture's magnitude that the estimates are off. Returns whether to
    /// go on.
    fn step(&self, step: usize, loss: f64) -> bool;
    /// The weights so far, every `checkpoint` steps.
    ///
    /// # Errors
    /// A file that cannot be written.
    fn checkpoint(&self, weights: &TrainedSeparator) -> Result<(), TrainingError>;
}

/// A separator with its weights.
pub struct TrainedSeparator<'a> {
    config: &'a SeparatorConfig,
    network: OpenUnmix,
    norm: &'a InputNorm,
    steps: usize,
}

impl TrainedSeparator<'_> {
    /// The weights as a file that `musiclime separate` and openunmix read.
    ///
    /// # Errors
    /// Weights that are not finite.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        let settings = serde_json::to_string(self.config).map_err(|e| ModelError::Invalid {
            what: "settings".into(),
            expected: "JSON".into(),
            got: e.to_string(),
        })?;
        let more = HashMap::from([
            ("trained_with".to_string(), settings),
            ("trained_steps".to_string(), self.steps.to_string()),
        ]);
        self.network
            .to_safetensors(&self.config.network(), self.norm, more)
    }
}

/// Fits a separator; the last weights go to [`SeparatorWatch::checkpoint`], as those of every `checkpoint` steps do.
///
/// The loss is the mean absolute error of all targets' magnitudes over the mean magnitude of the mixture.
///
/// # Errors
/// Settings that cannot work, a loss that is not finite, or `watch` asking to stop.
pub fn train_separator(
    config: &SeparatorConfig,
    checkpoint: usize,
    device: &Device,
    watch: &dyn SeparatorWatch,
) -> Result<(), TrainingError> {
    config.validate()?;
    let sizes = config.network();
    let stft = Stft::new(sizes.fft_size, sizes.hop_samples).map_err(ModelError::from)?;
    let mut pool = Pool::new(config, &|done| watch.songs(done, config.pool));
    let norm = input_norm(config, &pool, &stft);

    let device = device.clone().autodiff();
    let mut network = OpenUnmix::fresh(&sizes, config.seed, &device);
    let mut optimizer = AdamWConfig::new()
        .with_epsilon(1e-8)
        .with_weight_decay(config.weight_decay)
        .init();
    let columns = sizes.channels * sizes.bins();
    let row = |values: &[f32]| {
        let both = [values, values].concat();
        Tensor::<3>::from_data(TensorData::new(both, [1, 1, columns]), &device)
    };
    let (mean, scale) = (row(&norm.mean), row(&norm.scale));
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(BATCHES_AHEAD);
        let stft = &stft;
        scope.spawn(move || {
            for step in 0..config.steps {
                pool.renew(step);
                // A receiver that is gone means that training stopped.
                if sender
                    .send(pool.excerpts(config, stft, NORM_STEPS + step))
                    .is_err()
                {
                    return;
                }
            }
        });
        for step in 0..config.steps {
            let Excerpts { mixture, targets } =
                receiver.recv().map_err(|_| TrainingError::Cancelled)?;
            let rows = config.batch * config.frames;
            let total = mixture.iter().map(|x| f64::from(*x)).sum::<f64>().max(1e-9);
            let mixture =
                Tensor::<3>::from_data(TensorData::new(mixture, [1, rows, columns]), &device);
            let shape = [sizes.targets.len(), rows, columns];
            let targets = Tensor::<3>::from_data(TensorData::new(targets, shape), &device);
            let heard = (mixture.clone() + mean.clone()) * scale.clone();
            let estimates = network.scales(heard, config.batch) * mixture;
            let loss = (estimates - targets).abs().sum().div_scalar(total);
            let value = f64::from(loss.clone().into_scalar::<f32>());
            if !value.is_finite() {
                return Err(TrainingError::Diverged { epoch: 0, step });
            }
            let mut grads = GradientsParams::from_grads(loss.backward(), &network);
            clip_global_norm(&network, &mut grads, config.clip_norm);
            network = optimizer.step(learning_rate(config, step), network, grads);
            if !watch.step(step, value) {
                return Err(TrainingError::Cancelled);
            }
            let done = step + 1;
            if done % checkpoint.max(1) == 0 || done == config.steps {
                watch.checkpoint(&TrainedSeparator {
                    config,
                    network: network.valid(),
                    norm: &norm,
                    steps: done,
                })?;
            }
        }
        Ok(())
    })
}

/// Mean and deviation of every bin over the first excerpts, which no step sees.
///
/// # Source
/// `get_statistics` of openunmix's training script.
fn input_norm(config: &SeparatorConfig, pool: &Pool, stft: &Stft) -> InputNorm {
    let bins = stft.bins();
    let (mut sum, mut squares, mut count) = (vec![0.0f64; bins], vec![0.0f64; bins], 0.0);
    for step in 0..NORM_STEPS {
        for row in pool.excerpts(config, stft, step).mixture.chunks_exact(bins) {
            count += 1.0;
            for ((sum, square), x) in sum.iter_mut().zip(&mut squares).zip(row) {
                *sum += f64::from(*x);
                *square += f64::from(*x) * f64::from(*x);
            }
        }
    }
    let mean: Vec<f64> = sum.iter().map(|s| s / count).collect();
    let deviation: Vec<f32> = squares
        .iter()
        .zip(&mean)
        .map(|(s, m)| (s / count - m * m).max(0.0).sqrt() as f32)
        .collect();
    let least = LEAST_DEVIATION * deviation.iter().fold(f32::MIN_POSITIVE, |a, b| a.max(*b));
    InputNorm {
        mean: mean.iter().map(|m| -*m as f32).collect(),
        scale: deviation.iter().map(|d| 1.0 / d.max(least)).collect(),
    }
}

/// Warm-up along a line, then half a cosine down to 0.
fn learning_rate(config: &SeparatorConfig, step: usize) -> f64 {
    let shape = if step < config.warm_up {
        (step + 1) as f64 / config.warm_up as f64
    } else {
        let rest = (config.steps - config.warm_up.min(config.steps)).max(1);
        let done = (step - config.warm_up) as f64 / rest as f64;
        0.5 * (1.0 + (std::f64::consts::PI * done).cos())
    };
    config.learning_rate * shape
}
