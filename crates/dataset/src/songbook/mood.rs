//! The songbook's labels as a tagger's tags and as numbers.

use super::labels::{Emotion, Energy, Genre, Valence};

/// The tags of all songs, sorted: the genres, the valences and the energies.
pub fn tag_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = Genre::ALL.map(Genre::name).to_vec();
    names.extend(Valence::ALL.map(Valence::tag));
    names.extend(Energy::ALL.map(Energy::tag));
    names.sort_unstable();
    names
}

/// The tags of one song: its genre and both halves of its emotion.
pub fn tags(genre: Genre, emotion: Emotion) -> [&'static str; 3] {
    [genre.name(), emotion.valence.tag(), emotion.energy.tag()]
}

/// Middles of the three cells of a side of the emotion grid, which is cut at 0.35 and 0.65.
const CENTRES: [f64; 3] = [0.175, 0.5, 0.825];

impl Valence {
    /// The tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Negative => "negative_valence",
            Self::Neutral => "neutral_valence",
            Self::Positive => "positive_valence",
        }
    }

    /// The middle of its cell, from 0 to 1.
    pub fn centre(self) -> f64 {
        match self {
            Self::Negative => CENTRES[0],
            Self::Neutral => CENTRES[1],
            Self::Positive => CENTRES[2],
        }
    }
}

impl Energy {
    /// The tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Low => "low_energy",
            Self::Medium => "medium_energy",
            Self::High => "high_energy",
        }
    }

    /// The middle of its cell, from 0 to 1.
    pub fn centre(self) -> f64 {
        match self {
            Self::Low => CENTRES[0],
            Self::Medium => CENTRES[1],
            Self::High => CENTRES[2],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curation::EmotionGrid;

    #[test]
    fn centres_lie_in_their_cells() {
        let grid = EmotionGrid::published();
        for (emotion, cell) in Emotion::all().zip(grid.names()) {
            let (valence, energy) = (emotion.valence.centre(), emotion.energy.centre());
            assert_eq!(grid.emotion(valence, energy), Some(cell));
        }
    }
}
