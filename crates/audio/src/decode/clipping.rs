use musiclime_core::Waveform;

/// A sample is at full scale from here on: 16-bit rounding is 3e-5, and lossy codecs move peaks a little.
const FULL_SCALE: f32 = 0.998;
/// Up to here: files of floats may go beyond full scale unclipped.
const MOST: f32 = 1.0005;
/// Neighbours at full scale that a sound wave rarely has and a limit always: a 10 kHz tone at 44.1 kHz has 4.4 samples a
/// period.
const RUN: usize = 3;
/// The share of clipped samples from which on a person should know; loud masters have a few.
pub(super) const NOTED_SHARE: f64 = 1e-3;

/// The share of all samples that stand at one side of full scale together with at least two neighbours.
pub(super) fn share(waveform: &Waveform) -> f64 {
    let side = |x: &f32| match *x {
        x if (FULL_SCALE..=MOST).contains(&x) => 1,
        x if (-MOST..=-FULL_SCALE).contains(&x) => -1,
        _ => 0,
    };
    let channels = waveform.channels();
    let clipped: usize = channels
        .iter()
        .flat_map(|channel| channel.chunk_by(move |a, b| side(a) == side(b)))
        .filter(|run| run.len() >= RUN && side(&run[0]) != 0)
        .map(<[f32]>::len)
        .sum();
    let samples: usize = channels.iter().map(Vec::len).sum();
    clipped as f64 / samples.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: &[f32]) -> f64 {
        share(&Waveform::mono(samples.to_vec(), 8000).expect("a sound"))
    }

    #[test]
    fn flat_tops_count_and_peaks_do_not() {
        assert_eq!(
            of(&[0.0, 1.0, 1.0, 1.0, 0.0, -1.0, -1.0, -1.0, -1.0, 0.5]),
            0.7
        );
        assert_eq!(of(&[0.0, 1.0, 1.0, 0.0, -1.0, -1.0, 1.0, 1.0]), 0.0);
        assert_eq!(of(&[0.9; 50]), 0.0, "still, but below full scale");
        let tone = |level: f32| -> Vec<f32> {
            let wave = |t| (level * (t as f32 * 0.05).sin()).clamp(-1.0, 1.0);
            (0..4000).map(wave).collect()
        };
        let unclipped: Vec<f32> = tone(0.99).iter().map(|x| 2.0 * x).collect();
        assert_eq!((of(&tone(0.99)), of(&unclipped)), (0.0, 0.0));
        assert!(of(&tone(2.0)) > 0.5, "{}", of(&tone(2.0)));
    }
}
