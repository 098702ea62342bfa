//! The page of a global explanation.

use super::MAX_BYTES;
use crate::figures::{self, FigureFormat};
use crate::{GlobalView, ReportError};
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;

/// The most classes whose figures a page holds; the others have files of their own.
const MAX_CLASSES: usize = 60;

/// One table of the page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GlobalTable {
    /// Its title.
    pub title: String,
    /// What its cells say.
    pub caption: String,
    /// The names of its columns.
    pub head: Vec<String>,
    /// Its rows, as wide as the head; the first cell names the row.
    pub rows: Vec<Vec<String>>,
}

/// What the head of the page says.
#[derive(Serialize)]
struct Head<'a> {
    title: String,
    eyebrow: &'a str,
    lead: &'a str,
}

/// Makes the page of a global explanation: one file that needs no network. `lead` is its first sentence.
///
/// # Errors
/// A view whose parts do not fit, a figure that cannot be drawn, or a page of more than [`MAX_BYTES`].
pub fn render_global(
    view: &GlobalView,
    tables: &[GlobalTable],
    lead: &str,
) -> Result<String, ReportError> {
    view.check()?;
    let svg = |bytes: Vec<u8>| {
        let text = String::from_utf8_lossy(&bytes);
        // An XML declaration has no place inside a page.
        let start = text.find("<svg").unwrap_or(0);
        Value::from_safe_string(text[start..].to_owned())
    };
    let matrix = svg(figures::class_matrix(view, FigureFormat::Svg)?);
    let classes = view
        .classes
        .iter()
        .enumerate()
        .filter(|(_, class)| !class.audio.is_empty() || !class.words.is_empty())
        .take(MAX_CLASSES)
        .map(|(i, class)| {
            let figure = svg(figures::global_class(view, i, FigureFormat::Svg)?);
            let label = &class.label;
            Ok(context! { label, figure })
        })
        .collect::<Result<Vec<Value>, ReportError>>()?;
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template("global.html", include_str!("../../templates/global.html"))?;
    let head = Head {
        title: match view.name.as_str() {
            "" => "What speaks for each class".to_owned(),
            name => format!("What speaks for each class: {name}"),
        },
        eyebrow: &view.measure,
        lead,
    };
    let page = environment.get_template("global.html")?.render(context! {
        css => Value::from_safe_string(include_str!("../../templates/report.css").to_owned()),
        view => Value::from(Serde(&head)),
        tables => Value::from(Serde(tables)),
        matrix,
        classes,
    })?;
    if page.len() > MAX_BYTES {
        return Err(ReportError::TooLarge {
            got: page.len(),
            limit: MAX_BYTES,
        });
    }
    Ok(page)
}
