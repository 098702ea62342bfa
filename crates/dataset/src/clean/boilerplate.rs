//! What lyrics websites leave in their texts.

use serde::Serialize;
use std::collections::BTreeMap;

/// A kind of text that is not of the song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Boilerplate {
    /// `3 ContributorsTITLE Lyrics` in front of the first line.
    Header,
    /// `12Embed` behind the last word.
    Embed,
    /// `You might also like`, on a line of its own or between two words.
    AlsoLike,
    /// `See NAME Live`.
    SeeLive,
    /// `Get tickets as low as $35`.
    Tickets,
    /// `[Chorus]`, `[Verse 2: NAME]`.
    SectionTag,
}

impl Boilerplate {
    /// What it looks like, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Header => "N Contributors... Lyrics",
            Self::Embed => "NEmbed",
            Self::AlsoLike => "You might also like",
            Self::SeeLive => "See ... Live",
            Self::Tickets => "Get tickets as low as",
            Self::SectionTag => "[Section]",
        }
    }
}

/// A text without boilerplate, and what was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// The rest; a text without boilerplate is unchanged to the byte.
    pub text: String,
    /// Places by kind; empty where nothing was found.
    pub removed: BTreeMap<Boilerplate, usize>,
}

const ALSO_LIKE: &str = "You might also like";
const TICKETS: &str = "Get tickets as low as ";
/// The first words of section tags, in the languages in which they are common.
const SECTIONS: &[&str] = &[
    "verse",
    "chorus",
    "intro",
    "outro",
    "bridge",
    "pre-chorus",
    "prechorus",
    "post-chorus",
    "postchorus",
    "hook",
    "refrain",
    "interlude",
    "breakdown",
    "solo",
    "instrumental",
    "spoken",
    "part",
    "drop",
    "skit",
    "coda",
    "guitar",
    "build",
    "break",
    "pre-hook",
    "pre-drop",
    "ad-libs",
    "estribillo",
    "verso",
    "coro",
    "puente",
    "couplet",
    "pont",
    "strophe",
    "refrão",
    "ponte",
    "strofa",
    "ritornello",
    "segment",
    "sample",
];
/// Words of a name in `See NAME Live` at most.
const MOST_NAME_WORDS: usize = 6;

/// Takes boilerplate out of a text. Lines that held nothing else go with it; words that it stood between are put on
/// two lines.
pub fn strip(text: &str) -> Cleaned {
    let mut removed = BTreeMap::new();
    let mut out = String::with_capacity(text.len());
    let last = text.trim_end().lines().count();
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let body = line.trim_end_matches(['\n', '\r']);
        let mut found = Finds::default();
        let mut rest = body.to_owned();
        if i == 0 {
            rest = found.header(&rest);
        }
        if i + 1 == last {
            rest = found.embed(&rest);
        }
        rest = found.tickets(&rest);
        rest = found.also_like(&rest);
        rest = found.section_tags(&rest);
        if found.0.is_empty() {
            out.push_str(line);
            continue;
        }
        for (kind, places) in found.0 {
            *removed.entry(kind).or_default() += places;
        }
        if !rest.trim().is_empty() {
            out.push_str(rest.trim_end());
            out.push_str(&line[body.len()..]);
        }
    }
    Cleaned { text: out, removed }
}

/// What was found in a line.
#[derive(Default)]
struct Finds(BTreeMap<Boilerplate, usize>);

impl Finds {
    fn add(&mut self, kind: Boilerplate) {
        *self.0.entry(kind).or_default() += 1;
    }

    fn header(&mut self, line: &str) -> String {
        let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let after = &line[digits..];
        let is_header = digits > 0 && after.starts_with(" Contributor");
        match after.find("Lyrics").filter(|_| is_header) {
            Some(at) => {
                self.add(Boilerplate::Header);
                after[at + "Lyrics".len()..].to_owned()
            }
            None => line.to_owned(),
        }
    }

    /// `Embed` glued to a count or to the last word; the word of its own is left alone.
    fn embed(&mut self, line: &str) -> String {
        let Some(before) = line.trim_end().strip_suffix("Embed") else {
            return line.to_owned();
        };
        if before.ends_with(char::is_whitespace) {
            return line.to_owned();
        }
        self.add(Boilerplate::Embed);
        let count = before.strip_suffix(['K', 'M']).unwrap_or(before);
        let bare = count.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        // A full stop in front of the count is the song's; `K` is a count's only behind digits.
        let first_digit = count[bare.len()..].find(|c: char| c.is_ascii_digit());
        first_digit
            .map_or(before, |at| &count[..bare.len() + at])
            .to_owned()
    }

    /// `See NAME Live` and `Get tickets as low as $35`, which stand together or on lines of their own.
    fn tickets(&mut self, line: &str) -> String {
        let mut line = line.to_owned();
        while let Some(at) = line.find(TICKETS) {
            let price = &line[at + TICKETS.len()..];
            let end = price
                .find(|c: char| !(c.is_ascii_digit() || "$£€.,".contains(c)))
                .unwrap_or(price.len());
            let tail = price[end..].to_owned();
            self.add(Boilerplate::Tickets);
            let front = line[..at].to_owned();
            line = joined(&self.see_live_at_end(&front), &tail);
        }
        if line.trim_end().ends_with(" Live") && line.trim_start().starts_with("See ") {
            line = self.see_live_at_end(&line);
        } else if let Some(at) = line.find(&format!(" Live{ALSO_LIKE}")) {
            let cut = at + " Live".len();
            line = joined(&self.see_live_at_end(&line[..cut]), &line[cut..]);
        }
        line
    }

