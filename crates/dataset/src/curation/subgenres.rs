use super::embedded;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The list's class for what belongs to none.
const NO_CLASS: &str = "other";

static PUBLISHED: LazyLock<Subgenres> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File {
        classes: Vec<Class>,
    }
    #[derive(Deserialize)]
    struct Class {
        class: String,
        subgenres: Vec<String>,
    }
    let file: File = embedded(
        "spotify_subgenres.json",
        include_str!("../../data/spotify_subgenres.json"),
    );
    let mut class_of = HashMap::new();
    for Class { class, subgenres } in file.classes {
        for name in subgenres {
            class_of.entry(name).or_insert_with(|| class.clone());
        }
    }
    Subgenres { class_of }
});

/// The published list of Spotify's subgenres and their nine classes.
#[derive(Debug)]
pub struct Subgenres {
    class_of: HashMap<String, String>,
}

impl Subgenres {
    /// The published list.
    pub fn published() -> &'static Self {
        &PUBLISHED
    }

    /// The class of a subgenre by its exact name, whatever the case; `None` for one that is not listed or is listed
    /// as belonging to no class.
    pub fn class_of(&self, subgenre: &str) -> Option<&str> {
        let class = self.class_of.get(&subgenre.trim().to_lowercase())?;
        (class != NO_CLASS).then_some(class.as_str())
    }

    /// The class of the first of a song's genres that has one.
    pub fn first_class<S: AsRef<str>>(&self, genres: &[S]) -> Option<&str> {
        genres.iter().find_map(|g| self.class_of(g.as_ref()))
    }
}
