//! Every log-mel frame that a song's perturbations can contain, each computed once.
//!
//! A frame hears one segment, or two where it straddles an edge; with S stems it therefore has only 2^S (or 4^S)
//! variants, and a perturbed input is a gather from a table of them. A frame hears many regions of a spectrogram at once,
//! so with regions each mask has frames of its own, and masks are taken in as many turns as tables hold.

use crate::Hearing;
use musiclime_audio::fbank::Fbank;
use musiclime_core::{ClassifierError, Components, Region, Song};
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;

/// Most bytes of a table of frames: half of the smallest storage binding that WebGPU guarantees.
const TABLE_BYTES: usize = 64 << 20;

/// The stems of one song, cut into groups of frames that hear the same segments.
pub(crate) struct FrameVariants<'a> {
    fbank: &'a Fbank,
    /// Mono stems at the model's rate; one that is never off where audio has no components.
    stems: Vec<Vec<f32>>,
    /// What sounds where a stem is off; `None` is silence.
    filler: Option<Vec<Vec<f32>>>,
    /// The song itself, where the sum of the stems is only nearly it.
    whole: Option<Vec<f32>>,
    segments: Vec<Range<usize>>,
    /// Regions of the spectrogram, in place of stems and segments.
    regions: &'a [Region],
    groups: Vec<Group>,
    windows: usize,
    frames: usize,
}

/// Consecutive frames of one window that hear the same segments.
struct Group {
    window: usize,
    frames: Range<usize>,
    /// First sample of the first frame.
    start: usize,
    /// The segments that they hear.
    segments: Range<usize>,
}

/// A table of frames, and which of them each input is made of.
///
/// # Shapes
/// `table`: `[table_rows, mel]`; `index`: `[masks * windows, frames]`.
pub(crate) struct Gathered {
    pub(crate) table: Vec<f32>,
    pub(crate) table_rows: usize,
    pub(crate) index: Vec<i32>,
    /// How many of the given masks these are, from the first.
    pub(crate) masks: usize,
}

impl<'a> FrameVariants<'a> {
    pub(crate) fn new(
        fbank: &'a Fbank,
        hearing: Hearing,
        song: &Song,
        components: &'a Components,
    ) -> Result<Self, ClassifierError> {
        let rate = hearing.sample_rate_hz;
        let refuse = |what: &str, got: u32| {
            Err(ClassifierError::Song(format!(
                "{what}: expected {rate} Hz, got {got} Hz"
            )))
        };
        let mono = |stems: &musiclime_core::Stems| -> Vec<Vec<f32>> {
            stems.waveforms().iter().map(|w| w.downmix()).collect()
        };
        let (mut stems, segments) = match &components.stems {
            Some(stems) => {
                if let Some(w) = stems
                    .waveforms()
                    .iter()
                    .find(|w| w.sample_rate_hz() != rate)
                {
                    return refuse("sample rate of the stems", w.sample_rate_hz());
                }
                (mono(stems), components.segments.clone())
            }
            None => {
                if song.waveform.sample_rate_hz() != rate {
                    return refuse("sample rate of the song", song.waveform.sample_rate_hz());
                }
                (vec![song.waveform.downmix()], Vec::new())
            }
        };
        let mut filler = components.filler.as_ref().map(mono);
        if !components.keep_uncovered
            && let Some(last) = segments.last()
        {
            for stem in stems.iter_mut().chain(filler.iter_mut().flatten()) {
                stem.truncate(last.end);
            }
        }
        let whole = (!components.bands.is_empty()).then(|| song.waveform.downmix());
        let len = stems[0].len();
        if len < fbank.window_samples() {
            return Err(ClassifierError::Song(format!(
                "expected at least one analysis window of {} samples at {rate} Hz, got {len}",
                fbank.window_samples()
            )));
        }
        let windows = hearing.windows(len);
        let frames = fbank.config().max_frames;
        let mut groups: Vec<Group> = Vec::new();
        for (window, range) in windows.iter().enumerate() {
            for frame in 0..fbank.log_mel_frame_count(range.len()).min(frames) {
                let start = range.start + frame * fbank.hop_samples();
                let heard = overlapping(&segments, start..start + fbank.window_samples());
                match groups.last_mut() {
                    Some(g) if g.window == window && g.segments == heard => {
                        g.frames.end = frame + 1
                    }
                    _ => groups.push(Group {
                        window,
                        frames: frame..frame + 1,
                        start,
                        segments: heard,
                    }),
                }
            }
        }
        Ok(Self {
            fbank,
            stems,
            filler,
            whole,
            segments,
            regions: &components.regions,
            groups,
            windows: windows.len(),
            frames,
        })
    }

    /// Windows that each input has.
    pub(crate) fn windows(&self) -> usize {
        self.windows
    }

    /// Frames of one window, padding included.
    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// Mel bins of a frame.
    pub(crate) fn mel_bins(&self) -> usize {
        self.fbank.config().mel_bins
    }

