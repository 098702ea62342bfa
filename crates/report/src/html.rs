//! The page: one file that needs no network, no more than [`MAX_BYTES`] long.

mod envelope;
mod global;
mod lyrics;
mod page;
mod players;
mod regions;
mod sentence;
mod sung;
mod tables;
mod wav;

pub use global::{GlobalTable, render_global};

use crate::{AudioKind, ReportError, ReportView};
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

/// The most bytes that a page may have.
pub const MAX_BYTES: usize = 25_000_000;

/// The most bytes of a page that go to audio: a page is also opened on phones.
const MAX_AUDIO_BYTES: usize = 20_000_000;

/// The most labels that a page (and the figures) show; all of them are in `explanation.json`.
pub const MAX_LABELS: usize = 12;

/// Rules that only some kinds of components need.
fn extra_css(view: &ReportView) -> &'static str {
    match view.audio_kind {
        AudioKind::Stems if view.segment_names.is_empty() => "",
        _ => include_str!("../templates/components.css"),
    }
}

/// Makes the page.
///
/// # Errors
/// A view whose parts do not fit, or one that fills more than [`MAX_BYTES`] without any audio.
pub fn render(view: &ReportView) -> Result<String, ReportError> {
    view.check()?;
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template("report.html", include_str!("../templates/report.html"))?;
    let template = environment.get_template("report.html")?;
    let page = page::Page::new(view);
    let fill = |players: &players::Players| {
        template.render(context! {
            css => Value::from_safe_string(include_str!("../templates/report.css").to_owned()),
            extra_css => Value::from_safe_string(extra_css(view).to_owned()),
            js => Value::from_safe_string(include_str!("../templates/report.js").to_owned()),
            page => Value::from(Serde(&page)),
            players => players.as_value(),
        })
    };
    // The page is first made without sound, to see how much room the sound has.
    let silent = fill(&players::Players::silent(view))?.len();
    let room = MAX_BYTES.saturating_sub(silent).min(MAX_AUDIO_BYTES);
    if silent > MAX_BYTES {
        return Err(ReportError::TooLarge {
            got: silent,
            limit: MAX_BYTES,
        });
    }
    Ok(fill(&players::Players::within(view, room))?)
}
