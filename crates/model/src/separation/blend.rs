use super::estimator::Windows;

/// Magnitudes of consecutive windows, blended into one run of frames.
///
/// # Shapes
/// A row is one frame: `[sources, plane]`.
pub(super) struct Blend {
    windows: Windows,
    sources: usize,
    plane: usize,
    /// Finished rows from frame `first` on.
    rows: Vec<f32>,
    first: usize,
    /// The frames that the last window shares with the next one, from the end of `rows` on.
    tail: Vec<f32>,
}

/// Where a window lies in the song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub start: usize,
    /// Frames that exist; a network may have been given more.
    pub frames: usize,
    /// Whether the song ends with it.
    pub is_last: bool,
}

impl Blend {
    pub fn new(windows: Windows, sources: usize, plane: usize) -> Self {
        Self {
            windows,
            sources,
            plane,
            rows: Vec::new(),
            first: 0,
            tail: Vec::new(),
        }
    }

    fn row(&self) -> usize {
        self.sources * self.plane
    }

    /// The first frame that is not finished.
    pub fn frontier(&self) -> usize {
        self.first + self.rows.len() / self.row()
    }

    /// Where the window after one that ends before the song starts.
    pub fn next_start(&self) -> usize {
        match self.frontier() {
            0 => 0,
            frontier => frontier - self.windows.margin,
        }
    }

    /// Adds a window; `estimates` holds for every source the window's `[frames, plane]`.
    pub fn add(&mut self, place: Place, estimates: &[&[f32]]) {
        let (row, plane) = (self.row(), self.plane);
        let from = self.frontier();
        let usable = match place.is_last {
            true => place.start + place.frames,
            false => place.start + place.frames - self.windows.margin - self.windows.fade,
        };
        let end = match place.is_last {
            true => usable,
            false => usable + self.windows.fade,
        };
        let mut fresh = vec![0.0; (end - from) * row];
        for (source, estimate) in estimates.iter().enumerate() {
            for (t, out) in fresh.chunks_exact_mut(row).enumerate() {
                let at = (from + t - place.start) * plane;
                out[source * plane..(source + 1) * plane]
                    .copy_from_slice(&estimate[at..at + plane]);
            }
        }
        let shared = self.tail.len() / row;
        for (t, (new, old)) in fresh
            .chunks_exact_mut(row)
            .zip(self.tail.chunks_exact(row))
            .enumerate()
        {
            let share = (t as f32 + 0.5) / shared as f32;
            for (new, old) in new.iter_mut().zip(old) {
                *new = old + share * (*new - old);
            }
        }
        self.tail = fresh.split_off((usable - from) * row);
        self.rows.append(&mut fresh);
    }

    /// Takes the next `frames` finished rows, if there are so many.
    pub fn take(&mut self, frames: usize) -> Option<Vec<f32>> {
        if frames == 0 || self.rows.len() < frames * self.row() {
            return None;
        }
        let rest = self.rows.split_off(frames * self.row());
        self.first += frames;
        Some(std::mem::replace(&mut self.rows, rest))
    }

    /// Finished rows that were not taken.
    pub fn ready(&self) -> usize {
        self.rows.len() / self.row()
    }
}
