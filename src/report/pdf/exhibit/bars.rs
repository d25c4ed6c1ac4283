//! Bars: one for each label, its value behind it, the limit as a line across all.

use super::super::canvas::{Area, Point, Stroke};
use super::super::flow::Flow;
use super::super::format;
use super::super::text;
use super::super::theme::{
    ACCENT, Face, HAIRLINE, LABEL, LEFT, RED, RIGHT, SMALL, Style, WHITE, WIDTH,
};
use super::{caption, empty, note};
use crate::model::exhibit::Bar;

/// Bars that are drawn.
const MOST: usize = 40;
const ROW: f32 = 15.0;
/// A value over the limit.
const OVER: Style = Style {
    face: Face::Bold,
    ..SMALL
};
/// Space for the value behind the longest bar.
const VALUE: f32 = 62.0;

pub(super) fn draw(flow: &mut Flow<'_>, title: &str, unit: &str, bars: &[Bar], limit: Option<f64>) {
    if bars.is_empty() {
        return empty(flow, title, "No values.");
    }
    let drawn = &bars[..bars.len().min(MOST)];
    let head = if limit.is_some() { 13.0 } else { 3.0 };
    caption(flow, title, head + ROW * drawn.len().min(8) as f32);
    let unit = text::fit(flow.fonts, unit, SMALL, 80.0);
    let labels: Vec<String> = drawn
        .iter()
        .map(|bar| text::fit(flow.fonts, &bar.label, SMALL, WIDTH * 0.36))
        .collect();
    let widths = labels.iter().map(|label| flow.fonts.width(label, SMALL));
    let left = LEFT + widths.fold(40.0, f32::max) + 8.0;
    let values = drawn.iter().map(|bar| bar.value).chain(limit);
    let highest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let chart = Chart {
        left,
        length: RIGHT - VALUE - left,
        highest,
        limit,
        unit,
    };
    let mut rows = drawn.iter().zip(labels).peekable();
    while rows.peek().is_some() {
        flow.ensure(head + ROW);
        chart.part(flow, head, &mut rows);
    }
    if bars.len() > MOST {
        note(flow, &format!("{} more in report.json.", bars.len() - MOST));
    }
}

struct Chart {
    left: f32,
    length: f32,
    /// The value at the right end.
    highest: f64,
    limit: Option<f64>,
    unit: String,
}

impl Chart {
    fn x(&self, value: f64) -> f32 {
        let share = value / self.highest;
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.left + share as f32 * self.length
    }

    /// Draws the bars that fit on the page.
    fn part<'b>(
        &self,
        flow: &mut Flow<'_>,
        head: f32,
        rows: &mut impl Iterator<Item = (&'b Bar, String)>,
    ) {
        flow.y += head;
        let top = flow.y;
        let fitting = ((flow.room() / ROW) as usize).max(1);
        let rows: Vec<_> = rows.take(fitting).collect();
        let (y, to) = (top, top + ROW * rows.len() as f32);
        let axis = Stroke::solid(HAIRLINE, 0.8);
        flow.line(
            Point { x: self.left, y },
            Point {
                x: self.left,
                y: to,
            },
            axis,
        );
        if let Some(limit) = self.limit {
            let x = self.x(limit);
            let stroke = Stroke::dashed(RED, 1.0, [3.0, 2.0]);
            flow.line(Point { x, y: y - 2.0 }, Point { x, y: to }, stroke);
            let label = format!("limit {}", self.value(limit));
            let half = flow.fonts.width(&label, LABEL) / 2.0;
            let x = x.clamp(self.left + half, RIGHT - half);
            flow.text_around(x, y - 13.0, &label, LABEL.colored(RED));
        }
        // Over the limit's line, so that every value can be read.
        for (bar, label) in rows {
            self.bar(flow, bar, &label);
        }
        flow.y += 2.0;
    }

    fn bar(&self, flow: &mut Flow<'_>, bar: &Bar, label: &str) {
        let y = flow.y;
        let text_y = y + (ROW - SMALL.leading()) / 2.0;
        flow.text_before(self.left - 6.0, text_y, label, SMALL);
        let end = self.x(bar.value).max(self.left + 0.6);
        // Over the limit: red, and its value in bold, which a black and white print tells too.
        let over = self.limit.is_some_and(|limit| bar.value > limit);
        let area = Area {
            x: self.left,
            y: y + 2.5,
            width: end - self.left,
            height: ROW - 5.0,
        };
        flow.fill(area, if over { RED } else { ACCENT });
        let value = self.value(bar.value);
        let style = if over { OVER } else { SMALL };
        let behind = Area {
            x: end + 3.0,
            width: flow.fonts.width(&value, style) + 4.0,
            ..area
        };
        flow.fill(behind, WHITE);
        flow.text(end + 5.0, y + (ROW - style.leading()) / 2.0, value, style);
        flow.y += ROW;
    }

    fn value(&self, value: f64) -> String {
        format!("{} {}", format::number(value), self.unit)
            .trim_end()
            .to_owned()
    }
}
