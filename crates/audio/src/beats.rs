//! Tempo and beats.

use crate::onsets::OnsetEnvelope;

/// The tempo that is most likely before anything is heard.
const LIKELY_BPM: f64 = 120.0;
/// Standard deviation of the tempo's prior, in octaves.
const PRIOR_OCTAVES: f64 = 1.0;
/// The slowest and the fastest tempo.
const BPM: [f64; 2] = [40.0, 240.0];
/// How much a beat that is early or late costs.
const TIGHTNESS: f64 = 100.0;
/// A beat at the start or the end below this share of the median strength of all is none.
const FAINT_SHARE: f64 = 0.25;

/// The beats of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Beats {
    /// The tempo in beats a minute.
    pub tempo_bpm: f64,
    /// When the beats are, in seconds, ascending.
    pub times_s: Vec<f64>,
}

/// Finds the tempo and the beats; `None` where nothing repeats, as in silence.
///
/// # Source
/// Ellis 2007, "Beat tracking by dynamic programming", JNMR 36(1): the weighted autocorrelation of the onset envelope
/// gives the tempo, dynamic programming the beats.
pub fn track_beats(envelope: &OnsetEnvelope) -> Option<Beats> {
    let period = period_steps(envelope)?;
    let local = smoothed(&envelope.values, period / 32.0);
    let spread = (local.iter().map(|x| x * x).sum::<f64>() / local.len() as f64).sqrt();
    if spread <= 0.0 {
        return None;
    }
    // score[i]: the best sum of strengths and costs of beats that end at i; from[i]: the beat before.
    let mut score = Vec::with_capacity(local.len());
    let mut from: Vec<Option<usize>> = Vec::with_capacity(local.len());
    for (i, strength) in local.iter().enumerate() {
        let near = (period / 2.0).round() as usize;
        let far = (2.0 * period).round() as usize;
        let before = i.saturating_sub(far)..(i + 1).saturating_sub(near.max(1));
        let best = before
            .map(|j| {
                let stretch = ((i - j) as f64 / period).ln();
                (j, score[j] - TIGHTNESS * stretch * stretch)
            })
            .max_by(|a: &(usize, f64), b| a.1.total_cmp(&b.1))
            .filter(|(_, value)| *value > 0.0);
        score.push(strength / spread + best.map_or(0.0, |(_, value)| value));
        from.push(best.map(|(j, _)| j));
    }
    let last = (0..score.len()).max_by(|&a, &b| score[a].total_cmp(&score[b]))?;
    let mut steps: Vec<usize> = std::iter::successors(Some(last), |&i| from[i]).collect();
    steps.reverse();
    let mut strengths: Vec<f64> = steps.iter().map(|&i| local[i]).collect();
    strengths.sort_by(f64::total_cmp);
    let faint = FAINT_SHARE * strengths[strengths.len() / 2];
    while steps.last().is_some_and(|&i| local[i] < faint) {
        steps.pop();
    }
    let first = steps.iter().position(|&i| local[i] >= faint)?;
    Some(Beats {
        tempo_bpm: 60.0 / (period * envelope.step_s),
        times_s: steps[first..]
            .iter()
            .map(|&i| i as f64 * envelope.step_s)
            .collect(),
    })
}

/// Steps from one beat to the next, with fractions.
fn period_steps(envelope: &OnsetEnvelope) -> Option<f64> {
    let values: Vec<f64> = envelope.values.iter().map(|&x| f64::from(x)).collect();
    let lag = |bpm: f64| 60.0 / bpm / envelope.step_s;
    let first = lag(BPM[1]).floor() as usize;
    let last = (lag(BPM[0]).ceil() as usize).min(values.len().saturating_sub(2));
    if first < 2 || first >= last {
        return None;
    }
    let at = |lag: usize| -> f64 { values.iter().zip(&values[lag..]).map(|(a, b)| a * b).sum() };
    let correlations: Vec<f64> = (first - 1..=last + 1).map(at).collect();
    let weighted = |lag: usize| {
        let octaves = (60.0 / (lag as f64 * envelope.step_s) / LIKELY_BPM).log2() / PRIOR_OCTAVES;
        correlations[lag + 1 - first] * (-0.5 * octaves * octaves).exp()
    };
    let best = (first..=last).max_by(|&a, &b| weighted(a).total_cmp(&weighted(b)))?;
    let around = &correlations[best - first..best - first + 3];
    if around[1] <= 0.0 {
        return None;
    }
    // The top of the parabola through three values.
    let bend = around[0] - 2.0 * around[1] + around[2];
    let shift = if bend < 0.0 {
        (0.5 * (around[0] - around[2]) / bend).clamp(-0.5, 0.5)
    } else {
        0.0
    };
    Some(best as f64 + shift)
}

/// The envelope under a Gaussian of this standard deviation, in steps.
fn smoothed(values: &[f32], deviation: f64) -> Vec<f64> {
    let deviation = deviation.max(0.5);
    let radius = (4.0 * deviation).ceil() as isize;
    let taps: Vec<f64> = (-radius..=radius)
        .map(|n| (-0.5 * (n as f64 / deviation).powi(2)).exp())
        .collect();
    (0..values.len() as isize)
        .map(|i| {
            let near = (-radius..=radius).zip(&taps);
            near.filter_map(|(n, tap)| {
                let at = usize::try_from(i + n).ok()?;
                values.get(at).map(|x| f64::from(*x) * tap)
            })
            .sum()
        })
        .collect()
}
