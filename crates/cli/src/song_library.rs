//! The songs of a manifest, read for training as every other command reads them, and their cache.

use crate::failure::{Failure, OrFail};
use crate::song_arg::{SongArg, WantStems};
use musiclime_model::Hearing;
use musiclime_training::{ReadSong, SongCache, SongFiles};
use std::path::{Path, PathBuf};

/// Bytes in a GiB.
const GIB: f64 = (1u64 << 30) as f64;

/// Where decoded songs are kept.
#[derive(clap::Args, Clone, Debug)]
pub struct CacheArg {
    /// The folder in which the decoded songs of manifests are kept, for all runs [default: musiclime/features in the
    /// user's cache folder].
    #[arg(long)]
    cache: Option<PathBuf>,
    /// The most that the cache may hold, in GiB; the least recently used songs go first.
    #[arg(long, default_value_t = 50.0)]
    cache_gib: f64,
}

impl CacheArg {
    /// Opens the cache.
    ///
    /// # Errors
    /// A folder that cannot be written to, or a size that is none.
    pub fn open(&self) -> Result<SongCache, Failure> {
        if !(self.cache_gib.is_finite() && self.cache_gib > 0.0) {
            return Err(Failure::new(format!(
                "--cache-gib {}: expected a size above 0",
                self.cache_gib
            ))
            .hint("about 0.3 MB a song and stem, or 0.5 MB a song without --mask-augment"));
        }
        let folder = match (&self.cache, dirs::cache_dir()) {
            (Some(folder), _) => folder.clone(),
            (None, Some(folder)) => folder.join("musiclime").join("features"),
            (None, None) => {
                return Err(Failure::new("this user has no cache folder").hint("--cache DIR"));
            }
        };
        SongCache::open(&folder, (self.cache_gib * GIB) as u64)
            .or_fail("cannot use the cache of decoded songs")
            .map_err(|f| f.hint("--cache with a folder that you may write to"))
    }
}

/// Reads songs with [`SongArg`].
pub struct SongReader;

impl ReadSong for SongReader {
    fn sound(&self, song: &SongFiles, hearing: Hearing) -> Result<Vec<Vec<f32>>, String> {
        let files = SongArg {
            audio: song.audio.clone(),
            stems: song.stems.clone(),
            ..SongArg::default()
        };
        let loaded = files
            .load(Some(hearing), WantStems::No)
            .map_err(|f| f.one_line())?;
        let waveforms = match &loaded.stems {
            Some(stems) => stems.waveforms(),
            None => std::slice::from_ref(&loaded.song.waveform),
        };
        Ok(waveforms.iter().map(|w| w.downmix().to_vec()).collect())
    }

    fn lyrics(&self, path: &Path) -> Result<String, String> {
        let files = SongArg {
            lyrics: Some(path.to_path_buf()),
            ..SongArg::default()
        };
        let loaded = files.load(None, WantStems::No).map_err(|f| f.one_line())?;
        Ok(loaded
            .song
            .lyrics
            .map_or_else(String::new, |l| l.text().to_string()))
    }
}
