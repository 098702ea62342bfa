use crate::{Invalid, Waveform};

/// The sources of a song: named waveforms of one rate, length and channel count, whose sum is the song.
#[derive(Debug, Clone, PartialEq)]
pub struct Stems {
    names: Vec<String>,
    waveforms: Vec<Waveform>,
}

impl Stems {
    /// Joins names and waveforms.
    ///
    /// # Errors
    /// No stem, a name twice, or stems of unequal rate, length or channel count.
    pub fn new(stems: Vec<(String, Waveform)>) -> Result<Self, Invalid> {
        let Some((first_name, first)) = stems.first() else {
            return Err(Invalid::new("stems", "at least 1", 0));
        };
        for (i, (name, wave)) in stems.iter().enumerate() {
            if stems[..i].iter().any(|(n, _)| n == name) {
                return Err(Invalid::new(
                    "stems",
                    "distinct names",
                    format!("\"{name}\" twice"),
                ));
            }
            let shape = |w: &Waveform| {
                format!(
                    "{} Hz, {} channels, {} samples",
                    w.sample_rate_hz(),
                    w.channels().len(),
                    w.len()
                )
            };
            if shape(wave) != shape(first) {
                return Err(Invalid::new(
                    format!("stem \"{name}\""),
                    format!("{} as stem \"{first_name}\"", shape(first)),
                    shape(wave),
                ));
            }
        }
        let (names, waveforms) = stems.into_iter().unzip();
        Ok(Self { names, waveforms })
    }

    /// The names, in component order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The waveforms, in the order of the names.
    pub fn waveforms(&self) -> &[Waveform] {
        &self.waveforms
    }

    /// How many stems.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Never true: there is at least one stem.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The sum of all stems.
    pub fn mixture(&self) -> Waveform {
        let mut channels: Vec<Vec<f32>> = self.waveforms[0].channels().to_vec();
        for wave in &self.waveforms[1..] {
            for (sum, channel) in channels.iter_mut().zip(wave.channels()) {
                for (a, b) in sum.iter_mut().zip(channel) {
                    *a += b;
                }
            }
        }
        // Sums of finite f32 in audio range stay finite; a sum that overflows is clamped, not lost.
        for x in channels.iter_mut().flatten() {
            *x = x.clamp(f32::MIN, f32::MAX);
        }
        Waveform::new(channels, self.waveforms[0].sample_rate_hz())
            .unwrap_or_else(|e| unreachable!("stems are checked when they are made: {e}"))
    }
}

/// Takes a mixture apart into stems that sum to it.
pub trait Separator {
    /// The name that `--separator` takes.
    fn name(&self) -> &str;

    /// Separates `mixture`; the stems have its rate, length and channel count, and sum to it.
    ///
    /// # Errors
    /// A mixture that this separator cannot take (too short, wrong channel count).
    fn separate(&self, mixture: &Waveform) -> Result<Stems, SeparatorError>;
}

/// Why a separation failed.
#[derive(Debug, thiserror::Error)]
#[error("separator \"{separator}\" cannot separate this audio: {reason}")]
pub struct SeparatorError {
    /// The separator's name.
    pub separator: String,
    /// What is wrong.
    pub reason: String,
}
