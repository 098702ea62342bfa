//! A folder of stems that is written piece by piece.

use crate::failure::{Failure, OrFail};
use musiclime_audio::write::WavStream;
use musiclime_core::Stems;
use std::path::Path;

/// The stems' files on their way.
pub struct StemFiles<'a> {
    folder: &'a Path,
    open: Vec<(String, WavStream)>,
}

impl<'a> StemFiles<'a> {
    /// Files in this folder, none of them yet.
    pub fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            open: Vec::new(),
        }
    }

    /// Appends a piece, if there is one.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn push(&mut self, stems: Option<&Stems>) -> Result<(), Failure> {
        let Some(stems) = stems else {
            return Ok(());
        };
        let headline = "cannot write the stems";
        if self.open.is_empty() {
            for (name, wave) in stems.names().iter().zip(stems.waveforms()) {
                let path = self.folder.join(format!("{name}.wav"));
                let file = WavStream::create(&path, wave.channels().len(), wave.sample_rate_hz())
                    .or_fail(headline)?;
                self.open.push((name.clone(), file));
            }
        }
        for ((_, file), wave) in self.open.iter_mut().zip(stems.waveforms()) {
            file.push(wave).or_fail(headline)?;
        }
        Ok(())
    }

    /// Completes the files, and writes their order.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn finish(self) -> Result<(), Failure> {
        let names: Vec<&str> = self.open.iter().map(|(name, _)| name.as_str()).collect();
        let order = serde_json::to_vec(&names).or_fail("cannot write JSON")?;
        std::fs::write(self.folder.join("stems.json"), order).or_fail("cannot write stems.json")?;
        for (_, file) in self.open {
            file.finish().or_fail("cannot write the stems")?;
        }
        Ok(())
    }
}
