//! Exhibits: tables and charts drawn from plain data, without knowing the module that made them.

mod axis;
mod bars;
mod rows;
mod series;
mod timeline;

use super::flow::Flow;
use super::text;
use super::theme::{CAPTION, LEFT, NOTE, WIDTH};
use crate::model::Exhibit;

/// Draws an exhibit from here on, its caption above.
pub(super) fn draw(flow: &mut Flow<'_>, exhibit: &Exhibit) {
    match exhibit {
        Exhibit::Table {
            title,
            columns,
            rows,
            omitted,
        } => rows::draw(flow, title, columns, rows, *omitted),
        Exhibit::Bars {
            title,
            unit,
            bars,
            limit,
        } => bars::draw(flow, title, unit, bars, *limit),
        Exhibit::Series {
            title,
            x_unit,
            unit,
            lines,
            limit,
        } => series::draw(flow, title, (x_unit, unit), lines, *limit),
        Exhibit::Timeline {
            title,
            spans,
            marks,
        } => timeline::draw(flow, title, spans, marks),
    }
}

/// Draws the caption; `height` of what follows stays on its page.
fn caption(flow: &mut Flow<'_>, title: &str, height: f32) {
    let lines = text::wrap(flow.fonts, title, CAPTION, WIDTH);
    flow.ensure(lines.len() as f32 * CAPTION.leading() + 4.0 + height);
    flow.lines(LEFT, lines, CAPTION);
    flow.y += 4.0;
}

/// Says under the caption that there is nothing to draw.
fn empty(flow: &mut Flow<'_>, title: &str, text: &str) {
    caption(flow, title, 20.0);
    note(flow, text);
}

/// Says that not all is drawn.
fn note(flow: &mut Flow<'_>, text: &str) {
    flow.y += 2.0;
    flow.paragraph(text, NOTE);
}
