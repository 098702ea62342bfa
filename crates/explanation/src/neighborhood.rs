use crate::{ExplanationError, Target};
use musiclime_core::{MaskSet, Probabilities};
use musiclime_files::write_by_rename;
use safetensors::{Dtype, SafeTensors};
use serde_json::json;
use std::path::Path;

/// The perturbations of one song and the model's answers: all that a surrogate is fitted to.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighborhood {
    /// The masks, `[rows, components]`.
    pub masks: MaskSet,
    /// The model's probabilities, `[rows, classes]`.
    pub probabilities: Probabilities,
    /// The model's logits, `[rows, classes]`, where the surrogate imitates them; `None` where it imitates
    /// probabilities.
    pub logits: Option<Vec<f64>>,
    /// The components' names, in column order.
    pub features: Vec<String>,
    /// The classes' names, in output order.
    pub labels: Vec<String>,
}

impl Neighborhood {
    /// What the surrogate imitates.
    pub fn target(&self) -> Target {
        if self.logits.is_some() {
            Target::Logit
        } else {
            Target::Probability
        }
    }

    /// The numbers that the surrogate of class `index` imitates, one a row.
    ///
    /// # Errors
    /// A class that does not exist.
    pub fn target_values(&self, index: usize) -> Result<Vec<f64>, ExplanationError> {
        let classes = self.labels.len();
        if index >= classes {
            return Err(ExplanationError::ClassIndex {
                got: index,
                classes,
            });
        }
        let values = self
            .logits
            .as_deref()
            .unwrap_or(self.probabilities.values());
        Ok(values.chunks_exact(classes).map(|row| row[index]).collect())
    }

    /// Writes `neighborhood.safetensors`: `masks` u8 and `probabilities` f64 (and `logits` f64, where the surrogate
    /// imitates them); metadata `features` and `labels` as JSON lists, and what
    /// the answers mean as `output`. The same neighborhood gives the same bytes.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ExplanationError> {
        write_by_rename(path, &self.to_bytes()).map_err(|e| ExplanationError::write(path, &e))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let rows = self.masks.rows();
        let mut header = serde_json::Map::new();
        header.insert(
            "__metadata__".into(),
            json!({
                "features": json!(self.features).to_string(),
                "labels": json!(self.labels).to_string(),
                "output": self.probabilities.output().name(),
            }),
        );
        let mut data: Vec<u8> = Vec::new();
        // Wide numbers first keeps every tensor aligned.
        let wide = [
            ("probabilities", Some(self.probabilities.values())),
            ("logits", self.logits.as_deref()),
        ];
        for (name, values) in wide {
            let Some(values) = values else { continue };
            let start = data.len();
            data.extend(values.iter().flat_map(|x| x.to_le_bytes()));
            header.insert(
                name.into(),
                json!({"dtype": "F64", "shape": [rows, self.labels.len()], "data_offsets": [start, data.len()]}),
            );
        }
        let start = data.len();
        data.extend(self.masks.bits());
        header.insert(
            "masks".into(),
            json!({"dtype": "U8", "shape": [rows, self.masks.columns()], "data_offsets": [start, data.len()]}),
        );
        let mut header = serde_json::Value::Object(header).to_string().into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(data);
        bytes
    }

    /// Reads `neighborhood.safetensors`; only `masks`, `probabilities` and the two metadata lists are needed.
    ///
    /// # Errors
    /// A file that is missing or cut, lacks a tensor or a list, or holds another type, shape or a number that is
    /// not finite.
    pub fn read(path: &Path) -> Result<Self, ExplanationError> {
        let bytes = std::fs::read(path).map_err(|e| ExplanationError::Read {
            path: path.to_path_buf(),
            reason: e.to_string(),
        })?;
        Reader { path }.neighborhood(&bytes)
    }
}

/// Reads one file's parts with errors that name it.
struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    fn wrong(&self, what: &str, expected: impl ToString, got: impl ToString) -> ExplanationError {
        ExplanationError::File {
            path: self.path.to_path_buf(),
            what: what.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }

    fn neighborhood(&self, bytes: &[u8]) -> Result<Neighborhood, ExplanationError> {
        let broken = |e: safetensors::SafeTensorError| {
            self.wrong(
                "format",
                "a whole safetensors file that musiclime explain wrote",
                e,
            )
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(broken)?;
        let list = |key: &str| -> Result<Vec<String>, ExplanationError> {
            let what = format!("metadata \"{key}\"");
            let text = header
                .metadata()
                .as_ref()
                .and_then(|m| m.get(key))
                .ok_or_else(|| self.wrong(&what, "a JSON list of names", "nothing"))?;
            serde_json::from_str(text).map_err(|e| self.wrong(&what, "a JSON list of names", e))
        };
        let features = list("features")?;
        let labels = list("labels")?;
        let (masks_shape, bits) = self.tensor(&tensors, "masks", Dtype::U8)?;
        let [rows, columns] = masks_shape;
        if rows == 0 || columns != features.len() {
            let expected = format!(
                "at least 1 row and the {} columns that \"features\" names",
                features.len()
            );
            return Err(self.wrong("shape of \"masks\"", expected, format!("{masks_shape:?}")));
        }
        let masks = MaskSet::new(columns, bits.to_vec())
            .map_err(|e| self.wrong(&format!("\"masks\", {}", e.what), e.expected, e.got))?;
        let answers = |name: &str| self.answers(&tensors, name, [rows, labels.len()]);
        let probabilities = answers("probabilities")?;
        let logits = if tensors.names().contains(&"logits") {
            Some(answers("logits")?)
        } else {
            None
        };
        let probabilities = Probabilities::from_values(labels.len(), probabilities);
        Ok(Neighborhood {
            masks,
            probabilities,
            logits,
            features,
            labels,
        })
    }

    fn tensor<'b>(
        &self,
        tensors: &SafeTensors<'b>,
        name: &str,
        dtype: Dtype,
    ) -> Result<([usize; 2], &'b [u8]), ExplanationError> {
        let what = format!("tensor \"{name}\"");
        let tensor = tensors
            .tensor(name)
            .map_err(|_| self.wrong(&what, format!("{dtype:?} with 2 axes"), "no such tensor"))?;
        match (tensor.dtype(), tensor.shape()) {
            (found, &[rows, columns]) if found == dtype => Ok(([rows, columns], tensor.data())),
            (found, shape) => Err(self.wrong(
                &what,
                format!("{dtype:?} with 2 axes"),
                format!("{found:?} {shape:?}"),
            )),
        }
    }

    fn answers(
        &self,
        tensors: &SafeTensors<'_>,
        name: &str,
        expected: [usize; 2],
    ) -> Result<Vec<f64>, ExplanationError> {
        let (shape, data) = self.tensor(tensors, name, Dtype::F64)?;
        if shape != expected || expected[1] == 0 {
            let what = format!("shape of \"{name}\"");
            let wanted = format!("{expected:?} (rows of \"masks\", at least 1 of \"labels\")");
            return Err(self.wrong(&what, wanted, format!("{shape:?}")));
        }
        let (chunks, _) = data.as_chunks::<8>();
        let values: Vec<f64> = chunks
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect();
        if let Some(at) = values.iter().position(|x| !x.is_finite()) {
            let what = format!(
                "\"{name}\", row {}, class {}",
                at / expected[1],
                at % expected[1]
            );
            return Err(self.wrong(&what, "a finite number", values[at]));
        }
        Ok(values)
    }
}
