//! The song that a command is given: its files, the part of it that the model hears, its stems and its words.

use crate::embedded::SONG;
use crate::failure::{Failure, OrFail};
use crate::separators::OpenSeparator;
use crate::stems_source::StemsSource;
use musiclime_audio::AudioError;
use musiclime_audio::decode::{Decoded, Excerpt, decode_bytes, decode_file, has_audio_extension};
use musiclime_audio::prepare::to_mono_at;
use musiclime_core::{Lyrics, Song, Stems, Waveform};
use musiclime_model::{Hearing, Pooling};
use std::path::{Path, PathBuf};

/// What a model of lyrics alone leaves of the sound, for listening.
const LISTENING_S: f64 = 30.0;
/// Sound beyond a window that is decoded with it, so that the resampler's edge lies outside what is heard.
const MARGIN_S: f64 = 0.25;
/// The longest excerpt of one song, in seconds; it bounds memory to some 0.6 GB for CD-quality stereo and its stems.
const MAX_EXCERPT_S: f64 = 300.0;
/// The longest lyrics file. A song has some kilobytes.
const MAX_LYRICS_BYTES: u64 = 64 << 20;
/// The order of stems that have these names.
pub const STEM_ORDER: [&str; 4] = ["vocals", "drums", "bass", "other"];

/// Which song, and which part of it.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct SongArg {
    /// The recording: WAV, FLAC, MP3, OGG Vorbis or M4A.
    #[arg(long)]
    pub audio: Option<PathBuf>,
    /// The lyrics: a UTF-8 text file.
    #[arg(long)]
    pub lyrics: Option<PathBuf>,
    /// A folder of stems (vocals.wav drums.wav ..., any names); the song is their sum.
    #[arg(long)]
    pub stems: Option<PathBuf>,
    /// Where the excerpt starts, in seconds.
    #[arg(long)]
    pub start: Option<f64>,
    /// How long the excerpt is, in seconds.
    #[arg(long)]
    pub duration: Option<f64>,
}

/// A song, ready for a model.
#[derive(Debug)]
pub struct LoadedSong {
    /// As the model hears it: mono at its rate, cut to what it hears.
    pub song: Song,
    /// The stems as the model hears them; their sum is the song.
    pub stems: Option<Stems>,
    /// The same excerpt as it was recorded.
    pub listening: Waveform,
    /// Its stems as they were recorded.
    pub listening_stems: Option<Stems>,
    /// Where the stems come from.
    pub stems_source: StemsSource,
    /// What a reader should know about the input.
    pub notes: Vec<String>,
}

/// A song as it was read or made, before a model hears it.
#[derive(Debug)]
pub struct Heard {
    /// Its name.
    pub name: String,
    /// Where the excerpt starts in the file, in seconds.
    pub start_s: f64,
    /// The sound.
    pub mixture: Waveform,
    /// What it is the sum of.
    pub stems: Option<Stems>,
    /// Where the stems come from.
    pub stems_source: StemsSource,
    /// The words.
    pub lyrics: Option<Lyrics>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

impl LoadedSong {
    /// Brings a song to what the model hears of it.
    ///
    /// # Errors
    /// Sound that cannot be resampled.
    pub fn new(heard: Heard, hearing: Option<Hearing>) -> Result<Self, Failure> {
        let Heard {
            name,
            start_s,
            mixture,
            stems,
            stems_source,
            lyrics,
            notes,
        } = heard;
        let (model_mixture, model_stems) = match hearing {
            Some(hearing) => at_model(hearing, &mixture, stems.as_ref())?,
            None => (mixture.clone(), None),
        };
        // The listener hears what the model hears, no more.
        let native = |w: &Waveform| {
            let end = model_mixture.duration_s() * f64::from(w.sample_rate_hz());
            w.slice(0, end.round() as usize)
        };
        let listening_stems = match (&stems, &model_stems) {
            (Some(stems), Some(_)) => {
                let cut = stems
                    .names()
                    .iter()
                    .cloned()
                    .zip(stems.waveforms().iter().map(native));
                Some(Stems::new(cut.collect()).or_fail("cannot cut the stems")?)
            }
            _ => None,
        };
        Ok(Self {
            listening: native(&mixture),
            song: Song {
                name,
                waveform: model_mixture,
                lyrics,
                start_s,
            },
            stems: model_stems,
            listening_stems,
            stems_source,
            notes,
        })
    }
}

/// Whether the stems of a song are wanted.
#[derive(Clone, Copy)]
pub enum WantStems<'a> {
    /// The mixture is enough.
    No,
    /// Given stems, or else the ones that this separator estimates.
    OrEstimated(&'a OpenSeparator),
}

impl SongArg {
    /// Whether any file was named; without one, the built-in song is meant.
    pub fn is_given(&self) -> bool {
        self.audio.is_some() || self.lyrics.is_some() || self.stems.is_some()
    }

