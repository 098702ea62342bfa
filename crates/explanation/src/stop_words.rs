//! Words that carry no meaning of their own.

use std::collections::HashSet;

/// English articles, pronouns, prepositions, conjunctions, auxiliary verbs and particles, and the pieces that
/// contractions leave when they are split at the apostrophe.
const ENGLISH: &str = "a about above after again against ain all am an and any are aren as at be because been before \
    being below between both but by can cannot could couldn d did didn do does doesn doing don down during each few for \
    from further had hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn it \
    its itself just ll m ma me might mightn more most must mustn my myself needn no nor not now o of off on once only or \
    other our ours ourselves out over own re s same shall shan she should shouldn so some such t than that the their \
    theirs them themselves then there these they this those through to too under until up upon us ve very was wasn we \
    were weren what when where which while who whom why will with won would wouldn y you your yours yourself yourselves";

/// English stop words, lower-cased.
pub fn english_stop_words() -> HashSet<String> {
    read_stop_words(ENGLISH)
}

/// The words of a list, separated by blanks or line ends, lower-cased.
pub fn read_stop_words(list: &str) -> HashSet<String> {
    list.split_whitespace().map(str::to_lowercase).collect()
}
