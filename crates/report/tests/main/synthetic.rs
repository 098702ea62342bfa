//! A report's view that looks like a real one.

use musiclime_core::{LabelSet, OutputKind, Stems, Waveform};
use musiclime_report::{
    ExplainedLabel, Interval, Mix, MixKind, ReportView, Segment, Weight, WordWeight,
};

/// What to build.
#[derive(Debug, Clone)]
pub struct Plan {
    pub stems: usize,
    pub segments: usize,
    pub duration_s: f64,
    pub rate_hz: u32,
    pub explained: usize,
    pub lyrics: Option<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            stems: 4,
            segments: 10,
            duration_s: 10.24,
            rate_hz: 16_000,
            explained: 1,
            lyrics: Some(LYRICS.to_owned()),
        }
    }
}

pub const LYRICS: &str = "Haul the anchor, boys, the harbour lights are low\n\
    Heave away and let the cold wind blow\n\
    I left my darling on the morning shore\n\
    And I shall see the harbour nevermore\n\n\
    Haul away, the tide is running free\n\
    The anchor sleeps where no one else can see\n\
    Oh, café songs & “quiet” rooms are far from me\n\
    Haul away, haul away, the wide and windy sea\n";

const STEMS: [&str; 8] = [
    "vocals",
    "drums",
    "bass",
    "other",
    "piano",
    "guitar",
    "strings",
    "brass and winds",
];
const LABELS: [&str; 7] = [
    "shanty", "ballad", "techno", "waltz", "lullaby", "blues", "march",
];
const CHANCES: [f64; 7] = [0.931, 0.034, 0.0152, 0.009, 0.006, 0.0031, 0.0017];

/// A number in -1..1 that is the same on every run.
fn noise(n: usize) -> f64 {
    let mut x = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    x ^= x >> 29;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 32;
    (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn weight(value: f64, half_width: f64) -> Weight {
    Weight {
        value,
        interval: Some(Interval {
            low: value - half_width,
            high: value + half_width,
        }),
    }
}

fn sound(stem: usize, duration_s: f64, rate_hz: u32) -> Waveform {
    let samples = (0..(duration_s * f64::from(rate_hz)) as usize)
        .map(|n| {
            let t = n as f64 / f64::from(rate_hz);
            let swell = 0.5 + 0.5 * (t * (1.1 + 0.35 * stem as f64) + stem as f64).sin();
            let beat = if stem == 1 {
                (-8.0 * (t * 2.0).fract()).exp()
            } else {
                swell
            };
            let pitch_hz = 110.0 * (stem as f64 + 1.0);
            let body = (std::f64::consts::TAU * pitch_hz * t).sin() + 0.5 * noise(n + 977 * stem);
            (0.16 * beat * body) as f32
        })
        .collect();
    Waveform::mono(samples, rate_hz).expect("finite samples")
}

/// The words of a text as the explainer's default splits them, with invented weights.
fn words(text: &str, label: usize) -> Vec<WordWeight> {
    let mut words: Vec<WordWeight> = Vec::new();
    let mut start = None;
    let ends = text.char_indices().chain([(text.len(), ' ')]);
    for (at, c) in ends {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                start = None;
                let word = text[from..at].to_lowercase();
                if let Some(known) = words.iter_mut().find(|w| w.word == word) {
                    known.places.push(from..at);
                    continue;
                }
                let value = match (label, word.as_str()) {
                    (0, "anchor") => 0.142,
                    (0, "harbour") => 0.118,
                    (0, "haul") => 0.071,
                    (0, "darling") => -0.064,
                    _ => 0.03 * noise(words.len() + 131 * label),
                };
                words.push(WordWeight {
                    word,
                    weight: weight(value, 0.018),
                    places: std::iter::once(from..at).collect(),
                    unread: false,
                });
            }
            _ => {}
        }
    }
    words
}

