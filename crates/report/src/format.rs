//! Numbers and times as people read them.

/// The typographic minus sign.
pub(crate) const MINUS: char = '\u{2212}';

/// A weight with its sign, three significant decimals at most; a dash where there is no number.
pub(crate) fn signed(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let magnitude = plain(value.abs());
    if magnitude.chars().all(|c| c == '0' || c == '.') {
        return "0".to_owned();
    }
    if value < 0.0 {
        format!("{MINUS}{magnitude}")
    } else {
        format!("+{magnitude}")
    }
}

/// A number without superfluous digits.
pub(crate) fn plain(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let magnitude = value.abs();
    if magnitude == 0.0 {
        return "0".to_owned();
    }
    let text = match magnitude {
        m if m >= 100.0 => format!("{m:.0}"),
        m if m >= 1.0 => format!("{m:.2}"),
        m if m >= 0.001 => format!("{m:.3}"),
        m => format!("{m:.1e}").replace('-', &MINUS.to_string()),
    };
    if value < 0.0 {
        format!("{MINUS}{text}")
    } else {
        text
    }
}

/// A probability in per cent; never rounds to certainty.
pub(crate) fn percent(probability: f64) -> String {
    match probability * 100.0 {
        p if !p.is_finite() => "–".to_owned(),
        p if p > 99.5 && probability < 1.0 => "> 99 %".to_owned(),
        p if p < 0.5 && probability > 0.0 => "< 1 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

/// A moment: seconds with one decimal, with minutes from one minute on.
pub(crate) fn moment(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round();
    if tenths < 600.0 {
        return format!("{:.1}", tenths / 10.0);
    }
    let minutes = (tenths / 600.0).floor();
    format!("{minutes:.0}:{:04.1}", (tenths - minutes * 600.0) / 10.0)
}

/// A range of time.
pub(crate) fn time_range(start_s: f64, end_s: f64) -> String {
    let unit = if end_s < 59.95 { " s" } else { "" };
    format!("{}–{}{unit}", moment(start_s), moment(end_s))
}

/// At most `max_chars` characters, the last one an ellipsis if some are missing; control characters become blanks.
pub(crate) fn shortened(text: &str, max_chars: usize) -> String {
    let mut out: String = text
        .chars()
        .take(max_chars + 1)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if out.chars().count() > max_chars {
        out = out
            .chars()
            .take(max_chars.saturating_sub(1))
            .collect::<String>()
            .trim_end()
            .to_owned();
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(signed(0.12345), "+0.123");
        assert_eq!(signed(-0.5), "−0.500");
        assert_eq!(signed(0.0), "0");
        assert_eq!(signed(-0.0), "0");
        assert_eq!(signed(f64::NAN), "–");
        assert_eq!(signed(-1.5e-5), "−1.5e−5");
        assert_eq!(percent(0.934), "93 %");
        assert_eq!(percent(0.9999), "> 99 %");
        assert_eq!(percent(0.0001), "< 1 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(1.0), "100 %");
    }

    #[test]
    fn times_read_well() {
        assert_eq!(time_range(3.1, 5.12), "3.1–5.1 s");
        assert_eq!(time_range(58.0, 61.04), "58.0–1:01.0");
        assert_eq!(moment(59.97), "1:00.0");
        assert_eq!(moment(7199.96), "120:00.0");
    }

    #[test]
    fn long_text_ends_in_an_ellipsis() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abcde…");
        assert_eq!(shortened("a\u{0}\nb", 6), "a  b");
    }
}
