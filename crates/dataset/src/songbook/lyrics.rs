//! The words of a song: verses whose lines can carry cue words, and a refrain that never does.

use super::dice::Dice;
use super::labels::{Emotion, Genre};
use super::lexicon::{ADJECTIVES, NOUNS, REFRAIN_HEADS, RHYMES, VERSE_HEADS};

/// Rhyme schemes of a verse: which rhyme family each line ends in.
const SCHEMES: [&[usize]; 5] = [
    &[0, 0, 1, 1],
    &[0, 1, 0, 1],
    &[0, 1, 1, 0],
    &[0, 0, 1, 1, 0],
    &[0, 1, 0, 1, 1],
];

/// The most lines of a verse.
const VERSE_LINES: usize = 5;

/// Cue words of each kind in a song.
pub(super) const CUE_WORDS: usize = 3;

/// The cue words of one song.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CueWords {
    /// Three words, or none where sound decides the genre.
    pub genre: Vec<&'static str>,
    /// Three words.
    pub valence: Vec<&'static str>,
}

impl CueWords {
    /// Draws three different words of each lexicon.
    pub(super) fn draw(genre: Genre, emotion: Emotion, dice: &mut Dice) -> Self {
        let mut three = |words: &[&'static str]| -> Vec<&'static str> {
            dice.sample(words.len(), CUE_WORDS)
                .into_iter()
                .map(|i| words[i])
                .collect()
        };
        // The valence first, so that its words do not depend on the genre.
        let valence = three(emotion.valence.words());
        let genre = genre.words().map_or_else(Vec::new, three);
        Self { genre, valence }
    }
}

/// The text of one song.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// What the lyrics file holds.
    pub text: String,
    /// The refrain's lines, which the excerpt sings.
    pub refrain: Vec<String>,
}

/// Writes the lyrics; `dice` decides everything but the cue words.
pub(super) fn write(cues: &CueWords, dice: &mut Dice) -> Text {
    let mut writer = Writer::new(dice);
    // At most one verse has five lines: 40 to 70 different words leave room for an explanation.
    let long = writer.dice.index(3);
    let schemes = [0, 1].map(|verse| {
        let range = if verse == long {
            3..SCHEMES.len()
        } else {
            0..3
        };
        *writer.dice.pick(&SCHEMES[range])
    });
    let verse_lines = schemes[0].len() + schemes[1].len();

    // Six different verse lines stand ready for cue words, whether or not the song has that many.
    let places = writer.dice.sample(verse_lines, 2 * CUE_WORDS);
    let cue_of = |line: usize| {
        let at = places.iter().position(|&p| p == line)?;
        if at < CUE_WORDS {
            cues.genre.get(at)
        } else {
            cues.valence.get(at - CUE_WORDS)
        }
    };

    // Both verses share the line beginnings and one rhyme family with its tails: songs repeat themselves.
    let mut families = writer.families(2);
    let (heads, tails) = (writer.heads.clone(), writer.tails.clone());
    let mut line = 0;
    let verses = schemes.map(|scheme| {
        writer.heads = shuffled(&heads, writer.dice);
        writer.tails.clone_from(&tails);
        let lines: Vec<String> = scheme
            .iter()
            .map(|&f| {
                let text = writer.verse_line(families[f], cue_of(line).copied());
                line += 1;
                text
            })
            .collect();
        families[1] = writer.families(1)[0];
        lines
    });
    let refrain = writer.refrain();
    let sections: [&[String]; 4] = if writer.dice.chance(0.5) {
        [&verses[0], &refrain, &verses[1], &refrain]
    } else {
        [&refrain, &verses[0], &refrain, &verses[1]]
    };
    let text = sections.map(|lines| lines.join("\n")).join("\n\n") + "\n";
    Text { text, refrain }
}

/// Hands out heads, nouns, adjectives and rhymes; no noun and no rhyme twice.
struct Writer<'a> {
    dice: &'a mut Dice,
    heads: Vec<&'static str>,
    nouns: Vec<&'static str>,
    adjectives: Vec<&'static str>,
    families: Vec<usize>,
    tails: Vec<Vec<&'static str>>,
}

