//! The same conversion block by block.

use super::polyphase::Converter;
use super::{check_rates, lowest_terms, resampled_len};
use crate::AudioError;

/// Output samples that are made at a time, so that little is computed twice around the borders.
const OUTPUT_SAMPLES: usize = 1 << 16;

/// Converts planar sound that comes in blocks; all blocks together are what [`super::resample`] gives for the whole.
#[derive(Debug)]
pub struct ResampleStream {
    converter: Option<Converter>,
    from_hz: u32,
    to_hz: u32,
    /// The ratio in lowest terms: `from` input samples last as long as `to` output samples.
    from: usize,
    to: usize,
    /// Input samples from `first` on, which is a multiple of `from`.
    pending: Vec<Vec<f32>>,
    first: usize,
    /// Output samples so far, a multiple of `to` until the end.
    made: usize,
}

impl ResampleStream {
    /// A conversion of `channels` channels.
    ///
    /// # Errors
    /// A rate of 0.
    pub fn new(from_hz: u32, to_hz: u32, channels: usize) -> Result<Self, AudioError> {
        check_rates(from_hz, to_hz)?;
        let (from, to) = lowest_terms(u64::from(from_hz), u64::from(to_hz));
        Ok(Self {
            converter: (from != to).then(|| Converter::new(from_hz, to_hz)),
            from_hz,
            to_hz,
            from: from as usize,
            to: to as usize,
            pending: vec![Vec::new(); channels],
            first: 0,
            made: 0,
        })
    }

    /// Takes a block, and gives what of the output is certain; often nothing.
    ///
    /// # Panics
    /// If the block has another number of channels.
    pub fn push(&mut self, block: &[Vec<f32>]) -> Vec<Vec<f32>> {
        assert_eq!(block.len(), self.pending.len(), "number of channels");
        if self.converter.is_none() {
            return block.to_vec();
        }
        for (pending, block) in self.pending.iter_mut().zip(block) {
            pending.extend_from_slice(block);
        }
        let len = self.pending.first().map_or(0, Vec::len);
        let whole_units = (self.first + len).saturating_sub(self.reach()) / self.from;
        let ready = whole_units * self.to;
        match ready >= self.made + OUTPUT_SAMPLES.max(self.to) {
            true => self.convert_until(ready),
            false => vec![Vec::new(); block.len()],
        }
    }

    /// The rest; beyond the last sample is silence.
    pub fn finish(&mut self) -> Vec<Vec<f32>> {
        let len = self.first + self.pending.first().map_or(0, Vec::len);
        match self.converter {
            None => vec![Vec::new(); self.pending.len()],
            Some(_) => self.convert_until(resampled_len(len, self.from_hz, self.to_hz)),
        }
    }

    /// Input samples to either side that an output sample may hear.
    fn reach(&self) -> usize {
        self.converter.as_ref().map_or(0, Converter::reach)
    }

    fn convert_until(&mut self, end: usize) -> Vec<Vec<f32>> {
        let Some(converter) = &self.converter else {
            return vec![Vec::new(); self.pending.len()];
        };
        // `first` and `made` lie on whole units, where input and output samples fall on the same time.
        let origin = self.first / self.from * self.to;
        let out = self
            .pending
            .iter()
            .map(|channel| {
                let mut all = converter.convert(channel, end - origin);
                all.drain(..self.made - origin);
                all
            })
            .collect();
        self.made = end;
        let keep_from =
            (end / self.to * self.from).saturating_sub(self.reach()) / self.from * self.from;
        for channel in &mut self.pending {
            channel.drain(..(keep_from - self.first).min(channel.len()));
        }
        self.first = keep_from;
        out
    }
}
