//! "Did you mean": the known name that is most like a mistyped one.

/// Names less alike than this (Damerau and Levenshtein, 0 to 1) are not what was meant.
const LEAST_LIKENESS: f64 = 0.5;

/// The name of `known` that is most like `written`, where one is like it at all.
///
/// # Source
/// Normalised Damerau-Levenshtein similarity, regardless of case; the first of equals.
pub fn nearest<'a, S: AsRef<str>>(written: &str, known: &'a [S]) -> Option<&'a str> {
    let written = written.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in known.iter().map(AsRef::as_ref) {
        let likeness = strsim::normalized_damerau_levenshtein(&written, &name.to_lowercase());
        if likeness >= LEAST_LIKENESS && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typing_mistakes_find_their_name_and_nonsense_finds_none() {
        let known = ["epochs", "batch", "learning_rate", "songs"];
        assert_eq!(nearest("epoch", &known), Some("epochs"));
        assert_eq!(nearest("learnign_rate", &known), Some("learning_rate"));
        assert_eq!(nearest("BATCH", &known), Some("batch"));
        assert_eq!(nearest("zzz", &known), None);
        assert_eq!(nearest("x", &Vec::<String>::new()), None);
    }
}
