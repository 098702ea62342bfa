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

    /// Stems that follow each other in time, as one.
    ///
    /// # Errors
    /// No piece, or pieces with other names, rates or channel counts than the first.
    pub fn joined(pieces: Vec<Stems>) -> Result<Self, Invalid> {
        let mut pieces = pieces.into_iter();
        let Some(first) = pieces.next() else {
            return Err(Invalid::new("pieces of stems", "at least 1", 0));
        };
        let names = first.names.clone();
        let rate = first.waveforms[0].sample_rate_hz();
        let mut joined: Vec<Vec<Vec<f32>>> = first
            .waveforms
            .into_iter()
            .map(Waveform::into_channels)
            .collect();
        for piece in pieces {
            if piece.names != names || piece.waveforms[0].sample_rate_hz() != rate {
                return Err(Invalid::new(
                    "a piece of stems",
                    format!("{names:?} at {rate} Hz"),
                    format!(
                        "{:?} at {} Hz",
                        piece.names,
                        piece.waveforms[0].sample_rate_hz()
                    ),
                ));
            }
            for (all, wave) in joined.iter_mut().zip(piece.waveforms) {
                if wave.channels().len() != all.len() {
                    return Err(Invalid::new(
                        "channels of a piece of stems",
                        all.len(),
                        wave.channels().len(),
                    ));
                }
                for (all, channel) in all.iter_mut().zip(wave.channels()) {
                    all.extend_from_slice(channel);
                }
            }
        }
        let waveforms = joined
            .into_iter()
            .map(|channels| Waveform::new(channels, rate));
        let stems: Result<Vec<_>, Invalid> = names
            .into_iter()
            .zip(waveforms)
            .map(|(name, wave)| Ok((name, wave?)))
            .collect();
        Self::new(stems?)
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

    /// Starts to separate a mixture that comes in blocks of this rate and channel count.
    ///
    /// # Errors
    /// Sound that this separator cannot take, whatever its length.
    fn start(
        &self,
        sample_rate_hz: u32,
        channels: usize,
    ) -> Result<Box<dyn Separation + '_>, SeparatorError>;

    /// Separates `mixture` at once; the stems have its rate, length and channel count, and sum to it.
    ///
    /// # Errors
    /// A mixture that this separator cannot take (too short, wrong channel count).
    fn separate(&self, mixture: &Waveform) -> Result<Stems, SeparatorError> {
        let mut separation = self.start(mixture.sample_rate_hz(), mixture.channels().len())?;
        let mut pieces = Vec::new();
        // A second at a time, so that what is buffered inside stays small.
        for start in (0..mixture.len()).step_by(mixture.sample_rate_hz() as usize) {
            let block = mixture.slice(start, start + mixture.sample_rate_hz() as usize);
            pieces.extend(separation.push(&block)?);
        }
        pieces.extend(separation.finish()?);
        Stems::joined(pieces).map_err(|e| SeparatorError {
            separator: self.name().to_owned(),
            reason: e.to_string(),
        })
    }
}

/// A separation on its way: the mixture goes in block by block, and the stems come out piece by piece.
///
/// The pieces follow each other without gaps, and the stems of each sum to the mixture's samples of the same time.
pub trait Separation {
    /// Takes the next block, and gives the stems as far as they are certain.
    ///
    /// # Errors
    /// A block of another rate or channel count, or a network that fails.
    fn push(&mut self, block: &Waveform) -> Result<Option<Stems>, SeparatorError>;

    /// Takes the end of the mixture, and gives the rest of the stems.
    ///
    /// # Errors
    /// A mixture that was too short, or a network that fails.
    fn finish(&mut self) -> Result<Option<Stems>, SeparatorError>;

    /// What a person should know, complete after [`Separation::finish`]: how the sound was converted, and how much the
    /// estimates leave of the mixture.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
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