    /// Reads the song.
    ///
    /// # Errors
    /// Any file that cannot be used, with the file's name and the fix.
    pub fn load(
        &self,
        hearing: Option<Hearing>,
        want: WantStems<'_>,
    ) -> Result<LoadedSong, Failure> {
        let excerpt = self.excerpt(hearing)?;
        let mut notes = Vec::new();
        let lyrics = if self.is_given() {
            self.read_lyrics(&mut notes)?
        } else {
            Some(Lyrics::new(SONG.lyrics))
        };
        let (name, decoded) = self.decode(excerpt, hearing.is_some())?;
        let (start_s, mixture, stems, stems_source) = match decoded {
            Sound::Stems {
                start_s,
                stems,
                source,
                notes: said,
            } => {
                notes.extend(said);
                (start_s, stems.mixture(), Some(stems), source)
            }
            Sound::Mixture(decoded) => {
                notes.extend(decoded.notes);
                let (stems, source) = match want {
                    WantStems::No => (None, StemsSource::None),
                    WantStems::OrEstimated(separator) => {
                        let (stems, said) = separator.separate(&decoded.waveform)?;
                        notes.extend(said);
                        let separator = separator.name().to_string();
                        (Some(stems), StemsSource::Estimated { separator })
                    }
                };
                (decoded.start_s, decoded.waveform, stems, source)
            }
            Sound::None => {
                let silence = Waveform::mono(Vec::new(), 16_000).or_fail("no sound")?;
                (0.0, silence, None, StemsSource::None)
            }
        };
        if mixture.peak() == 0.0 && !mixture.is_empty() {
            notes.push(
                "the excerpt is silent: what the model says about its sound means nothing".into(),
            );
        }
        LoadedSong::new(
            Heard {
                name,
                start_s,
                mixture,
                stems,
                stems_source,
                lyrics,
                notes,
            },
            hearing,
        )
    }

    /// The part of the file to decode.
    fn excerpt(&self, hearing: Option<Hearing>) -> Result<Excerpt, Failure> {
        if let Some(duration) = self.duration
            && !(duration > 0.0 && duration <= MAX_EXCERPT_S)
        {
            return Err(Failure::new(format!(
                "--duration {duration}: expected above 0 and at most {MAX_EXCERPT_S} seconds"
            ))
            .hint("a shorter excerpt; memory is bounded by it"));
        }
        let window = hearing.map_or(LISTENING_S, |h| h.window_s());
        let pooling = hearing.map_or(Pooling::First, |h| h.pooling);
        Ok(match (self.start, self.duration, pooling) {
            (None, None, Pooling::Centre) => Excerpt::Centre { duration_s: window },
            (start, duration, Pooling::MeanOverWindows) => Excerpt::From {
                start_s: start.unwrap_or(0.0),
                duration_s: Some(duration.unwrap_or(MAX_EXCERPT_S)),
            },
            (start, duration, _) => Excerpt::From {
                start_s: start.unwrap_or(0.0),
                duration_s: Some(duration.unwrap_or(window + MARGIN_S)),
            },
        })
    }

