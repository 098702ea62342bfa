//! Naming the valid name that a wrong one was probably meant to be.

/// The valid name that is fewest edits away from `name`, whatever the case; `None` if all are too far to be meant.
pub fn nearest<'a>(name: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.trim().to_lowercase();
    let most = (wanted.chars().count() / 2).clamp(1, 4);
    valid
        .into_iter()
        .map(|v| (strsim::damerau_levenshtein(&wanted, &v.to_lowercase()), v))
        .min_by_key(|(edits, _)| *edits)
        .filter(|(edits, _)| *edits <= most)
        .map(|(_, v)| v)
}

/// What to say behind a wrong name: the nearest valid one, or all of them.
pub(crate) fn suggestion(name: &str, valid: &[&str]) -> String {
    match nearest(name, valid.iter().copied()) {
        Some(meant) => format!("did you mean \"{meant}\"? (valid: {})", valid.join(", ")),
        None => format!("valid: {}", valid.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_name_and_other_words_none() {
        let valid = ["train", "validation", "test"];
        assert_eq!(nearest("tset", valid), Some("test"));
        assert_eq!(nearest("Validaton", valid), Some("validation"));
        assert_eq!(nearest("TRAIN", valid), Some("train"));
        assert_eq!(nearest("holdout", valid), None);
        assert!(suggestion("tset", &valid).contains("\"test\""));
        assert!(suggestion("zzzz", &valid).starts_with("valid: train"));
    }
}
