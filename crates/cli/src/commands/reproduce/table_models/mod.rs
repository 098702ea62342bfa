//! `musiclime reproduce table-models`.

mod measure;
mod plan;
mod workers;

use crate::commands::evaluate::results::draw;
use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::progress::say;
use musiclime_dataset::songbook::Task;
use musiclime_evaluation::{ModelTable, Predictions, PublishedTable};
use musiclime_files::write_by_rename;
use musiclime_model::Selected;
use musiclime_training::TrainModality;
use plan::{Augmentation, Chain};
use serde_json::json;
use std::path::PathBuf;

/// Seeds of the songbooks that are trained on and validated with.
const SEEN_SEEDS: [u64; 2] = [1, 2];

/// MusicLIME's table of models, on the songbook: genre and emotion by lyrics, sound, and both.
///
/// Trains the six models as the built-in ones were, measures them on unseen songs, and writes table.md, table.csv,
/// table.json and figures. What is finished is kept: the same command goes on where a run was stopped. On two cores it takes
/// about half an hour.
///
/// Example: musiclime reproduce table-models --out tables
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The folder for the models, their answers and the table.
    #[arg(long)]
    out: PathBuf,
    /// Songs to train on.
    #[arg(long, default_value_t = 4000)]
    songs: usize,
    /// Songs to choose the best epoch by.
    #[arg(long, default_value_t = 400)]
    validation_songs: usize,
    /// Unseen songs to measure on.
    #[arg(long, default_value_t = 500)]
    test_songs: usize,
    /// Seed of the songbook to measure on; 1 and 2 are trained on and validated with.
    #[arg(long, default_value_t = 3)]
    test_seed: u64,
    /// Passes over the songs, for all models. Default: 4 for lyrics, 10 for audio, 3 for both.
    #[arg(long)]
    epochs: Option<usize>,
    /// The tasks: genre, emotion.
    #[arg(long, value_delimiter = ',', default_values = ["genre", "emotion"])]
    tasks: Vec<Task>,
    /// Seed of the weights, the order of the songs, the masks and the bootstrap intervals.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also train the first task's models without masks, and compare accuracy and the recovery of planted causes.
    #[arg(long)]
    compare_mask_augment: bool,
    /// Songs to explain for that comparison.
    #[arg(long, default_value_t = 100)]
    recovery_songs: usize,
    /// Print table.json.
    #[arg(long)]
    json: bool,
    /// Train this chain of models alone; what the command starts its workers with.
    #[arg(long, hide = true)]
    chain: Option<String>,
    #[command(flatten)]
    device: DeviceArg,
}

/// Trains, measures, and writes the table.
pub fn run(args: Args) -> Outcome {
    args.check()?;
    if let Some(name) = &args.chain {
        workers::stop_with_parent();
        let device = args.device.select()?;
        let chains = args.chains();
        let chain = chains.iter().find(|c| c.name() == *name).ok_or_else(|| {
            Failure::new(format!("there is no chain \"{name}\"")).hint("no --chain at all")
        })?;
        args.train(*chain, &device)?;
        return Ok(0);
    }
    let headline = format!("cannot write to the output folder {}", args.out.display());
    std::fs::create_dir_all(args.out.join("models")).or_fail(headline)?;
    let device = args.device.select()?;
    args.train_all(&device)?;
    let table = args.measure(&device)?;
    if args.compare_mask_augment {
        args.compare(&device)?;
    }
    let text = serde_json::to_string_pretty(&table).or_fail("cannot print the table")?;
    if args.json {
        println!("{text}");
    } else {
        println!("{}", table.to_markdown());
    }
    say(format!("results: {}", args.out.display()));
    Ok(0)
}

impl Args {
    fn check(&self) -> Result<(), Failure> {
        if SEEN_SEEDS.contains(&self.test_seed) {
            return Err(Failure::new(format!(
                "--test-seed {}: the models have seen these songs",
                self.test_seed
            ))
            .hint("--test-seed 3 or above"));
        }
        for (flag, count) in [
            ("--test-songs", self.test_songs),
            ("--recovery-songs", self.recovery_songs),
        ] {
            if count == 0 {
                return Err(Failure::new(format!("{flag} 0: expected at least 1"))
                    .hint(format!("{flag} 500")));
            }
        }
        for (i, task) in self.tasks.iter().enumerate() {
            if self.tasks[..i].contains(task) {
                return Err(Failure::new(format!("--tasks: {} twice", task.name()))
                    .hint("--tasks genre,emotion"));
            }
        }
        Ok(())
    }

