//! The answers of the trained models, kept so that a second run need not ask again.

use super::Args;
use super::plan::Chain;
use crate::commands::evaluate::answers::answers;
use crate::commands::evaluate::test_songs::TestSongs;
use crate::commands::reproduce::planted_causes::recovery_cases;
use crate::failure::{Failure, OrFail};
use crate::model_arg;
use crate::progress::say;
use musiclime_dataset::songbook::Songbook;
use musiclime_evaluation::causes::to_markdown;
use musiclime_evaluation::{Predictions, recoveries};
use musiclime_explanation::Preset;
use musiclime_files::write_by_rename;
use musiclime_model::{MusicClassifier, Selected};
use musiclime_training::TrainModality;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::Path;

/// Seed of the songs whose planted causes are looked for.
const RECOVERY_SEED: u64 = 9001;

/// Something measured, and of what.
#[derive(Serialize, Deserialize)]
struct Kept<T> {
    weights_sha256: String,
    songbook_seed: u64,
    songs: usize,
    measured: T,
}

/// How often explanations of a model point at what was planted.
#[derive(Serialize, Deserialize)]
pub struct KeptRecovery {
    /// The rows, as `reproduce planted-causes --json` prints them.
    pub rows: serde_json::Value,
    /// The same as a table.
    pub markdown: String,
}

impl Args {
    /// A model's answers for the test songs.
    ///
    /// # Errors
    /// A model that cannot be opened, Ctrl-C, a folder that cannot be written.
    pub fn predictions(
        &self,
        chain: Chain,
        modality: TrainModality,
        device: &Selected,
    ) -> Result<Predictions, Failure> {
        let classifier = self.open(chain, modality, device)?;
        let name = chain.model_name(modality);
        let folder = self.out.join("predictions");
        let path = folder.join(format!("{name}.json"));
        let songs = (self.test_seed, self.test_songs);
        let predictions = kept(&path, &classifier, songs, || {
            say(format!("{name}: {} test songs", self.test_songs));
            let test = TestSongs::songbook(self.test_seed, self.test_songs, chain.task.into())?;
            answers(&classifier, &test)?.predictions.into_classes()
        })?;
        let csv = folder.join(format!("{name}.csv"));
        write_by_rename(&csv, predictions.to_csv().as_bytes())
            .or_fail(format!("cannot write {}", csv.display()))?;
        Ok(predictions)
    }

    /// How often explanations of a chain's last model point at what was planted, by the default recipe.
    ///
    /// # Errors
    /// As [`Args::predictions`].
    pub fn recovery(&self, chain: Chain, device: &Selected) -> Result<KeptRecovery, Failure> {
        let classifier = self.open(chain, TrainModality::Both, device)?;
        let name = chain.model_name(TrainModality::Both);
        let path = self.out.join("recovery").join(format!("{name}.json"));
        let songs = (RECOVERY_SEED, self.recovery_songs);
        kept(&path, &classifier, songs, || {
            say(format!("{name}: explaining {} songs", self.recovery_songs));
            let cases = recovery_cases(
                &classifier,
                device,
                Songbook::new(RECOVERY_SEED),
                self.recovery_songs,
                &Preset::Default.recipe(),
                None,
            )?;
            let rows = recoveries(&cases);
            Ok(KeptRecovery {
                rows: serde_json::to_value(&rows).or_fail("cannot write the recovery")?,
                markdown: to_markdown(&rows),
            })
        })
    }

    fn open(
        &self,
        chain: Chain,
        modality: TrainModality,
        device: &Selected,
    ) -> Result<MusicClassifier, Failure> {
        let folder = self.model_folder(chain, modality);
        model_arg::load(&folder.display().to_string(), device)
    }
}

/// What the file keeps, if it is of these weights and songs; else what `measure` gives, which is kept.
fn kept<T: Serialize + DeserializeOwned>(
    path: &Path,
    classifier: &MusicClassifier,
    (songbook_seed, songs): (u64, usize),
    measure: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let weights_sha256 = &classifier.model().weights_sha256;
    let before: Option<Kept<T>> = match std::fs::read(path) {
        // A file that cannot be understood is of another version: it is measured again and replaced.
        Ok(bytes) => serde_json::from_slice(&bytes).ok(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => {
            return Err(e).or_fail(format!("cannot read {}", path.display()));
        }
    };
    if let Some(before) = before
        && before.weights_sha256 == *weights_sha256
        && (before.songbook_seed, before.songs) == (songbook_seed, songs)
    {
        return Ok(before.measured);
    }
    let now = Kept {
        weights_sha256: weights_sha256.clone(),
        songbook_seed,
        songs,
        measured: measure()?,
    };
    let headline = format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).or_fail(headline.clone())?;
    }
    let bytes = serde_json::to_vec(&now).or_fail(headline.clone())?;
    write_by_rename(path, &bytes).or_fail(headline)?;
    Ok(now.measured)
}
