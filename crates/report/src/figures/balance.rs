//! How many songs each class has in each split: one stacked bar a class.

use super::canvas::{Align, Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::ticks::{tick_labels, ticks};
use super::{Figure, Size, palette};
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

const WIDTH: f64 = 900.0;
const MARGIN: f64 = 36.0;
const TOP: f64 = 128.0;
const ROW_HEIGHT: f64 = 34.0;
const BAR_HEIGHT: f64 = 20.0;
const NAME_EM: f64 = 15.0;
const SMALL_EM: f64 = 13.0;
const VALUE_ROOM: f64 = 64.0;
/// How many classes a figure shows.
const MOST_CLASSES: usize = 40;

/// The songs of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassBar {
    /// The class.
    pub class: String,
    /// Songs in train, validation, test, and without a split.
    pub songs: [usize; 4],
}

impl ClassBar {
    fn total(&self) -> usize {
        self.songs.iter().sum()
    }
}

/// The songs of a data set by class and split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceView {
    /// What is predicted, as "genre".
    pub task: String,
    /// The data set.
    pub name: String,
    /// In the order in which they are drawn.
    pub classes: Vec<ClassBar>,
    /// Songs without a label.
    pub unlabelled: usize,
}

/// Train, validation, test, without a split: dark to light, so that they differ in grey as well.
const PARTS: [(&str, RGBColor); 4] = [
    ("train", palette::ACCENT),
    ("validation", RGBColor(222, 150, 60)),
    ("test", RGBColor(122, 178, 196)),
    ("no split", palette::NEUTRAL),
];

/// The figure of a [`BalanceView`].
pub(super) struct BalanceFigure<'a> {
    view: &'a BalanceView,
    shown: &'a [ClassBar],
}

impl<'a> BalanceFigure<'a> {
    pub(super) fn new(view: &'a BalanceView) -> Self {
        let shown = &view.classes[..view.classes.len().min(MOST_CLASSES)];
        Self { view, shown }
    }

    fn bottom(&self) -> f64 {
        TOP + self.shown.len() as f64 * ROW_HEIGHT
    }

    fn legend<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let mut x = MARGIN;
        for (part, (name, color)) in PARTS.iter().enumerate() {
            let songs: usize = self.view.classes.iter().map(|c| c.songs[part]).sum();
            if songs == 0 {
                continue;
            }
            let swatch = Frame {
                left: x,
                top: 94.0,
                right: x + 14.0,
                bottom: 108.0,
            };
            canvas.fill(swatch, *color)?;
            let text = format!("{name} {songs}");
            canvas.text(&text, x + 21.0, 101.0, Type::new(14.0, palette::INK))?;
            x += 21.0 + fonts::width(&text, 14.0, Weight::Regular) + 26.0;
        }
        Ok(())
    }
}

impl Figure for BalanceFigure<'_> {
    fn name(&self) -> &'static str {
        "balance"
    }

    fn size(&self) -> Size {
        let foot = if self.shown.len() < self.view.classes.len() {
            78.0
        } else {
            56.0
        };
        Size {
            width: WIDTH as u32,
            height: (self.bottom() + foot) as u32,
        }
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let view = self.view;
        let songs: usize = view.classes.iter().map(ClassBar::total).sum();
        let title = format!("Songs by {}", view.task);
        canvas.text(&title, MARGIN, 40.0, Type::new(24.0, palette::INK).bold())?;
        let mut remark = format!(
            "{}  ·  {songs} songs in {} classes",
            view.name,
            view.classes.len()
        );
        if view.unlabelled > 0 {
            remark.push_str(&format!("  ·  {} without a {}", view.unlabelled, view.task));
        }
        let remark = fonts::fitted(&remark, NAME_EM, Weight::Regular, WIDTH - 2.0 * MARGIN);
        canvas.text(&remark, MARGIN, 70.0, Type::new(NAME_EM, palette::QUIET))?;
        self.legend(canvas)?;

        let fitted = |c: &ClassBar| fonts::fitted(&c.class, NAME_EM, Weight::Regular, 240.0);
        let names: Vec<String> = self.shown.iter().map(fitted).collect();
        let widest = names
            .iter()
            .map(|n| fonts::width(n, NAME_EM, Weight::Regular))
            .fold(0.0, f64::max);
        let left = MARGIN + widest + 14.0;
        let room = WIDTH - MARGIN - VALUE_ROOM - left;
        let most = self.shown.iter().map(ClassBar::total).max().unwrap_or(0);
        let x = |songs: f64| left + room * songs / most.max(1) as f64;

        let bottom = self.bottom();
        // Songs are counted in whole numbers: with few of them there are few ticks.
        let marks = ticks(0.0, most.max(1) as f64, most.clamp(1, 6) + 1);
        for (&mark, label) in marks.iter().zip(tick_labels(&marks)) {
            canvas.post(x(mark), TOP, bottom, 1.0, palette::HAIRLINE)?;
            let set = Type::new(SMALL_EM, palette::QUIET).align(Align::Centre);
            canvas.text(&label, x(mark), bottom + 16.0, set)?;
        }
        let set = Type::new(SMALL_EM, palette::QUIET).align(Align::Centre);
        canvas.text("songs", left + room / 2.0, bottom + 36.0, set)?;

        let is_split = view.classes.iter().any(|c| c.songs[3] < c.total());
        for (row, (class, name)) in self.shown.iter().zip(&names).enumerate() {
            let middle = TOP + (row as f64 + 0.5) * ROW_HEIGHT;
            let set = Type::new(NAME_EM, palette::INK).align(Align::Right);
            canvas.text(name, left - 12.0, middle, set)?;
            let mut before = 0;
            for (count, (_, color)) in class.songs.iter().zip(PARTS) {
                let bar = Frame {
                    left: x(before as f64),
                    top: middle - BAR_HEIGHT / 2.0,
                    right: x((before + count) as f64),
                    bottom: middle + BAR_HEIGHT / 2.0,
                };
                canvas.fill(bar, color)?;
                let text = count.to_string();
                if is_split && fonts::width(&text, SMALL_EM, Weight::Regular) + 8.0 < bar.width() {
                    let set = Type::new(SMALL_EM, palette::ink_on(color)).align(Align::Centre);
                    canvas.text(&text, (bar.left + bar.right) / 2.0, middle, set)?;
                }
                before += count;
            }
            let total = class.total().to_string();
            canvas.text(
                &total,
                x(before as f64) + 10.0,
                middle,
                Type::new(14.0, palette::INK),
            )?;
        }
        let hidden = view.classes.len() - self.shown.len();
        if hidden > 0 {
            let rest = format!("and {hidden} smaller classes");
            canvas.text(
                &rest,
                MARGIN,
                bottom + 58.0,
                Type::new(14.0, palette::QUIET),
            )?;
        }
        Ok(())
    }
}
