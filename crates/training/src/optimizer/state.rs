use super::AdamW;
use super::adamw::{Moments, Weight};
use crate::TrainingError;
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_model::WeightFile;
use safetensors::tensor::{Dtype, TensorView};

// PyTorch's names for the same.
const STEPS: &str = "step";
const FIRST: &str = "exp_avg";
const SECOND: &str = "exp_avg_sq";

/// Whole numbers up to here are exact in f32.
const MOST_STEPS: u32 = 1 << 24;

impl AdamW {
    /// The state as the bytes of a safetensors file: per trained weight `KEY.step` (one number), and after its first
    /// step `KEY.exp_avg` and `KEY.exp_avg_sq` in the layout of the weight's file. The same state gives the same bytes.
    ///
    /// # Errors
    /// A device that cannot be read from, or more than 2^24 steps.
    pub fn save(&self) -> Result<Vec<u8>, TrainingError> {
        let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        for (key, weight) in &self.weights {
            let steps = weight.moments.as_ref().map_or(0, |m| m.steps);
            if steps > MOST_STEPS {
                return Err(failed(key, "at most 2^24 steps", steps));
            }
            let bytes = (steps as f32).to_le_bytes().to_vec();
            tensors.push((format!("{key}.{STEPS}"), vec![1], bytes));
            if let Some(moments) = &weight.moments {
                for (name, values) in [(FIRST, &moments.first), (SECOND, &moments.second)] {
                    let values = weight.place.to_file(values.clone());
                    let values = values
                        .try_into_vec_as::<f32>()
                        .map_err(|e| failed(key, "numbers from the device", format!("{e:?}")))?;
                    let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
                    tensors.push((format!("{key}.{name}"), weight.place.shape.clone(), bytes));
                }
            }
        }
        let views = tensors
            .iter()
            .map(|(key, shape, bytes)| {
                TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (key.as_str(), view))
            })
            .collect::<Result<Vec<_>, _>>()
            .and_then(|views| safetensors::serialize(views, None));
        views.map_err(|e| failed("the optimizer's state", "a file that can be written", e))
    }

    /// Takes over a state that [`AdamW::save`] gave; training goes on to the bit as if it had never stopped.
    ///
    /// # Errors
    /// A weight whose state is missing, mis-shaped or not finite, or a tensor that belongs to no trained weight; the
    /// optimizer is then as it was.
    pub fn load(&mut self, file: &WeightFile, device: &Device) -> Result<(), TrainingError> {
        let mut wanted = 0;
        let mut weights = self.weights.clone();
        for (key, weight) in &mut weights {
            weight.moments = read(file, key, weight, device)?;
            wanted += if weight.moments.is_some() { 3 } else { 1 };
        }
        if file.keys().count() != wanted {
            let known = |name: &&str| {
                let weight = name.rsplit_once('.').map(|(key, _)| key);
                weight.is_some_and(|key| weights.contains_key(key))
            };
            let extra = file.keys().find(|name| !known(name)).unwrap_or("a tensor");
            return Err(TrainingError::OptimizerState {
                file: file.name().to_owned(),
                key: extra.to_owned(),
                expected: "the state of a weight that is trained".into(),
                got: "the state of none (other groups, or another network)".into(),
            });
        }
        self.weights = weights;
        Ok(())
    }
}

/// The moments of one weight, or `None` where the file says that it never had a gradient.
fn read(
    file: &WeightFile,
    key: &str,
    weight: &Weight,
    device: &Device,
) -> Result<Option<Moments>, TrainingError> {
    let wrong = |name: &str, expected: String, got: String| TrainingError::OptimizerState {
        file: file.name().to_owned(),
        key: format!("{key}.{name}"),
        expected,
        got,
    };
    let steps = file.read(&format!("{key}.{STEPS}"))?;
    let steps = match steps.as_slice() {
        [x] if x.fract() == 0.0 && (0.0..=MOST_STEPS as f32).contains(x) => *x as u32,
        other => {
            return Err(wrong(
                STEPS,
                "one whole number of steps".into(),
                format!("{other:?}"),
            ));
        }
    };
    if steps == 0 {
        return Ok(None);
    }
    let moment = |name: &str| {
        let full = format!("{key}.{name}");
        let values = file.read(&full)?;
        let shape = file.shape(&full).unwrap_or_default();
        if shape != weight.place.shape {
            return Err(wrong(
                name,
                format!("shape {:?}", weight.place.shape),
                format!("shape {shape:?}"),
            ));
        }
        if name == SECOND
            && let Some(x) = values.iter().find(|x| **x < 0.0)
        {
            return Err(wrong(name, "squares, at least 0".into(), x.to_string()));
        }
        let data = TensorData::new(values, [weight.place.count()]);
        let values = Tensor::from_data(data, &device.clone().without_autodiff());
        Ok(weight.place.to_device(values))
    };
    Ok(Some(Moments {
        steps,
        first: moment(FIRST)?,
        second: moment(SECOND)?,
    }))
}

fn failed(key: &str, expected: &str, got: impl ToString) -> TrainingError {
    TrainingError::OptimizerState {
        file: "optimizer.safetensors".into(),
        key: key.to_owned(),
        expected: expected.to_owned(),
        got: got.to_string(),
    }
}
