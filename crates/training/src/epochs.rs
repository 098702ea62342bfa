//! The steps and epochs of a fit.

use crate::batches::{Batch, BatchMaker, Draw, Row};
use crate::checkpoint::{Progress, State};
use crate::fit::Training;
use crate::journal::{Epoch, Journal, Line, Step};
use crate::judge::{forward, judge};
use crate::objective::Objective;
use crate::optimizer::LossScale;
use crate::prepare::Prepared;
use crate::start::Start;
use crate::{AdamW, AdamWConfig, GradientAccumulator, Schedule, TrainingError, clip_global_norm};
use burn::module::Module;
use burn::tensor::Device;
use musiclime_core::LabelSet;
use musiclime_model::{ModelConfig, Precision};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// Batches that are made ahead of the step that needs them.
const BATCHES_AHEAD: usize = 2;
/// The longest time without a checkpoint.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(600);

/// A fit whose songs are ready.
pub(crate) struct Fit<'a> {
    pub(crate) training: Training<'a>,
    pub(crate) training_device: Device,
    pub(crate) maker: BatchMaker<'a>,
    pub(crate) judge: BatchMaker<'a>,
    pub(crate) labels: &'a LabelSet,
    pub(crate) objective: Objective,
}

/// Steps of a run, each of some batches.
struct Plan {
    /// Batches of the epoch, by step.
    steps: Vec<Vec<Vec<usize>>>,
    /// Steps of all epochs.
    total: usize,
}

