//! A table whose columns are as wide as what is in them.

use super::super::flow::Flow;
use super::super::table::{Cell, Column, Row, natural, share, table};
use super::super::text;
use super::super::theme::{CAPTION, SMALL, WIDTH};
use super::{caption, empty, note};

/// Rows that are printed; the others stand in the attached record.
const MOST_ROWS: usize = 60;
/// Columns that are printed.
const MOST_COLUMNS: usize = 10;
/// Characters of a cell that are printed.
const LONGEST: usize = 600;
/// Characters of a heading, which comes again on every page.
const LONGEST_HEADING: usize = 60;

pub(super) fn draw(flow: &mut Flow<'_>, title: &str, columns: &[String], rows: &[Vec<String>]) {
    if rows.is_empty() || columns.is_empty() {
        return empty(flow, title, "No rows.");
    }
    caption(flow, title, 50.0);
    let printed = &rows[..rows.len().min(MOST_ROWS)];
    let columns: Vec<Column> = columns_of(flow, columns, printed);
    let cell = |text: &String| Cell::text(shorten(text, LONGEST), SMALL);
    let row = |row: &Vec<String>| Row {
        cells: row.iter().take(columns.len()).map(cell).collect(),
        link: None,
    };
    table(flow, &columns, printed.iter().map(row));
    if rows.len() > printed.len() {
        let more = rows.len() - printed.len();
        note(flow, &format!("{more} more rows in report.json."));
    }
}

fn shorten(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

fn columns_of(flow: &Flow<'_>, titles: &[String], rows: &[Vec<String>]) -> Vec<Column> {
    let titles = titles.iter().take(MOST_COLUMNS);
    let titles: Vec<String> = titles
        .map(|title| shorten(title, LONGEST_HEADING))
        .collect();
    let width = |(index, title): (usize, &String)| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        let cells = cells.map(|cell| {
            let shown = text::line(flow.fonts, &shorten(cell, LONGEST), SMALL.face);
            natural(flow, &shown, SMALL)
        });
        let title = text::line(flow.fonts, title, CAPTION.face);
        cells.fold(natural(flow, &title, CAPTION), f32::max)
    };
    let widths: Vec<f32> = titles.iter().enumerate().map(width).collect();
    let columns = titles.iter().zip(share(&widths, WIDTH)).enumerate();
    let numeric = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        let mut filled = cells.filter(|cell| !cell.is_empty()).peekable();
        filled.peek().is_some() && filled.all(|cell| is_number(cell))
    };
    columns
        .map(|(index, (title, width))| Column {
            numeric: numeric(index),
            ..Column::words(title, width)
        })
        .collect()
}

/// A number, perhaps with a unit behind: "14 ms", "97%".
fn is_number(cell: &str) -> bool {
    let number = cell.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit = &cell[number.len()..];
    unit.trim().chars().count() <= 3 && number.replace(',', "").parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_number;

    #[test]
    fn numbers_with_units_stand_at_the_right_and_addresses_do_not() {
        for number in ["14", "14 ms", "97%", "1,250", "-3.5"] {
            assert!(is_number(number), "{number}");
        }
        for words in ["10.0.0.53", "A", "", "60 seconds", "2026-11-24", "::1"] {
            assert!(!is_number(words), "{words}");
        }
    }
}
