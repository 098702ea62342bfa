use super::embedded;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static PUBLISHED: LazyLock<Music4AllRules> = LazyLock::new(|| {
    embedded(
        "music4all_genres.json",
        include_str!("../../data/music4all_genres.json"),
    )
});

/// Which set of classes is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Classes {
    /// The nine of the published models: metal and hardcore are heavy music; rhythm and blues, blue note and
    /// jamaican are rhythm music.
    #[default]
    Nine,
    /// The twelve of the rules.
    Twelve,
}

/// The published rules that place a Music4All song in a genre class by its ordered genres.
#[derive(Debug, Deserialize)]
pub struct Music4AllRules {
    merged: BTreeMap<String, Vec<String>>,
    classes: Vec<ClassRule>,
}

/// A class and its ways in.
#[derive(Debug, Deserialize)]
pub struct ClassRule {
    /// One of the twelve classes.
    pub class: String,
    /// The class takes a song if one of these holds.
    pub alternatives: Vec<Alternative>,
}

/// Conditions on a song's genres, of which all must hold. "Later" genres are those from the second on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alternative {
    first: Vec<String>,
    second_none: Vec<String>,
    later_any: Option<Vec<String>>,
    later_none: Vec<String>,
    later_text: Option<String>,
    later_text_not: Option<String>,
    alone: bool,
    unplaced: bool,
}

impl Alternative {
    /// Whether all conditions hold for a song's genres, in order; `unplaced` says that no earlier class took it.
    pub fn holds(&self, genres: &[&str], unplaced: bool) -> bool {
        let Some((first, later)) = genres.split_first() else {
            return false;
        };
        let one_of = |names: &[String], genre: &str| names.iter().any(|n| n == genre);
        let some_later = |names: &[String]| later.iter().any(|g| one_of(names, g));
        let text = later.join(",");
        one_of(&self.first, first)
            && !later.first().is_some_and(|g| one_of(&self.second_none, g))
            && self
                .later_any
                .as_ref()
                .is_none_or(|names| some_later(names))
            && !some_later(&self.later_none)
            && self
                .later_text
                .as_ref()
                .is_none_or(|t| text.contains(t.as_str()))
            && !self
                .later_text_not
                .as_ref()
                .is_some_and(|t| text.contains(t.as_str()))
            && (!self.alone || later.is_empty())
            && (!self.unplaced || unplaced)
    }
}

impl Music4AllRules {
    /// The published rules.
    pub fn published() -> &'static Self {
        &PUBLISHED
    }

    /// The classes in the order in which they are tried.
    pub fn rules(&self) -> &[ClassRule] {
        &self.classes
    }

    /// The names of the classes.
    pub fn names(&self, classes: Classes) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for rule in &self.classes {
            let name = self.named(&rule.class, classes);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The class of a song, or `None` where no rule places it. Case and outer blanks of the genres do not matter.
    pub fn class_of<S: AsRef<str>>(&self, genres: &[S], classes: Classes) -> Option<&str> {
        let genres: Vec<String> = genres
            .iter()
            .map(|g| g.as_ref().trim().to_lowercase())
            .filter(|g| !g.is_empty())
            .collect();
        let genres: Vec<&str> = genres.iter().map(String::as_str).collect();
        // The first class that takes the song ends the search, so at each one the song is unplaced yet.
        let rule = self
            .classes
            .iter()
            .find(|rule| rule.alternatives.iter().any(|a| a.holds(&genres, true)))?;
        Some(self.named(&rule.class, classes))
    }

    fn named<'a>(&'a self, class: &'a str, classes: Classes) -> &'a str {
        let merged = |(_, parts): &(&String, &Vec<String>)| parts.iter().any(|p| p == class);
        match classes {
            Classes::Twelve => class,
            Classes::Nine => self.merged.iter().find(merged).map_or(class, |(n, _)| n),
        }
    }
}
