//! What is switched off, and what stands in for it: flags, and the files that they name.

use crate::components::Materials;
use crate::failure::{Failure, OrFail};
use crate::separators::{self, OpenSeparator};
use crate::song_arg::{LoadedSong, SongArg, WantStems};
use musiclime_dataset::timed_lines;
use musiclime_explanation::{
    AudioFiller, AudioParts, ComponentRecipe, LyricFiller, NamedFile, Segmentation, WordUnit,
    english_stop_words, read_stop_words,
};
use musiclime_model::Hearing;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What of a recording marks segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Marks {
    Beats,
    Onsets,
}

/// What is switched off, and what stands in for it.
#[derive(clap::Args, Clone, Debug)]
pub struct ComponentsArg {
    /// What the audio components are: stems (in segments), time (segments), time-frequency (bands in segments), slic or
    /// felzenszwalb (regions of the spectrogram), or lines (lines of --segment-file with their seconds).
    #[arg(long)]
    components: Option<AudioParts>,
    /// Segments of this many seconds, in place of equal parts.
    #[arg(long, conflicts_with_all = ["segment_on", "segment_file"])]
    segment_seconds: Option<f64>,
    /// Cut segments at beats or onsets, at most as many as --segments says.
    #[arg(long, value_enum, conflicts_with = "segment_file")]
    segment_on: Option<Marks>,
    /// Cut segments at the lines of a CSV file (start_s,end_s,line) or an LRC file, in seconds of the recording.
    #[arg(long, conflicts_with_all = ["dataset", "songbook"])]
    segment_file: Option<PathBuf>,
    /// Bands of frequency of --components time-frequency; without it, 8.
    #[arg(long)]
    bands: Option<usize>,
    /// Most regions of --components slic or felzenszwalb; without it, 50.
    #[arg(long)]
    regions: Option<usize>,
    /// What the components of the lyrics are: words, lines, sections (between blank lines) or none.
    #[arg(long)]
    words: Option<WordUnit>,
    /// Never switch off these words: en (English), or a file of words.
    #[arg(long)]
    protect_stop_words: Option<PathBuf>,
    /// What sounds where something is off: silence, noise (at its level), mean-spectrum, or other-song:PATH.
    #[arg(long, default_value = "silence")]
    filler: FillerArg,
    /// What stands where a word is off: removal, mask (the tokenizer's), or word:TEXT.
    #[arg(long, default_value = "removal")]
    word_filler: WordFillerArg,
    /// Explain with every filler on the same masks, and say how much the weights differ.
    #[arg(long)]
    filler_sensitivity: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum FillerArg {
    Silence,
    Noise,
    MeanSpectrum,
    OtherSong(PathBuf),
}

impl FromStr for FillerArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("other-song:")) {
            ("silence", _) => Ok(Self::Silence),
            ("noise", _) => Ok(Self::Noise),
            ("mean-spectrum", _) => Ok(Self::MeanSpectrum),
            (_, Some(path)) if !path.is_empty() => Ok(Self::OtherSong(path.into())),
            _ => Err("expected silence, noise, mean-spectrum or other-song:PATH".into()),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct WordFillerArg(LyricFiller);

impl FromStr for WordFillerArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("word:")) {
            ("removal", _) => Ok(Self(LyricFiller::Removal)),
            ("mask", _) => Ok(Self(LyricFiller::Mask)),
            (_, Some(word)) if !word.trim().is_empty() => Ok(Self(LyricFiller::Word(word.into()))),
            _ => Err("expected removal, mask or word:TEXT".into()),
        }
    }
}

impl ComponentsArg {
    /// Whether audio components are stems of the song, so that stems are needed.
    pub fn needs_stems(&self) -> bool {
        matches!(self.components, None | Some(AudioParts::Stems))
    }

    /// The recipe, and what its files hold.
    ///
    /// # Errors
    /// Flags that do not fit each other, and files that cannot be used.
    pub fn open(
        &self,
        hearing: Option<Hearing>,
        separator: &OpenSeparator,
    ) -> Result<(ComponentRecipe, Materials), Failure> {
        let mut materials = Materials {
            try_fillers: self.filler_sensitivity,
            ..Materials::default()
        };
        let components = self.components.unwrap_or_default();
        let segmentation = match (self.segment_seconds, self.segment_on, &self.segment_file) {
            (Some(seconds), _, _) => Segmentation::Seconds(seconds),
            (_, Some(Marks::Beats), _) => Segmentation::Beats,
            (_, Some(Marks::Onsets), _) => Segmentation::Onsets,
            (_, _, Some(path)) => {
                let failed = format!("cannot use the segments in {}", path.display());
                let lines = timed_lines::read(path).or_fail(failed).map_err(|f| {
                    f.hint("a CSV file with the columns start_s,end_s,line, or an LRC file")
                })?;
                materials.lines = Some(lines);
                Segmentation::File(named_file(path)?)
            }
            (None, None, None) => Segmentation::Equal,
        };
        let protected_words = match &self.protect_stop_words {
            None => None,
            Some(list) if list.as_os_str() == "en" => {
                materials.protected = english_stop_words();
                Some(NamedFile {
                    name: "en".into(),
                    sha256: String::new(),
                })
            }
            Some(path) => {
                let failed = format!("cannot use the stop words in {}", path.display());
                let text = std::fs::read_to_string(path)
                    .or_fail(failed)
                    .map_err(|f| f.hint("en, or a UTF-8 text file of words"))?;
                materials.protected = read_stop_words(&text);
                Some(named_file(path)?)
            }
        };
        let filler = match &self.filler {
            FillerArg::Silence => AudioFiller::Silence,
            FillerArg::Noise => AudioFiller::Noise,
            FillerArg::MeanSpectrum => AudioFiller::MeanSpectrum,
            FillerArg::OtherSong(path) => {
                let other = other_song(path, hearing, separator, self.needs_stems())?;
                let file = NamedFile {
                    name: name_of(path),
                    sha256: samples_sha256(&other),
                };
                materials.other = Some(other);
                AudioFiller::OtherSong(file)
            }
        };
        let recipe = ComponentRecipe {
            components,
            segmentation,
            bands: self.bands,
            regions: self.regions,
            words: self.words.unwrap_or(match components {
                AudioParts::Lines => WordUnit::Lines,
                _ => WordUnit::Words,
            }),
            protected_words,
            filler,
            word_filler: self.word_filler.0.clone(),
            ..ComponentRecipe::default()
        };
        recipe
            .validate()
            .or_fail("these components cannot be made")?;
        Ok((recipe, materials))
    }
}

fn other_song(
    path: &Path,
    hearing: Option<Hearing>,
    separator: &OpenSeparator,
    needs_stems: bool,
) -> Result<LoadedSong, Failure> {
    let mut song = SongArg::default();
    match path.is_dir() {
        true => song.stems = Some(path.to_path_buf()),
        false => song.audio = Some(path.to_path_buf()),
    }
    let want = match needs_stems {
        true => WantStems::OrEstimated(separator),
        false => WantStems::No,
    };
    song.load(hearing, want)
}

fn samples_sha256(song: &LoadedSong) -> String {
    let mut digest = Sha256::new();
    for x in song.song.waveform.channels().iter().flatten() {
        digest.update(x.to_le_bytes());
    }
    format!("{:x}", digest.finalize())
}

fn named_file(path: &Path) -> Result<NamedFile, Failure> {
    Ok(NamedFile {
        name: name_of(path),
        sha256: separators::hash([path])?,
    })
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}