    fn read_lyrics(&self, notes: &mut Vec<String>) -> Result<Option<Lyrics>, Failure> {
        let Some(path) = &self.lyrics else {
            return Ok(None);
        };
        let headline = format!("cannot read the lyrics {}", path.display());
        let size = std::fs::metadata(path).or_fail(headline.clone())?.len();
        if size > MAX_LYRICS_BYTES {
            return Err(Failure::new(headline)
                .because(&musiclime_core::Invalid::new(
                    "size",
                    format!("at most {MAX_LYRICS_BYTES} bytes"),
                    size,
                ))
                .hint("the lyrics of one song"));
        }
        let bytes = std::fs::read(path).or_fail(headline.clone())?;
        let text = String::from_utf8(bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            Failure::new(headline)
                .because(&musiclime_core::Invalid::new(
                    "encoding",
                    "UTF-8",
                    format!("another one at byte {at}"),
                ))
                .hint("save the file as UTF-8, for example with: iconv -f LATIN1 -t UTF-8")
        })?;
        if text.trim().is_empty() {
            notes.push("the lyrics are empty".into());
        }
        Ok(Some(Lyrics::new(text)))
    }

    fn decode(&self, excerpt: Excerpt, hears: bool) -> Result<(String, Sound), Failure> {
        if let Some(folder) = &self.stems {
            return Ok((file_stem(folder), decode_stems(folder, excerpt)?));
        }
        if let Some(path) = &self.audio {
            let decoded = decode_file(path, excerpt)
                .or_fail(format!("cannot use the recording {}", path.display()))?;
            return Ok((file_stem(path), Sound::Mixture(decoded)));
        }
        if !self.is_given() {
            return Ok((SONG.name.to_string(), embedded_song(excerpt)?));
        }
        match (&self.lyrics, hears) {
            (Some(path), false) => Ok((file_stem(path), Sound::None)),
            _ => Err(
                Failure::new("no recording was given, and the model hears one")
                    .hint("--audio FILE, or --stems DIR"),
            ),
        }
    }
}

/// What was decoded.
enum Sound {
    Mixture(Decoded),
    Stems {
        start_s: f64,
        stems: Stems,
        source: StemsSource,
        notes: Vec<String>,
    },
    None,
}

fn file_stem(path: &Path) -> String {
    let stem = path.file_stem().or_else(|| path.file_name());
    let stem = stem.map(|s| s.to_string_lossy().into_owned());
    // Many songs lie as `TITLE/audio.mp3` or `TITLE/stems/`.
    match (
        stem.as_deref(),
        path.canonicalize().ok().as_deref().and_then(Path::parent),
    ) {
        (Some("audio" | "stems" | "mixture"), Some(parent)) => parent
            .file_name()
            .map_or_else(|| "song".into(), |name| name.to_string_lossy().into_owned()),
        (Some(stem), _) => stem.to_string(),
        (None, _) => "song".to_string(),
    }
}

/// The stems and the mixture at the model's rate, cut to what the model hears.
fn at_model(
    hearing: Hearing,
    mixture: &Waveform,
    stems: Option<&Stems>,
) -> Result<(Waveform, Option<Stems>), Failure> {
    let rate = hearing.sample_rate_hz;
    let convert = |w: &Waveform| -> Result<Waveform, AudioError> {
        let mut mono = to_mono_at(w, rate)?;
        let heard = hearing.heard(mono.len());
        mono.truncate(heard.end);
        mono.drain(..heard.start);
        Ok(Waveform::mono(mono, rate)?)
    };
    let headline = "cannot bring the recording to the model's rate";
    let Some(stems) = stems else {
        return Ok((convert(mixture).or_fail(headline)?, None));
    };
    let converted = stems
        .names()
        .iter()
        .zip(stems.waveforms())
        .map(|(name, w)| Ok((name.clone(), convert(w)?)))
        .collect::<Result<Vec<_>, AudioError>>()
        .or_fail(headline)?;
    let stems = Stems::new(converted).or_fail(headline)?;
    Ok((stems.mixture(), Some(stems)))
}

