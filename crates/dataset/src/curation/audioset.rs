use super::embedded;
use serde::Deserialize;
use std::sync::LazyLock;

static PUBLISHED: LazyLock<AudioSetClasses> = LazyLock::new(|| {
    embedded(
        "audioset_genres.json",
        include_str!("../../data/audioset_genres.json"),
    )
});

/// The published classes of AudioSet's music genres.
#[derive(Debug, Deserialize)]
pub struct AudioSetClasses {
    classes: Vec<Group>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    class: String,
    labels: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
}

/// Where a song's labels put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement<'a> {
    /// In one class.
    Class(&'a str),
    /// In several at once, so in none.
    Ambiguous(Vec<&'a str>),
    /// No label belongs to a class.
    None,
}

impl AudioSetClasses {
    /// The published merges.
    pub fn published() -> &'static Self {
        &PUBLISHED
    }

    /// The names of the classes.
    pub fn names(&self) -> Vec<&str> {
        self.classes.iter().map(|g| g.class.as_str()).collect()
    }

    /// Where the display names of a song's labels put it; case does not matter.
    pub fn place<S: AsRef<str>>(&self, labels: &[S]) -> Placement<'_> {
        let has = |name: &String| {
            let is = |label: &S| label.as_ref().trim().eq_ignore_ascii_case(name);
            labels.iter().any(is)
        };
        let groups = self.classes.iter();
        let fitting: Vec<&str> = groups
            .filter(|g| g.labels.iter().any(has) && !g.without.iter().any(has))
            .map(|g| g.class.as_str())
            .collect();
        match fitting.as_slice() {
            [] => Placement::None,
            [class] => Placement::Class(class),
            _ => Placement::Ambiguous(fitting),
        }
    }
}
