//! Regions of a spectrogram that look alike: superpixels.

mod felzenszwalb;
mod grid;
mod slic;

use crate::AudioError;
use crate::bands::transform;
use crate::fillers::white_noise;
use crate::mel::{hertz, mel};
use grid::Grid;
use musiclime_core::{Region, RegionBounds, Waveform};
use rayon::prelude::*;

/// Rows of the image, equally wide in mel.
const ROWS: usize = 96;
/// Frames of the transform in one column of the image.
const FRAMES_PER_COLUMN: usize = 2;
/// The most cells of an image; longer recordings have wider columns.
const MOST_CELLS: usize = 400_000;
/// Levels below the loudest cell by more than this look the same.
const RANGE_DB: f32 = 80.0;

/// How regions are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Simple linear iterative clustering: regions of similar size (Achanta et al. 2012).
    Slic,
    /// Graph-based: regions that follow what is there, of any size (Felzenszwalb and Huttenlocher 2004).
    Felzenszwalb,
}

/// The log-magnitude spectrogram of one recording as an image, and the region of each cell.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionMap {
    /// Columns of the image, in time.
    pub columns: usize,
    /// Rows of the image, from the lowest frequency up.
    pub rows: usize,
    /// Seconds of one column; column `c` is centred on `c * column_s`.
    pub column_s: f64,
    /// The edges of the rows in Hz: one more than there are rows.
    pub edges_hz: Vec<f64>,
    /// Levels from 0 (80 dB below the loudest) to 1, `[columns, rows]`.
    pub levels: Vec<f32>,
    /// The region of each cell, `[columns, rows]`; every region is connected and has a cell.
    pub labels: Vec<u32>,
    /// How many regions.
    pub regions: usize,
}

/// What sounds in place of a region that is off.
#[derive(Debug, Clone, Copy)]
pub enum RegionFiller<'a> {
    /// Nothing.
    Silence,
    /// White noise drawn from this seed, at the level of each region.
    Noise(u64),
    /// These samples' own cells; as long as the recording.
    Samples(&'a [f32]),
}

/// Finds about `wanted` regions in mono samples; never more.
///
/// # Errors
/// A rate that is too low for a transform, or no region wanted.
pub fn find_regions(
    samples: &[f32],
    sample_rate_hz: u32,
    wanted: usize,
    method: Method,
) -> Result<RegionMap, AudioError> {
    if wanted == 0 {
        return Err(AudioError::Setting {
            what: "regions",
            expected: "at least 1".into(),
            got: "0".into(),
        });
    }
    let stft = transform(sample_rate_hz)?;
    let spectrogram = stft.transform(samples);
    let (frames, bins) = (spectrogram.frames, spectrogram.bins);
    let top_hz = f64::from(sample_rate_hz) / 2.0;
    let edges_hz: Vec<f64> = (0..=ROWS)
        .map(|r| hertz(mel(top_hz) * r as f64 / ROWS as f64))
        .collect();
    let pooled = FRAMES_PER_COLUMN.max((frames * ROWS).div_ceil(MOST_CELLS));
    let columns = frames.div_ceil(pooled);
    let bin_hz = top_hz / (bins - 1) as f64;
    // A row that is narrower than a bin shows the bin that it lies in.
    let bins_of: Vec<std::ops::RangeInclusive<usize>> = edges_hz
        .windows(2)
        .map(|edge| {
            let first = ((edge[0] / bin_hz).round() as usize).min(bins - 1);
            let last = ((edge[1] / bin_hz).round() as usize).saturating_sub(1);
            first..=last.clamp(first, bins - 1)
        })
        .collect();
    let mut levels = Vec::with_capacity(columns * ROWS);
    for column in 0..columns {
        let of_column = column * pooled..((column + 1) * pooled).min(frames);
        for range in &bins_of {
            let cells = of_column.len() * (range.end() - range.start() + 1);
            let power: f32 = of_column
                .clone()
                .flat_map(|t| {
                    &spectrogram.values[t * bins + range.start()..=t * bins + range.end()]
                })
                .map(|x| x.norm_sqr())
                .sum();
            levels.push(power / cells as f32);
        }
    }
    let loudest = levels.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    for x in &mut levels {
        let db = 10.0 * (*x / loudest).max(1e-12).log10();
        *x = (1.0 + db / RANGE_DB).max(0.0);
    }
    let grid = Grid {
        columns,
        rows: ROWS,
    };
    let labels = match method {
        Method::Slic => slic::regions(grid, &levels, wanted),
        Method::Felzenszwalb => felzenszwalb::regions(grid, &levels, wanted),
    };
    let regions = labels.iter().max().map_or(0, |last| *last as usize + 1);
    Ok(RegionMap {
        columns,
        rows: ROWS,
        column_s: pooled as f64 * stft.hop_samples() as f64 / f64::from(sample_rate_hz),
        edges_hz,
        levels,
        labels,
        regions,
    })
}

impl RegionMap {
    /// The region of a time and a frequency; what lies outside belongs to the nearest cell.
    pub fn region_at(&self, time_s: f64, frequency_hz: f64) -> usize {
        let column = ((time_s / self.column_s) as usize).min(self.columns - 1);
        let row = self.edges_hz[1..self.rows].partition_point(|edge| *edge <= frequency_hz);
        self.labels[column * self.rows + row] as usize
    }

