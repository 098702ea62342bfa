/// Two channels to which notes are added.
#[derive(Debug, Clone)]
pub(in crate::songbook) struct Track {
    /// Left and right.
    pub channels: [Vec<f32>; 2],
}

impl Track {
    pub(in crate::songbook) fn silent(len: usize) -> Self {
        Self {
            channels: [vec![0.0; len], vec![0.0; len]],
        }
    }

    /// Adds a note that starts at `start` (it may begin before 0 and end past the track). `pan` is -1 at the left,
    /// 1 at the right, of constant power.
    pub(in crate::songbook) fn add(&mut self, note: &[f32], start: isize, gain: f32, pan: f32) {
        let gains = [
            gain * (0.5 - 0.5 * pan).sqrt(),
            gain * (0.5 + 0.5 * pan).sqrt(),
        ];
        let skip = start.min(0).unsigned_abs();
        let start = start.max(0).unsigned_abs();
        if skip >= note.len() || start >= self.channels[0].len() {
            return;
        }
        for (channel, gain) in self.channels.iter_mut().zip(gains) {
            for (x, y) in channel[start..].iter_mut().zip(&note[skip..]) {
                *x += gain * y;
            }
        }
    }

    /// Mean power of both channels over a range of samples.
    pub(in crate::songbook) fn power(&self, range: std::ops::Range<usize>) -> f32 {
        let sum: f32 = self
            .channels
            .iter()
            .map(|c| c[range.clone()].iter().map(|x| x * x).sum::<f32>())
            .sum();
        sum / (2 * range.len()).max(1) as f32
    }

    /// Multiplies every sample.
    pub(in crate::songbook) fn scale(&mut self, gain: f32) {
        self.channels.iter_mut().flatten().for_each(|x| *x *= gain);
    }
}
