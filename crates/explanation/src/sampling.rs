use crate::{ExplanationError, MaskSource};
use musiclime_core::MaskSet;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Draws mask sets: the same seed gives the same masks on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampler {
    seed: u64,
}

impl Sampler {
    /// A sampler with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Draws `rows` masks: the first has every component on, in the others each is on with probability one half.
    ///
    /// Each row takes `columns` bits of the ChaCha8 stream, lowest bit of each 64-bit word first, and starts at a
    /// fresh word; so more rows begin with the same rows.
    ///
    /// # Errors
    /// No row or no column.
    ///
    /// # Source
    /// audioLIME and MusicLIME draw `randint(0, 2)` per cell and set row 0 to ones.
    pub fn draw(&self, rows: usize, columns: usize) -> Result<MaskSet, ExplanationError> {
        if rows == 0 {
            return Err(ExplanationError::NoMasks);
        }
        if columns == 0 {
            return Err(ExplanationError::NoComponents);
        }
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut bits = vec![1u8; rows * columns];
        for row in bits.chunks_exact_mut(columns).skip(1) {
            for chunk in row.chunks_mut(64) {
                let mut word = random.next_u64();
                for bit in chunk {
                    *bit = (word & 1) as u8;
                    word >>= 1;
                }
            }
        }
        Ok(MaskSet::new(columns, bits)?)
    }

    /// All `2^columns` masks, each once, where they are no more than `rows`; else `rows` masks as [`Sampler::draw`]
    /// draws them.
    ///
    /// The first row has every component on; row `i` switches off the components whose bits `i` has.
    ///
    /// # Errors
    /// No row or no column.
    pub fn masks(
        &self,
        rows: usize,
        columns: usize,
    ) -> Result<(MaskSet, MaskSource), ExplanationError> {
        let all = u32::try_from(columns)
            .ok()
            .and_then(|c| 1usize.checked_shl(c));
        match all.filter(|all| columns > 0 && *all <= rows) {
            None => Ok((self.draw(rows, columns)?, MaskSource::Random)),
            Some(all) => {
                let bits = (0..all)
                    .flat_map(|row| (0..columns).map(move |c| 1 - (row >> c & 1) as u8))
                    .collect();
                Ok((MaskSet::new(columns, bits)?, MaskSource::Exhaustive))
            }
        }
    }
}
