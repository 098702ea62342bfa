use crate::golden::folder;
use burn::tensor::Device;
use musiclime_model::{ModelConfig, ModelError, Network, WeightFile, import};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

struct Entry {
    key: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

fn config() -> ModelConfig {
    let out = tempfile::tempdir().expect("a temporary folder");
    import(&folder("fusion_bert"), &out.path().join("model"))
        .expect("a golden checkpoint")
        .config
}

fn entries() -> Vec<Entry> {
    let bytes = std::fs::read(folder("fusion_bert").join("model.safetensors")).expect("golden");
    let file = SafeTensors::deserialize(&bytes).expect("golden");
    let mut entries: Vec<Entry> = file
        .tensors()
        .into_iter()
        .map(|(key, view)| Entry {
            key,
            dtype: view.dtype(),
            shape: view.shape().to_vec(),
            bytes: view.data().to_vec(),
        })
        .collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

fn load(entries: &[Entry]) -> Result<(), ModelError> {
    let views = entries.iter().map(|e| {
        let view = TensorView::new(e.dtype, e.shape.clone(), &e.bytes).expect("a whole tensor");
        (e.key.as_str(), view)
    });
    let bytes = safetensors::serialize(views, None).expect("a file");
    load_bytes(bytes)
}

fn load_bytes(bytes: Vec<u8>) -> Result<(), ModelError> {
    let device = Device::flex();
    let file = WeightFile::from_safetensors("weights.safetensors", bytes)?;
    Network::zeroed(&config(), &device)
        .load(&file, &device)
        .map(|_| ())
}

const KEY: &str = "text_model.encoder.layer.1.attention.self.value.weight";

fn at(entries: &[Entry], key: &str) -> usize {
    entries.iter().position(|e| e.key == key).expect("a key")
}

#[test]
fn the_untouched_file_loads_and_lists_what_it_ignored() {
    load(&entries()).expect("all keys fit");
    let out = tempfile::tempdir().expect("a temporary folder");
    let report = import(&folder("fusion_roberta"), &out.path().join("m")).expect("an import");
    let ignored = [
        "text_model.embeddings.position_ids",
        "text_model.pooler.dense.bias",
        "text_model.pooler.dense.weight",
    ];
    assert_eq!(report.ignored, ignored);
}

#[test]
fn a_missing_tensor_is_named_with_its_shape() {
    let mut entries = entries();
    let i = at(&entries, KEY);
    entries.remove(i);
    let error = load(&entries).expect_err("a key is missing");
    let ModelError::MissingTensor { key, expected, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (key.as_str(), expected.as_slice()),
        (KEY, [32, 32].as_slice())
    );
    let text = error.to_string();
    assert!(
        text.contains("weights.safetensors") && text.contains(KEY) && text.contains("[32, 32]"),
        "{text}"
    );
}

#[test]
fn an_unknown_tensor_is_named() {
    let mut entries = entries();
    let key = "text_model.encoder.layer.2.output.dense.bias";
    entries.push(Entry {
        key: key.into(),
        dtype: Dtype::F32,
        shape: vec![1],
        bytes: vec![0; 4],
    });
    let error = load(&entries).expect_err("a key too many");
    assert!(
        matches!(&error, ModelError::UnknownTensor { key: k, .. } if k == key),
        "{error}"
    );
}

#[test]
fn a_mis_shaped_tensor_is_named_with_both_shapes() {
    let mut entries = entries();
    let key = "audio_model.encoder.layer.0.intermediate.dense.weight";
    let i = at(&entries, key);
    // The same number of values: only the shape can tell.
    entries[i].shape.reverse();
    let error = load(&entries).expect_err("a wrong shape");
    let text = error.to_string();
    assert!(
        text.contains(key) && text.contains("[56, 32]") && text.contains("[32, 56]"),
        "{text}"
    );
}

#[test]
fn integers_are_no_weights() {
    let mut entries = entries();
    let i = at(&entries, KEY);
    entries[i].dtype = Dtype::I32;
    let error = load(&entries).expect_err("a wrong type");
    assert!(
        matches!(&error, ModelError::TensorType { key, .. } if key == KEY),
        "{error}"
    );
}

#[test]
fn not_a_number_is_refused() {
    let mut entries = entries();
    let i = at(&entries, KEY);
    entries[i].bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = load(&entries).expect_err("a value that is not finite");
    assert!(
        matches!(&error, ModelError::NotFinite { key, at: 2, .. } if key == KEY),
        "{error}"
    );
}

#[test]
fn cut_files_are_refused_at_any_length() {
    let whole = std::fs::read(folder("fusion_bert").join("model.safetensors")).expect("golden");
    for keep in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        let error = load_bytes(whole[..keep].to_vec()).expect_err("a cut file");
        assert!(
            matches!(error, ModelError::WeightFile { .. }),
            "{keep} bytes: {error}"
        );
    }
    let out = tempfile::tempdir().expect("a temporary folder");
    let whole = std::fs::read(folder("fusion_roberta").join("pytorch_model.pth")).expect("golden");
    for keep in [0, 100, whole.len() / 2, whole.len() - 1] {
        let path = out.path().join("pytorch_model.pth");
        std::fs::write(&path, &whole[..keep]).expect("a file");
        let error = WeightFile::open(&path).map(|_| ()).expect_err("a cut file");
        assert!(
            error.to_string().contains("pytorch_model.pth"),
            "{keep} bytes: {error}"
        );
    }
}

#[test]
fn saving_gives_back_the_same_tensors_and_the_same_bytes() {
    let device = Device::flex();
    let config = config();
    let open =
        || WeightFile::open(&folder("fusion_bert").join("model.safetensors")).expect("golden");
    let mut network = Network::zeroed(&config, &device);
    let report = network.load(&open(), &device).expect("all keys fit");
    let bytes = network.to_safetensors().expect("bytes");
    let saved = WeightFile::from_safetensors("saved", bytes.clone()).expect("a file");
    let original = open();
    assert_eq!(saved.keys().count(), report.loaded);
    for key in saved.keys() {
        assert_eq!(saved.shape(key), original.shape(key), "{key}");
        assert_eq!(
            saved.read(key).expect("values"),
            original.read(key).expect("values"),
            "{key}"
        );
    }
    let mut again = Network::zeroed(&config, &device);
    again.load(&saved, &device).expect("all keys fit");
    assert_eq!(again.to_safetensors().expect("bytes"), bytes);
}

#[test]
fn fresh_weights_follow_the_seed() {
    let device = Device::flex();
    let config = config();
    let bytes = |seed| {
        Network::init(&config, seed, &device)
            .to_safetensors()
            .expect("bytes")
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
    let file = WeightFile::from_safetensors("fresh", bytes(1)).expect("a file");
    let values = file
        .read("text_model.embeddings.word_embeddings.weight")
        .expect("values");
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    let std = (values.iter().map(|x| x * x).sum::<f32>() / values.len() as f32).sqrt();
    // 4,000 draws: the standard error of the deviation is 0.0002.
    assert!(
        mean.abs() < 0.002 && (std - 0.02).abs() < 0.001,
        "mean {mean}, deviation {std}"
    );
    assert!(
        file.read("classifier.layer_norm.weight")
            .expect("values")
            .iter()
            .all(|&x| x == 1.0)
    );
}
