//! The first page: GO or NO-GO, what, when, who, how many, and what blocks the launch. All of it fits on one page, so
//! lists are bounded and say where the rest is.

use super::canvas::{Area, Draw, Point, Stroke, Target};
use super::flow::Flow;
use super::table::{Cell, form};
use super::theme::{
    AMBER, BODY, BOTTOM, CODE, HEADING, HEADLINE, INK, LABEL, LEFT, NOTE, PANEL, RIGHT, SMALL,
    STRONG, Style, TITLE, TOP, VIOLET, WHITE, WIDTH, verdict_color,
};
use super::{format, status_icon, text};
use crate::model::checklist::Waiver;
use crate::model::record::CheckRecord;
use crate::model::{RunRecord, Severity, Status, Verdict};
use crate::report::words;

const BAND: f32 = 84.0;
/// Waivers that are named on this page.
const MOST_WAIVERS: usize = 4;

/// Draws the first page.
pub(super) fn draw(flow: &mut Flow<'_>, record: &RunRecord, signer: Option<&str>) {
    flow.mark(Target::Cover);
    band(flow, record);
    incomplete(flow, record);
    headline(flow, record);
    facts(flow, record, signer);
    counts(flow, record);
    let waivers = waiver_lines(flow, record);
    let reserved = waivers
        .iter()
        .map(|(_, style)| style.leading())
        .sum::<f32>();
    // However long the reasons are, the failures keep half of the page.
    let bottom = (BOTTOM - reserved - 10.0).max((flow.y + BOTTOM) / 2.0);
    failures(flow, record, bottom);
    flow.gap(8.0);
    for (line, style) in waivers {
        flow.ensure(style.leading()); // long reasons go on to the next page
        flow.text(LEFT, flow.y, line, style);
        flow.y += style.leading();
    }
}

fn band(flow: &mut Flow<'_>, record: &RunRecord) {
    let color = verdict_color(record.verdict);
    let y = TOP - 8.0;
    flow.fill(
        Area {
            x: LEFT,
            y,
            width: WIDTH,
            height: BAND,
        },
        color,
    );
    let center = Point {
        x: LEFT + 50.0,
        y: y + BAND / 2.0,
    };
    status_icon::verdict(flow, record.verdict, center, 24.0, color);
    let top = y + BAND / 2.0 - HEADLINE.leading() / 2.0;
    let word = record.verdict.headline();
    flow.text(LEFT + 94.0, top - 8.0, word, HEADLINE);
    // A verdict over a part says so beside its word.
    if let Some(part) = record.headline.strip_prefix(word) {
        let x = LEFT + 94.0 + flow.fonts.width(word, HEADLINE) + 12.0;
        let style = STRONG.colored(WHITE);
        let lines = text::wrap(flow.fonts, part.trim(), style, RIGHT - x - 8.0);
        let shown = lines.len().min(3);
        let mut y = top - 8.0 + (HEADLINE.leading() - shown as f32 * style.leading()) / 2.0;
        for line in lines.into_iter().take(shown) {
            flow.text(x, y, line, style);
            y += style.leading();
        }
    }
    let why = text::fit(flow.fonts, &reason(record), BODY, WIDTH - 110.0);
    flow.text(LEFT + 96.0, top + 42.0, why, BODY.colored(WHITE));
    flow.y = y + BAND + 14.0;
}

