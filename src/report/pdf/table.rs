//! Tables: columns that share the width, cells that wrap, rows that stay together where they fit on a page,
//! and headings that come again on every page.

use super::canvas::{Area, Draw, Point, Stroke, Target};
use super::flow::Flow;
use super::status_icon;
use super::text;
use super::theme::{CAPTION, HAIRLINE, INK, LEFT, MUTED, PANEL, Style, WIDTH};
use crate::model::Status;

const PAD_X: f32 = 5.0;
const PAD_Y: f32 = 3.5;
/// Space for the sign before a status.
const SIGN: f32 = 13.0;
/// A row higher than this goes on over pages instead of moving to the next as a whole.
const WHOLE: f32 = 220.0;
const HEAD: Style = CAPTION.colored(MUTED);

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its heading.
    pub(super) title: String,
    /// How wide.
    pub(super) width: f32,
    /// Whether it holds numbers, which are right-aligned.
    pub(super) numeric: bool,
}

impl Column {
    /// A column of words.
    pub(super) fn words(title: &str, width: f32) -> Self {
        Self {
            title: title.to_owned(),
            width,
            numeric: false,
        }
    }

    /// A column of numbers.
    pub(super) fn numbers(title: &str, width: f32) -> Self {
        Self {
            numeric: true,
            ..Self::words(title, width)
        }
    }
}

/// The contents of a cell: texts below each other, each in its style.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    texts: Vec<(String, Style)>,
    status: Option<Status>,
    page_of: Option<(Target, Style)>,
}

impl Cell {
    /// A text.
    pub(super) fn text(text: impl Into<String>, style: Style) -> Self {
        Self {
            texts: vec![(text.into(), style)],
            ..Self::default()
        }
    }

    /// A second text below.
    pub(super) fn below(mut self, text: impl Into<String>, style: Style) -> Self {
        self.texts.push((text.into(), style));
        self
    }

    /// A text after the sign of a status.
    pub(super) fn status(status: Status, text: impl Into<String>, style: Style) -> Self {
        Self {
            status: Some(status),
            ..Self::text(text, style)
        }
    }

    /// The number of a target's page.
    pub(super) fn page_of(target: Target, style: Style) -> Self {
        Self {
            page_of: Some((target, style)),
            ..Self::default()
        }
    }
}

/// A row, and where a click on it leads.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// One for each column.
    pub(super) cells: Vec<Cell>,
    /// Target of the whole row.
    pub(super) link: Option<Target>,
}

/// Draws a table from here on.
pub(super) fn table(flow: &mut Flow<'_>, columns: &[Column], rows: impl IntoIterator<Item = Row>) {
    let mut rows = rows.into_iter().peekable();
    // A heading without a row under it is of no use.
    let first = rows.peek().map_or(0.0, |row| {
        Measured::new(flow, columns, row.clone()).height.min(60.0)
    });
    flow.ensure(head_height(flow, columns) + first);
    head(flow, columns);
    for row in rows {
        let mut row = Measured::new(flow, columns, row);
        if row.height > flow.room() && (row.height <= WHOLE || flow.room() < 60.0) {
            close(flow);
            flow.new_page();
            head(flow, columns);
        }
        while let Some(rest) = row.draw(flow, columns) {
            close(flow);
            flow.new_page();
            head(flow, columns);
            row = rest;
        }
    }
    close(flow);
}

/// Widths of columns that show what is in them, as far as they fit into `width`: narrow ones get what they
/// need, wide ones share what is left.
pub(super) fn share(natural: &[f32], width: f32) -> Vec<f32> {
    let mut order: Vec<usize> = (0..natural.len()).collect();
    order.sort_by(|&a, &b| natural[a].total_cmp(&natural[b]));
    let mut widths = vec![0.0; natural.len()];
    let mut left = width;
    for (place, &column) in order.iter().enumerate() {
        let fair = left / (natural.len() - place) as f32;
        widths[column] = natural[column].min(fair);
        left -= widths[column];
    }
    // Unneeded width is shared by all, so that the table is as wide as the text.
    let more = left.max(0.0) / natural.len().max(1) as f32;
    widths.iter().map(|width| width + more).collect()
}

