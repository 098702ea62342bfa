//! The networks of musiclime in Burn: AST, RoBERTa and BERT, the fusion head; devices, loading and batching.

mod activation;
pub mod ast;
mod attention;
mod classifier;
mod config;
pub mod devices;
mod error;
mod frame_variants;
pub mod fusion;
mod import;
mod load;
mod model_dir;
mod network;
pub mod open_unmix;
mod parameters;
mod perturb;
pub mod roberta;
pub mod separation;
pub mod spleeter;
mod tokenizer_training;
mod tokens;
mod weights;

pub use activation::Activation;
pub use ast::{Ast, AstConfig, AstOutput};
pub use attention::SelfAttention;
pub use burn::tensor::Device;
pub use classifier::{Hearing, MusicClassifier};
pub use config::{
    AudioSection, CONFIG_SCHEMA, ExtractorConfig, HeadKind, LyricsSection, ModelConfig, Pooling,
    Preparation,
};
pub use devices::{DeviceChoice, DeviceError, DeviceInfo, Selected, list_devices, select};
pub use error::ModelError;
pub use fusion::{AstHead, FusionHead, Head, RobertaHead};
pub use import::{ImportReport, import};
pub use load::LoadReport;
pub use model_dir::Model;
pub use network::Network;
pub use parameters::{Parameters, Slot, Visit};
pub use roberta::{Roberta, RobertaConfig, TextKind};
pub use tokenizer_training::{SPECIAL_TOKENS, train_tokenizer};
pub use tokens::{Encoded, TokenBatch, Tokenizer, token_limit};
pub use weights::WeightFile;