/// The verdict's reason as a sentence.
fn reason(record: &RunRecord) -> String {
    let because = words::because(record);
    let mut letters = because.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn incomplete(flow: &mut Flow<'_>, record: &RunRecord) {
    if record.run.complete {
        return;
    }
    let by = record.run.interrupted_by.as_deref();
    let by = by.map_or_else(String::new, |signal| format!(" by {signal}"));
    let text = format!(
        "The run was interrupted{by}. What had been observed by then is judged; the rest is undetermined."
    );
    let area = Area {
        x: LEFT,
        y: flow.y,
        width: WIDTH,
        height: 36.0,
    };
    flow.draw(Draw::Frame {
        area,
        stroke: Stroke::solid(INK, 1.4),
    });
    flow.text(LEFT + 10.0, flow.y + 4.0, "INCOMPLETE", STRONG);
    let text = text::fit(flow.fonts, &text, SMALL, WIDTH - 20.0);
    flow.text(LEFT + 10.0, flow.y + 18.0, text, SMALL);
    flow.y += 36.0 + 12.0;
}

fn headline(flow: &mut Flow<'_>, record: &RunRecord) {
    let launch = &record.launch;
    let title = words::launch(launch);
    let mut lines = text::wrap(flow.fonts, &title, TITLE, WIDTH);
    if lines.len() > 2 {
        let rest = lines.split_off(1).join(" ");
        lines.push(text::fit(flow.fonts, &rest, TITLE, WIDTH));
    }
    flow.lines(LEFT, lines, TITLE);
    let about = "Launch readiness report";
    flow.text(LEFT, flow.y, about, NOTE);
    flow.y += NOTE.leading() + 8.0;
}

fn facts(flow: &mut Flow<'_>, record: &RunRecord, signer: Option<&str>) {
    let (launch, run) = (&record.launch, &record.run);
    let mut t0 = match launch.at {
        Some(at) => Cell::text(format::utc(at), STRONG),
        None => Cell::text("not set; the start of the run is used", BODY),
    };
    for zone in launch.time_zones.iter().take(6) {
        let local = launch.at.and_then(|at| format::local(at, zone));
        if let Some(local) = local {
            t0 = t0.below(local, BODY);
        }
    }
    let length = run.finished_at.duration_since(run.started_at).as_millis();
    let ran = format!(
        "{}, took {}",
        format::utc(run.started_at),
        format::duration(u64::try_from(length).unwrap_or(0))
    );
    let mut facts = vec![("T-0", t0), ("Run", Cell::text(ran, BODY))];
    if let Some(owner) = &launch.owner {
        facts.push(("Owner", Cell::text(short(flow, owner), BODY)));
    }
    if let Some(artifact) = &launch.artifact {
        let name = short(flow, &artifact.name);
        let digest = text::fit(flow.fonts, &artifact.digest, CODE, WIDTH - 110.0);
        facts.push(("Artifact", Cell::text(name, BODY).below(digest, CODE)));
    }
    if let Some(commit) = &launch.commit {
        facts.push(("Commit", Cell::text(short(flow, commit), CODE)));
    }
    // The name first and the fingerprint under it: what a reader compares.
    facts.push(
        match signer.map(|signer| signer.split_once(", certificate SHA-256 ")) {
            Some(Some((name, sha256))) => {
                let name = short(flow, name);
                (
                    "Signed by",
                    Cell::text(name, BODY).below(format!("SHA-256 {sha256}"), CODE),
                )
            }
            Some(None) => (
                "Signed by",
                Cell::text(short(flow, signer.unwrap_or_default()), BODY),
            ),
            None => ("Signed by", Cell::text("not signed", BODY)),
        },
    );
    form(flow, LEFT, WIDTH, &facts);
    flow.y += 8.0;
}

fn short(flow: &Flow<'_>, text: &str) -> String {
    text::fit(flow.fonts, text, BODY, WIDTH - 110.0)
}

fn counts(flow: &mut Flow<'_>, record: &RunRecord) {
    const HEIGHT: f32 = 40.0;
    const GAP: f32 = 6.0;
    let counts = words::counts(record);
    let boxes = counts.len().max(6) as f32;
    let width = (WIDTH - (boxes - 1.0) * GAP) / boxes;
    let y = flow.y;
    for (index, (status, number, word)) in counts.into_iter().enumerate() {
        let x = LEFT + index as f32 * (width + GAP);
        flow.fill(
            Area {
                x,
                y,
                width,
                height: HEIGHT,
            },
            PANEL,
        );
        let number_style = Style {
            size: 15.0,
            ..STRONG
        };
        flow.text(x + 10.0, y + 2.0, number.to_string(), number_style);
        flow.text(x + 10.0, y + 24.0, word, LABEL.colored(INK));
        if let Some(status) = status {
            let center = Point {
                x: x + width - 14.0,
                y: y + 14.0,
            };
            status_icon::status(flow, status, center, 5.5);
        }
    }
    flow.y += HEIGHT + 16.0;
}

/// Checks that do not pass and are not waived, the most severe first, otherwise in checklist order.
fn open(record: &RunRecord) -> Vec<(usize, &CheckRecord)> {
    let mut open: Vec<_> = record.checks.iter().enumerate().collect();
    open.retain(|(_, check)| {
        check.is_selected() && !check.status.satisfies() && !check.is_waived()
    });
    // A skipped advisory is no obstacle.
    open.retain(|(_, check)| {
        check.severity == Severity::Blocker || check.status != Status::Skipped
    });
    open.sort_by_key(|(_, check)| {
        let gravity = match check.status {
            Status::Fail => 0,
            Status::Error => 1,
            _ => 2,
        };
        (check.severity == Severity::Advisory, gravity)
    });
    open
}

fn failures(flow: &mut Flow<'_>, record: &RunRecord, bottom: f32) {
    let open = open(record);
    let title = match (open.is_empty(), record.verdict) {
        (true, Verdict::Go) => "Nothing blocks the launch",
        (false, Verdict::Go) => "Problems that do not block the launch",
        _ => "What blocks the launch",
    };
    if open.is_empty() && record.verdict != Verdict::Go {
        return;
    }
    flow.lines(LEFT, [title.to_owned()], HEADING);
    flow.y += 3.0;
    if open.is_empty() {
        let text = if record.summary.waived > 0 {
            "Every failure is waived; the waivers are listed below."
        } else {
            "No check failed, and none is undetermined."
        };
        return flow.paragraph(text, BODY);
    }
    for (shown, (index, check)) in open.iter().enumerate() {
        let last = shown + 1 == open.len();
        let more = if last { 0.0 } else { STRONG.leading() };
        let mut entry = Entry::new(flow, *index, check);
        if flow.y + entry.height() + more > bottom {
            entry.shorten();
        }
        if flow.y + entry.height() + more > bottom {
            return rest(flow, open.len() - shown);
        }
        entry.draw(flow);
    }
}

fn rest(flow: &mut Flow<'_>, more: usize) {
    let text = format!("and {more} more, see the summary on page ");
    let end = LEFT + 16.0 + flow.fonts.width(&text, STRONG);
    let number = flow.fonts.width("000", STRONG);
    let y = flow.y;
    flow.text(LEFT + 16.0, y, text, STRONG);
    // The page number is known only at the end; it goes to the left of the space kept for it.
    let at = Point {
        x: end + flow.fonts.width("0", STRONG),
        y: y + STRONG.ascent(),
    };
    let of = Target::Summary;
    flow.draw(Draw::PageNumber {
        at,
        of,
        style: STRONG,
    });
    let area = Area {
        x: LEFT,
        y,
        width: end + number - LEFT,
        height: STRONG.leading(),
    };
    flow.draw(Draw::Link { area, to: of });
    flow.y += STRONG.leading();
}

/// One obstacle: its lines, each with its distance from the left.
struct Entry {
    status: Status,
    target: Target,
    lines: Vec<(f32, String, Style)>,
}

impl Entry {
    fn new(flow: &Flow<'_>, index: usize, check: &CheckRecord) -> Self {
        const INDENT: f32 = 16.0;
        const VALUE: f32 = INDENT + 52.0;
        let mut lines = Vec::new();
        let fit = |text: &str, style: Style, x: f32| text::fit(flow.fonts, text, style, WIDTH - x);
        let advisory = match check.severity {
            Severity::Advisory => " (advisory)",
            Severity::Blocker => "",
        };
        let title = format!("{}{advisory}", check.title);
        lines.push((INDENT, fit(&title, STRONG, INDENT), STRONG));
        let mut id = format!("{}, {}", check.id, check.module);
        for (name, value) in [("owner", &check.owner), ("phase", &check.phase)] {
            if let Some(value) = value {
                id.push_str(&format!(", {name} {value}"));
            }
        }
        lines.push((INDENT, fit(&id, NOTE, INDENT), NOTE));
        let open = words::open_findings(check);
        if let Some(finding) = open.first() {
            let parts = [
                ("finding", &Some(words::claim(finding))),
                ("expected", &finding.expected),
                ("observed", &finding.observed),
                ("hint", &finding.hint),
            ];
            for (name, value) in parts {
                let Some(value) = value else { continue };
                let mut wrapped = text::wrap(flow.fonts, value, SMALL, WIDTH - VALUE);
                if wrapped.len() > 2 {
                    let rest = wrapped.split_off(1).join(" ");
                    wrapped.push(fit(&rest, SMALL, VALUE));
                }
                for (at, line) in wrapped.into_iter().enumerate() {
                    let name = if at == 0 { name } else { "" };
                    lines.push((-INDENT, name.to_owned(), NOTE));
                    lines.push((VALUE, line, SMALL));
                }
            }
        }
        if open.len() > 1 {
            let more = words::count(open.len() - 1, "more finding");
            lines.push((VALUE, format!("and {more}"), NOTE));
        }
        Self {
            status: check.status,
            target: Target::Check(index),
            lines,
        }
    }

    /// Leaves the title alone.
    fn shorten(&mut self) {
        self.lines.truncate(1);
    }

    /// Names of values (at a negative distance) are on the line of their value.
    fn height(&self) -> f32 {
        let lines = self.lines.iter().filter(|(x, ..)| *x > 0.0);
        lines.map(|(_, _, style)| style.leading()).sum::<f32>() + 7.0
    }

    fn draw(self, flow: &mut Flow<'_>) {
        let top = flow.y;
        let height = self.height();
        let center = Point {
            x: LEFT + 5.0,
            y: top + STRONG.leading() / 2.0,
        };
        status_icon::status(flow, self.status, center, 4.5);
        for (x, line, style) in self.lines {
            if x < 0.0 {
                flow.text(LEFT - x, flow.y, line, style);
            } else {
                flow.text(LEFT + x, flow.y, line, style);
                flow.y += style.leading();
            }
        }
        flow.y = top + height;
        let area = Area {
            x: LEFT,
            y: top,
            width: RIGHT - LEFT,
            height: height - 7.0,
        };
        let to = self.target;
        flow.draw(Draw::Link { area, to });
    }
}

fn waiver_lines(flow: &Flow<'_>, record: &RunRecord) -> Vec<(String, Style)> {
    let waived: Vec<&Waiver> = record
        .checks
        .iter()
        .flat_map(CheckRecord::waivers)
        .collect();
    let expired: Vec<&Waiver> = record.expired_waivers.iter().collect();
    let mut lines = Vec::new();
    for (title, color, waivers) in [
        ("Waivers", AMBER, waived),
        ("Expired waivers, without effect", VIOLET, expired),
    ] {
        if waivers.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push((String::new(), NOTE));
        }
        lines.push((title.to_owned(), HEADING.colored(color)));
        for waiver in waivers.iter().take(MOST_WAIVERS) {
            // A reason is never cut: it is why the launch goes ahead.
            let text = format!("{}: {}", waiver.check, words::waiver(waiver));
            let wrapped = text::wrap(flow.fonts, &text, SMALL, WIDTH);
            lines.extend(wrapped.into_iter().map(|line| (line, SMALL)));
        }
        if waivers.len() > MOST_WAIVERS {
            let more = waivers.len() - MOST_WAIVERS;
            lines.push((
                format!("and {more} more, see the sections of their checks"),
                NOTE,
            ));
        }
    }
    if !record.warnings.is_empty() {
        if !lines.is_empty() {
            lines.push((String::new(), NOTE));
        }
        lines.push(("Warnings about the run".to_owned(), HEADING.colored(AMBER)));
    }
    for warning in record.warnings.iter().take(MOST_WAIVERS) {
        let text = match &warning.observed {
            Some(observed) => format!("{}: {observed}", words::claim(warning)),
            None => words::claim(warning),
        };
        let wrapped = text::wrap(flow.fonts, &text, SMALL, WIDTH);
        lines.extend(wrapped.into_iter().map(|line| (line, SMALL)));
    }
    lines
}
