//! Samples to frames and back, block by block.

use super::estimator::{Edge, Framing};
use musiclime_audio::{AudioError, Complex, stft::Stft};
use rayon::prelude::*;

/// Cuts sound that comes in blocks into frames, and transforms them.
pub(super) struct Analysis {
    stft: Stft,
    edge: Edge,
    /// Samples of the song with what lies before it, from the next frame's first sample on.
    pending: Vec<Vec<f32>>,
    /// Samples of the song so far.
    len: usize,
    frames: usize,
}

impl Analysis {
    pub fn new(framing: &Framing) -> Result<Self, AudioError> {
        Ok(Self {
            stft: Stft::new(framing.fft_size, framing.hop_samples)?,
            edge: framing.edge,
            pending: vec![Vec::new(); framing.channels],
            len: 0,
            frames: 0,
        })
    }

    fn half(&self) -> usize {
        self.stft.fft_size() / 2
    }

    /// The shortest song that has both edges.
    pub fn min_samples(&self) -> usize {
        match self.edge {
            Edge::Mirrored => self.half() + 1,
            Edge::Silent => 1,
        }
    }

    /// Samples of the song so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Takes a block, and gives the frames that are complete: `[frames, channels, bins]`.
    pub fn push(&mut self, block: &[Vec<f32>]) -> Vec<Complex<f32>> {
        let before = self.len;
        for (pending, block) in self.pending.iter_mut().zip(block) {
            pending.extend_from_slice(block);
        }
        self.len += block.first().map_or(0, Vec::len);
        let enough = self.min_samples();
        if self.len < enough {
            return Vec::new();
        }
        if before < enough {
            let (half, edge) = (self.half(), self.edge);
            for pending in &mut self.pending {
                let head: Vec<f32> = match edge {
                    Edge::Mirrored => pending[1..=half].iter().rev().copied().collect(),
                    Edge::Silent => vec![0.0; half],
                };
                pending.splice(0..0, head);
            }
        }
        self.transform()
    }

    /// Takes the end of the song, which must have at least [`Analysis::min_samples`], and gives the last frames.
    pub fn finish(&mut self) -> Vec<Complex<f32>> {
        let (half, hop) = (self.half(), self.stft.hop_samples());
        let frames = match self.edge {
            Edge::Mirrored => 1 + self.len / hop,
            Edge::Silent => 1 + self.len.div_ceil(hop),
        };
        let (len, fft_size, edge, done) = (self.len, self.stft.fft_size(), self.edge, self.frames);
        // `pending` starts at the next frame; what all frames that are left cover:
        let wanted = (frames - done).saturating_sub(1) * hop + fft_size;
        for pending in &mut self.pending {
            if edge == Edge::Mirrored {
                let end = pending.len();
                let from = end.saturating_sub(half + 1).max(end.saturating_sub(len));
                let tail: Vec<f32> = pending[from..end - 1].iter().rev().copied().collect();
                pending.extend(tail);
            }
            pending.resize(wanted, 0.0);
        }
        if frames == done {
            return Vec::new();
        }
        self.transform()
    }

    fn transform(&mut self) -> Vec<Complex<f32>> {
        let (fft_size, hop, bins) = (
            self.stft.fft_size(),
            self.stft.hop_samples(),
            self.stft.bins(),
        );
        let available = self.pending.first().map_or(0, Vec::len);
        let Some(frames) = available.checked_sub(fft_size).map(|rest| rest / hop + 1) else {
            return Vec::new();
        };
        let channels = self.pending.len();
        let mut spectra = vec![Complex::default(); frames * channels * bins];
        let (stft, pending) = (&self.stft, &self.pending);
        spectra
            .par_chunks_exact_mut(channels * bins)
            .enumerate()
            .for_each(|(t, row)| {
                for (channel, out) in pending.iter().zip(row.chunks_exact_mut(bins)) {
                    stft.transform_frame(&channel[t * hop..t * hop + fft_size], out);
                }
            });
        for pending in &mut self.pending {
            pending.drain(..frames * hop);
        }
        self.frames += frames;
        spectra
    }
}

/// Turns frames of several sources back into sound.
pub(super) struct Synthesis {
    stft: Stft,
    /// Weighted sums, from sample `at` on: one vector a source and channel.
    sums: Vec<Vec<f32>>,
    /// Sums of squared windows.
    weight: Vec<f32>,
    /// The next sample, counted from half a frame before the song.
    at: usize,
}

impl Synthesis {
    pub fn new(framing: &Framing, sources: usize) -> Result<Self, AudioError> {
        Ok(Self {
            stft: Stft::new(framing.fft_size, framing.hop_samples)?,
            sums: vec![Vec::new(); sources * framing.channels],
            weight: Vec::new(),
            at: 0,
        })
    }

    /// Takes frames `[frames, sources, channels, bins]`, and gives the samples of every source and channel that no later
    /// frame touches.
    pub fn push(&mut self, spectra: &[Complex<f32>]) -> Vec<Vec<f32>> {
        let (fft_size, hop, bins) = (
            self.stft.fft_size(),
            self.stft.hop_samples(),
            self.stft.bins(),
        );
        let row = self.sums.len() * bins;
        let frames = spectra.len() / row;
        if frames == 0 {
            return vec![Vec::new(); self.sums.len()];
        }
        let len = (frames - 1) * hop + fft_size;
        let stft = &self.stft;
        self.sums.par_iter_mut().enumerate().for_each(|(i, sum)| {
            sum.resize(len, 0.0);
            let mut frame = vec![0.0; fft_size];
            for (t, spectra) in spectra.chunks_exact(row).enumerate() {
                stft.restore_frame(&spectra[i * bins..(i + 1) * bins], &mut frame);
                for (sum, x) in sum[t * hop..].iter_mut().zip(&frame) {
                    *sum += x;
                }
            }
        });
        self.weight.resize(len, 0.0);
        for t in 0..frames {
            for (sum, w) in self.weight[t * hop..].iter_mut().zip(self.stft.window()) {
                *sum += w * w;
            }
        }
        self.take(frames * hop)
    }

    /// The samples that are left, for a song of `len` samples.
    pub fn finish(&mut self, len: usize) -> Vec<Vec<f32>> {
        let end = self.stft.fft_size() / 2 + len;
        let left = end.saturating_sub(self.at);
        for sum in &mut self.sums {
            sum.resize(left.max(sum.len()), 0.0);
        }
        self.weight.resize(left.max(self.weight.len()), 0.0);
        self.take(left)
    }

    fn take(&mut self, count: usize) -> Vec<Vec<f32>> {
        // What lies before the song is dropped.
        let skip = (self.stft.fft_size() / 2)
            .saturating_sub(self.at)
            .min(count);
        let weight = &self.weight;
        let out = self
            .sums
            .iter_mut()
            .map(|sum| {
                let done: Vec<f32> = sum
                    .drain(..count)
                    .zip(weight)
                    .skip(skip)
                    .map(|(x, w)| x / w.max(1e-6))
                    .collect();
                done
            })
            .collect();
        self.weight.drain(..count);
        self.at += count;
        out
    }
}