/// Width that a text needs as a cell.
pub(super) fn natural(flow: &Flow<'_>, shown: &str, style: Style) -> f32 {
    flow.fonts.width(shown, style) + 2.0 * PAD_X + 0.5
}

fn head_lines(flow: &Flow<'_>, column: &Column) -> Vec<String> {
    text::wrap(flow.fonts, &column.title, HEAD, column.width - 2.0 * PAD_X)
}

fn head_height(flow: &Flow<'_>, columns: &[Column]) -> f32 {
    let lines = columns.iter().map(|column| head_lines(flow, column).len());
    lines.max().unwrap_or(1) as f32 * HEAD.leading() + 2.0 * PAD_Y
}

fn head(flow: &mut Flow<'_>, columns: &[Column]) {
    let height = head_height(flow, columns);
    let y = flow.y;
    flow.fill(
        Area {
            x: LEFT,
            y,
            width: WIDTH,
            height,
        },
        PANEL,
    );
    let mut x = LEFT;
    for column in columns {
        let mut y = flow.y + PAD_Y;
        for line in head_lines(flow, column) {
            put(flow, column, x, y, line, HEAD);
            y += HEAD.leading();
        }
        x += column.width;
    }
    flow.y += height;
    flow.rule(LEFT, LEFT + WIDTH, MUTED);
}

fn close(flow: &mut Flow<'_>) {
    flow.rule(LEFT, LEFT + WIDTH, HAIRLINE);
}

fn put(flow: &mut Flow<'_>, column: &Column, x: f32, y: f32, line: String, style: Style) {
    if column.numeric {
        flow.text_before(x + column.width - PAD_X, y, &line, style);
    } else {
        flow.text(x + PAD_X, y, line, style);
    }
}

/// A row wrapped into lines.
struct Measured {
    /// For each cell its lines.
    lines: Vec<Vec<(String, Style)>>,
    row: Row,
    height: f32,
}

impl Measured {
    fn new(flow: &Flow<'_>, columns: &[Column], mut row: Row) -> Self {
        let wrap = |(cell, column): (&mut Cell, &Column)| {
            let sign = if cell.status.is_some() { SIGN } else { 0.0 };
            let width = column.width - 2.0 * PAD_X - sign;
            let texts = std::mem::take(&mut cell.texts).into_iter();
            texts
                .flat_map(|(text, style)| {
                    let lines = text::wrap(flow.fonts, &text, style, width);
                    lines.into_iter().map(move |line| (line, style))
                })
                .collect()
        };
        let lines = row.cells.iter_mut().zip(columns).map(wrap).collect();
        Self::of(lines, row)
    }

    fn of(lines: Vec<Vec<(String, Style)>>, row: Row) -> Self {
        let height = |cell: &Vec<(String, Style)>| -> f32 {
            cell.iter().map(|(_, style)| style.leading()).sum()
        };
        let pages = row.cells.iter().filter_map(|cell| cell.page_of);
        let highest = lines
            .iter()
            .map(height)
            .chain(pages.map(|(_, style)| style.leading()))
            .fold(0.0, f32::max);
        Self {
            lines,
            row,
            height: highest + 2.0 * PAD_Y,
        }
    }

    /// Draws what fits on the page and returns the rest.
    fn draw(mut self, flow: &mut Flow<'_>, columns: &[Column]) -> Option<Self> {
        let (top, bottom) = (flow.y, flow.y + flow.room());
        let mut lowest = top;
        let mut x = LEFT;
        for ((column, cell), lines) in columns.iter().zip(&mut self.row.cells).zip(&mut self.lines)
        {
            let mut y = top + PAD_Y;
            let mut text_x = x;
            if let Some(status) = cell.status.take() {
                let style = lines.first().map_or(HEAD, |(_, style)| *style);
                let center = Point {
                    x: x + PAD_X + 4.0,
                    y: y + style.leading() / 2.0,
                };
                status_icon::status(flow, status, center, 3.8);
                text_x += SIGN;
            }
            if let Some((of, style)) = cell.page_of.take() {
                let at = Point {
                    x: x + column.width - PAD_X,
                    y: y + style.ascent(),
                };
                flow.draw(Draw::PageNumber { at, of, style });
                y += style.leading();
            }
            let mut drawn = 0;
            for (line, style) in lines.iter_mut() {
                if y + style.leading() + PAD_Y > bottom && y > top + PAD_Y {
                    break;
                }
                put(flow, column, text_x, y, std::mem::take(line), *style);
                y += style.leading();
                drawn += 1;
            }
            lines.drain(..drawn);
            lowest = lowest.max(y);
            x += column.width;
        }
        flow.y = lowest + PAD_Y;
        if let Some(to) = self.row.link {
            let area = Area {
                x: LEFT,
                y: top,
                width: WIDTH,
                height: flow.y - top,
            };
            flow.draw(Draw::Link { area, to });
        }
        if self.lines.iter().all(Vec::is_empty) {
            let y = flow.y;
            let stroke = Stroke::solid(HAIRLINE, 0.4);
            let right = LEFT + WIDTH;
            flow.line(Point { x: LEFT, y }, Point { x: right, y }, stroke);
            return None;
        }
        Some(Self::of(self.lines, self.row))
    }
}

