use super::blend::{Blend, Place};
use super::estimator::Estimator;
use super::frames::{Analysis, Synthesis};
use musiclime_audio::Complex;
use musiclime_audio::resample::ResampleStream;
use musiclime_core::{Separation, Separator, SeparatorError, Stems, Waveform};

/// Stems that take what the estimates leave, the first that exists; without one, a stem of the first name is added.
const REST_STEMS: [&str; 2] = ["other", "accompaniment"];

/// A separator whose masks come from a network.
///
/// Sound of another rate is converted to the network's and the estimates are converted back; mono is given to both channels of
/// a stereo network. The stems sum to the mixture: what the estimates leave goes to `other`, to `accompaniment`
/// where there is no `other`, and else to a stem `other` of its own.
pub struct NeuralSeparator {
    name: String,
    estimator: Box<dyn Estimator>,
}

impl NeuralSeparator {
    /// A separator of this name.
    pub fn new(name: impl Into<String>, estimator: Box<dyn Estimator>) -> Self {
        Self {
            name: name.into(),
            estimator,
        }
    }

    /// The network and its filter.
    pub fn estimator(&self) -> &dyn Estimator {
        self.estimator.as_ref()
    }

    /// The stems' names, in order.
    pub fn stem_names(&self) -> Vec<String> {
        let mut names = self.estimator.sources().to_vec();
        if rest_of(&names).is_none() {
            names.push(REST_STEMS[0].to_owned());
        }
        names
    }
}

fn rest_of(names: &[String]) -> Option<usize> {
    REST_STEMS
        .iter()
        .find_map(|rest| names.iter().position(|n| n == rest))
}

impl Separator for NeuralSeparator {
    fn name(&self) -> &str {
        &self.name
    }

    fn start(
        &self,
        sample_rate_hz: u32,
        channels: usize,
    ) -> Result<Box<dyn Separation + '_>, SeparatorError> {
        let framing = self.estimator.framing();
        let refuse = |reason: String| SeparatorError {
            separator: self.name.clone(),
            reason,
        };
        let mut notes = Vec::new();
        if channels > framing.channels {
            return Err(refuse(format!(
                "expected at most {} channel(s), which is what the network hears, got {channels}",
                framing.channels
            )));
        }
        if channels < framing.channels {
            notes.push(format!(
                "the network hears {} channels: the recording's one was given to both",
                framing.channels
            ));
        }
        let model_hz = framing.sample_rate_hz;
        if sample_rate_hz != model_hz {
            notes.push(format!(
                "the network hears {model_hz} Hz: the recording of {sample_rate_hz} Hz was converted, and the estimates back"
            ));
        }
        let audio = |e: musiclime_audio::AudioError| refuse(e.to_string());
        let sources = self.estimator.sources().len();
        let names = self.stem_names();
        let plane = framing.channels * self.estimator.heard_bins();
        Ok(Box::new(NeuralSeparation {
            separator: self,
            rest: rest_of(&names).unwrap_or(0),
            names,
            sample_rate_hz,
            channels,
            to_model: ResampleStream::new(sample_rate_hz, model_hz, channels).map_err(audio)?,
            to_mixture: ResampleStream::new(model_hz, sample_rate_hz, sources * channels)
                .map_err(audio)?,
            analysis: Analysis::new(framing).map_err(audio)?,
            spectra: Vec::new(),
            first_spectrum: 0,
            blend: Blend::new(framing.windows, self.estimator.estimated(), plane),
            synthesis: Synthesis::new(framing, sources).map_err(audio)?,
            mixture: vec![Vec::new(); channels],
            estimates: vec![Vec::new(); sources * channels],
            level: Level::default(),
            notes,
        }))
    }
}

/// How much the estimates leave of the mixture.
#[derive(Default)]
struct Level {
    mixture: f64,
    rest: f64,
}

struct NeuralSeparation<'a> {
    separator: &'a NeuralSeparator,
    names: Vec<String>,
    /// The stem that takes the rest.
    rest: usize,
    sample_rate_hz: u32,
    channels: usize,
    to_model: ResampleStream,
    to_mixture: ResampleStream,
    analysis: Analysis,
    /// The mixture's `[frames, channels, bins]` from frame `first_spectrum` on.
    spectra: Vec<Complex<f32>>,
    first_spectrum: usize,
    blend: Blend,
    synthesis: Synthesis,
    /// Samples of the mixture that have no stems yet.
    mixture: Vec<Vec<f32>>,
    /// Estimates of the same samples, as far as they are known, source-major.
    estimates: Vec<Vec<f32>>,
    level: Level,
    notes: Vec<String>,
}

