use super::{ClassSums, FeatureId};
use std::collections::HashMap;

/// Entropies that lie closer together than this, in bits, are equal: what is left is rounding.
const EQUAL_ENTROPIES_BITS: f64 = 1e-12;

/// A way to weigh a feature in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The root of the summed weight.
    Lime,
    /// The weight a song.
    Average,
    /// LIME importance, less for features that speak for many classes.
    Homogeneity,
}

impl Measure {
    /// All of them, in the order of the paper's tables.
    pub const ALL: [Self; 3] = [Self::Lime, Self::Average, Self::Homogeneity];

    /// The key that files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lime => "lime",
            Self::Average => "average",
            Self::Homogeneity => "homogeneity",
        }
    }

    /// The name that people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Lime => "LIME importance",
            Self::Average => "Average importance",
            Self::Homogeneity => "Homogeneity-weighted importance",
        }
    }
}

/// One feature in one class.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// The feature.
    pub id: FeatureId,
    /// `sqrt(weight)`.
    pub lime: f64,
    /// `weight / count`.
    pub average: f64,
    /// `(1 - (H - Hmin) / (Hmax - Hmin)) * lime`.
    pub homogeneity: f64,
    /// The summed positive weight.
    pub weight: f64,
    /// The songs behind it.
    pub count: u64,
}

impl Importance {
    /// Its value by one measure.
    pub fn by(&self, measure: Measure) -> f64 {
        match measure {
            Measure::Lime => self.lime,
            Measure::Average => self.average,
            Measure::Homogeneity => self.homogeneity,
        }
    }
}

/// One class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassTable {
    /// Its name.
    pub label: String,
    /// The songs that the model gave this class, where that is known.
    pub songs: Option<u64>,
    /// Its features, in the order of the sums.
    pub features: Vec<Importance>,
}

impl ClassTable {
    /// The features by falling importance; ties keep their order.
    pub fn ranked(&self, measure: Measure) -> Vec<&Importance> {
        let mut ranked: Vec<&Importance> = self.features.iter().collect();
        ranked.sort_by(|a, b| b.by(measure).total_cmp(&a.by(measure)));
        ranked
    }

    /// The share of audio in the class's positive weight; `None` where there is no weight.
    pub fn audio_share(&self) -> Option<f64> {
        let (mut all, mut audio) = (0.0, 0.0);
        for feature in &self.features {
            all += feature.weight;
            if feature.id.is_audio() {
                audio += feature.weight;
            }
        }
        (all > 0.0).then(|| audio / all)
    }
}

/// Three importances for every class and feature.
#[derive(Debug, Clone, PartialEq)]
pub struct GlobalTables {
    /// The classes, in the order of the sums.
    pub classes: Vec<ClassTable>,
}

impl GlobalTables {
    /// Computes the tables.
    ///
    /// `H` of a feature is the entropy, in bits, of its shares `lime / sum of lime` over the classes; `Hmin` and
    /// `Hmax` are the extremes over all features that have any weight. Where these are equal (one class, one feature,
    /// or features that are all shared alike), no feature is more of one class than another, and the weight is 1:
    /// homogeneity is LIME importance then.
    ///
    /// # Source
    /// MusicLIME (arXiv 2409.10496), section 3.3, after van der Linden, Haned and Kanoulas, Global Aggregations of Local
    /// Explanations for Black Box Models (arXiv 1907.03039). Deliberate difference: they leave equal entropies
    /// undefined.
    pub fn new(sums: &ClassSums) -> Self {
        let mut totals: HashMap<&FeatureId, f64> = HashMap::new();
        for (id, sum) in sums.classes.iter().flat_map(|c| &c.features) {
            *totals.entry(id).or_default() += sum.weight.sqrt();
        }
        let mut entropies: HashMap<&FeatureId, f64> = HashMap::new();
        for (id, sum) in sums.classes.iter().flat_map(|c| &c.features) {
            let (lime, total) = (sum.weight.sqrt(), totals[id]);
            if total > 0.0 {
                let share = lime / total;
                let bits = if share > 0.0 {
                    -share * share.log2()
                } else {
                    0.0
                };
                *entropies.entry(id).or_default() += bits;
            }
        }
        let lowest = entropies.values().copied().fold(f64::INFINITY, f64::min);
        let range = entropies.values().copied().fold(0.0, f64::max) - lowest;
        let homogeneity_weight = |id: &FeatureId| match entropies.get(id) {
            Some(bits) if range > EQUAL_ENTROPIES_BITS => 1.0 - (bits - lowest) / range,
            _ => 1.0,
        };
        let classes = sums.classes.iter().map(|class| ClassTable {
            label: class.label.clone(),
            songs: class.songs,
            features: class
                .features
                .iter()
                .map(|(id, sum)| {
                    let lime = sum.weight.sqrt();
                    Importance {
                        id: id.clone(),
                        lime,
                        average: sum.weight / sum.count as f64,
                        homogeneity: homogeneity_weight(id) * lime,
                        weight: sum.weight,
                        count: sum.count,
                    }
                })
                .collect(),
        });
        Self {
            classes: classes.collect(),
        }
    }
}
