//! Every log-mel frame that a song's perturbations can contain, each computed once.
//!
//! A frame hears one segment, or two where it straddles an edge; with S stems it therefore has only 2^S (or 4^S)
//! variants, and a perturbed input is a gather from a table of them.

use crate::Hearing;
use musiclime_audio::fbank::Fbank;
use musiclime_core::{ClassifierError, Components, Song};
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
    segments: Vec<Range<usize>>,
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
        components: &Components,
    ) -> Result<Self, ClassifierError> {
        let rate = hearing.sample_rate_hz;
        let refuse = |what: &str, got: u32| {
            Err(ClassifierError::Song(format!(
                "{what}: expected {rate} Hz, got {got} Hz"
            )))
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
                let mono = stems
                    .waveforms()
                    .iter()
                    .map(|w| w.downmix())
                    .collect::<Vec<_>>();
                (mono, components.segments.clone())
            }
            None => {
                if song.waveform.sample_rate_hz() != rate {
                    return refuse("sample rate of the song", song.waveform.sample_rate_hz());
                }
                (vec![song.waveform.downmix()], Vec::new())
            }
        };
        if !components.keep_uncovered
            && let Some(last) = segments.last()
        {
            for stem in &mut stems {
                stem.truncate(last.end);
            }
        }
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
            segments,
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

    /// The switches of the segments that a group hears.
    fn switches<'m>(&self, group: &Group, mask: &'m [u8]) -> &'m [u8] {
        let s = self.stems.len();
        &mask[group.segments.start * s..group.segments.end * s]
    }

    /// The samples of a group with only the stems that are on; edges are hard cuts.
    fn mix(&self, group: &Group, on: &[u8]) -> Vec<f32> {
        let len = (group.frames.len() - 1) * self.fbank.hop_samples() + self.fbank.window_samples();
        let range = group.start..group.start + len;
        let mut out = vec![0.0f32; len];
        for (s, stem) in self.stems.iter().enumerate() {
            let mut add = |part: Range<usize>| {
                if part.start < part.end {
                    let to = part.start - range.start..part.end - range.start;
                    for (a, b) in out[to].iter_mut().zip(&stem[part]) {
                        *a += b;
                    }
                }
            };
            // Samples between the segments are never switched off.
            let mut at = range.start;
            for (i, segment) in self.segments[group.segments.clone()].iter().enumerate() {
                add(at..segment.start.min(range.end));
                let part = segment.start.max(range.start)..segment.end.min(range.end);
                at = part.end.max(at);
                if on[i * self.stems.len() + s] == 1 {
                    add(part);
                }
            }
            add(at..range.end);
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