    /// Trains what is not there yet: on a CPU side by side, on a GPU one after the other.
    fn train_all(&self, device: &Selected) -> Result<(), Failure> {
        let mut missing = Vec::new();
        for chain in self.chains() {
            let mut whole = true;
            for modality in plan::MODALITIES {
                whole &= self.is_trained(chain, modality)?;
            }
            if whole {
                say(format!("{}: trained already", chain.name()));
            } else {
                missing.push(chain);
            }
        }
        if device.info.kind.is_gpu() || missing.len() == 1 {
            for chain in missing {
                self.train(chain, device).map_err(|failure| {
                    if crate::interrupt::asked() {
                        workers::stopped()
                    } else {
                        failure
                    }
                })?;
            }
            return Ok(());
        }
        workers::train_side_by_side(&missing, &self.worker_arguments())
    }

    /// This command again, for a worker on the CPU.
    fn worker_arguments(&self) -> Vec<String> {
        let tasks: Vec<&str> = self.tasks.iter().map(|t| t.name()).collect();
        let mut arguments: Vec<String> = ["reproduce", "table-models", "--device", "cpu", "--out"]
            .map(str::to_string)
            .to_vec();
        arguments.push(self.out.display().to_string());
        arguments.extend(["--tasks".to_string(), tasks.join(",")]);
        let numbers = [
            ("--songs", Some(self.songs)),
            ("--validation-songs", Some(self.validation_songs)),
            ("--epochs", self.epochs),
        ];
        for (flag, number) in numbers {
            if let Some(number) = number {
                arguments.extend([flag.to_string(), number.to_string()]);
            }
        }
        arguments.extend(["--seed".to_string(), self.seed.to_string()]);
        if self.compare_mask_augment {
            arguments.push("--compare-mask-augment".to_string());
        }
        arguments
    }

    /// Asks all models, and writes the table and the figures.
    fn measure(&self, device: &Selected) -> Result<ModelTable, Failure> {
        let published =
            PublishedTable::music4all().or_fail("the table that is compiled in is broken")?;
        let data = format!("the songbook with seed {}", self.test_seed);
        let mut table = ModelTable::new(&published, &data, self.test_songs);
        for &task in &self.tasks {
            let chain = Chain {
                task,
                augmentation: Augmentation::Masked,
            };
            let both = self.predictions(chain, TrainModality::Both, device)?;
            for modality in plan::MODALITIES {
                let answers = match modality {
                    TrainModality::Both => both.clone(),
                    _ => self.predictions(chain, modality, device)?,
                };
                let test = (modality != TrainModality::Both).then(|| both.compare(&answers).0);
                let name = chain.model_name(modality);
                let scores = answers
                    .scores(self.seed)
                    .or_fail(format!("cannot score {name}"))?;
                let labels = answers.labels.names();
                draw(&self.out.join("figures"), &name, &name, labels, &scores)?;
                table.push(&published, task.name(), modality.name(), &scores, test);
            }
        }
        let json = serde_json::to_string_pretty(&table).or_fail("cannot write the table")?;
        self.write("table.json", &json)?;
        self.write("table.csv", &table.to_csv())?;
        self.write("table.md", &table.to_markdown())?;
        Ok(table)
    }

    /// Writes what masks in training do to accuracy and to the recovery of planted causes.
    fn compare(&self, device: &Selected) -> Result<(), Failure> {
        let task = self.tasks[0];
        let mut text = format!(
            "# Masks in training: {}\n\nThe model that hears and reads, trained with and without perturbed songs.\n\n",
            task.name()
        );
        let mut parts: Vec<serde_json::Value> = Vec::new();
        let mut first: Option<Predictions> = None;
        for augmentation in [Augmentation::Masked, Augmentation::Unmasked] {
            let chain = Chain { task, augmentation };
            let share = self.settings(chain, TrainModality::Both)?.mask_augment;
            let answers = self.predictions(chain, TrainModality::Both, device)?;
            let scores = answers
                .scores(self.seed)
                .or_fail("cannot score the models")?;
            let recovery = self.recovery(chain, device)?;
            let test = first.as_ref().map(|f| f.compare(&answers).0);
            text += &format!(
                "## mask_augment {share}\n\nAccuracy {}, macro F1 {}.",
                scores.accuracy_bootstrap, scores.macro_f1_bootstrap
            );
            if let Some(test) = test {
                text += &format!(
                    " McNemar's test of the model above against this one: p = {:.1e}.",
                    test.p_value
                );
            }
            text += &format!("\n\n{}\n", recovery.markdown);
            parts.push(json!({
                "mask_augment": share,
                "accuracy": scores.accuracy_bootstrap,
                "macro_f1": scores.macro_f1_bootstrap,
                "masked_against_this": test,
                "recovery": recovery.rows,
            }));
            first.get_or_insert(answers);
        }
        let document = json!({"task": task.name(), "songs": self.test_songs, "models": parts});
        let json = serde_json::to_string_pretty(&document).or_fail("cannot write the results")?;
        self.write("mask_augment.json", &json)?;
        self.write("mask_augment.md", &text)?;
        say(&text);
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.out.join(name);
        write_by_rename(&path, text.as_bytes()).or_fail(format!("cannot write {}", path.display()))
    }
}