    /// Takes `See NAME Live` off the end; a name's words begin with capitals or digits.
    fn see_live_at_end(&mut self, line: &str) -> String {
        let is_name = |name: &str| {
            let mut words = name.split_whitespace();
            let count = name.split_whitespace().count();
            (1..=MOST_NAME_WORDS).contains(&count)
                && words.all(|w| !w.starts_with(char::is_lowercase))
        };
        let name = line.trim_end().strip_suffix(" Live");
        let start = name.and_then(|n| n.rfind("See ").filter(|&at| is_name(&n[at + 4..])));
        match start {
            Some(at) => {
                self.add(Boilerplate::SeeLive);
                line[..at].to_owned()
            }
            None => line.to_owned(),
        }
    }

    /// Every `You might also like` that no lower-case word follows: that one is of a song.
    fn also_like(&mut self, line: &str) -> String {
        let mut out = String::new();
        let mut rest = line;
        while let Some(at) = rest.find(ALSO_LIKE) {
            let (front, after) = (&rest[..at], &rest[at + ALSO_LIKE.len()..]);
            let goes_on = after
                .trim_start_matches([' ', ','])
                .starts_with(char::is_lowercase);
            if goes_on {
                out.push_str(&rest[..at + ALSO_LIKE.len()]);
                rest = after;
            } else {
                self.add(Boilerplate::AlsoLike);
                out = joined(&(out + front), after);
                // What follows is in `out` now and is looked through from there.
                return self.also_like(&out);
            }
        }
        out + rest
    }

    fn section_tags(&mut self, line: &str) -> String {
        let mut out = String::new();
        let mut rest = line;
        while let Some(open) = rest.find('[') {
            let Some(close) = rest[open..].find(']').map(|at| open + at) else {
                break;
            };
            let inside = rest[open + 1..close].to_lowercase();
            let first = inside.split([' ', ':', ',']).next().unwrap_or_default();
            let first = first.trim_end_matches(|c: char| c.is_ascii_digit());
            if SECTIONS.contains(&first) {
                self.add(Boilerplate::SectionTag);
                out = joined(&(out + &rest[..open]), "");
            } else {
                out.push_str(&rest[..=close]);
            }
            rest = &rest[close + 1..];
        }
        if out.is_empty() {
            rest.to_owned()
        } else {
            out + rest
        }
    }
}

/// Two parts of a line between which something was taken out; on two lines where their words would run together.
fn joined(front: &str, back: &str) -> String {
    let would_touch = front.ends_with(|c: char| !c.is_whitespace())
        && back.starts_with(|c: char| !c.is_whitespace());
    let between = if would_touch { "\n" } else { "" };
    format!("{front}{between}{back}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> (String, Vec<(Boilerplate, usize)>) {
        let Cleaned { text, removed } = strip(text);
        (text, removed.into_iter().collect())
    }

    #[test]
    fn a_scraped_page_becomes_its_song() {
        let page = "12 ContributorsHarbour Light Lyrics[Verse 1]\nOver the water\nSee Mara Vale LiveGet tickets as low as $35You might also like[Chorus: Mara Vale]\nHold onYou might also likeHold on\nAll the way home3Embed";
        let (text, removed) = cleaned(page);
        assert_eq!(text, "Over the water\nHold on\nHold on\nAll the way home");
        assert_eq!(
            removed,
            [
                (Boilerplate::Header, 1),
                (Boilerplate::Embed, 1),
                (Boilerplate::AlsoLike, 2),
                (Boilerplate::SeeLive, 1),
                (Boilerplate::Tickets, 1),
                (Boilerplate::SectionTag, 2),
            ]
        );
    }

    #[test]
    fn each_kind_alone() {
        use Boilerplate::*;
        let cases = [
            ("1 ContributorSea Lyrics\nwaves\n", "waves\n", Header),
            ("waves\nhome1.2KEmbed\n", "waves\nhome\n", Embed),
            ("waves\nhomeEmbed", "waves\nhome", Embed),
            ("waves\nhome.7Embed", "waves\nhome.", Embed),
            (
                "waves\nYou might also like\nhome\n",
                "waves\nhome\n",
                AlsoLike,
            ),
            ("waves\nSee Bon Vale Live\nhome\n", "waves\nhome\n", SeeLive),
            (
                "waves\nGet tickets as low as $1,235\nhome\n",
                "waves\nhome\n",
                Tickets,
            ),
            ("[Pre-Chorus]\r\nwaves\r\n", "waves\r\n", SectionTag),
            ("[Verse2]\nwaves", "waves", SectionTag),
        ];
        for (text, wanted, kind) in cases {
            assert_eq!(
                cleaned(text),
                (wanted.to_owned(), vec![(kind, 1)]),
                "{text}"
            );
        }
    }

    #[test]
    fn songs_keep_their_own_words() {
        for text in [
            "You might also like the way I do\n",
            "See how we live, live and let live\n",
            "99 Contributors to my heart\nand lyrics",
            "[laughs] come on\n",
            "so deep I Embed",
            "  two  blanks \r\n\r\nand tabs\t\n",
            "",
        ] {
            assert_eq!(cleaned(text), (text.to_owned(), vec![]));
        }
    }
}
