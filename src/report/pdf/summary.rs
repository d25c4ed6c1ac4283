//! The table of all checks, each row leading to its section.

use super::canvas::Target;
use super::flow::Flow;
use super::format;
use super::table::{Cell, Column, Row, table};
use super::theme::{BODY, CHAPTER, CODE, LEFT, NOTE, SMALL, STRONG, WIDTH, status_color};
use crate::model::record::CheckRecord;
use crate::model::{RunRecord, Severity};
use crate::report::words;

/// Draws the summary, beginning on a new page.
pub(super) fn draw(flow: &mut Flow<'_>, record: &RunRecord) {
    flow.new_page();
    flow.mark(Target::Summary);
    flow.lines(LEFT, ["Summary".to_owned()], CHAPTER);
    flow.y += 4.0;
    let counts = words::counts(record).into_iter();
    let counts: Vec<_> = counts
        .map(|(_, number, word)| format!("{number} {word}"))
        .collect();
    let checks = words::count(record.checks.len(), "check");
    let counts = match counts.is_empty() {
        true => format!("{checks}."),
        false => format!("{checks}: {}.", counts.join(", ")),
    };
    flow.paragraph(&counts, NOTE);
    flow.y += 8.0;
    if record.checks.is_empty() {
        return flow.paragraph("No checks were selected.", BODY);
    }
    let columns = [
        Column::words("Status", 68.0),
        Column::words("Check", WIDTH - 284.0),
        Column::words("Module", 66.0),
        Column::words("Severity", 54.0),
        Column::numbers("Duration", 58.0),
        Column::numbers("Page", 38.0),
    ];
    table(flow, &columns, record.checks.iter().enumerate().map(row));
}

fn row((index, check): (usize, &CheckRecord)) -> Row {
    let style = STRONG.colored(status_color(check.status));
    let mut status = Cell::status(check.status, check.status.as_str(), style);
    if check.is_waived() {
        status = status.below("waived", NOTE);
    }
    let title = Cell::text(&check.title, BODY);
    let severity = match check.severity {
        Severity::Blocker => SMALL,
        Severity::Advisory => NOTE,
    };
    let duration = match check.not_run {
        Some(_) => "not run".to_owned(),
        None => format::duration(check.duration_ms),
    };
    Row {
        cells: vec![
            status,
            if check.title == check.id {
                title
            } else {
                title.below(&check.id, CODE)
            },
            Cell::text(&check.module, SMALL),
            Cell::text(check.severity.to_string(), severity),
            Cell::text(duration, SMALL),
            Cell::page_of(Target::Check(index), SMALL),
        ],
        link: Some(Target::Check(index)),
    }
}
