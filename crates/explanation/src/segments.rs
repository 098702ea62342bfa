use crate::{ExplanationError, Leftover};
use std::ops::Range;

/// Cuts `len_samples` samples into `segments` equal parts of `len_samples / segments` samples.
///
/// # Errors
/// No segment, or fewer samples than segments.
///
/// # Source
/// audioLIME's fixed-length segmentation, which drops what is left over; [`Leftover::LastSegment`] is the deliberate
/// difference.
pub fn segment(
    len_samples: usize,
    segments: usize,
    leftover: Leftover,
) -> Result<Vec<Range<usize>>, ExplanationError> {
    if segments == 0 || segments > len_samples {
        return Err(ExplanationError::Setting {
            setting: "segments",
            expected: format!("from 1 to the {len_samples} samples that the model hears"),
            got: segments.to_string(),
        });
    }
    let width = len_samples / segments;
    let mut ranges: Vec<Range<usize>> = (0..segments).map(|i| i * width..(i + 1) * width).collect();
    if leftover == Leftover::LastSegment
        && let Some(last) = ranges.last_mut()
    {
        last.end = len_samples;
    }
    Ok(ranges)
}
