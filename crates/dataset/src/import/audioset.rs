use super::files::Files;
use super::table::{Cells, Table};
use super::{ImportSummary, Imported, Skipped};
use crate::DatasetError;
use crate::curation::{AudioSetClasses, EmotionGrid, Placement};
use crate::manifest::{Entry, Manifest, read_text};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A song with the display names of its labels.
struct Listed {
    id: String,
    labels: Vec<String>,
    entry: Entry,
    emotion: Result<String, String>,
}

/// Makes a manifest of a folder with songs of AudioSet, for a file in the folder `home`.
///
/// The list of songs is `labels.csv` (columns id and labels, the labels' display names joined by `;`; optional columns
/// artist, language, valence and energy) or else AudioSet's own `segments.csv` (`YTID, start_seconds, end_seconds,
/// "mid,mid"`, lines with `#` left out) with its `class_labels_indices.csv` (index, mid, display_name). Audio is
/// `audio/ID.*`, lyrics are `lyrics/ID.txt`.
///
/// # Errors
/// A list or `audio` that cannot be read, a list without a needed column, or no song with audio at all.
pub fn audioset(folder: &Path, home: &Path) -> Result<Imported, DatasetError> {
    let mut summary = ImportSummary::default();
    let mut skipped = Vec::new();
    let listed = if folder.join("labels.csv").exists() {
        from_labels(&folder.join("labels.csv"), &mut skipped)?
    } else if folder.join("segments.csv").exists() {
        from_segments(folder, &mut skipped)?
    } else {
        return Err(DatasetError::Input {
            path: folder.to_path_buf(),
            expected: "labels.csv, or segments.csv with class_labels_indices.csv".to_owned(),
            got: "neither".to_owned(),
        });
    };
    let audio = Files::audio(&folder.join("audio"), home)?;
    let lyrics = Files::lyrics(&folder.join("lyrics"), home)?;
    summary.listed = listed.len();
    let mut entries = Vec::new();
    for song in listed {
        let Some(audio) = audio.of(&song.id) else {
            skipped.push(Skipped {
                problem: format!(
                    "there is no audio file {}/{}.*",
                    folder.join("audio").display(),
                    song.id
                ),
                song: song.id,
            });
            continue;
        };
        let genre = match AudioSetClasses::published().place(&song.labels) {
            Placement::Class(class) => Ok(class.to_owned()),
            Placement::Ambiguous(classes) => Err(format!(
                "labels of several classes: {}",
                classes.join(" + ")
            )),
            Placement::None => {
                for label in song.labels.iter().collect::<BTreeSet<_>>() {
                    *summary.unplaced_genres.entry(label.clone()).or_default() += 1;
                }
                Err("no label belongs to a class".to_owned())
            }
        };
        let lyrics = lyrics.of(&song.id);
        summary.without_lyrics += usize::from(lyrics.is_none());
        entries.push(Entry {
            id: song.id,
            audio: Some(audio),
            lyrics,
            genre: summary.genre.count(genre),
            emotion: summary.emotion.count(song.emotion),
            tags: (!song.labels.is_empty()).then_some(song.labels),
            ..song.entry
        });
    }
    if entries.is_empty() {
        return Err(DatasetError::Input {
            path: folder.to_path_buf(),
            expected: "songs that the list names and audio/ holds".to_owned(),
            got: format!("none of the {} listed", summary.listed),
        });
    }
    summary.songs = entries.len();
    summary.skipped = skipped;
    Ok(Imported {
        manifest: Manifest::new(home, entries),
        summary,
    })
}

fn from_labels(path: &Path, skipped: &mut Vec<Skipped>) -> Result<Vec<Listed>, DatasetError> {
    let table = Table::read(path, Cells::Commas, &["id", "labels"], skipped)?;
    let song = |row: super::table::Row| {
        let (valence, energy) = (row.share("valence").ok(), row.share("energy").ok());
        let emotion = match valence.zip(energy) {
            Some((valence, energy)) => EmotionGrid::published()
                .emotion(valence, energy)
                .map(str::to_owned)
                .ok_or_else(|| "outside the grid".to_owned()),
            None => Err("valence or energy is not given as a number from 0 to 1".to_owned()),
        };
        Some(Listed {
            id: row.get("id")?.to_owned(),
            labels: row.list("labels", ';'),
            emotion,
            entry: Entry {
                artist: row.get("artist").map(str::to_owned),
                language: row.get("language").map(str::to_lowercase),
                valence,
                energy,
                ..Entry::default()
            },
        })
    };
    Ok(table.rows().filter_map(song).collect())
}

fn from_segments(folder: &Path, skipped: &mut Vec<Skipped>) -> Result<Vec<Listed>, DatasetError> {
    let path = folder.join("segments.csv");
    let names = Table::read(
        &folder.join("class_labels_indices.csv"),
        Cells::Commas,
        &["mid", "display_name"],
        skipped,
    )?;
    let text = read_text(&path)?;
    let mut songs: BTreeMap<String, Listed> = BTreeMap::new();
    for (i, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("{}, line {}", path.display(), i + 1);
        let cells: Vec<&str> = line.splitn(4, ',').map(str::trim).collect();
        let &[id, _start_s, _end_s, mids] = cells.as_slice() else {
            skipped.push(Skipped {
                song: place.clone(),
                problem: format!(
                    "{place}: expected YTID, start_seconds, end_seconds, \"labels\", got {} columns",
                    cells.len()
                ),
            });
            continue;
        };
        let mids = mids.trim_matches('"').split(',').map(str::trim);
        let named: Result<Vec<String>, &str> = mids
            .filter(|mid| !mid.is_empty())
            .map(|mid| {
                let name = names.row(mid).and_then(|row| row.get("display_name"));
                name.map(str::to_owned).ok_or(mid)
            })
            .collect();
        let problem = match named {
            Ok(_) if songs.contains_key(id) => {
                format!("{place}: the id \"{id}\" stands there a second time")
            }
            Ok(labels) => {
                let song = Listed {
                    id: id.to_owned(),
                    labels,
                    entry: Entry::default(),
                    emotion: Err("segments.csv has no valence and energy".to_owned()),
                };
                songs.insert(id.to_owned(), song);
                continue;
            }
            Err(mid) => format!("{place}: the label \"{mid}\" is not in class_labels_indices.csv"),
        };
        skipped.push(Skipped {
            song: id.to_owned(),
            problem,
        });
    }
    Ok(songs.into_values().collect())
}
