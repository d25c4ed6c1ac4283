//! A table whose columns are as wide as what is in them.

use super::super::flow::Flow;
use super::super::table::{self, Column, Row, natural, share};
use super::super::text;
use super::super::theme::{CAPTION, SMALL, WIDTH, status_color};
use super::{caption, empty, note};
use crate::model::Cell;

/// Most rows to print; the attached record holds the others.
const MOST_ROWS: usize = 60;
/// Columns that are printed.
const MOST_COLUMNS: usize = 10;
/// Characters of a cell that are printed.
const LONGEST: usize = 600;
/// Characters of a heading, which comes again on every page.
const LONGEST_HEADING: usize = 60;

pub(super) fn draw(
    flow: &mut Flow<'_>,
    title: &str,
    columns: &[String],
    rows: &[Vec<Cell>],
    omitted: usize,
) {
    if rows.is_empty() || columns.is_empty() {
        return empty(flow, title, "No rows.");
    }
    caption(flow, title, 50.0);
    let printed = &rows[..rows.len().min(MOST_ROWS)];
    let columns: Vec<Column> = columns_of(flow, columns, printed);
    let cell = |cell: &Cell| {
        let text = shorten(&cell.to_string(), LONGEST);
        match cell {
            Cell::Status { status } => {
                let style = SMALL.colored(status_color(*status));
                table::Cell::status(*status, status.as_str(), style)
            }
            _ => table::Cell::text(text, SMALL),
        }
    };
    let row = |row: &Vec<Cell>| Row {
        cells: row.iter().take(columns.len()).map(cell).collect(),
        link: None,
    };
    table::table(flow, &columns, printed.iter().map(row));
    if rows.len() > printed.len() {
        let more = rows.len() - printed.len();
        note(flow, &format!("{more} more rows in report.json."));
    }
    if omitted > 0 {
        note(flow, &format!("{omitted} more rows were not recorded."));
    }
}

fn shorten(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

fn columns_of(flow: &Flow<'_>, titles: &[String], rows: &[Vec<Cell>]) -> Vec<Column> {
    let titles = titles.iter().take(MOST_COLUMNS);
    let titles: Vec<String> = titles
        .map(|title| shorten(title, LONGEST_HEADING))
        .collect();
    let width = |(index, title): (usize, &String)| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        let cells = cells.map(|cell| {
            let shown = text::line(flow.fonts, &shorten(&cell.to_string(), LONGEST), SMALL.face);
            natural(flow, &shown, SMALL)
        });
        let title = text::line(flow.fonts, title, CAPTION.face);
        cells.fold(natural(flow, &title, CAPTION), f32::max)
    };
    let widths: Vec<f32> = titles.iter().enumerate().map(width).collect();
    let columns = titles.iter().zip(share(&widths, WIDTH)).enumerate();
    let numeric = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        let mut filled = cells.filter(|cell| **cell != Cell::Absent).peekable();
        filled.peek().is_some() && filled.all(|cell| matches!(cell, Cell::Number { .. }))
    };
    columns
        .map(|(index, (title, width))| Column {
            numeric: numeric(index),
            ..Column::words(title, width)
        })
        .collect()
}