fn explained(plan: &Plan, label: usize) -> ExplainedLabel {
    let audio = (0..plan.stems)
        .map(|stem| {
            (0..plan.segments)
                .map(|segment| {
                    let planted = label == 0 && stem == 3 && (segment == 3 || segment == 4);
                    let value = if planted {
                        0.19 - 0.03 * (segment as f64 - 3.0)
                    } else {
                        0.05 * noise(stem * 61 + segment + 997 * label)
                    };
                    weight(value, 0.022)
                })
                .collect()
        })
        .collect();
    let words = plan
        .lyrics
        .as_deref()
        .map_or_else(Vec::new, |text| words(text, label));
    ExplainedLabel {
        label: LABELS[label].to_owned(),
        probability: CHANCES[label],
        intercept: 0.212,
        r2: 0.873,
        local_prediction: CHANCES[label] - 0.021,
        audio,
        regions: Vec::new(),
        words,
    }
}

pub fn view(plan: &Plan) -> ReportView {
    let stems: Vec<(String, Waveform)> = (0..plan.stems)
        .map(|s| (STEMS[s].to_owned(), sound(s, plan.duration_s, plan.rate_hz)))
        .collect();
    let stems = Stems::new(stems).ok();
    let mixture = stems
        .as_ref()
        .map_or_else(|| sound(0, plan.duration_s, plan.rate_hz), Stems::mixture);
    let explained: Vec<ExplainedLabel> = (0..plan.explained)
        .map(|label| explained(plan, label))
        .collect();
    let segment_s = plan.duration_s / plan.segments as f64;
    let segments = (0..plan.segments)
        .map(|i| Segment {
            start_s: i as f64 * segment_s,
            end_s: (i + 1) as f64 * segment_s,
        })
        .collect();
    let mut mixes = vec![Mix {
        kind: MixKind::Song,
        title: "The song".into(),
        caption: "The excerpt as the model hears it.".into(),
        waveform: mixture.clone(),
    }];
    for e in 0..plan.explained {
        mixes.push(Mix {
            kind: MixKind::Reasons { explained: e },
            title: "Only the reasons".into(),
            caption: "What speaks for the label, everything else silent.".into(),
            waveform: mixture.clone(),
        });
        mixes.push(Mix {
            kind: MixKind::WithoutReasons { explained: e },
            title: "Without the reasons".into(),
            caption: "The song with what speaks for the label taken out.".into(),
            waveform: mixture.clone(),
        });
    }
    for (stem, waveform) in stems.iter().flat_map(|s| s.waveforms().iter().enumerate()) {
        mixes.push(Mix {
            kind: MixKind::Stem { stem },
            title: STEMS[stem].into(),
            caption: "This stem alone.".into(),
            waveform: waveform.clone(),
        });
    }
    ReportView {
        song_name: "Haul Away the Harbour".into(),
        start_s: 0.0,
        duration_s: plan.duration_s,
        model_name: "songbook-genre".into(),
        task: "genre".into(),
        labels: LabelSet::new(LABELS.map(str::to_owned).to_vec()).expect("distinct labels"),
        output: OutputKind::Softmax,
        probabilities: CHANCES.to_vec(),
        explained,
        stems,
        segments,
        segment_names: Vec::new(),
        audio_kind: musiclime_report::AudioKind::Stems,
        regions: None,
        fillers: Vec::new(),
        mixture,
        lyrics: plan.lyrics.clone(),
        lyrics_read_bytes: None,
        recipe: [
            ("method", "LIME, joint over stems × segments and words"),
            ("samples", "1,000"),
            ("seed", "0"),
            ("kernel", "exponential, width 25, cosine distance × 100"),
            ("surrogate", "weighted ridge, alpha 1"),
            (
                "weights hash",
                "sha256 5f3c9a0e41d7b2286c90aa17e3d4f65b08c1d2e9f7a6b5c4d3e2f1a0b9c8d7e6",
            ),
            ("device", "cpu"),
        ]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .to_vec(),
        notes: Vec::new(),
        distrust: vec![
            "The stem ‘bass’ is silent from 6.1 to 8.2 s: its weights there say nothing.".into(),
        ],
        mixes,
    }
}