impl Separation for NeuralSeparation<'_> {
    fn push(&mut self, block: &Waveform) -> Result<Option<Stems>, SeparatorError> {
        if block.sample_rate_hz() != self.sample_rate_hz || block.channels().len() != self.channels
        {
            return Err(self.refuse(format!(
                "expected blocks of {} Hz and {} channel(s), got {} Hz and {}",
                self.sample_rate_hz,
                self.channels,
                block.sample_rate_hz(),
                block.channels().len()
            )));
        }
        for (all, block) in self.mixture.iter_mut().zip(block.channels()) {
            all.extend_from_slice(block);
        }
        let heard = self.to_model.push(block.channels());
        self.hear(&heard);
        while self.run_windows(false)? {}
        self.synthesize(false);
        self.pieces(false)
    }

    fn finish(&mut self) -> Result<Option<Stems>, SeparatorError> {
        let heard = self.to_model.finish();
        self.hear(&heard);
        let (len, least) = (self.analysis.len(), self.analysis.min_samples());
        if len < least {
            return Err(self.refuse(format!(
                "expected at least {least} samples at {} Hz, got {len}",
                self.separator.estimator.framing().sample_rate_hz
            )));
        }
        let spectra = self.analysis.finish();
        self.spectra.extend(spectra);
        while self.run_windows(true)? {}
        self.synthesize(true);
        let left = self.synthesis.finish(len);
        self.give_back(left);
        let end = self.to_mixture.finish();
        append(&mut self.estimates, end);
        let pieces = self.pieces(true)?;
        let ratio = 10.0 * (self.level.rest / self.level.mixture.max(f64::MIN_POSITIVE)).log10();
        if self.level.mixture > 0.0 && self.level.rest > 0.0 {
            let rest = &self.names[self.rest];
            self.notes.push(format!(
                "the estimates leave {ratio:.1} dB of the mixture, which went to \"{rest}\""
            ));
        }
        Ok(pieces)
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

fn append(all: &mut [Vec<f32>], new: Vec<Vec<f32>>) {
    for (all, new) in all.iter_mut().zip(new) {
        all.extend(new);
    }
}

impl NeuralSeparation<'_> {
    fn refuse(&self, reason: String) -> SeparatorError {
        SeparatorError {
            separator: self.separator.name.clone(),
            reason,
        }
    }

    fn estimator(&self) -> &dyn Estimator {
        self.separator.estimator.as_ref()
    }

    /// Sound at the network's rate becomes frames.
    fn hear(&mut self, sound: &[Vec<f32>]) {
        let wanted = self.estimator().framing().channels;
        let both: Vec<Vec<f32>>;
        let sound = if sound.len() < wanted {
            both = vec![sound[0].clone(); wanted];
            both.as_slice()
        } else {
            sound
        };
        let spectra = self.analysis.push(sound);
        self.spectra.extend(spectra);
    }

    fn plane(&self) -> usize {
        let framing = self.estimator().framing();
        framing.channels * (framing.fft_size / 2 + 1)
    }

    /// Runs the network over as many windows as it takes at once; false if there is none left to run.
    fn run_windows(&mut self, is_end: bool) -> Result<bool, SeparatorError> {
        let windows = self.estimator().framing().windows;
        let plane = self.plane();
        let known = self.first_spectrum + self.spectra.len() / plane;
        let mut places = Vec::new();
        let mut start = self.blend.next_start();
        let mut done = self.blend.frontier() == known && is_end;
        while places.len() < windows.batch && !done {
            let is_last = is_end && start + windows.frames >= known;
            if is_last {
                // The last window reaches back, so that it has as much context as any other.
                start = known.saturating_sub(windows.frames);
            } else if start + windows.frames > known {
                break;
            }
            places.push(Place {
                start,
                frames: windows.frames.min(known - start),
                is_last,
            });
            done = is_last;
            start += windows.step();
        }
        if places.is_empty() || !is_end && places.len() < windows.batch {
            return Ok(false);
        }
        // Windows of one call are of one length: a song that is shorter than a window is alone.
        let frames = places[0].frames;
        let mut magnitudes = Vec::with_capacity(places.len() * frames * plane);
        for place in &places {
            let from = (place.start - self.first_spectrum) * plane;
            let spectra = &self.spectra[from..from + frames * plane];
            magnitudes.extend(spectra.iter().map(|x| x.norm()));
        }
        let estimates = self
            .estimator()
            .estimate(&magnitudes, places.len())
            .map_err(|e| self.refuse(e))?;
        drop(magnitudes);
        for (w, place) in places.iter().enumerate() {
            let of_window: Vec<&[f32]> = estimates
                .iter()
                .map(|e| {
                    let size = e.len() / places.len();
                    &e[w * size..(w + 1) * size]
                })
                .collect();
            self.blend.add(*place, &of_window);
        }
        Ok(!places.iter().any(|p| p.is_last))
    }

    /// Filters frames whose magnitudes are known, and turns them into sound.
    fn synthesize(&mut self, is_end: bool) {
        let plane = self.plane();
        loop {
            let filtered = self.estimator().framing().filtered_frames;
            let frames = match is_end {
                true => filtered.min(self.blend.ready()),
                false => filtered,
            };
            let from = self.blend.frontier() - self.blend.ready();
            let Some(rows) = self.blend.take(frames) else {
                break;
            };
            let at = (from - self.first_spectrum) * plane;
            let mixture = &self.spectra[at..at + frames * plane];
            let spectra = self.separator.estimator.filter(&rows, mixture);
            let sound = self.synthesis.push(&spectra);
            self.give_back(sound);
        }
        // The next window still hears the frames from its start on, and the filter those that are not taken yet.
        let taken = self.blend.frontier() - self.blend.ready();
        let windows = self.estimator().framing().windows;
        let known = self.first_spectrum + self.spectra.len() / plane;
        let heard_again = self
            .blend
            .next_start()
            .min(known.saturating_sub(windows.frames));
        let keep = taken.min(heard_again).max(self.first_spectrum);
        self.spectra.drain(..(keep - self.first_spectrum) * plane);
        self.first_spectrum = keep;
    }

    /// Estimates at the network's rate become estimates at the mixture's.
    fn give_back(&mut self, sound: Vec<Vec<f32>>) {
        let per_source = self.estimator().framing().channels;
        let mine = self.channels;
        let sound: Vec<Vec<f32>> = match mine == per_source {
            true => sound,
            false => sound
                .chunks_exact(per_source)
                .map(|of_source| {
                    let mean =
                        |t: usize| of_source.iter().map(|c| c[t]).sum::<f32>() / per_source as f32;
                    (0..of_source[0].len()).map(mean).collect()
                })
                .collect(),
        };
        let back = self.to_mixture.push(&sound);
        append(&mut self.estimates, back);
    }

    /// The stems of the samples whose estimates are known.
    fn pieces(&mut self, is_end: bool) -> Result<Option<Stems>, SeparatorError> {
        let held = self.mixture[0].len();
        let known = self.estimates[0].len();
        let count = match is_end {
            // Rounding of lengths may leave the estimates a sample short or long.
            true => held,
            false => held.min(known),
        };
        if count == 0 {
            return Ok(None);
        }
        let mixture: Vec<Vec<f32>> = self
            .mixture
            .iter_mut()
            .map(|c| c.drain(..count).collect())
            .collect();
        let mut stems: Vec<Vec<Vec<f32>>> = self
            .estimates
            .chunks_exact_mut(self.channels)
            .map(|source| {
                source
                    .iter_mut()
                    .map(|c| {
                        c.resize(c.len().max(count), 0.0);
                        c.drain(..count).collect()
                    })
                    .collect()
            })
            .collect();
        if stems.len() < self.names.len() {
            stems.push(vec![vec![0.0; count]; self.channels]);
            self.rest = stems.len() - 1;
        }
        for (c, mixture) in mixture.iter().enumerate() {
            for (t, x) in mixture.iter().enumerate() {
                let others: f32 = (0..stems.len())
                    .filter(|s| *s != self.rest)
                    .map(|s| stems[s][c][t])
                    .sum();
                let exact = x - others;
                let left = f64::from(exact - stems[self.rest][c][t]);
                self.level.rest += left * left;
                self.level.mixture += f64::from(*x) * f64::from(*x);
                stems[self.rest][c][t] = exact;
            }
        }
        let named = self.names.iter().cloned().zip(stems);
        let stems = named
            .map(|(name, channels)| Ok((name, Waveform::new(channels, self.sample_rate_hz)?)))
            .collect::<Result<Vec<_>, musiclime_core::Invalid>>()
            .and_then(Stems::new)
            .map_err(|e| self.refuse(e.to_string()))?;
        Ok(Some(stems))
    }
}
