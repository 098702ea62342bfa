use super::FeatureId;
use crate::ExplanationError;
use serde_json::{Map, Value};
use std::path::Path;

/// The positive weights of one feature in one class.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FeatureSum {
    /// Their sum.
    pub weight: f64,
    /// The number of songs that they come from.
    pub count: u64,
}

/// One class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassSum {
    /// Its name.
    pub label: String,
    /// The songs that the model gave this class, where that is known.
    pub songs: Option<u64>,
    /// Its features, no one twice.
    pub features: Vec<(FeatureId, FeatureSum)>,
}

/// Summed positive weights of every class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassSums {
    /// The classes, in the order of their source.
    pub classes: Vec<ClassSum>,
}

/// What a file of counts holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Counts {
    /// `{class: {feature: {weight, count}}}`
    One(ClassSums),
    /// `{set: {class: {feature: {weight, count}}}}`
    Sets(Vec<(String, ClassSums)>),
}

impl Counts {
    /// Reads a file of counts.
    ///
    /// # Errors
    /// A file that is missing, is no such JSON, or holds a negative weight or a weight without a song.
    pub fn read(path: &Path) -> Result<Self, ExplanationError> {
        let text = std::fs::read_to_string(path).map_err(|e| ExplanationError::Read {
            path: path.to_path_buf(),
            reason: e.to_string(),
        })?;
        Reader { path }.counts(&text)
    }
}

impl ClassSums {
    /// `{class: {feature: {weight, count}}}`: what [`Counts::read`] reads.
    pub fn to_value(&self) -> Value {
        let classes = self.classes.iter().map(|class| {
            let features = class.features.iter().map(|(id, sum)| {
                let sum = serde_json::json!({"weight": sum.weight, "count": sum.count});
                (id.to_string(), sum)
            });
            (class.label.clone(), Value::Object(features.collect()))
        });
        Value::Object(classes.collect())
    }

    /// The positive weight of audio and of lyrics over all classes.
    pub fn by_modality(&self) -> (f64, f64) {
        let sum = |audio: bool| {
            let features = self.classes.iter().flat_map(|c| &c.features);
            features
                .filter(|(id, _)| id.is_audio() == audio)
                .map(|(_, sum)| sum.weight)
                // An empty sum is -0.
                .fold(0.0, |a, b| a + b)
        };
        (sum(true), sum(false))
    }
}

/// Reads one file's parts with errors that name it.
struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    fn wrong(
        &self,
        what: impl Into<String>,
        expected: &str,
        got: impl ToString,
    ) -> ExplanationError {
        ExplanationError::File {
            path: self.path.to_path_buf(),
            what: what.into(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }

    fn counts(&self, text: &str) -> Result<Counts, ExplanationError> {
        let shape = "{class: {feature: {weight, count}}}, or that in {set: ...}";
        let value: Value =
            serde_json::from_str(text).map_err(|e| self.wrong("format", shape, e))?;
        let top = value
            .as_object()
            .filter(|o| !o.is_empty())
            .ok_or_else(|| self.wrong("content", shape, kind(&value)))?;
        if top.values().any(holds_classes) {
            let sets = top.iter().map(|(name, set)| {
                let classes = self.object(&format!("set \"{name}\""), set)?;
                Ok((
                    name.clone(),
                    self.classes(&format!("set \"{name}\", "), classes)?,
                ))
            });
            return Ok(Counts::Sets(sets.collect::<Result<_, ExplanationError>>()?));
        }
        Ok(Counts::One(self.classes("", top)?))
    }

    fn classes(
        &self,
        within: &str,
        classes: &Map<String, Value>,
    ) -> Result<ClassSums, ExplanationError> {
        let classes = classes.iter().map(|(label, features)| {
            let class = format!("{within}class \"{label}\"");
            let features = self.object(&class, features)?.iter().map(|(name, sum)| {
                let what = format!("{class}, feature \"{name}\"");
                Ok((FeatureId::parse(name), self.sum(&what, sum)?))
            });
            Ok(ClassSum {
                label: label.clone(),
                songs: None,
                features: features.collect::<Result<_, ExplanationError>>()?,
            })
        });
        Ok(ClassSums {
            classes: classes.collect::<Result<_, ExplanationError>>()?,
        })
    }

    fn object<'v>(
        &self,
        what: &str,
        value: &'v Value,
    ) -> Result<&'v Map<String, Value>, ExplanationError> {
        value
            .as_object()
            .ok_or_else(|| self.wrong(what, "an object", kind(value)))
    }

    fn sum(&self, what: &str, value: &Value) -> Result<FeatureSum, ExplanationError> {
        let object = self.object(what, value)?;
        let field = |key: &str| object.get(key).unwrap_or(&Value::Null);
        let weight = field("weight")
            .as_f64()
            .filter(|w| w.is_finite() && *w >= 0.0)
            .ok_or_else(|| {
                let what = format!("{what}, \"weight\"");
                self.wrong(what, "a number of at least 0", field("weight"))
            })?;
        let count = field("count").as_u64().filter(|c| *c > 0).ok_or_else(|| {
            let what = format!("{what}, \"count\"");
            self.wrong(what, "a whole number of at least 1", field("count"))
        })?;
        Ok(FeatureSum { weight, count })
    }
}

/// Whether a value of the outermost object is a set of classes, not a class: the features in it are one level deeper.
fn holds_classes(value: &Value) -> bool {
    let classes = value.as_object().into_iter().flat_map(Map::values);
    classes
        .filter_map(Value::as_object)
        .flat_map(Map::values)
        .any(Value::is_object)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(o) if o.is_empty() => "an empty object",
        Value::Object(_) => "an object",
    }
}
