use super::embedded;
use serde::Deserialize;
use std::sync::LazyLock;

static PUBLISHED: LazyLock<EmotionGrid> = LazyLock::new(|| {
    embedded(
        "emotion_grid.json",
        include_str!("../../data/emotion_grid.json"),
    )
});

/// The published 3 x 3 grid of valence and energy.
#[derive(Debug, Deserialize)]
pub struct EmotionGrid {
    low_below: f64,
    high_above: f64,
    /// Rows: valence low, medium, high; columns: energy low, medium, high.
    cells: [[String; 3]; 3],
}

impl EmotionGrid {
    /// The published grid: cut at .35 and .65, both of which belong to the middle.
    pub fn published() -> &'static Self {
        &PUBLISHED
    }

    /// The names of the cells, valence by valence.
    pub fn names(&self) -> Vec<&str> {
        self.cells.iter().flatten().map(String::as_str).collect()
    }

    /// The emotion of a song; `None` if a value is not in 0..=1.
    pub fn emotion(&self, valence: f64, energy: f64) -> Option<&str> {
        Some(&self.cells[self.level(valence)?][self.level(energy)?])
    }

    fn level(&self, value: f64) -> Option<usize> {
        (0.0..=1.0).contains(&value).then(|| {
            if value < self.low_below {
                0
            } else if value > self.high_above {
                2
            } else {
                1
            }
        })
    }
}