fn embedded_song(excerpt: Excerpt) -> Result<Sound, Failure> {
    let decoded = SONG
        .stems
        .iter()
        .map(|(name, bytes)| Ok((name.to_string(), decode_bytes(name, *bytes, excerpt)?)))
        .collect::<Result<Vec<_>, AudioError>>()
        .or_fail("cannot decode the built-in song")?;
    join_stems(
        decoded,
        StemsSource::BuiltIn,
        Path::new("the built-in song"),
    )
}

fn decode_stems(folder: &Path, excerpt: Excerpt) -> Result<Sound, Failure> {
    let headline = format!("cannot use the stems in {}", folder.display());
    let decoded = stem_files(folder)?
        .into_iter()
        .map(|(name, path)| Ok((name, decode_file(&path, excerpt)?)))
        .collect::<Result<Vec<_>, AudioError>>()
        .or_fail(headline)?;
    join_stems(decoded, StemsSource::Given, folder)
}

/// The stems in a folder, whole.
///
/// # Errors
/// A folder without stems, or files that cannot be used together.
pub fn read_stems(folder: &Path) -> Result<Stems, Failure> {
    match decode_stems(folder, Excerpt::All)? {
        Sound::Stems { stems, .. } => Ok(stems),
        _ => Err(Failure::new(format!("no stems in {}", folder.display()))),
    }
}

fn join_stems(
    decoded: Vec<(String, Decoded)>,
    source: StemsSource,
    folder: &Path,
) -> Result<Sound, Failure> {
    let start_s = decoded.first().map_or(0.0, |(_, d)| d.start_s);
    let mut notes = Vec::new();
    for (name, d) in &decoded {
        notes.extend(d.notes.iter().map(|note| format!("stem {name}: {note}")));
    }
    let stems = Stems::new(decoded.into_iter().map(|(n, d)| (n, d.waveform)).collect()).map_err(|e| {
        Failure::new(format!("cannot use the stems in {}", folder.display()))
            .because(&e)
            .hint("stems of one rate, one length and one channel count, as one multitrack exports them")
    })?;
    Ok(Sound::Stems {
        start_s,
        stems,
        source,
        notes,
    })
}

/// Name and path of every stem in a folder, in component order.
pub fn stem_files(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let headline = format!("cannot use the stems in {}", folder.display());
    let mut files: Vec<(String, PathBuf)> = std::fs::read_dir(folder)
        .or_fail(headline.clone())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && has_audio_extension(path))
        .filter_map(|path| {
            let name = path.file_stem()?.to_string_lossy().into_owned();
            (name != "mixture").then_some((name, path))
        })
        .collect();
    if files.is_empty() {
        return Err(Failure::new(headline)
            .because(&musiclime_core::Invalid::new("audio files", "at least 1 stem", "none"))
            .hint("a folder with vocals.wav drums.wav bass.wav other.wav, or files of any other names"));
    }
    let order = stem_order(folder)?;
    let place = |name: &str| order.iter().position(|n| n == name).unwrap_or(order.len());
    files.sort_by(|(a, _), (b, _)| (place(a), a).cmp(&(place(b), b)));
    Ok(files)
}

/// The names in `stems.json`, or the usual ones.
fn stem_order(folder: &Path) -> Result<Vec<String>, Failure> {
    let path = folder.join("stems.json");
    if !path.is_file() {
        return Ok(STEM_ORDER.map(str::to_string).to_vec());
    }
    let headline = format!("cannot use {}", path.display());
    let bytes = std::fs::read(&path).or_fail(headline.clone())?;
    serde_json::from_slice(&bytes)
        .or_fail(headline)
        .map_err(|f| f.hint("a JSON list of the stems' names, in order"))
}
