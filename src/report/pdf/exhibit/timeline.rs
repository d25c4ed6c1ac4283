//! Spans of time under each other, with marked instants such as T-0 across them.

use super::super::canvas::{Area, Point, Stroke};
use super::super::flow::Flow;
use super::super::text;
use super::super::theme::{
    ACCENT, CAPTION, HAIRLINE, INK, LABEL, LEFT, RIGHT, SMALL, WHITE, WIDTH,
};
use super::axis::TimeAxis;
use super::{caption, empty, note};
use crate::model::exhibit::{Mark, Span};

/// Spans that are drawn.
const MOST: usize = 40;
/// Marks that are drawn.
const MOST_MARKS: usize = 12;
const ROW: f32 = 16.0;

pub(super) fn draw(flow: &mut Flow<'_>, title: &str, spans: &[Span], marks: &[Mark]) {
    let drawn = &spans[..spans.len().min(MOST)];
    let shown_marks = &marks[..marks.len().min(MOST_MARKS)];
    let instants = drawn
        .iter()
        .flat_map(|span| [span.from, span.to])
        .chain(shown_marks.iter().map(|mark| mark.at));
    let (Some(first), Some(last)) = (instants.clone().min(), instants.max()) else {
        return empty(flow, title, "No spans.");
    };
    caption(flow, title, 40.0 + ROW * drawn.len().min(8) as f32);
    let labels: Vec<String> = drawn
        .iter()
        .map(|span| text::fit(flow.fonts, &span.label, SMALL, WIDTH * 0.32))
        .collect();
    let widths = labels.iter().map(|label| flow.fonts.width(label, SMALL));
    let left = LEFT + widths.fold(24.0, f32::max) + 8.0;
    let chart = Chart {
        left,
        axis: TimeAxis::around(first, last, 6),
    };
    let mut rows = drawn.iter().zip(labels).peekable();
    loop {
        flow.ensure(ROW + 40.0);
        chart.part(flow, shown_marks, &mut rows);
        if rows.peek().is_none() {
            break;
        }
    }
    if spans.len() > MOST || marks.len() > MOST_MARKS {
        note(flow, "More spans or marks in report.json.");
    }
}

/// The name of a mark and its place.
struct Name {
    text: String,
    x: f32,
    width: f32,
    level: usize,
}

struct Chart {
    left: f32,
    axis: TimeAxis,
}

impl Chart {
    fn x(&self, instant: jiff::Timestamp) -> f32 {
        self.left + self.axis.share(instant) * (RIGHT - self.left)
    }

    fn part<'s>(
        &self,
        flow: &mut Flow<'_>,
        marks: &[Mark],
        rows: &mut impl Iterator<Item = (&'s Span, String)>,
    ) {
        let names = self.place_names(flow, marks);
        let levels = names.iter().map(|name| name.level + 1).max().unwrap_or(0);
        let above = flow.y;
        flow.y += levels as f32 * CAPTION.leading() + 2.0;
        let top = flow.y;
        let fitting = (((flow.room() - 20.0) / ROW) as usize).max(1);
        let rows: Vec<_> = rows.take(fitting).collect();
        let bottom = top + ROW * rows.len() as f32 + 3.0;
        for tick in &self.axis.ticks {
            let x = self.x(*tick);
            let stroke = Stroke::solid(HAIRLINE, 0.4);
            flow.line(Point { x, y: top }, Point { x, y: bottom }, stroke);
        }
        for (span, label) in rows {
            self.span(flow, span, &label);
        }
        self.marks(flow, marks, &names, above, bottom);
        flow.y = bottom;
        flow.rule(self.left, RIGHT, HAIRLINE);
        let mut free = LEFT;
        flow.text(LEFT, flow.y + 2.0, "UTC", LABEL);
        for tick in &self.axis.ticks {
            let label = tick.strftime(self.axis.format).to_string();
            let width = flow.fonts.width(&label, LABEL);
            let x = (self.x(*tick) - width / 2.0).min(RIGHT - width);
            if x > free {
                flow.text(x, flow.y + 2.0, label, LABEL);
                free = x + width + 6.0;
            }
        }
        flow.y += LABEL.leading() + 3.0;
    }

    /// Finds places for the names of the marks above the spans, on as many levels as they need beside each
    /// other.
    fn place_names(&self, flow: &Flow<'_>, marks: &[Mark]) -> Vec<Name> {
        let mut free = Vec::<f32>::new();
        let mut place = |mark: &Mark| {
            let text = text::fit(flow.fonts, &mark.label, CAPTION, 160.0);
            let width = flow.fonts.width(&text, CAPTION);
            let x = (self.x(mark.at) - width / 2.0).clamp(LEFT, RIGHT - width);
            let level = free.iter().position(|&end| end + 6.0 < x);
            let level = level.unwrap_or(free.len());
            if level == free.len() {
                free.push(0.0);
            }
            free[level] = x + width;
            Name {
                text,
                x,
                width,
                level,
            }
        };
        marks.iter().map(&mut place).collect()
    }

    fn marks(&self, flow: &mut Flow<'_>, marks: &[Mark], names: &[Name], above: f32, bottom: f32) {
        let y = |name: &Name| above + name.level as f32 * CAPTION.leading();
        for (mark, name) in marks.iter().zip(names) {
            let x = self.x(mark.at);
            let from = Point {
                x,
                y: y(name) + CAPTION.leading(),
            };
            let to = Point { x, y: bottom };
            // White beside it, so that it is seen on a span too.
            flow.line(from, to, Stroke::solid(WHITE, 1.9));
            flow.line(from, to, Stroke::dashed(INK, 0.9, [3.0, 2.0]));
        }
        // Above the lines of marks whose names are higher.
        for name in names {
            let area = Area {
                x: name.x - 2.0,
                y: y(name),
                width: name.width + 4.0,
                height: CAPTION.leading(),
            };
            flow.fill(area, WHITE);
            flow.text(name.x, y(name), name.text.clone(), CAPTION);
        }
    }

    fn span(&self, flow: &mut Flow<'_>, span: &Span, label: &str) {
        let text_y = flow.y + (ROW - SMALL.leading()) / 2.0;
        flow.text_before(self.left - 6.0, text_y, label, SMALL);
        let x = self.x(span.from);
        let area = Area {
            x,
            y: flow.y + 3.0,
            width: (self.x(span.to) - x).max(1.2),
            height: ROW - 6.0,
        };
        flow.fill(area, ACCENT);
        flow.y += ROW;
    }
}
