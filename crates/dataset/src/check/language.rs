//! A guess at the language of lyrics: by script, and for Latin script by the most common words.
//!
//! Good enough to find the foreign songs of a collection, not to label one: it knows nine scripts and seven
//! languages in Latin script, and says nothing where few words are known.

/// The share of a text's words that must be among a language's common ones.
const LEAST_SHARE: f64 = 0.12;
/// Fewer words say nothing.
const LEAST_WORDS: usize = 5;

/// ISO 639-1 code and the most common words of sung texts.
const COMMON_WORDS: [(&str, &str); 7] = [
    (
        "en",
        "the you and i to a me my it in of is on that your for be with we all this so but when what was just i'm don't",
    ),
    (
        "es",
        "que de no la y el en a tu te me mi un es lo por yo con se una los si para como más las pero esta amor ya",
    ),
    (
        "pt",
        "que não de eu o a e você é um me meu mais em do da uma se com para por pra minha quem só tudo vai seu na no",
    ),
    (
        "fr",
        "je de et la le que les pas tu à est un des en dans ne moi mon l'amour qui pour ce on une c'est j'ai me mais du",
    ),
    (
        "de",
        "ich du und die der nicht das ist ein mich in es mir wir zu so den mit dich auf was wie wenn dir doch nur hab",
    ),
    (
        "it",
        "che di non la e il un mi è per te in io ti sei una ma come più del amore se con lo sono questo nel mio tu",
    ),
    (
        "sv",
        "jag och du det att en är som på inte mig för i vi med har den så dig när men till om vill av kan min",
    ),
];

/// The ISO 639-1 code of the language that a text is most likely in; `None` if that cannot be said.
pub fn guess(text: &str) -> Option<&'static str> {
    if let Some(code) = by_script(text) {
        return Some(code);
    }
    let lower = text.to_lowercase().replace('’', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphabetic() || c == '\''))
        .filter(|w| !w.is_empty())
        .collect();
    if words.len() < LEAST_WORDS {
        return None;
    }
    let share = |common: &str| {
        let common: Vec<&str> = common.split(' ').collect();
        let known = words.iter().filter(|w| common.contains(w)).count();
        known as f64 / words.len() as f64
    };
    COMMON_WORDS
        .iter()
        .map(|(code, common)| (share(common), *code))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(share, _)| *share >= LEAST_SHARE)
        .map(|(_, code)| code)
}

/// The language of a script in which most letters are.
fn by_script(text: &str) -> Option<&'static str> {
    let mut letters = 0;
    let mut counts = [0usize; SCRIPTS.len()];
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        let of = |(_, ranges): &(&str, &[(char, char)])| {
            ranges
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&c))
        };
        if let Some(script) = SCRIPTS.iter().position(of) {
            counts[script] += 1;
        }
    }
    // Japanese is written with Chinese characters too: any share of kana tells.
    let is_most = |count: usize| count * 2 > letters;
    let (kana, han) = (counts[0], counts[1]);
    if kana > 0 && is_most(kana + han) {
        return Some("ja");
    }
    let script = counts.iter().position(|&count| is_most(count))?;
    Some(SCRIPTS[script].0)
}

const SCRIPTS: [(&str, &[(char, char)]); 9] = [
    ("ja", &[('\u{3040}', '\u{30ff}')]),
    ("zh", &[('\u{4e00}', '\u{9fff}'), ('\u{3400}', '\u{4dbf}')]),
    ("ko", &[('\u{ac00}', '\u{d7af}'), ('\u{1100}', '\u{11ff}')]),
    ("ru", &[('\u{0400}', '\u{04ff}')]),
    ("el", &[('\u{0370}', '\u{03ff}')]),
    ("ar", &[('\u{0600}', '\u{06ff}')]),
    ("he", &[('\u{0590}', '\u{05ff}')]),
    ("hi", &[('\u{0900}', '\u{097f}')]),
    ("th", &[('\u{0e00}', '\u{0e7f}')]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told_apart() {
        for (text, code) in [
            (
                "I know that you are the one and I don't want to be all alone in the rain",
                "en",
            ),
            (
                "yo no sé por qué te quiero, mi amor, si tu corazón no es para mí",
                "es",
            ),
            (
                "eu não sei por que você não me quer, meu amor, tudo que eu faço é pra você",
                "pt",
            ),
            (
                "je ne sais pas pourquoi tu es dans mon coeur et que je pense à toi",
                "fr",
            ),
            (
                "ich weiß nicht was es ist, und du bist nicht mehr bei mir in der Nacht",
                "de",
            ),
            (
                "non so perché tu sei nel mio cuore e io ti amo più di te",
                "it",
            ),
            (
                "jag vet inte vad det är men du är den som jag vill ha",
                "sv",
            ),
            ("я не знаю почему", "ru"),
            ("나는 너를 사랑해", "ko"),
            ("君を愛している", "ja"),
            ("我爱你", "zh"),
            ("σ' αγαπώ πολύ", "el"),
        ] {
            assert_eq!(guess(text), Some(code), "{text}");
        }
        for text in ["", "la la", "zxq wvb klm prt ghj nnn"] {
            assert_eq!(guess(text), None, "{text}");
        }
    }
}