/// Draws names and values in two columns under a hairline each, as on a form.
pub(super) fn form(flow: &mut Flow<'_>, x: f32, width: f32, facts: &[(&str, Cell)]) {
    const NAME: f32 = 92.0;
    let name_style = super::theme::NOTE;
    for (name, cell) in facts {
        let column = [Column::words("", width - NAME)];
        let row = Row {
            cells: vec![cell.clone()],
            link: None,
        };
        let measured = Measured::new(flow, &column, row);
        flow.ensure(measured.height.min(WHOLE));
        let first = measured.lines.iter().flatten().next();
        let baseline = first.map_or(0.0, |(_, style)| style.ascent());
        let y = flow.y + 2.0 + baseline - name_style.ascent();
        flow.text(x, y, *name, name_style);
        for (line, style) in measured.lines.into_iter().flatten() {
            flow.ensure(style.leading());
            flow.text(x + NAME, flow.y + 2.0, line, style.colored(INK));
            flow.y += style.leading();
        }
        flow.y += 3.0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::font::Fonts;
    use super::super::theme::{BODY, BOTTOM, TOP};
    use super::*;

    fn texts(page: &[Draw]) -> Vec<&str> {
        page.iter()
            .filter_map(|draw| match draw {
                Draw::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    fn rows(count: usize, text: &str) -> Vec<Row> {
        let row = |number| Row {
            cells: vec![
                Cell::text(format!("row {number}"), BODY),
                Cell::text(text, BODY),
            ],
            link: None,
        };
        (0..count).map(row).collect()
    }

    fn columns() -> [Column; 2] {
        [
            Column::words("Name", 100.0),
            Column::words("Text", WIDTH - 100.0),
        ]
    }

    #[test]
    fn headings_come_again_on_every_page() {
        let fonts = Fonts::load().unwrap();
        let mut flow = Flow::new(&fonts);
        table(&mut flow, &columns(), rows(100, "short"));
        assert!(flow.pages.len() > 2);
        for page in &flow.pages {
            assert_eq!(texts(page)[..2], ["Name", "Text"]);
        }
        let all = flow.pages.iter().map(|page| texts(page).len() - 2);
        assert_eq!(all.sum::<usize>(), 200, "no row is lost");
    }

    #[test]
    fn a_row_higher_than_a_page_goes_on_and_loses_nothing() {
        let fonts = Fonts::load().unwrap();
        let mut flow = Flow::new(&fonts);
        let words = "word ".repeat(390) + "end";
        table(&mut flow, &columns(), rows(3, &words));
        let shown: String = flow.pages.iter().flat_map(|page| texts(page)).collect();
        assert_eq!(shown.matches("word").count(), 3 * 390);
        assert_eq!(shown.matches("end").count(), 3);
        for page in &flow.pages {
            for draw in page {
                if let Draw::Text { at, .. } = draw {
                    assert!((TOP..BOTTOM).contains(&at.y), "{draw:?}");
                }
            }
        }
    }

    #[test]
    fn narrow_columns_get_what_they_need_and_wide_ones_share() {
        assert_eq!(share(&[50.0, 400.0, 600.0], 450.0), [50.0, 200.0, 200.0]);
        assert_eq!(share(&[50.0, 100.0], 450.0), [200.0, 250.0]);
        assert!(share(&[], 450.0).is_empty());
    }
}
