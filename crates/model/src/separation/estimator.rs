use musiclime_audio::Complex;

/// What lies beyond the two ends of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The song, mirrored; the last frame is the last one whose centre lies in the song.
    Mirrored,
    /// Silence.
    Silent,
}

/// How a network's spectrogram is made, and how it is read in windows.
#[derive(Debug, Clone, PartialEq)]
pub struct Framing {
    /// The rate that the network was trained at.
    pub sample_rate_hz: u32,
    /// The channels that it hears.
    pub channels: usize,
    /// Samples in one frame.
    pub fft_size: usize,
    /// Samples from one frame to the next, a divisor of half of `fft_size`.
    pub hop_samples: usize,
    /// What lies beyond the ends.
    pub edge: Edge,
    /// The windows.
    pub windows: Windows,
    /// Frames that are filtered together.
    pub filtered_frames: usize,
}

/// Overlapping windows over the frames.
///
/// A window's first and last frames lack context: `margin` of them are not used inside a song. Over the next `fade`
/// frames one window's magnitudes become the next one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Frames in a window.
    pub frames: usize,
    /// Frames at an edge that are not used.
    pub margin: usize,
    /// Frames over which two windows are blended.
    pub fade: usize,
    /// Windows that the network takes at once.
    pub batch: usize,
}

impl Windows {
    /// Frames from one window to the next.
    pub fn step(&self) -> usize {
        self.frames - 2 * self.margin - self.fade
    }
}

/// A network that estimates the magnitudes of sources in windows of a spectrogram, and the filter that follows it.
pub trait Estimator: Send + Sync {
    /// How the spectrogram is made.
    fn framing(&self) -> &Framing;

    /// The names of the sources that the filter gives, in order.
    fn sources(&self) -> &[String];

    /// The sources that the network estimates.
    fn estimated(&self) -> usize;

    /// Every estimated source's magnitudes.
    ///
    /// # Shapes
    /// `magnitudes`: `[windows, frames, channels, bins]` of the mixture; the result, for every source:
    /// `[windows, frames, channels, heard]`, where `heard` is the same number for all.
    ///
    /// # Errors
    /// A device that fails, in words.
    fn estimate(&self, magnitudes: &[f32], windows: usize) -> Result<Vec<Vec<f32>>, String>;

    /// The bins of an estimate.
    fn heard_bins(&self) -> usize;

    /// The sources' spectra from their magnitudes.
    ///
    /// # Shapes
    /// `magnitudes`: `[frames, estimated, channels, heard]`; `mixture`: `[frames, channels, bins]`; the result:
    /// `[frames, sources, channels, bins]`.
    fn filter(&self, magnitudes: &[f32], mixture: &[Complex<f32>]) -> Vec<Complex<f32>>;
}
