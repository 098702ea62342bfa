//! The networks of musiclime in Burn: AST and a CNN-RNN, RoBERTa, BERT and a BiGRU, the fusions; devices, loading
//! and batching.

mod activation;
mod architecture;
pub mod ast;
mod attention;
pub mod bi_gru;
mod classifier;
mod classify_many;
pub mod cnn_rnn;
mod config;
mod cpu_kernels;
pub mod cross_attention;
pub mod devices;
mod encoders;
mod error;
mod frame_variants;
pub mod fusion;
pub mod gating;
pub mod gru;
mod import;
mod init;
mod load;
mod model_dir;
mod network;
pub mod open_unmix;
mod parameters;
mod perturb;
mod precision;
pub mod roberta;
pub mod separation;
pub mod spleeter;
mod tokenizer_training;
mod tokens;
mod weights;

pub use activation::Activation;
pub use architecture::{AudioEncoder, Fusion, LyricsEncoder};
pub use ast::{Ast, AstConfig, AstOutput};
pub use attention::Attention;
pub use bi_gru::{BiGru, BiGruConfig, BiGruOutput};
pub use burn::tensor::Device;
pub use classifier::{Hearing, MusicClassifier};
pub use cnn_rnn::{CnnRnn, CnnRnnConfig, CnnRnnOutput};
pub use config::{
    AudioSection, CONFIG_SCHEMA, ExtractorConfig, HeadKind, LyricsSection, ModelConfig, Pooling,
    Preparation,
};
pub use cross_attention::{CrossAttentionConfig, CrossAttentionHead};
pub use devices::{DeviceChoice, DeviceError, DeviceInfo, Selected, list_devices, select};
pub use encoders::{AudioModel, EncoderOutput, TextModel};
pub use error::ModelError;
pub use fusion::{AstHead, FusionHead, Head, RobertaHead};
pub use gating::{GatingConfig, GatingHead};
pub use gru::{Gru, GruConfig, GruOutput};
pub use import::{ImportReport, import};
pub use load::LoadReport;
pub use model_dir::Model;
pub use network::Network;
pub use parameters::{Parameters, Slot, Visit};
pub use precision::Precision;
pub use roberta::{Roberta, RobertaConfig, TextKind};
pub use tokenizer_training::{SPECIAL_TOKENS, train_tokenizer};
pub use tokens::{Encoded, TokenBatch, Tokenizer, token_limit};
pub use weights::WeightFile;
