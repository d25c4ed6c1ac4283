//! The section of one check: what it is, how it ended, what was found, the pictures, the numbers, the evidence.

use super::canvas::{Area, Point, Target};
use super::flow::Flow;
use super::table::{Cell, Column, Row, table};
use super::theme::{
    AMBER, BODY, CAPTION, CODE, Color, DIGEST, HEADING, LEFT, NOTE, RIGHT, SMALL, STRONG, Style,
    WIDTH, status_color,
};
use super::{exhibit, format, status_icon, text};
use crate::model::record::{Attempt, CheckRecord, End};
use crate::model::{Finding, Measure, Waiver};
use crate::report::words;

/// Most findings to print; the attached record holds them all.
const MOST_FINDINGS: usize = 100;
/// Measures that are printed.
const MOST_MEASURES: usize = 20;
/// Pieces of evidence that are listed.
const MOST_EVIDENCE: usize = 40;
/// Exhibits that are drawn.
const MOST_EXHIBITS: usize = 12;
/// Attempts that are listed.
const MOST_ATTEMPTS: usize = 10;
const INDENT: f32 = 16.0;

/// Draws the section of the check with this place in the record.
pub(super) fn draw(flow: &mut Flow<'_>, index: usize, check: &CheckRecord) {
    heading(flow, index, check);
    if let Some(waiver) = &check.waiver {
        waived(flow, waiver, !check.status.satisfies());
    }
    for waiver in &check.finding_waivers {
        boxed(flow, &sentence(&words::waiver(waiver)), AMBER);
    }
    if let Some(reason) = &check.not_run {
        flow.y += 3.0;
        indented(flow, &words::not_run(reason), BODY);
    }
    attempts(flow, &check.attempts, !check.findings.is_empty());
    findings(flow, &check.findings);
    for exhibit in check.exhibits.iter().take(MOST_EXHIBITS) {
        flow.gap(10.0);
        exhibit::draw(flow, exhibit);
    }
    more(flow, check.exhibits.len(), MOST_EXHIBITS, "exhibits");
    measures(flow, &check.measures);
    evidence(flow, check);
    flow.gap(18.0);
}

fn heading(flow: &mut Flow<'_>, index: usize, check: &CheckRecord) {
    let word = if check.is_waived() {
        format!("{}, waived", check.status)
    } else {
        check.status.to_string()
    };
    let word = word.to_uppercase();
    let badge = STRONG.colored(status_color(check.status));
    let width = WIDTH - INDENT - flow.fonts.width(&word, badge) - 12.0;
    let title = text::wrap(flow.fonts, &check.title, HEADING, width);
    let facts = text::wrap(flow.fonts, &facts(check), NOTE, WIDTH - INDENT);
    let height = title.len() as f32 * HEADING.leading() + facts.len() as f32 * NOTE.leading();
    // A heading stays with the beginning of what it heads.
    flow.ensure(height + 16.0 + 3.0 * BODY.leading());
    flow.mark(Target::Check(index));
    flow.rule(LEFT, RIGHT, status_color(check.status));
    flow.y += 6.0;
    let center = Point {
        x: LEFT + 5.0,
        y: flow.y + HEADING.leading() / 2.0,
    };
    status_icon::status(flow, check.status, center, 5.0);
    let y = flow.y + (HEADING.leading() - badge.leading()) / 2.0;
    flow.text_before(RIGHT, y, &word, badge);
    flow.lines(LEFT + INDENT, title, HEADING);
    flow.lines(LEFT + INDENT, facts, NOTE);
    flow.y += 2.0;
}

/// What the check is, in one line.
fn facts(check: &CheckRecord) -> String {
    let mut facts = vec![
        check.id.clone(),
        format!("module {}", check.module),
        check.severity.to_string(),
    ];
    if let Some(phase) = &check.phase {
        facts.push(format!("phase {phase}"));
    }
    if let Some(owner) = &check.owner {
        facts.push(format!("owner {owner}"));
    }
    for (name, words) in [
        ("tags", &check.tags),
        ("audience", &check.audience),
        ("needs", &check.needs),
    ] {
        if !words.is_empty() {
            facts.push(format!("{name} {}", words.join(", ")));
        }
    }
    if check.not_run.is_none() {
        facts.push(format::duration(check.duration_ms));
    }
    facts.join("  ·  ")
}

fn waived(flow: &mut Flow<'_>, waiver: &Waiver, counts: bool) {
    let text = format!(
        "{}{} Approved by {}, until {}.",
        if counts {
            "Waived: "
        } else {
            "Waiver in force but not needed: "
        },
        sentence(&waiver.reason),
        waiver.approved_by,
        format::utc(waiver.expires)
    );
    boxed(flow, &text, AMBER);
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    let ends = text.ends_with(['.', '!', '?', '。', '！', '？']);
    format!("{text}{}", if ends { "" } else { "." })
}

/// A text with a bar at its left.
fn boxed(flow: &mut Flow<'_>, text: &str, color: Color) {
    flow.y += 4.0;
    for line in text::wrap(flow.fonts, text, BODY, WIDTH - INDENT - 10.0) {
        flow.ensure(BODY.leading());
        let area = Area {
            x: LEFT + INDENT,
            y: flow.y,
            width: 2.4,
            height: BODY.leading(),
        };
        flow.fill(area, color);
        flow.lines(LEFT + INDENT + 10.0, [line], BODY);
    }
    flow.y += 2.0;
}

