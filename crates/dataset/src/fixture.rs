//! Songs of the songbook in Music4All's layout: a stand-in for trying everything that one does with that collection.

use crate::DatasetError;
use crate::manifest::write_atomically;
use crate::songbook::{Energy, Genre, Songbook, SongbookSong, Valence};
use musiclime_audio::write::{WavFormat, write_wav};
use musiclime_core::Progress;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Songs of one artist.
const SONGS_PER_ARTIST: usize = 2;
/// One song in so many has lyrics as a website shows them.
const SCRAPED_ONE_IN: u32 = 3;

/// The rows of one song in the tables.
struct Rows {
    information: String,
    genres: String,
    metadata: String,
    tags: String,
    language: String,
}

/// Writes songs 0 to `songs - 1` of a book as Music4All has them: five tables, `audios/ID.wav` (the mixture, 16-bit),
/// `lyrics/ID.txt`.
///
/// The published rules make of a song's genres: folk (bluegrass, country), electronic (drum and bass, dubstep), rhythm
/// music (gospel), punk (shanty), pop (polka), rock (surf), and nothing (opera). The emotion grid gives back the
/// songbook's emotions. Two songs in a row have the same artist, and the lyrics of one in three have scraped text in
/// them. The same seed gives the same bytes.
///
/// # Errors
/// A folder or file that cannot be written, or `progress` asking to stop.
pub fn write_music4all(
    seed: u64,
    songs: usize,
    out_dir: &Path,
    progress: &dyn Progress,
) -> Result<(), DatasetError> {
    for name in ["audios", "lyrics"] {
        let folder = out_dir.join(name);
        fs::create_dir_all(&folder).map_err(DatasetError::io("make the folder", &folder))?;
    }
    let book = Songbook::new(seed);
    let done = AtomicUsize::new(0);
    let artists: Vec<Vec<Rows>> = (0..songs.div_ceil(SONGS_PER_ARTIST))
        .into_par_iter()
        .map(|artist| {
            let first = artist * SONGS_PER_ARTIST;
            let mut name = None;
            let mut rows = Vec::new();
            for index in first..(first + SONGS_PER_ARTIST).min(songs) {
                let song = book.song(index);
                let artist = name.get_or_insert_with(|| song.artist.clone());
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(index as u64);
                rows.push(write_song(&song, artist, out_dir, &mut rng)?);
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                if !progress.update(done, songs) {
                    return Err(DatasetError::Cancelled);
                }
            }
            Ok(rows)
        })
        .collect::<Result<_, DatasetError>>()?;

    type Column = fn(&Rows) -> &str;
    let tables: [(&str, &str, Column); 5] = [
        ("id_information.csv", "id\tartist\tsong\talbum_name", |r| {
            &r.information
        }),
        ("id_genres.csv", "id\tgenres", |r| &r.genres),
        (
            "id_metadata.csv",
            "id\tspotify_id\tpopularity\trelease\tdanceability\tenergy\tkey\tmode\tvalence\ttempo\tduration_ms",
            |r| &r.metadata,
        ),
        ("id_tags.csv", "id\ttags", |r| &r.tags),
        ("id_lang.csv", "id\tlang", |r| &r.language),
    ];
    for (name, header, column) in tables {
        let lines = std::iter::once(header).chain(artists.iter().flatten().map(column));
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        write_atomically(&out_dir.join(name), text.as_bytes())?;
    }
    Ok(())
}

fn write_song(
    song: &SongbookSong,
    artist: &str,
    out_dir: &Path,
    rng: &mut ChaCha8Rng,
) -> Result<Rows, DatasetError> {
    let id = &song.id;
    let audio = out_dir.join(format!("audios/{id}.wav"));
    let mixture = song.stems.mixture();
    write_wav(&audio, &mixture, WavFormat::Pcm16)?;
    let title = title(song.lyrics.text());
    let lyrics = if rng.random_ratio(1, SCRAPED_ONE_IN) {
        scraped(song.lyrics.text(), &title, artist, rng)
    } else {
        song.lyrics.text().to_owned()
    };
    write_atomically(&out_dir.join(format!("lyrics/{id}.txt")), lyrics.as_bytes())?;

    let genres = genres(song.genre).choose(rng).copied().unwrap_or_default();
    let valence = match song.emotion.valence {
        Valence::Negative => rng.random_range(0.05..0.30),
        Valence::Neutral => rng.random_range(0.38..0.62),
        Valence::Positive => rng.random_range(0.70..0.95),
    };
    let energy = match song.emotion.energy {
        Energy::Low => rng.random_range(0.05..0.30),
        Energy::Medium => rng.random_range(0.38..0.62),
        Energy::High => rng.random_range(0.70..0.95),
    };
    let duration_ms = (mixture.duration_s() * 1_000.0).round();
    Ok(Rows {
        information: format!("{id}\t{artist}\t{title}\tThe Songbook"),
        genres: format!("{id}\t{genres}"),
        metadata: format!(
            "{id}\tnone\t{}\t{}\t{:.3}\t{energy:.3}\t{}\t{}\t{valence:.3}\t{:.1}\t{duration_ms}",
            rng.random_range(0..100),
            rng.random_range(1990..2020),
            rng.random_range(0.0..1.0),
            rng.random_range(0..12),
            rng.random_range(0..2),
            rng.random_range(80.0..160.0),
        ),
        tags: format!("{id}\t{genres},songbook"),
        language: format!("{id}\ten"),
    })
}

/// Genre lists of which Music4All's rules make one class a songbook genre.
fn genres(genre: Genre) -> &'static [&'static str] {
    match genre {
        Genre::Bluegrass => &["folk,bluegrass", "folk"],
        Genre::Country => &["country", "country,folk"],
        Genre::DrumAndBass => &["drum and bass", "drum and bass,electronic"],
        Genre::Dubstep => &["dubstep", "electronic,pop"],
        Genre::Gospel => &["gospel,soul", "contemporary gospel"],
        Genre::Shanty => &["folk punk,shanty", "punk,folk"],
        Genre::Polka => &["pop,polka", "singer-songwriter,pop"],
        Genre::Surf => &["rock,surf", "garage rock,surf"],
        Genre::Opera => &["opera", "opera,classical"],
    }
}

/// The first line's words.
fn title(lyrics: &str) -> String {
    let line = lyrics
        .lines()
        .find(|l| !l.trim().is_empty())
        .unwrap_or("Untitled");
    line.trim().replace('\t', " ")
}

/// Lyrics with what a lyrics website adds to them.
fn scraped(lyrics: &str, title: &str, artist: &str, rng: &mut ChaCha8Rng) -> String {
    let mut out = format!(
        "{} Contributors{title} Lyrics[Verse 1]\n",
        rng.random_range(2..40)
    );
    let lines: Vec<&str> = lyrics.lines().collect();
    let middle = lines.len() / 2;
    for (i, line) in lines.iter().enumerate() {
        if i == middle {
            out.push_str(&format!(
                "See {artist} LiveGet tickets as low as ${}You might also like[Chorus]\n",
                rng.random_range(20..90)
            ));
        }
        out.push_str(line);
        if i + 1 < lines.len() {
            out.push('\n');
        }
    }
    out.push_str(&format!("{}Embed", rng.random_range(1..30)));
    out
}
