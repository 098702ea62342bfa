//! The tables as JSON, CSV and Markdown.

use super::{ClassTable, GlobalTables, Importance, Measure};
use serde_json::{Value, json};
use std::fmt::Write;

impl GlobalTables {
    /// `{class: {feature: {lime, average, homogeneity, weight, count}}}`, every feature.
    pub fn to_value(&self) -> Value {
        let classes = self.classes.iter().map(|class| {
            let features = class.features.iter().map(|f| {
                let value = json!({
                    "lime": f.lime,
                    "average": f.average,
                    "homogeneity": f.homogeneity,
                    "weight": f.weight,
                    "count": f.count,
                });
                (f.id.to_string(), value)
            });
            (class.label.clone(), Value::Object(features.collect()))
        });
        Value::Object(classes.collect())
    }

    /// One line a class and feature, every feature.
    pub fn to_csv(&self) -> String {
        let mut csv =
            String::from("class,feature,modality,lime,average,homogeneity,weight,count\n");
        for (class, f) in self
            .classes
            .iter()
            .flat_map(|c| c.features.iter().map(move |f| (c, f)))
        {
            // Writing to a String cannot fail.
            let _ = writeln!(
                csv,
                "{},{},{},{},{},{},{},{}",
                quoted(&class.label),
                quoted(&f.id.to_string()),
                f.id.modality(),
                f.lime,
                f.average,
                f.homogeneity,
                f.weight,
                f.count
            );
        }
        csv
    }

    /// One table: a row a class, its `most` most important features with value and number of songs.
    pub fn to_markdown(&self, measure: Measure, most: usize) -> String {
        let mut text = String::from("| class | songs | audio share |");
        for rank in 1..=most {
            let _ = write!(text, " {rank} |");
        }
        text += "\n| --- | --- | --- |";
        text += &" --- |".repeat(most);
        text.push('\n');
        for class in &self.classes {
            let songs = class.songs.map_or("?".into(), |n| n.to_string());
            let share = class
                .audio_share()
                .map_or("-".into(), |s| format!("{:.1} %", 100.0 * s));
            let _ = write!(text, "| {} | {songs} | {share} |", cell(&class.label));
            let ranked = class.ranked(measure);
            for rank in 0..most {
                let shown = ranked.get(rank).map_or("-".into(), |f| entry(f, measure));
                let _ = write!(text, " {shown} |");
            }
            text.push('\n');
        }
        text
    }

    /// The class of that name.
    pub fn class(&self, label: &str) -> Option<&ClassTable> {
        self.classes.iter().find(|c| c.label == label)
    }
}

fn entry(f: &Importance, measure: Measure) -> String {
    format!(
        "{} {:.3} ({})",
        cell(&f.id.to_string()),
        f.by(measure),
        f.count
    )
}

/// Text that cannot end a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A CSV field (RFC 4180).
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}
