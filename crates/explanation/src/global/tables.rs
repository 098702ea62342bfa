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

    /// The names of the columns of [`Self::rows`].
    pub fn head(most: usize) -> Vec<String> {
        let facts = ["class", "songs", "audio share"].map(String::from);
        facts
            .into_iter()
            .chain((1..=most).map(|rank| rank.to_string()))
            .collect()
    }

    /// One table: a row a class, with its songs, the share of audio in its positive weight, and its `most` most
    /// important features, each with its value and the number of songs behind it.
    pub fn rows(&self, measure: Measure, most: usize) -> Vec<Vec<String>> {
        let row = |class: &ClassTable| {
            let songs = class.songs.map_or("?".into(), |n| n.to_string());
            let share = class
                .audio_share()
                .map_or("-".into(), |s| format!("{:.1} %", 100.0 * s));
            let ranked = class.ranked(measure);
            let entries =
                (0..most).map(|rank| ranked.get(rank).map_or("-".into(), |f| entry(f, measure)));
            [class.label.clone(), songs, share]
                .into_iter()
                .chain(entries)
                .collect()
        };
        self.classes.iter().map(row).collect()
    }

    /// [`Self::rows`] as Markdown.
    pub fn to_markdown(&self, measure: Measure, most: usize) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|c| cell(c)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let head = Self::head(most);
        let rule = vec!["---".to_string(); head.len()];
        let mut text = line(&head) + &line(&rule);
        for row in self.rows(measure, most) {
            text += &line(&row);
        }
        text
    }
}

fn entry(f: &Importance, measure: Measure) -> String {
    format!("{} {:.3} ({})", f.id, f.by(measure), f.count)
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
