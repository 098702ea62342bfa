//! Milliseconds a song of every encoder and fusion at demo sizes, forward, in batches of 32 on the CPU.
//!
//! Run: cargo build --release --workspace --examples && target/release/examples/architectures

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use musiclime_model::{
    AstConfig, AudioEncoder, AudioModel, BiGruConfig, CnnRnnConfig, LyricsEncoder, TextModel,
};
use std::time::Instant;

const ROWS: usize = 32;
const TOKENS: usize = 128;

fn main() {
    let device = Device::flex();
    let cnn = CnnRnnConfig::default();
    let shape = [ROWS, cnn.max_length, cnn.num_mel_bins];
    let features: Vec<f32> = (0..shape.iter().product())
        .map(|i: usize| (i as f32 * 0.37).sin())
        .collect();
    let features: Tensor<3> = Tensor::from_data(TensorData::new(features, shape), &device);
    let audio = AudioModel::new(&AudioEncoder::CnnRnn(cnn), &device).no_grad();
    time("CNN-RNN", || {
        audio.forward(features.clone()).pooled.into_data();
    });
    let ast = AstConfig {
        hidden_size: 96,
        num_hidden_layers: 4,
        num_attention_heads: 4,
        intermediate_size: 192,
        patch_size: 32,
        frequency_stride: 32,
        time_stride: 32,
        ..AstConfig::default()
    };
    let audio = AudioModel::new(&AudioEncoder::Ast(ast), &device).no_grad();
    time("AST", || {
        audio.forward(features.clone()).pooled.into_data();
    });
    let ids: Vec<i32> = (0..ROWS * TOKENS).map(|i| (i % 1400) as i32).collect();
    let ids: Tensor<2, Int> = Tensor::from_data(TensorData::new(ids, [ROWS, TOKENS]), &device);
    let text = TextModel::new(&LyricsEncoder::BiGru(BiGruConfig::default()), &device).no_grad();
    time("BiGRU, 128 tokens", || {
        text.forward(ids.clone(), None).pooled.into_data();
    });
}

fn time(name: &str, mut run: impl FnMut()) {
    run();
    let started = Instant::now();
    let turns = 3;
    for _ in 0..turns {
        run();
    }
    let ms = started.elapsed().as_secs_f64() * 1e3 / (turns * ROWS) as f64;
    println!("{name}: {ms:.2} ms a song");
}
