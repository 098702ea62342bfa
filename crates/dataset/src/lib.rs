//! Data sets: manifests, published label curation, imports, checks, cleaning and splits; and the songbook, original
//! songs whose causes are planted and known.

pub mod balance;
mod cells;
pub mod check;
pub mod clean;
pub mod curation;
mod error;
pub mod fixture;
pub mod import;
pub mod manifest;
mod nearest;
pub mod songbook;
pub mod split;
pub mod timed_lines;

pub use error::DatasetError;
pub use nearest::nearest;