    /// The inputs of as many masks, from the first, as one table holds; at least one.
    ///
    /// `masks` are rows of the audio columns alone.
    pub(crate) fn gather(&self, masks: &[&[u8]]) -> Gathered {
        let most_rows = TABLE_BYTES / (self.mel_bins() * size_of::<f32>());
        // Row 0 is the padding frame.
        let mut table_rows = 1;
        let mut blocks: Vec<(usize, &[u8])> = Vec::new();
        let mut starts: HashMap<(usize, &[u8]), usize> = HashMap::new();
        let mut index = Vec::new();
        let mut count = 0;
        for mask in masks {
            let fresh: usize = self
                .groups
                .iter()
                .enumerate()
                .filter(|(g, group)| !starts.contains_key(&(*g, self.switches(group, mask))))
                .map(|(_, group)| group.frames.len())
                .sum();
            if count > 0 && table_rows + fresh > most_rows {
                break;
            }
            let base = index.len();
            index.resize(base + self.windows * self.frames, 0);
            for (g, group) in self.groups.iter().enumerate() {
                let key = (g, self.switches(group, mask));
                let start = *starts.entry(key).or_insert_with(|| {
                    blocks.push(key);
                    let start = table_rows;
                    table_rows += group.frames.len();
                    start
                });
                let at = base + group.window * self.frames + group.frames.start;
                for (i, slot) in index[at..at + group.frames.len()].iter_mut().enumerate() {
                    *slot = (start + i) as i32;
                }
            }
            count += 1;
        }
        let mut table = vec![self.fbank.padding_value(); self.mel_bins()];
        let computed: Vec<Vec<f32>> = blocks
            .par_iter()
            .map_init(
                || self.fbank.scratch(),
                |scratch, (g, on)| {
                    let group = &self.groups[*g];
                    let samples = self.mix(group, on);
                    let mut out = vec![0.0; group.frames.len() * self.mel_bins()];
                    for (i, frame) in out.chunks_exact_mut(self.mel_bins()).enumerate() {
                        let at = i * self.fbank.hop_samples();
                        self.fbank.frame_log_mel(
                            &samples[at..at + self.fbank.window_samples()],
                            frame,
                            scratch,
                        );
                        for value in frame {
                            *value = self.fbank.normalise(*value);
                        }
                    }
                    out
                },
            )
            .collect();
        for block in computed {
            table.extend(block);
        }
        Gathered {
            table,
            table_rows,
            index,
            masks: count,
        }
    }

    /// The switches of what a group hears.
    fn switches<'m>(&self, group: &Group, mask: &'m [u8]) -> &'m [u8] {
        if !self.regions.is_empty() {
            return mask;
        }
        let s = self.stems.len();
        &mask[group.segments.start * s..group.segments.end * s]
    }

    /// The samples of a group with only what is on; edges are hard cuts.
    fn mix(&self, group: &Group, on: &[u8]) -> Vec<f32> {
        let len = (group.frames.len() - 1) * self.fbank.hop_samples() + self.fbank.window_samples();
        let range = group.start..group.start + len;
        if !self.regions.is_empty() {
            return self.with_regions(range, on);
        }
        if let Some(whole) = self.whole.as_ref().filter(|_| !on.contains(&0)) {
            return whole[range].to_vec();
        }
        let mut out = vec![0.0f32; len];
        for (s, stem) in self.stems.iter().enumerate() {
            let mut add = |from: &[f32], part: Range<usize>| {
                if part.start < part.end {
                    let to = part.start - range.start..part.end - range.start;
                    for (a, b) in out[to].iter_mut().zip(&from[part]) {
                        *a += b;
                    }
                }
            };
            // Samples between the segments are never switched off.
            let mut at = range.start;
            for (i, segment) in self.segments[group.segments.clone()].iter().enumerate() {
                add(stem, at..segment.start.min(range.end));
                let part = segment.start.max(range.start)..segment.end.min(range.end);
                at = part.end.max(at);
                if on[i * self.stems.len() + s] == 1 {
                    add(stem, part);
                } else if let Some(filler) = &self.filler {
                    add(&filler[s], part);
                }
            }
            add(stem, at..range.end);
        }
        out
    }

    /// The song's samples `range` with the changes of the regions that are off.
    fn with_regions(&self, range: Range<usize>, on: &[u8]) -> Vec<f32> {
        let mut out = self.stems[0][range.clone()].to_vec();
        for (region, _) in self.regions.iter().zip(on).filter(|(_, on)| **on == 0) {
            let (from, to) = (
                region.start.max(range.start),
                (region.start + region.change.len()).min(range.end),
            );
            if from < to {
                let change = &region.change[from - region.start..to - region.start];
                for (x, c) in out[from - range.start..].iter_mut().zip(change) {
                    *x += c;
                }
            }
        }
        out
    }
}

/// The segments that share a sample with `range`.
fn overlapping(segments: &[Range<usize>], range: Range<usize>) -> Range<usize> {
    let start = segments.partition_point(|s| s.end <= range.start);
    let end = segments.partition_point(|s| s.start < range.end);
    start..end.max(start)
}
