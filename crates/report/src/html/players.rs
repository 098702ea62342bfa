//! The players, and how they are made to fit.

use super::{MAX_LABELS, wav};
use crate::{Mix, MixKind, ReportView};
use minijinja::value::{Serde, Value};

/// The rates that are tried, best first.
const RATES_HZ: [u32; 3] = [22_050, 16_000, 11_025];

/// What is given up for size, in this order: rate, then the stems' players, then length.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Plan {
    rate_hz: u32,
    with_stems: bool,
    seconds: f64,
}

/// One player on the page.
struct Player<'a> {
    mix: &'a Mix,
    id: String,
    uri: String,
    seconds: f64,
}

/// Every player of a page.
pub(super) struct Players<'a> {
    list: Vec<Player<'a>>,
    remarks: Vec<String>,
}

impl<'a> Players<'a> {
    /// Players without sound, to measure the page.
    pub(super) fn silent(view: &'a ReportView) -> Self {
        let list = shown(view)
            .map(|mix| Player {
                mix,
                id: id(mix.kind),
                uri: String::new(),
                seconds: mix.waveform.duration_s(),
            })
            .collect();
        // As long as any set of remarks gets, so that the measure is not too short.
        Self {
            list,
            remarks: vec!["-".repeat(1000)],
        }
    }

    /// Players whose data URIs have at most `room` bytes together.
    pub(super) fn within(view: &'a ReportView, room: usize) -> Self {
        let longest = shown(view)
            .map(|m| m.waveform.duration_s())
            .fold(0.0, f64::max);
        let whole = Plan {
            rate_hz: RATES_HZ[0],
            with_stems: true,
            seconds: longest,
        };
        let lowest = RATES_HZ[RATES_HZ.len() - 1];
        let plan = RATES_HZ
            .iter()
            .map(|&rate_hz| Plan { rate_hz, ..whole })
            .chain([Plan {
                rate_hz: lowest,
                with_stems: false,
                ..whole
            }])
            .find(|plan| plan.bytes(view) <= room)
            .unwrap_or_else(|| shortened(view, room, longest));
        let mut list = Vec::new();
        for mix in shown(view).filter(|mix| plan.keeps(mix)) {
            let (samples, rate_hz) = wav::mono_at(&mix.waveform, plan.rate_hz, plan.seconds);
            let seconds = samples.len() as f64 / f64::from(rate_hz);
            list.push(Player {
                mix,
                id: id(mix.kind),
                uri: wav::data_uri(&samples, rate_hz),
                seconds,
            });
        }
        Self {
            list,
            remarks: plan.remarks(view, longest),
        }
    }

    /// The players as the template reads them: by what they play, and what was given up.
    pub(super) fn as_value(&self) -> Value {
        let of = |choose: &dyn Fn(MixKind) -> bool| -> Vec<Value> {
            self.list
                .iter()
                .filter(|p| choose(p.mix.kind))
                .map(Player::as_value)
                .collect()
        };
        let reasons: Vec<Value> = (0..MAX_LABELS)
            .map(|label| {
                Value::from(of(&|kind| {
                    matches!(kind, MixKind::Reasons { explained } | MixKind::WithoutReasons { explained } if explained == label)
                }))
            })
            .collect();
        Value::from_pairs([
            ("song", Value::from(of(&|kind| kind == MixKind::Song))),
            (
                "stems",
                Value::from(of(&|kind| matches!(kind, MixKind::Stem { .. }))),
            ),
            ("reasons", Value::from(reasons)),
            ("remarks", Value::from(Serde(&self.remarks))),
            ("any", Value::from(!self.list.is_empty())),
        ])
    }
}

impl Player<'_> {
    fn as_value(&self) -> Value {
        Value::from_pairs([
            ("id", Value::from(self.id.clone())),
            ("title", Value::from(self.mix.title.clone())),
            ("caption", Value::from(self.mix.caption.clone())),
            ("seconds", Value::from(format!("{:.1}", self.seconds))),
            // Base64 has nothing to escape, and escaping its slashes would lengthen it.
            ("uri", Value::from_safe_string(self.uri.clone())),
        ])
    }
}

impl Plan {
    fn keeps(&self, mix: &Mix) -> bool {
        self.with_stems || !matches!(mix.kind, MixKind::Stem { .. })
    }

    fn bytes(&self, view: &ReportView) -> usize {
        shown(view)
            .filter(|mix| self.keeps(mix))
            .map(|mix| {
                let rate_hz = self.rate_hz.min(mix.waveform.sample_rate_hz());
                let seconds = self.seconds.min(mix.waveform.duration_s());
                wav::data_uri_bytes((seconds * f64::from(rate_hz)).ceil() as usize + 1)
            })
            .sum()
    }

    fn remarks(&self, view: &ReportView, longest: f64) -> Vec<String> {
        let mut remarks = Vec::new();
        let best = shown(view)
            .map(|m| m.waveform.sample_rate_hz())
            .max()
            .unwrap_or(0)
            .min(RATES_HZ[0]);
        if self.rate_hz < best {
            remarks.push(format!(
                "To keep this page small, sound is at {:.1} kHz.",
                f64::from(self.rate_hz) / 1000.0
            ));
        }
        if !self.with_stems && shown(view).any(|mix| !self.keeps(mix)) {
            remarks.push("The players of single stems are left out.".to_owned());
        }
        if self.seconds < longest {
            remarks.push(format!(
                "Each player stops after {:.0} s.",
                self.seconds.floor()
            ));
        }
        if !remarks.is_empty() {
            remarks.push("The full sound is in the audio folder beside this page.".to_owned());
        }
        remarks
    }
}

/// The longest players that fit when rate and stems are given up already.
fn shortened(view: &ReportView, room: usize, longest: f64) -> Plan {
    let at = |seconds: f64| Plan {
        rate_hz: RATES_HZ[RATES_HZ.len() - 1],
        with_stems: false,
        seconds,
    };
    let (mut fits, mut too_long) = (0.0, longest);
    // Forty halvings of two hours are below a sample.
    for _ in 0..40 {
        let middle = (fits + too_long) / 2.0;
        if at(middle).bytes(view) <= room {
            fits = middle
        } else {
            too_long = middle
        }
    }
    at(fits)
}

fn shown(view: &ReportView) -> impl Iterator<Item = &Mix> {
    view.mixes.iter().filter(|mix| match mix.kind {
        MixKind::Reasons { explained } | MixKind::WithoutReasons { explained } => {
            explained < MAX_LABELS
        }
        MixKind::Song | MixKind::Stem { .. } => true,
    })
}

/// The id of a player, by which a cell finds its sound.
fn id(kind: MixKind) -> String {
    match kind {
        MixKind::Song => "play-song".to_owned(),
        MixKind::Stem { stem } => format!("play-stem-{stem}"),
        MixKind::Reasons { explained } => format!("play-reasons-{explained}"),
        MixKind::WithoutReasons { explained } => format!("play-without-{explained}"),
    }
}
