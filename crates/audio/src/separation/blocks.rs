//! Sound of any length in blocks that fade into each other.

use super::{Estimates, HarmonicPercussive, STEM_NAMES};
use crate::AudioError;
use musiclime_core::{Separation, Separator, SeparatorError, Stems, Waveform};
use rayon::prelude::*;

/// Length of a block that is separated at once; bounds the memory of a long file.
const BLOCK_S: f64 = 30.0;
/// Overlap of two blocks, over which one fades into the other.
const OVERLAP_S: f64 = 1.0;
/// Blocks that are separated at the same time, at most; each takes some 30 times its own size.
const MOST_AT_ONCE: usize = 4;

/// A separation on its way.
pub(super) struct BlockSeparation<'a> {
    separator: &'a HarmonicPercussive,
    sample_rate_hz: u32,
    block: usize,
    overlap: usize,
    /// Samples from the next block's start on.
    pending: Vec<Vec<f32>>,
    /// Blocks so far.
    blocks: usize,
    /// What the last block says of the next one's first samples.
    tail: Estimates,
}

impl<'a> BlockSeparation<'a> {
    pub fn new(separator: &'a HarmonicPercussive, sample_rate_hz: u32, channels: usize) -> Self {
        let samples = |seconds: f64| ((seconds * f64::from(sample_rate_hz)) as usize).max(1);
        let none = || vec![Vec::new(); channels];
        Self {
            separator,
            sample_rate_hz,
            // A block must go on where the next one starts, even at a rate of 1 Hz.
            block: samples(BLOCK_S).max(2),
            overlap: samples(OVERLAP_S),
            pending: none(),
            blocks: 0,
            tail: [none(), none(), none()],
        }
    }

    fn refuse(&self, reason: impl ToString) -> SeparatorError {
        SeparatorError {
            separator: self.separator.name().to_owned(),
            reason: reason.to_string(),
        }
    }

    fn held(&self) -> usize {
        self.pending[0].len()
    }

    /// Separates the blocks that start at these places of what is pending, and gives the samples that are done.
    fn run(&mut self, starts: &[usize], is_end: bool) -> Result<Option<Stems>, SeparatorError> {
        if starts.is_empty() {
            return Ok(None);
        }
        let (block, rate) = (self.block, self.sample_rate_hz);
        let pending = std::mem::take(&mut self.pending);
        let parts = starts
            .par_iter()
            .map(|&start| {
                let end = (start + block).min(pending[0].len());
                let channels = pending.iter().map(|c| c[start..end].to_vec()).collect();
                self.separator
                    .separate_block(&Waveform::new(channels, rate)?)
            })
            .collect::<Result<Vec<_>, AudioError>>()
            .map_err(|e| self.refuse(e))?;
        let mut done: Estimates = Default::default();
        for (source, done) in done.iter_mut().enumerate() {
            *done = vec![Vec::new(); pending.len()];
            for (c, done) in done.iter_mut().enumerate() {
                done.append(&mut self.tail[source][c]);
                for (i, part) in parts.iter().enumerate() {
                    self.fade_in(done, starts[i], &part[source][c], self.blocks + i == 0);
                }
            }
        }
        let end = match is_end {
            true => pending[0].len(),
            false => starts[starts.len() - 1] + block - self.overlap,
        };
        for (tail, done) in self
            .tail
            .iter_mut()
            .flatten()
            .zip(done.iter_mut().flatten())
        {
            *tail = done.split_off(end);
        }
        self.blocks += starts.len();
        let stems = joined(&pending, done, rate).map_err(|e| self.refuse(e))?;
        self.pending = pending;
        for pending in &mut self.pending {
            pending.drain(..end);
        }
        Ok(Some(stems))
    }

    fn fade_in(&self, whole: &mut Vec<f32>, start: usize, part: &[f32], is_first: bool) {
        let shared = whole.len().saturating_sub(start).min(part.len());
        for (n, x) in part[..shared].iter().enumerate() {
            let fade = match is_first {
                true => 1.0,
                false => ((n as f32 + 0.5) / self.overlap as f32).min(1.0),
            };
            let y = &mut whole[start + n];
            *y += fade * (x - *y);
        }
        whole.extend_from_slice(&part[shared..]);
    }
}

impl Separation for BlockSeparation<'_> {
    fn push(&mut self, block: &Waveform) -> Result<Option<Stems>, SeparatorError> {
        if block.sample_rate_hz() != self.sample_rate_hz
            || block.channels().len() != self.pending.len()
        {
            return Err(self.refuse(format!(
                "expected blocks of {} Hz and {} channel(s), got {} Hz and {}",
                self.sample_rate_hz,
                self.pending.len(),
                block.sample_rate_hz(),
                block.channels().len()
            )));
        }
        for (pending, block) in self.pending.iter_mut().zip(block.channels()) {
            pending.extend_from_slice(block);
        }
        let at_once = rayon::current_num_threads().clamp(1, MOST_AT_ONCE);
        let step = self.block - self.overlap;
        if self.held() < (at_once - 1) * step + self.block {
            return Ok(None);
        }
        let starts: Vec<usize> = (0..at_once).map(|i| i * step).collect();
        self.run(&starts, false)
    }

    fn finish(&mut self) -> Result<Option<Stems>, SeparatorError> {
        let step = self.block - self.overlap;
        // A last block that the overlap covers already is not worth a block of its own.
        let mut end = self.held().saturating_sub(self.overlap);
        if self.blocks == 0 {
            end = end.max(1);
        }
        let starts: Vec<usize> = (0..end).step_by(step).collect();
        if !starts.is_empty() {
            return self.run(&starts, true);
        }
        if self.held() == 0 {
            return Ok(None);
        }
        let tail = std::mem::take(&mut self.tail);
        let stems = joined(&self.pending, tail, self.sample_rate_hz);
        stems.map(Some).map_err(|e| self.refuse(e))
    }
}

/// The estimates, and what they leave of the mixture, whose further samples do not count.
fn joined(
    mixture: &[Vec<f32>],
    estimates: Estimates,
    sample_rate_hz: u32,
) -> Result<Stems, musiclime_core::Invalid> {
    let other: Vec<Vec<f32>> = mixture
        .iter()
        .enumerate()
        .map(|(c, mixture)| {
            let count = estimates[0][c].len();
            // Summed in the order in which the stems are summed again, so that only one rounding is left.
            mixture[..count]
                .iter()
                .enumerate()
                .map(|(t, x)| x - (estimates[0][c][t] + estimates[1][c][t] + estimates[2][c][t]))
                .collect()
        })
        .collect();
    let stems = estimates
        .into_iter()
        .chain([other])
        .zip(STEM_NAMES)
        .map(|(channels, name)| Ok((name.to_owned(), Waveform::new(channels, sample_rate_hz)?)))
        .collect::<Result<Vec<_>, musiclime_core::Invalid>>()?;
    Stems::new(stems)
}