impl Fit<'_> {
    /// Fresh weights, or those of the last checkpoint.
    pub(crate) fn begin(
        &self,
        start: &Start,
        config: &ModelConfig,
        songs: &Prepared,
    ) -> Result<State, TrainingError> {
        let settings = self.training.config;
        let mut network = start.network(config, settings.seed, &self.training_device)?;
        let adamw = AdamWConfig {
            weight_decay: f64::from(settings.weight_decay),
            ..AdamWConfig::default()
        };
        let optimizer = AdamW::new(adamw, &settings.groups, &mut network)?;
        let mut state = State {
            network,
            optimizer,
            best: None,
            best_on_disk: None,
            progress: Progress {
                epoch: 0,
                step: 0,
                loss_sum: 0.0,
                epochs: Vec::new(),
                best: None,
                log_bytes: 0,
                loss_scale: (settings.precision == Precision::F16).then(LossScale::default),
                songs: songs.fingerprint.clone(),
            },
        };
        if let Some(run) = self.training.run
            && state.load(run, &self.training_device, self.training.device)?
        {
            // Loaded weights are new ones: those that are frozen are told so again.
            state.optimizer.freeze(&mut state.network);
        }
        let plan = self.plan(state.progress.epoch);
        let done = state.progress.epoch * plan.steps.len() + state.progress.step;
        self.training.watch.begin(done, plan.total);
        Ok(state)
    }

    fn plan(&self, epoch: usize) -> Plan {
        let config = self.training.config;
        let order = self.maker.order(epoch, config.batch);
        let steps: Vec<Vec<Vec<usize>>> = order
            .chunks(config.accumulate)
            .map(<[Vec<usize>]>::to_vec)
            .collect();
        Plan {
            total: steps.len() * config.epochs,
            steps,
        }
    }

    pub(crate) fn run(&self, mut state: State) -> Result<State, TrainingError> {
        let config = self.training.config;
        let mut journal = match self.training.run {
            Some(run) => Some(Journal::open(&run.log(), state.progress.log_bytes)?),
            None => None,
        };
        let mut clock = Clock::new();
        while state.progress.epoch < config.epochs && !self.is_out_of_patience(&state.progress) {
            let plan = self.plan(state.progress.epoch);
            self.epoch(&plan, &mut state, &mut journal, &mut clock)?;
            let row = self.validate(&plan, &mut state, &clock)?;
            if let Some(journal) = &mut journal {
                journal.say(&Line::Epoch(row.clone()))?;
            }
            self.checkpoint(&mut state, &journal, &mut clock)?;
            if !self.training.watch.epoch(&row) {
                return Err(TrainingError::Cancelled);
            }
        }
        Ok(state)
    }

    fn is_out_of_patience(&self, progress: &Progress) -> bool {
        match (self.training.config.patience, progress.best) {
            (Some(patience), Some(best)) => progress.epoch > best + patience,
            _ => false,
        }
    }

    /// The rest of the steps of an epoch.
    fn epoch(
        &self,
        plan: &Plan,
        state: &mut State,
        journal: &mut Option<Journal>,
        clock: &mut Clock,
    ) -> Result<(), TrainingError> {
        let epoch = state.progress.epoch;
        let first = state.progress.step;
        clock.epoch = Instant::now();
        clock.epoch_songs = 0;
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(BATCHES_AHEAD);
            scope.spawn(move || {
                for (step, batches) in plan.steps.iter().enumerate().skip(first) {
                    let mut rows_before = 0;
                    for members in batches {
                        let rows: Vec<Row> = members
                            .iter()
                            .map(|&song| Row { song, window: None })
                            .collect();
                        let draw = Draw {
                            epoch,
                            step,
                            rows_before,
                        };
                        rows_before += rows.len();
                        // A receiver that is gone means that training stopped.
                        if sender.send(self.maker.make(&rows, Some(draw))).is_err() {
                            return;
                        }
                    }
                }
            });
            for step in first..plan.steps.len() {
                let line = self.step(plan, step, &receiver, state, clock)?;
                if let Some(journal) = journal.as_mut() {
                    journal.say(&Line::Step(line.clone()))?;
                }
                let go_on = self.training.watch.step(&line, plan.total);
                let planned = self.training.config.checkpoint_steps;
                // The end of an epoch has a checkpoint of its own.
                let is_due = step + 1 < plan.steps.len()
                    && (planned.is_some_and(|n| (line.step + 1).is_multiple_of(n))
                        || clock.checkpoint.elapsed() > CHECKPOINT_EVERY);
                if is_due || !go_on {
                    self.checkpoint(state, journal, clock)?;
                }
                if !go_on {
                    return Err(TrainingError::Cancelled);
                }
            }
            Ok(())
        })
    }

    fn step(
        &self,
        plan: &Plan,
        step: usize,
        batches: &Receiver<Result<Batch, TrainingError>>,
        state: &mut State,
        clock: &mut Clock,
    ) -> Result<Step, TrainingError> {
        let config = self.training.config;
        let epoch = state.progress.epoch;
        let started = Instant::now();
        let scale = state.progress.loss_scale.as_ref().map(LossScale::factor);
        // The factor is for a mean; losses come as sums.
        let in_step: usize = plan.steps[step].iter().map(Vec::len).sum();
        let sum_scale = scale.map_or(1.0, |scale| scale / in_step as f64);
        let mut gradients = GradientAccumulator::new(sum_scale);
        let mut songs = 0;
        for _ in &plan.steps[step] {
            let batch = batches.recv().map_err(|_| TrainingError::Cancelled)??;
            songs += batch.truth.len();
            // Its weights are casts of the others, so that the gradients arrive at those.
            let network = state.network.in_precision(config.precision);
            let logits = forward(&network, &batch, &self.training_device);
            let loss = self.objective.forward(logits, &batch.truth);
            gradients.add(&state.network, loss);
        }
        let diverged = || TrainingError::Diverged { epoch, step };
        let (mut grads, loss) = gradients.finish(&state.network).ok_or_else(diverged)?;
        let loss = f64::from(loss.into_scalar::<f32>());
        let norm = clip_global_norm(&state.network, &mut grads, config.clip_norm);
        // Gradients that overflow in half precision are no divergence: the step is left out, and the next one's are
        // scaled less.
        let overflowed = !norm.is_finite();
        let can_go_on = match &mut state.progress.loss_scale {
            Some(scale) => scale.update(overflowed),
            None => !overflowed,
        };
        if !(loss.is_finite() && can_go_on) {
            return Err(diverged());
        }
        let done = epoch * plan.steps.len() + step;
        let schedule = Schedule {
            shape: config.schedule,
            warm_up_steps: (config.warm_up * plan.total as f64).round() as usize,
            total_steps: plan.total,
        };
        let lr = config.learning_rate * schedule.factor(done);
        if !overflowed {
            state.optimizer.step(lr, &mut state.network, grads);
            // Such a weight is cut off from the loss, and would silently stay what it was.
            let untouched: Vec<&str> = state.optimizer.untouched().collect();
            assert!(untouched.is_empty(), "no gradient reaches {untouched:?}");
        }
        state.progress.step = step + 1;
        state.progress.loss_sum += loss;
        clock.epoch_songs += songs;
        Ok(Step {
            step: done,
            epoch,
            lr,
            loss,
            grad_norm: (!overflowed).then_some(norm),
            loss_scale: scale,
            seconds: clock.start.elapsed().as_secs_f64(),
            songs_per_s: songs as f64 / started.elapsed().as_secs_f64(),
        })
    }

    /// Asks about the validation songs, keeps the weights if they are the best, and goes to the next epoch.
    fn validate(
        &self,
        plan: &Plan,
        state: &mut State,
        clock: &Clock,
    ) -> Result<Epoch, TrainingError> {
        let config = self.training.config;
        let progress = &mut state.progress;
        let network = state.network.valid();
        let trained_s = clock.epoch.elapsed().as_secs_f64();
        let verdict = judge(
            &network,
            &self.judge,
            config,
            self.labels,
            self.training.device,
        )?;
        if !verdict.loss.is_finite() {
            return Err(TrainingError::Diverged {
                epoch: progress.epoch,
                step: plan.steps.len(),
            });
        }
        let row = Epoch {
            epoch: progress.epoch,
            step: (progress.epoch + 1) * plan.steps.len(),
            loss: progress.loss_sum / plan.steps.len() as f64,
            validation_loss: verdict.loss,
            scores: verdict.scores,
            seconds: clock.epoch.elapsed().as_secs_f64(),
            songs_per_s: clock.epoch_songs as f64 / trained_s,
        };
        let best = progress.best.map(|epoch| &progress.epochs[epoch]);
        if best.is_none_or(|best| row.is_better_than(best)) {
            progress.best = Some(row.epoch);
            state.best = Some(network);
        }
        progress.epochs.push(row.clone());
        progress.epoch += 1;
        progress.step = 0;
        progress.loss_sum = 0.0;
        Ok(row)
    }

    fn checkpoint(
        &self,
        state: &mut State,
        journal: &Option<Journal>,
        clock: &mut Clock,
    ) -> Result<(), TrainingError> {
        let (Some(run), Some(journal)) = (self.training.run, journal) else {
            return Ok(());
        };
        journal.sync()?;
        state.progress.log_bytes = journal.bytes();
        state.save(run)?;
        clock.checkpoint = Instant::now();
        Ok(())
    }
}

/// When things began.
struct Clock {
    start: Instant,
    epoch: Instant,
    epoch_songs: usize,
    checkpoint: Instant,
}

impl Clock {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            start: now,
            epoch: now,
            epoch_songs: 0,
            checkpoint: now,
        }
    }
}
