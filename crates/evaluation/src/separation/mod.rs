//! How near estimated stems are to the true ones: SDR, ISR, SIR and SAR of BSS Eval version 4, and SI-SDR.
//!
//! An estimate is taken apart into the true stem, what a filter of [`FILTER_TAPS`] taps can change about it (`e_spat`),
//! what filtered versions of the other stems explain (`e_interf`) and the rest (`e_artif`). The filters are fitted to
//! the whole recording, the ratios are taken frame by frame.

mod correlation;
mod filters;
mod framing;
mod projection;
mod ratios;
mod si_sdr;
mod solve;

pub use filters::FILTER_TAPS;
pub use framing::Framing;
pub use ratios::{Ratios, SourceScores};
pub use si_sdr::si_sdr_db;

use crate::EvaluationError;
use filters::fit;
use musiclime_core::{Stems, Waveform};
use projection::Projector;
use rayon::prelude::*;

/// Scores every estimate against the reference of its name.
///
/// Frames in which any stem, true or estimated, is silent have no ratios. `progress` hears how many frames are done.
///
/// # Shapes
/// One [`SourceScores`] a stem in the order of `references`, each with one entry a frame of `framing`.
///
/// # Errors
/// Stems that do not pair up, unequal rates, lengths or channel counts, and stems that are silent throughout.
///
/// # Source
/// `museval.metrics.bss_eval(framewise_filters=False, bsseval_sources_version=False, compute_permutation=False)` of
/// museval 0.4.1. As there, a frame of a stem counts as silent where the channels add up to 0 at every sample. SI-SDR
/// is [`si_sdr_db`] of the same frames. With one stem there is no interference and SIR is infinite; museval gives
/// rounding noise.
pub fn score(
    references: &Stems,
    estimates: &Stems,
    framing: Framing,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<SourceScores>, EvaluationError> {
    let estimates = paired(references, estimates)?;
    let references: Vec<&Waveform> = references
        .waveforms()
        .iter()
        .zip(references.names())
        .map(|(waveform, name)| heard(waveform, name, "reference"))
        .collect::<Result<_, _>>()?;
    let names = estimates.iter().map(|(name, _)| (*name).to_string());
    let names: Vec<String> = names.collect();
    let estimates: Vec<&Waveform> = estimates
        .into_iter()
        .map(|(name, waveform)| heard(waveform, name, "estimate"))
        .collect::<Result<_, _>>()?;

    let filters = fit(&references, &estimates);
    let projector = Projector::new(&filters);
    let frames: Vec<_> = framing.ranges(references[0].len()).collect();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let by_frame: Vec<Option<Vec<Ratios>>> = frames
        .par_iter()
        .map(|frame| {
            let silent = references
                .iter()
                .chain(&estimates)
                .any(|w| is_silent(w, frame.clone()));
            let ratios =
                (!silent).then(|| projector.ratios(&references, &estimates, frame.clone()));
            progress(1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            ratios
        })
        .collect();
    Ok(names
        .into_iter()
        .enumerate()
        .map(|(j, name)| SourceScores {
            name,
            frames: by_frame
                .iter()
                .map(|f| f.as_ref().map(|all| all[j]))
                .collect(),
        })
        .collect())
}

/// Takes away the ratios of frames in which a source's own true stem is quieter than `level_dbfs` (root mean square of
/// all channels): a real recording's pauses are seldom exactly silent, and a ratio to nearly nothing says nothing.
///
/// # Panics
/// If `scores` are not of `references` and `framing`.
pub fn leave_out_quiet(
    scores: &mut [SourceScores],
    references: &Stems,
    framing: Framing,
    level_dbfs: f64,
) {
    let least = 10f64.powf(level_dbfs / 10.0);
    assert_eq!(
        scores.len(),
        references.waveforms().len(),
        "one score a stem"
    );
    for (source, reference) in scores.iter_mut().zip(references.waveforms()) {
        let ranges = framing.ranges(reference.len());
        for (ratios, range) in source.frames.iter_mut().zip(ranges) {
            let channels = reference.channels();
            let samples = (range.len() * channels.len()).max(1);
            let energy: f64 = channels
                .iter()
                .flat_map(|c| &c[range.clone()])
                .map(|x| f64::from(*x).powi(2))
                .sum();
            if energy / (samples as f64) < least {
                *ratios = None;
            }
        }
    }
}

/// The estimates in the order of the references.
fn paired<'a>(
    references: &Stems,
    estimates: &'a Stems,
) -> Result<Vec<(&'a str, &'a Waveform)>, EvaluationError> {
    if let Some(extra) = estimates
        .names()
        .iter()
        .find(|n| !references.names().contains(n))
    {
        return Err(EvaluationError::Stem {
            stem: extra.clone(),
            expected: "a reference of this name".into(),
            got: format!("references named {}", references.names().join(", ")),
        });
    }
    let shape = |w: &Waveform| {
        format!(
            "{} Hz, {} channels, {} samples",
            w.sample_rate_hz(),
            w.channels().len(),
            w.len()
        )
    };
    let expected = shape(&references.waveforms()[0]);
    references
        .names()
        .iter()
        .map(|name| {
            let at = estimates
                .names()
                .iter()
                .position(|n| n == name)
                .ok_or_else(|| EvaluationError::Stem {
                    stem: name.clone(),
                    expected: "an estimate of this name".into(),
                    got: format!("estimates named {}", estimates.names().join(", ")),
                })?;
            let estimate = &estimates.waveforms()[at];
            if shape(estimate) != expected {
                return Err(EvaluationError::Stem {
                    stem: name.clone(),
                    expected: format!("an estimate of {expected}, as its reference"),
                    got: shape(estimate),
                });
            }
            Ok((estimates.names()[at].as_str(), estimate))
        })
        .collect()
}

fn heard<'a>(
    waveform: &'a Waveform,
    name: &str,
    side: &str,
) -> Result<&'a Waveform, EvaluationError> {
    if is_silent(waveform, 0..waveform.len()) {
        return Err(EvaluationError::Stem {
            stem: name.to_string(),
            expected: format!("a {side} with sound, since nothing can be compared with silence"),
            got: "silence throughout".into(),
        });
    }
    Ok(waveform)
}

/// Whether the channels add up to 0 at every sample.
fn is_silent(waveform: &Waveform, frame: std::ops::Range<usize>) -> bool {
    frame.into_iter().all(|t| {
        waveform
            .channels()
            .iter()
            .map(|c| f64::from(c[t]))
            .sum::<f64>()
            == 0.0
    })
}
