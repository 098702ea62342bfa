//! Small runs of the separator's training.

use burn::tensor::Device;
use musiclime_model::open_unmix::OpenUnmixFiles;
use musiclime_training::TrainingError;
use musiclime_training::separator::{
    SeparatorConfig, SeparatorWatch, TrainedSeparator, train_separator,
};
use std::sync::Mutex;

/// Keeps losses and files; stops before step `stop`.
struct Kept {
    losses: Mutex<Vec<f64>>,
    files: Mutex<Vec<Vec<u8>>>,
    stop: usize,
}

impl Kept {
    fn new(stop: usize) -> Self {
        Self {
            losses: Mutex::default(),
            files: Mutex::default(),
            stop,
        }
    }
}

impl SeparatorWatch for Kept {
    fn songs(&self, done: usize, total: usize) {
        assert!(done <= total);
    }

    fn step(&self, step: usize, loss: f64) -> bool {
        self.losses.lock().expect("a lock").push(loss);
        step + 1 < self.stop
    }

    fn checkpoint(&self, weights: &TrainedSeparator) -> Result<(), TrainingError> {
        let bytes = weights.to_safetensors()?;
        self.files.lock().expect("a lock").push(bytes);
        Ok(())
    }
}

fn tiny() -> SeparatorConfig {
    SeparatorConfig {
        pool: 2,
        steps: 30,
        batch: 2,
        frames: 8,
        learning_rate: 1e-2,
        warm_up: 3,
        fft_size: 256,
        hop_samples: 128,
        hidden: 12,
        ..SeparatorConfig::default()
    }
}

#[test]
fn a_run_learns_and_repeats() {
    let run = |config: &SeparatorConfig| {
        let kept = Kept::new(usize::MAX);
        train_separator(config, 20, &Device::flex(), &kept).expect("a run");
        (
            kept.losses.into_inner().expect("losses"),
            kept.files.into_inner().expect("files"),
        )
    };
    let (losses, files) = run(&tiny());
    assert_eq!(
        (losses.len(), files.len()),
        (30, 2),
        "after 20 steps and at the end"
    );
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let (first, last) = (mean(&losses[..5]), mean(&losses[25..]));
    assert!(last < 0.95 * first, "{first} to {last}");
    assert_eq!(run(&tiny()).0, losses);
    let other = SeparatorConfig { seed: 2, ..tiny() };
    assert_ne!(run(&other).0, losses);

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tiny.safetensors");
    std::fs::write(&path, &files[1]).expect("a file");
    let (config, _) = OpenUnmixFiles::find(&path)
        .expect("a model")
        .load(&Device::flex())
        .expect("weights");
    assert_eq!(config, tiny().network());
}

#[test]
fn a_run_stops_when_asked() {
    let kept = Kept::new(2);
    let stopped = train_separator(&tiny(), 20, &Device::flex(), &kept).expect_err("stopped");
    assert!(matches!(stopped, TrainingError::Cancelled));
    assert_eq!(kept.losses.into_inner().expect("losses").len(), 2);
}

#[test]
fn settings_that_cannot_work_are_named() {
    let refused = |config: SeparatorConfig| config.validate().expect_err("refused").to_string();
    let base = tiny;
    assert!(base().validate().is_ok() && SeparatorConfig::default().validate().is_ok());
    for (config, named) in [
        (SeparatorConfig { steps: 0, ..base() }, "steps"),
        (SeparatorConfig { pool: 0, ..base() }, "pool"),
        (
            SeparatorConfig {
                learning_rate: f64::NAN,
                ..base()
            },
            "learning_rate",
        ),
        (
            SeparatorConfig {
                remix: 1.5,
                ..base()
            },
            "remix",
        ),
        (
            SeparatorConfig {
                frames: 5000,
                ..base()
            },
            "frames",
        ),
        (
            SeparatorConfig {
                hop_samples: 100,
                ..base()
            },
            "nhop",
        ),
        (
            SeparatorConfig {
                hidden: 3,
                ..base()
            },
            "hidden",
        ),
    ] {
        let text = refused(config);
        assert!(text.contains(named), "{named}: {text}");
    }
}
