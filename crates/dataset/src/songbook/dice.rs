//! Random draws that depend on the seed, the song and the purpose, and on nothing else.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream of draws is for: every purpose has its own, so that a change of labels leaves the rest of a
/// song as it was.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Labels = 1,
    Artist,
    Score,
    Levels,
    Text,
    CueWords,
    Vocals,
    Drums,
    Bass,
    Other,
    GenrePlace,
    EnergyPlace,
    GenreCue,
    EnergyCue,
}

/// A stream of random draws.
#[derive(Debug, Clone)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of song `index` of the songbook `seed` for one purpose.
    pub(super) fn new(seed: u64, index: u64, purpose: Purpose) -> Self {
        let mut key = *b"................musiclime-song-1";
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&index.to_le_bytes());
        key[31] = purpose as u8;
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in `low..high`.
    pub(super) fn uniform(&mut self, low: f32, high: f32) -> f32 {
        // 24 bits fill the mantissa of an f32 exactly.
        let unit = (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32;
        low + (high - low) * unit
    }

    /// Uniform in `0..n`; `n` is at least 1.
    pub(super) fn index(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f32) -> bool {
        self.uniform(0.0, 1.0) < p
    }

    /// One of `items`, which is not empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// Fisher-Yates.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.index(i + 1));
        }
    }

    /// `n` different indices below `of`, in random order.
    pub(super) fn sample(&mut self, of: usize, n: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..of).collect();
        self.shuffle(&mut all);
        all.truncate(n);
        all
    }

    /// A cheap noise generator seeded from this stream.
    pub(super) fn noise(&mut self) -> Noise {
        Noise(self.0.next_u64() | 1)
    }
}

/// White noise in -1..1 (xorshift64): a noise sample costs three shifts.
#[derive(Debug, Clone)]
pub(super) struct Noise(u64);

impl Noise {
    /// The next sample.
    pub(super) fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    }
}
