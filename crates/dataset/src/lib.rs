//! Manifests, and the songbook: original songs whose causes are planted and known.

mod error;
pub mod manifest;
pub mod songbook;

pub use error::DatasetError;
