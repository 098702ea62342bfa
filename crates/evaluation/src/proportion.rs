use serde::Serialize;

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A share of cases, with its 95 % interval.
///
/// # Source
/// Wilson, "Probable inference, the law of succession, and statistical inference", 1927: the score interval, which stays
/// within 0 and 1 and is sound at the edges.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Proportion {
    /// Cases that count.
    pub hits: usize,
    /// All cases.
    pub cases: usize,
    /// Their share; 0 for no case.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Proportion {
    /// The share of `hits` among `cases`.
    pub fn new(hits: usize, cases: usize) -> Self {
        if cases == 0 {
            return Self {
                hits,
                cases,
                value: 0.0,
                low: 0.0,
                high: 1.0,
            };
        }
        let (n, p) = (cases as f64, hits as f64 / cases as f64);
        let scale = 1.0 / (1.0 + Z * Z / n);
        let centre = scale * (p + Z * Z / (2.0 * n));
        let half = scale * Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self {
            hits,
            cases,
            value: p,
            low: (centre - half).max(0.0),
            high: (centre + half).min(1.0),
        }
    }
}

impl std::fmt::Display for Proportion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} ({:.3} to {:.3})", self.value, self.low, self.high)
    }
}
