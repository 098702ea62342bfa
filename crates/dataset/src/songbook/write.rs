//! The songbook on disk.

use super::labels::Task;
use super::mix::STEM_NAMES;
use super::mood::tags;
use super::song::{Songbook, SongbookSong};
use crate::DatasetError;
use crate::manifest::{Entry, Manifest, write_file};
use musiclime_core::{Progress, Waveform};
use rayon::prelude::*;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Writes songs 0 to `songs - 1` of a book: `manifest.jsonl`, `truth.jsonl`, `README.md`, and
/// `songs/ID/{lyrics.txt, stems/*.wav}` (16-bit PCM).
///
/// Every file appears whole or not at all, the manifest last. The same seed gives the same bytes.
///
/// # Errors
/// A folder or file that cannot be written, or `progress` asking to stop.
pub fn write(
    seed: u64,
    songs: usize,
    out_dir: &Path,
    progress: &dyn Progress,
) -> Result<(), DatasetError> {
    let book = Songbook::new(seed);
    let done = AtomicUsize::new(0);
    let rows = (0..songs)
        .into_par_iter()
        .map(|index| {
            let song = book.song(index);
            let entry = write_song(&song, out_dir)?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if !progress.update(done, songs) {
                return Err(DatasetError::Cancelled);
            }
            Ok((entry, song.truth))
        })
        .collect::<Result<Vec<_>, DatasetError>>()?;

    fs::create_dir_all(out_dir).map_err(DatasetError::io("make the folder", out_dir))?;
    let mut truth = Vec::new();
    for row in rows.iter().flat_map(|(_, truth)| truth) {
        serde_json::to_writer(&mut truth, row)
            .map_err(|e| DatasetError::io("write", &out_dir.join("truth.jsonl"))(e.into()))?;
        truth.push(b'\n');
    }
    write_file(&out_dir.join("truth.jsonl"), &truth)?;
    write_file(&out_dir.join("README.md"), readme(seed, songs).as_bytes())?;
    let entries = rows.into_iter().map(|(entry, _)| entry).collect();
    Manifest::new(out_dir, entries).write(&out_dir.join("manifest.jsonl"))
}

fn write_song(song: &SongbookSong, out_dir: &Path) -> Result<Entry, DatasetError> {
    let folder = Path::new("songs").join(&song.id);
    let stems = folder.join("stems");
    let stems_dir = out_dir.join(&stems);
    fs::create_dir_all(&stems_dir).map_err(DatasetError::io("make the folder", &stems_dir))?;
    for (name, waveform) in STEM_NAMES.iter().zip(song.stems.waveforms()) {
        let path = stems_dir.join(format!("{name}.wav"));
        let bytes = wav(waveform).map_err(|source| DatasetError::Wav {
            path: path.clone(),
            source,
        })?;
        write_file(&path, &bytes)?;
    }
    let lyrics = folder.join("lyrics.txt");
    write_file(&out_dir.join(&lyrics), song.lyrics.text().as_bytes())?;
    Ok(Entry {
        id: song.id.clone(),
        audio: None,
        stems: Some(stems),
        lyrics: Some(lyrics),
        genre: Some(song.label(Task::Genre).to_string()),
        emotion: Some(song.label(Task::Emotion).to_string()),
        artist: Some(song.artist.clone()),
        valence: Some(song.emotion.valence.centre()),
        energy: Some(song.emotion.energy.centre()),
        tags: Some(tags(song.genre, song.emotion).map(String::from).to_vec()),
        ..Entry::default()
    })
}

/// A 16-bit PCM WAV file.
fn wav(waveform: &Waveform) -> Result<Vec<u8>, hound::Error> {
    let spec = hound::WavSpec {
        channels: waveform.channels().len() as u16,
        sample_rate: waveform.sample_rate_hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec)?;
    for t in 0..waveform.len() {
        for channel in waveform.channels() {
            // Exact: the samples are on the 16-bit grid.
            writer.write_sample((channel[t] * 32_768.0) as i16)?;
        }
    }
    writer.finalize()?;
    Ok(bytes.into_inner())
}

fn readme(seed: u64, songs: usize) -> String {
    format!(
        "# Songbook, seed {seed}, {songs} songs\n\n\
         Original songs, generated: `musiclime dataset synth --seed {seed} --songs {songs} --out DIR` makes the same \
         bytes again.\n\n\
         - `manifest.jsonl`: one song a line (id, stems, lyrics, genre, emotion, artist; valence and energy, the middle of \
         the emotion's cell; tags, the genre and both halves of the emotion); paths are relative to it.\n\
         - `songs/ID/stems/`: vocals, drums, bass, other; stereo, 16 kHz, 10.24 s, 16-bit. The song is their sum.\n\
         - `songs/ID/lyrics.txt`: two verses and a refrain that comes twice.\n\
         - `truth.jsonl`: one planted cause a line (song, task, modality, and stem, start_s, end_s or word). Nothing \
         else in a song depends on its genre or its emotion.\n\n\
         Licence of the songs: CC0 1.0 (public domain). The artists are invented.\n"
    )
}