    /// The box around each region.
    pub fn bounds(&self) -> Vec<RegionBounds> {
        let none = RegionBounds {
            start_s: f64::INFINITY,
            end_s: 0.0,
            low_hz: f64::INFINITY,
            high_hz: 0.0,
            cells: 0,
        };
        let mut list = vec![none; self.regions];
        for (cell, label) in self.labels.iter().enumerate() {
            let (column, row) = (cell / self.rows, cell % self.rows);
            let b = &mut list[*label as usize];
            b.start_s = b.start_s.min(column as f64 * self.column_s);
            b.end_s = b.end_s.max((column + 1) as f64 * self.column_s);
            b.low_hz = b.low_hz.min(self.edges_hz[row]);
            b.high_hz = b.high_hz.max(self.edges_hz[row + 1]);
            b.cells += 1;
        }
        list
    }

    /// What switching off each region adds to mono samples.
    ///
    /// The sound of a region is the inverse transform of its cells; the sum over all regions is the recording. So
    /// with every region on the recording is exactly itself, and nothing is lost in a transform.
    ///
    /// # Errors
    /// A rate that is too low for a transform.
    pub fn changes(
        &self,
        samples: &[f32],
        sample_rate_hz: u32,
        filler: RegionFiller<'_>,
    ) -> Result<Vec<Region>, AudioError> {
        let rate = f64::from(sample_rate_hz);
        let stft = transform(sample_rate_hz)?;
        let (bins, hop) = (stft.bins(), stft.hop_samples());
        let heard = stft.transform(samples);
        let labels = self.labels_of(heard.frames, bins, hop, sample_rate_hz);
        // The cells' change: what is put in, less what is taken away.
        let mut change = match filler {
            RegionFiller::Silence => heard.clone(),
            RegionFiller::Noise(seed) => stft.transform(&white_noise(seed, samples.len())),
            RegionFiller::Samples(other) => stft.transform(other),
        };
        let mut gains = vec![1.0f32; self.regions];
        match filler {
            RegionFiller::Silence => gains.fill(0.0),
            RegionFiller::Samples(_) => {}
            RegionFiller::Noise(_) => {
                let mut energy = vec![[0.0f64; 2]; self.regions];
                for (cell, label) in labels.iter().enumerate() {
                    let of = &mut energy[*label as usize];
                    of[0] += f64::from(heard.values[cell].norm_sqr());
                    of[1] += f64::from(change.values[cell].norm_sqr());
                }
                for (gain, [wanted, has]) in gains.iter_mut().zip(energy) {
                    *gain = (wanted / has.max(f64::MIN_POSITIVE)).sqrt() as f32;
                }
            }
        }
        for ((x, own), label) in change.values.iter_mut().zip(&heard.values).zip(&labels) {
            *x = *x * gains[*label as usize] - own;
        }
        let mut frames_of = vec![heard.frames..0; self.regions];
        for (cell, label) in labels.iter().enumerate() {
            let of = &mut frames_of[*label as usize];
            of.start = of.start.min(cell / bins);
            of.end = of.end.max(cell / bins + 1);
        }
        // Frames that share samples with a region's own; the weights of the overlap-add need them.
        let margin = stft.fft_size() / hop;
        let regions: Vec<Region> = frames_of
            .into_par_iter()
            .zip(self.bounds())
            .enumerate()
            .map(|(region, (own, mut bounds))| {
                bounds.end_s = bounds.end_s.min(samples.len() as f64 / rate);
                if own.is_empty() {
                    return Region {
                        start: 0,
                        change: Vec::new(),
                        bounds,
                    };
                }
                let first = own.start.saturating_sub(margin);
                let last = (own.end + margin).min(heard.frames) - 1;
                let mut part = crate::stft::Spectrogram {
                    frames: last + 1 - first,
                    bins,
                    values: change.values[first * bins..(last + 1) * bins].to_vec(),
                };
                let of_part = &labels[first * bins..(last + 1) * bins];
                for (x, label) in part.values.iter_mut().zip(of_part) {
                    if *label as usize != region {
                        *x = Default::default();
                    }
                }
                let mut change = stft.restore(part, (last - first) * hop);
                change.truncate(samples.len() - (first * hop).min(samples.len()));
                Region {
                    start: first * hop,
                    change,
                    bounds,
                }
            })
            .collect();
        Ok(regions)
    }

    /// The recording with only the regions that `keep` names, every channel by the same map.
    ///
    /// # Errors
    /// A rate that is too low for a transform.
    ///
    /// # Panics
    /// If there is not one switch a region.
    pub fn kept(&self, waveform: &Waveform, keep: &[bool]) -> Result<Waveform, AudioError> {
        assert_eq!(keep.len(), self.regions, "one switch a region");
        let rate = waveform.sample_rate_hz();
        let stft = transform(rate)?;
        let frames = stft.frame_count(waveform.len());
        let labels = self.labels_of(frames, stft.bins(), stft.hop_samples(), rate);
        let channels = waveform
            .channels()
            .iter()
            .map(|channel| {
                let mut spectrogram = stft.transform(channel);
                for (x, label) in spectrogram.values.iter_mut().zip(&labels) {
                    if !keep[*label as usize] {
                        *x = Default::default();
                    }
                }
                stft.restore(spectrogram, channel.len())
            })
            .collect();
        Ok(Waveform::new(channels, rate)?)
    }

    /// The region of every cell of a spectrogram at any rate.
    fn labels_of(&self, frames: usize, bins: usize, hop: usize, sample_rate_hz: u32) -> Vec<u32> {
        let rate = f64::from(sample_rate_hz);
        let bin_hz = rate / 2.0 / (bins - 1) as f64;
        let row_of: Vec<f64> = (0..bins).map(|k| k as f64 * bin_hz).collect();
        (0..frames)
            .flat_map(|t| {
                let time_s = t as f64 * hop as f64 / rate;
                row_of
                    .iter()
                    .map(move |hz| self.region_at(time_s, *hz) as u32)
            })
            .collect()
    }
}
