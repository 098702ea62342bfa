use super::files::Files;
use super::table::{Cells, Table};
use super::{ImportSummary, Imported, Skipped};
use crate::DatasetError;
use crate::curation::{Classes, EmotionGrid, Music4AllRules, Subgenres};
use crate::manifest::{Entry, Manifest};
use std::path::Path;

/// How Music4All is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Music4AllOptions {
    /// The nine classes of the published models, or the twelve of the rules.
    pub classes: Classes,
    /// Whether songs that no rule places are looked up in the published list of subgenres: the first of their genres
    /// that is listed decides. Its classes are the nine.
    pub by_subgenres: bool,
}

/// Makes a manifest of a folder in Music4All's layout, for a file in the folder `home`.
///
/// `id_information.csv` (id, artist, ...), `id_genres.csv` (id, genres joined by commas) and `id_metadata.csv` (id,
/// energy, valence, ...) must be there, `id_tags.csv` and `id_lang.csv` may; all are separated by tabs. Audio is
/// `audios/ID.*`, lyrics are `lyrics/ID.txt`.
///
/// # Errors
/// A table or `audios` that cannot be read, a table without a needed column, or no song with audio at all.
pub fn music4all(
    folder: &Path,
    home: &Path,
    options: Music4AllOptions,
) -> Result<Imported, DatasetError> {
    let mut summary = ImportSummary::default();
    let mut skipped = Vec::new();
    let information = Table::read(
        &folder.join("id_information.csv"),
        Cells::Tabs,
        &["id", "artist"],
        &mut skipped,
    )?;
    let mut table = |name: &str, needed: &[&str]| {
        Table::read(&folder.join(name), Cells::Tabs, needed, &mut skipped)
    };
    let genres = table("id_genres.csv", &["id", "genres"])?;
    let metadata = table("id_metadata.csv", &["id", "energy", "valence"])?;
    let mut if_there = |name: &str, needed: &[&str]| {
        let is_there = folder.join(name).exists();
        is_there.then(|| table(name, needed)).transpose()
    };
    let tags = if_there("id_tags.csv", &["id", "tags"])?;
    let languages = if_there("id_lang.csv", &["id", "lang"])?;
    let audio = Files::audio(&folder.join("audios"), home)?;
    let lyrics = Files::lyrics(&folder.join("lyrics"), home)?;

    let mut entries = Vec::new();
    for row in information.rows() {
        summary.listed += 1;
        let Some(id) = row.get("id") else { continue };
        let Some(audio) = audio.of(id) else {
            skipped.push(Skipped {
                song: id.to_owned(),
                problem: format!(
                    "there is no audio file {}/{id}.*",
                    folder.join("audios").display()
                ),
            });
            continue;
        };
        let measured = metadata.row(id);
        let number = |column: &str| measured.as_ref().and_then(|row| row.share(column).ok());
        let (valence, energy) = (number("valence"), number("energy"));
        let emotion = match (&measured, valence.zip(energy)) {
            (None, _) => Err("not in id_metadata.csv".to_owned()),
            (_, None) => Err("valence or energy is no number from 0 to 1".to_owned()),
            (_, Some((valence, energy))) => EmotionGrid::published()
                .emotion(valence, energy)
                .map(str::to_owned)
                .ok_or_else(|| "outside the grid".to_owned()),
        };
        let named = genres.row(id).map(|row| row.list("genres", ','));
        let genre = genre(named.as_deref(), options, &mut summary);
        let lyrics = lyrics.of(id);
        summary.without_lyrics += usize::from(lyrics.is_none());
        entries.push(Entry {
            id: id.to_owned(),
            audio: Some(audio),
            lyrics,
            genre: summary.genre.count(genre),
            emotion: summary.emotion.count(emotion),
            artist: row.get("artist").map(str::to_owned),
            valence,
            energy,
            tags: tags
                .as_ref()
                .and_then(|t| t.row(id))
                .map(|row| row.list("tags", ','))
                .filter(|tags| !tags.is_empty()),
            language: languages
                .as_ref()
                .and_then(|t| t.row(id))
                .and_then(|row| row.get("lang"))
                .map(str::to_lowercase),
            ..Entry::default()
        });
    }
    if entries.is_empty() {
        return Err(DatasetError::Input {
            path: folder.to_path_buf(),
            expected: "songs that id_information.csv lists and audios/ holds".to_owned(),
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

fn genre(
    genres: Option<&[String]>,
    options: Music4AllOptions,
    summary: &mut ImportSummary,
) -> Result<String, String> {
    let genres = genres.ok_or("not in id_genres.csv")?;
    let first = genres.first().ok_or("no genre is given")?;
    let by_rules = Music4AllRules::published().class_of(genres, options.classes);
    let by_list = || match options.by_subgenres {
        true => Subgenres::published().first_class(genres),
        false => None,
    };
    if let Some(class) = by_rules.or_else(by_list) {
        return Ok(class.to_owned());
    }
    *summary
        .unplaced_genres
        .entry(first.to_lowercase())
        .or_default() += 1;
    Err("no rule places its genres".to_owned())
}
