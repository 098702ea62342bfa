//! The tokens of a data set's lyrics, made once.

use crate::TrainingError;
use crate::cache::{SongCache, hex};
use crate::songs::TrainingSong;
use musiclime_model::{Encoded, LyricsSection, Tokenizer};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// Songs of one entry of the cache: a run that is stopped in between makes at most these again.
const SONGS_PER_ENTRY: usize = 1024;
/// The version of [`to_bytes`], and of what a tokenizer makes of a text.
const TOKENS_FORMAT: u32 = 1;

/// How a run reads lyrics.
pub(crate) struct LyricsReader {
    tokenizer: Tokenizer,
    /// A hash of all that the tokens of a text depend on.
    settings: String,
}

/// The tokens of many songs' whole lyrics.
#[derive(Default)]
pub(crate) struct AllTokens {
    /// In the songs' order.
    pub(crate) songs: Vec<Encoded>,
    /// Where they are in the cache.
    pub(crate) cache_keys: Vec<String>,
}

impl LyricsReader {
    /// The reader of a model with these `tokenizer.json` bytes.
    ///
    /// # Errors
    /// A tokenizer that does not fit the model.
    pub(crate) fn new(json: &[u8], lyrics: &LyricsSection) -> Result<Self, TrainingError> {
        let mut hash = Sha256::new();
        hash.update(format!("tokens {TOKENS_FORMAT}\n{lyrics:?}\n"));
        hash.update(json);
        Ok(Self {
            tokenizer: Tokenizer::from_bytes(json, lyrics)?,
            settings: hex(&hash.finalize()),
        })
    }

    pub(crate) fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The tokens of the songs' whole lyrics, from the cache where they are in it.
    ///
    /// # Errors
    /// A text that has no tokens, or a cache that cannot be written to.
    pub(crate) fn read_all(
        &self,
        songs: &[TrainingSong],
        cache: Option<&SongCache>,
    ) -> Result<AllTokens, TrainingError> {
        let Some(cache) = cache else {
            return Ok(AllTokens {
                songs: self.encode(songs)?,
                cache_keys: Vec::new(),
            });
        };
        let mut all = AllTokens::default();
        for part in songs.chunks(SONGS_PER_ENTRY) {
            let key = self.key(part);
            let known = cache.load(&key).and_then(|bytes| from_bytes(&bytes));
            match known.filter(|known| known.len() == part.len()) {
                Some(known) => {
                    cache.touch(&key);
                    all.songs.extend(known);
                }
                None => {
                    let made = self.encode(part)?;
                    cache.store(&key, &to_bytes(&made))?;
                    all.songs.extend(made);
                }
            }
            all.cache_keys.push(key);
        }
        Ok(all)
    }

    fn encode(&self, songs: &[TrainingSong]) -> Result<Vec<Encoded>, TrainingError> {
        let encoded: Result<_, musiclime_model::ModelError> = songs
            .par_iter()
            .map(|song| self.tokenizer.encode(song.lyrics.text()))
            .collect();
        Ok(encoded?)
    }

    fn key(&self, songs: &[TrainingSong]) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.settings);
        for song in songs {
            let text = song.lyrics.text();
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hex(&hash.finalize())
    }
}

/// For each text: how many bytes of it are read, how many tokens it has, and the tokens, all in 4 bytes.
fn to_bytes(all: &[Encoded]) -> Vec<u8> {
    let mut out = Vec::new();
    for one in all {
        out.extend((one.read_bytes as u32).to_le_bytes());
        out.extend((one.ids.len() as u32).to_le_bytes());
        out.extend(one.ids.iter().flat_map(|id| id.to_le_bytes()));
    }
    out
}

/// Reads [`to_bytes`]; `None` if it is anything else.
fn from_bytes(bytes: &[u8]) -> Option<Vec<Encoded>> {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut words = words.iter().map(|word| u32::from_le_bytes(*word));
    let mut all = Vec::new();
    while let Some(read_bytes) = words.next() {
        let count = words.next()? as usize;
        let ids: Vec<u32> = words.by_ref().take(count).collect();
        if ids.len() != count {
            return None;
        }
        all.push(Encoded {
            ids,
            read_bytes: read_bytes as usize,
        });
    }
    rest.is_empty().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrainConfig;
    use crate::songs::Place;
    use musiclime_core::Lyrics;
    use musiclime_evaluation::GroundTruth;
    use musiclime_model::train_tokenizer;

    fn song(text: &str) -> TrainingSong {
        let lyrics = Lyrics::new(text);
        TrainingSong::new("a".into(), Place::None, lyrics, GroundTruth::Class(0))
    }

    #[test]
    fn tokens_come_from_the_cache_until_a_text_or_the_tokenizer_changes() {
        let lines = ["golden river", "we sing tonight", "", "river of gold"];
        let json = |texts: &[&str]| {
            train_tokenizer(texts.iter().map(|t| t.to_string()), 300).expect("a tokenizer")
        };
        let lyrics = TrainConfig::default().model_config().lyrics;
        let lyrics = lyrics.expect("a model that reads");
        let reader = |json: &[u8]| LyricsReader::new(json, &lyrics).expect("a reader");
        let first = reader(&json(&lines));
        let folder = tempfile::tempdir().expect("a folder");
        let cache = SongCache::open(folder.path(), 1 << 20).expect("a cache");
        let mut songs: Vec<TrainingSong> = lines.map(song).into();

        let fresh = first.read_all(&songs, None).expect("tokens");
        let made = first.read_all(&songs, Some(&cache)).expect("tokens");
        assert_eq!((fresh.songs.len(), &fresh.songs), (4, &made.songs));
        let [key] = &made.cache_keys[..] else {
            panic!("one entry, got {:?}", made.cache_keys);
        };
        // Other tokens under that key come back: it is read, not made again.
        let mut other = made.songs.clone();
        other[0].ids.push(7);
        cache.store(key, &to_bytes(&other)).expect("stored");
        let read = first.read_all(&songs, Some(&cache)).expect("tokens");
        assert_eq!(read.songs, other);
        // One that is short is made again.
        cache.store(key, &to_bytes(&other[..2])).expect("stored");
        let read = first.read_all(&songs, Some(&cache)).expect("tokens");
        assert_eq!(read.songs, fresh.songs);

        let second = reader(&json(&["other words, other words"]));
        let read = second.read_all(&songs, Some(&cache)).expect("tokens");
        assert_ne!(read.cache_keys, made.cache_keys);
        songs[2] = song("gold");
        let read = first.read_all(&songs, Some(&cache)).expect("tokens");
        assert_ne!(read.cache_keys, made.cache_keys);
        assert_ne!(read.songs[2], fresh.songs[2]);
    }

    #[test]
    fn bytes_give_the_tokens_back_and_cut_ones_never_others() {
        let all: Vec<Encoded> = [(0, vec![]), (7, vec![0, 70_000, 2]), (1, vec![5])]
            .map(|(read_bytes, ids)| Encoded { ids, read_bytes })
            .into();
        let bytes = to_bytes(&all);
        assert_eq!(from_bytes(&bytes).as_deref(), Some(&all[..]));
        for cut in 0..bytes.len() {
            // A cut between two texts leaves fewer of them, which a reader counts.
            let short = from_bytes(&bytes[..cut]);
            assert!(
                short.is_none_or(|s| s.len() < all.len() && all.starts_with(&s)),
                "{cut}"
            );
        }
    }
}