impl<'a> Writer<'a> {
    fn new(dice: &'a mut Dice) -> Self {
        let heads = shuffled(&VERSE_HEADS, dice)[..VERSE_LINES].to_vec();
        let nouns = shuffled(&NOUNS, dice);
        // Two adjectives come back again and again: a song has its favourites.
        let adjectives = shuffled(&ADJECTIVES, dice)[..2].to_vec();
        let families = shuffled(&(0..RHYMES.len()).collect::<Vec<_>>(), dice);
        let tails = RHYMES.iter().map(|tails| shuffled(tails, dice)).collect();
        Self {
            dice,
            heads,
            nouns,
            adjectives,
            families,
            tails,
        }
    }

    fn families(&mut self, n: usize) -> Vec<usize> {
        self.families.split_off(self.families.len() - n)
    }

    /// A verse line. A noun is drawn even where a cue word takes its place, so that the other lines do not
    /// depend on the cues.
    fn verse_line(&mut self, family: usize, cue: Option<&str>) -> String {
        let head = take(&mut self.heads);
        let noun = take(&mut self.nouns);
        let adjective = *self.dice.pick(&self.adjectives);
        let head = head
            .replace("{a}", adjective)
            .replace("{n}", cue.unwrap_or(noun));
        self.finish(&head, family)
    }

    fn refrain(&mut self) -> Vec<String> {
        let (n, m) = (take(&mut self.nouns), take(&mut self.nouns));
        let families = self.families(2);
        let scheme = *self.dice.pick(&SCHEMES[..3]);
        let heads = self.dice.sample(REFRAIN_HEADS.len(), 2);
        // Both line beginnings come back.
        let order = [heads[0], heads[1], heads[0], heads[1]];
        order
            .iter()
            .zip(scheme)
            .map(|(&head, &f)| {
                let head = REFRAIN_HEADS[head].replace("{n}", n).replace("{m}", m);
                self.finish(&head, families[f])
            })
            .collect()
    }

    /// Adds a rhyming tail and a capital.
    fn finish(&mut self, head: &str, family: usize) -> String {
        let tail = take(&mut self.tails[family]);
        let mut line = format!("{head} {tail}");
        if let Some(first) = line.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        line
    }
}

fn shuffled<T: Copy>(items: &[T], dice: &mut Dice) -> Vec<T> {
    let mut items = items.to_vec();
    dice.shuffle(&mut items);
    items
}

/// The last item; every pool is larger than what one song can ask of it.
fn take(pool: &mut Vec<&'static str>) -> &'static str {
    pool.pop().unwrap_or("moment")
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::{self, CUE_LISTS};
    use std::collections::BTreeSet;

    #[test]
    fn no_cue_word_is_in_another_list_or_in_the_neutral_vocabulary() {
        let words = |text: &str| -> Vec<String> {
            text.replace("{a}", " ")
                .replace("{n}", " ")
                .replace("{m}", " ")
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .map(str::to_lowercase)
                .collect()
        };
        let mut neutral = BTreeSet::from(["moment".to_string()]);
        neutral.extend(lexicon::NOUNS.iter().flat_map(|w| words(w)));
        neutral.extend(lexicon::ADJECTIVES.iter().flat_map(|w| words(w)));
        neutral.extend(lexicon::VERSE_HEADS.iter().flat_map(|w| words(w)));
        neutral.extend(lexicon::REFRAIN_HEADS.iter().flat_map(|w| words(w)));
        neutral.extend(
            lexicon::RHYMES
                .iter()
                .flat_map(|family| family.iter().flat_map(|w| words(w))),
        );
        assert!(neutral.len() > 200, "{} neutral words", neutral.len());
        let mut seen = BTreeSet::new();
        for word in CUE_LISTS.into_iter().flatten() {
            assert_eq!(
                words(word),
                [word.to_string()],
                "a cue is one lower-case word"
            );
            assert!(!neutral.contains(*word), "\"{word}\" is a neutral word too");
            assert!(seen.insert(*word), "\"{word}\" is in two lists");
        }
    }
}
