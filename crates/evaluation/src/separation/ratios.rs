use serde::Serialize;

/// The ratios of one estimate in one frame, in decibels; higher is better. Infinite where an error is exactly 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratios {
    /// Source to distortion: everything that differs from the true stem is an error.
    #[serde(rename = "SDR")]
    pub sdr_db: f64,
    /// Source image to spatial distortion: how little of the true stem is filtered or panned.
    #[serde(rename = "ISR")]
    pub isr_db: f64,
    /// Source to interference: how little is heard of the other stems.
    #[serde(rename = "SIR")]
    pub sir_db: f64,
    /// Source to artifacts: how little is heard that is in no stem.
    #[serde(rename = "SAR")]
    pub sar_db: f64,
    /// Scale-invariant source to distortion: SDR after the best overall gain.
    #[serde(rename = "SI-SDR")]
    pub si_sdr_db: f64,
}

impl Ratios {
    /// No ratio: NaN.
    pub const UNDEFINED: Self = Self {
        sdr_db: f64::NAN,
        isr_db: f64::NAN,
        sir_db: f64::NAN,
        sar_db: f64::NAN,
        si_sdr_db: f64::NAN,
    };

    const FIELDS: [fn(&mut Self) -> &mut f64; 5] = [
        |r| &mut r.sdr_db,
        |r| &mut r.isr_db,
        |r| &mut r.sir_db,
        |r| &mut r.sar_db,
        |r| &mut r.si_sdr_db,
    ];
}

/// The scores of one stem.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceScores {
    /// The stem's name.
    pub name: String,
    /// One entry a frame; `None` where a stem is silent.
    pub frames: Vec<Option<Ratios>>,
}

impl SourceScores {
    /// The median of each ratio over the frames that have a finite one; NaN where none has.
    ///
    /// # Source
    /// `museval.aggregate.TrackStore`: infinities become NaN, and `numpy.nanmedian` follows.
    pub fn median(&self) -> Ratios {
        let mut medians = Ratios::UNDEFINED;
        for field in Ratios::FIELDS {
            let frames = self.frames.iter().flatten();
            let values = frames.map(|r| *field(&mut r.clone()));
            *field(&mut medians) = median(values.filter(|x| x.is_finite()).collect());
        }
        medians
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[half],
        _ => 0.5 * (values[half - 1] + values[half]),
    }
}
