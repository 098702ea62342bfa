//! Lyrics that are nearly the same: shingles of three words, MinHash to find candidates, Jaccard to judge them.

use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Words of a shingle.
const SHINGLE_WORDS: usize = 3;
/// Two songs are near-duplicates from this share of common shingles on.
pub const NEAR: f64 = 0.8;
/// Bands and rows of the MinHash table: at a similarity of .8 a pair is missed once in 2,500 times.
const BANDS: usize = 20;
const ROWS: usize = 5;

/// The distinct shingles of a text, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// Takes a text apart; case, punctuation and line ends do not matter. Fewer than three words give none.
    pub fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .collect();
        let mut all: Vec<u64> = words.windows(SHINGLE_WORDS).map(|w| hashed(&w)).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    /// Shared shingles over all shingles: 1 for the same text, 0 for two texts without a common one or for no text.
    pub fn jaccard(&self, other: &Self) -> f64 {
        let (mut i, mut j, mut shared) = (0, 0, 0usize);
        while let (Some(a), Some(b)) = (self.0.get(i), other.0.get(j)) {
            shared += usize::from(a == b);
            i += usize::from(a <= b);
            j += usize::from(b <= a);
        }
        let all = self.0.len() + other.0.len() - shared;
        if all == 0 {
            0.0
        } else {
            shared as f64 / all as f64
        }
    }

    /// The smallest value of each of the band's hash functions.
    fn band(&self, band: usize) -> u64 {
        let row = |r: usize| {
            let seed = (band * ROWS + r) as u64;
            self.0
                .iter()
                .map(|s| mixed(s ^ mixed(seed)))
                .min()
                .unwrap_or(0)
        };
        let rows: Vec<u64> = (0..ROWS).map(row).collect();
        hashed(&rows)
    }
}

/// Songs of which each is nearly the same as another of the group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearLyrics {
    /// Places in the list that was searched.
    #[serde(skip)]
    pub members: Vec<usize>,
    /// The songs.
    pub songs: Vec<String>,
    /// The least similarity by which two of them were joined.
    pub similarity: f64,
}

/// All groups of near-duplicates, in order; songs without shingles are in none.
pub fn groups(texts: &[(String, Shingles)]) -> Vec<NearLyrics> {
    let mut joined = Joined::new(texts.len());
    let mut least = BTreeMap::new();
    for band in 0..BANDS {
        let mut buckets: HashMap<u64, Vec<usize>> = HashMap::new();
        for (i, (_, shingles)) in texts.iter().enumerate() {
            if shingles.0.is_empty() {
                continue;
            }
            let bucket = buckets.entry(shingles.band(band)).or_default();
            // One member of each group found so far speaks for it: many copies of a song stay cheap.
            let mut seen = Vec::new();
            for &other in bucket.iter() {
                let root = joined.root(other);
                if root == joined.root(i) || seen.contains(&root) {
                    continue;
                }
                let similarity = shingles.jaccard(&texts[other].1);
                if similarity >= NEAR {
                    joined.join(other, i);
                    least.insert((other.min(i), other.max(i)), similarity);
                } else {
                    seen.push(root);
                }
            }
            bucket.push(i);
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..texts.len() {
        members.entry(joined.root(i)).or_default().push(i);
    }
    let similarity = |group: &[usize]| {
        let inside = least.iter().filter(|((a, _), _)| group.contains(a));
        inside.map(|(_, s)| *s).fold(1.0, f64::min)
    };
    members
        .into_values()
        .filter(|group| group.len() > 1)
        .map(|group| NearLyrics {
            similarity: similarity(&group),
            songs: group.iter().map(|&i| texts[i].0.clone()).collect(),
            members: group,
        })
        .collect()
}

/// Sets that are joined one pair at a time.
struct Joined(Vec<usize>);

impl Joined {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

fn hashed(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A bijection that scatters: the finaliser of SplitMix64.
fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seed: u64, words: usize) -> Vec<String> {
        (0..words as u64)
            .map(|i| format!("w{}", mixed(seed * 100_000 + i) % 500))
            .collect()
    }

    #[test]
    fn similarity_is_that_of_the_shingle_sets() {
        let of = |text: &str| Shingles::of(text);
        assert_eq!(
            of("one two three four").jaccard(&of("One, two: THREE\nfour!")),
            1.0
        );
        // abc bcd | bcd cde: one of three.
        assert_eq!(of("a b c d").jaccard(&of("b c d e")), 1.0 / 3.0);
        assert_eq!(of("a b").jaccard(&of("a b")), 0.0);
    }

    #[test]
    fn changed_copies_are_found_among_many_and_others_are_not() {
        let mut texts: Vec<(String, Shingles)> = (0..200)
            .map(|s| (format!("s{s}"), Shingles::of(&text(s, 120).join(" "))))
            .collect();
        let mut near = text(17, 120);
        near[60] = "another".into();
        near.push("ending".into());
        texts.push(("copy".into(), Shingles::of(&near.join("\n"))));
        let mut far = text(42, 120);
        for word in far.iter_mut().step_by(6) {
            *word = "else".into();
        }
        texts.push(("reworked".into(), Shingles::of(&far.join(" "))));
        texts.push(("empty".into(), Shingles::default()));
        texts.push(("empty too".into(), Shingles::default()));
        let found = groups(&texts);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].songs, ["s17", "copy"]);
        assert!((NEAR..1.0).contains(&found[0].similarity), "{found:?}");
    }
}
