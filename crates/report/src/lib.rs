//! Figures and HTML reports of an explanation: [`write_report`] draws a [`ReportView`] into a folder.

mod curve;
mod error;
pub mod figures;
mod format;
mod global_view;
pub mod html;
pub mod view;
mod write;

pub use curve::{CurveEpoch, LearningCurve};
pub use error::ReportError;
pub use global_view::{GlobalClass, GlobalView, GlobalWord};
pub use view::{
    AudioKind, ExplainedLabel, FillerRow, Interval, Mix, MixKind, RegionImage, ReportView, Segment,
    Weight, WordWeight,
};
pub use write::{ReportFiles, write_report};