/// How each attempt ended, unless the findings of a single one say all there is to say.
fn attempts(flow: &mut Flow<'_>, attempts: &[Attempt], has_findings: bool) {
    if attempts.len() == 1 && has_findings {
        return;
    }
    for attempt in attempts.iter().take(MOST_ATTEMPTS) {
        let text = format!(
            "Attempt {} of {}, {}, {}, {}: {}",
            attempt.number,
            attempts.len(),
            format::utc(attempt.started_at),
            format::duration(attempt.duration_ms),
            attempt.status,
            words::attempt(attempt),
        );
        flow.y += 2.0;
        indented(flow, &text, SMALL);
        if let End::Failed {
            hint: Some(hint), ..
        } = &attempt.end
        {
            value(flow, "hint", hint, SMALL);
        }
    }
    more(flow, attempts.len(), MOST_ATTEMPTS, "attempts");
}

fn indented(flow: &mut Flow<'_>, text: &str, style: Style) {
    let lines = text::wrap(flow.fonts, text, style, WIDTH - INDENT);
    flow.lines(LEFT + INDENT, lines, style);
}

fn findings(flow: &mut Flow<'_>, findings: &[Finding]) {
    for finding in findings.iter().take(MOST_FINDINGS) {
        let claim = text::wrap(
            flow.fonts,
            &words::claim(finding),
            BODY,
            WIDTH - 2.0 * INDENT,
        );
        // A claim stays with its first value.
        let height = claim.len().min(6) as f32 * BODY.leading() + 2.0 * SMALL.leading();
        flow.ensure(height);
        flow.gap(5.0);
        let center = Point {
            x: LEFT + INDENT + 4.5,
            y: flow.y + BODY.leading() / 2.0,
        };
        status_icon::status(flow, finding.status, center, 3.8);
        flow.lines(LEFT + 2.0 * INDENT, claim, BODY);
        let values = [
            ("expected", &finding.expected),
            ("observed", &finding.observed),
            ("hint", &finding.hint),
        ];
        for (name, text) in values {
            if let Some(text) = text {
                value(flow, name, text, SMALL);
            }
        }
    }
    more(flow, findings.len(), MOST_FINDINGS, "findings");
}

/// A named value under a finding.
fn value(flow: &mut Flow<'_>, name: &str, text: &str, style: Style) {
    const NAME: f32 = 50.0;
    let x = LEFT + 2.0 * INDENT;
    let lines = text::wrap(flow.fonts, text, style, RIGHT - x - NAME);
    flow.ensure(style.leading());
    flow.text(x, flow.y, name, NOTE);
    flow.lines(x + NAME, lines, style);
}

fn title(flow: &mut Flow<'_>, text: &str, height: f32) {
    flow.gap(10.0);
    flow.ensure(CAPTION.leading() + 4.0 + height);
    flow.lines(LEFT, [text.to_owned()], CAPTION);
    flow.y += 4.0;
}

fn measures(flow: &mut Flow<'_>, measures: &[Measure]) {
    if measures.is_empty() {
        return;
    }
    title(flow, "Measures", 50.0);
    let columns = [
        Column::words("Name", WIDTH * 0.40),
        Column::words("Labels", WIDTH * 0.34),
        Column::numbers("Value", WIDTH * 0.14),
        Column::words("Unit", WIDTH * 0.12),
    ];
    let row = |measure: &Measure| {
        let labels = measure
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        Row {
            cells: vec![
                Cell::text(&measure.name, CODE),
                Cell::text(labels.collect::<Vec<_>>().join(", "), CODE),
                Cell::text(format::number(measure.value), SMALL),
                Cell::text(&measure.unit, SMALL),
            ],
            link: None,
        }
    };
    table(flow, &columns, measures.iter().take(MOST_MEASURES).map(row));
    more(flow, measures.len(), MOST_MEASURES, "measures");
}

fn evidence(flow: &mut Flow<'_>, check: &CheckRecord) {
    if check.evidence.is_empty() {
        return;
    }
    title(flow, "Evidence, attached to this document", 50.0);
    const SHA256: f32 = 268.0;
    const SIZE: f32 = 56.0;
    let columns = [
        Column::words("Name", WIDTH - SHA256 - SIZE),
        Column::numbers("Size", SIZE),
        Column::words("SHA-256", SHA256),
    ];
    let rows = check
        .evidence
        .iter()
        .take(MOST_EVIDENCE)
        .map(|evidence| Row {
            cells: vec![
                Cell::text(&evidence.name, SMALL).below(&evidence.media_type, NOTE),
                Cell::text(format::bytes(evidence.size), SMALL),
                Cell::text(&evidence.sha256, DIGEST),
            ],
            link: None,
        });
    table(flow, &columns, rows);
    more(flow, check.evidence.len(), MOST_EVIDENCE, "attached files");
}

/// Says that a list was cut.
fn more(flow: &mut Flow<'_>, all: usize, shown: usize, what: &str) {
    if all > shown {
        flow.y += 2.0;
        let text = format!("{} more {what} in report.json.", all - shown);
        flow.paragraph(&text, NOTE);
    }
}
