//! Text can be read: WCAG 2.1 AA asks for a contrast of 4.5.

const CSS: &str = include_str!("../../templates/report.css");
const AA: f64 = 4.5;
/// The deepest share of a weight's colour over its ground, as the style sheet mixes it.
const DEEPEST: f64 = 0.86;

type Rgb = [f64; 3];

/// The value of a custom property in the light (first) or dark (second) theme.
fn color(name: &str, theme: usize) -> Rgb {
    let value = CSS
        .split(":root{")
        .nth(theme + 1)
        .and_then(|rest| rest.split('}').next())
        .and_then(|block| {
            block
                .split(';')
                .find_map(|p| p.strip_prefix(&format!("--{name}:")))
        })
        .unwrap_or_else(|| panic!("no --{name} in theme {theme}"));
    let parts: Vec<f64> = match value.strip_prefix('#') {
        Some(hex) => {
            let step = hex.len() / 3;
            (0..3)
                .map(|i| {
                    let digits = hex[i * step..(i + 1) * step].repeat(2 / step);
                    f64::from(u8::from_str_radix(&digits, 16).expect("hex digits"))
                })
                .collect()
        }
        None => value
            .split(' ')
            .map(|n| n.parse().expect("a number"))
            .collect(),
    };
    parts.try_into().expect("three parts")
}

fn over(top: Rgb, share: f64, ground: Rgb) -> Rgb {
    std::array::from_fn(|i| top[i] * share + ground[i] * (1.0 - share))
}

fn luminance(color: Rgb) -> f64 {
    let linear = color.map(|x| {
        let x = x / 255.0;
        if x <= 0.03928 {
            x / 12.92
        } else {
            ((x + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_is_legible_in_both_themes() {
    assert!(
        CSS.contains("calc(var(--d)*.86)"),
        "the test mixes as the style sheet does"
    );
    assert!((contrast([0.0; 3], [255.0; 3]) - 21.0).abs() < 1e-9);
    for theme in 0..2 {
        let of = |name| color(name, theme);
        let mut pairs = vec![("ink on card", of("ink"), of("card"))];
        pairs.push(("ink on ground", of("ink"), of("ground")));
        pairs.push(("quiet on card", of("quiet"), of("card")));
        pairs.push(("quiet on ground", of("quiet"), of("ground")));
        pairs.push(("ink on caution", of("ink"), of("caution")));
        pairs.push(("tooltip", of("card"), of("ink")));
        for side in ["for", "against"] {
            for depth in [0.25, 0.5, 0.75, 1.0] {
                pairs.push((side, of("ink"), over(of(side), DEEPEST * depth, of("card"))));
            }
        }
        for (what, text, ground) in pairs {
            let ratio = contrast(text, ground);
            assert!(ratio >= AA, "{what}, theme {theme}: {ratio:.2}");
        }
    }
}
