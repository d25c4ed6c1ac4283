//! The appendix: what the report was made from, how to verify it, and what is attached.

use super::attach::Attachment;
use super::canvas::Target;
use super::flow::Flow;
use super::format;
use super::table::{Cell, Column, Row, form, table};
use super::theme::{BODY, CHAPTER, CODE, HEADING, LEFT, NOTE, SMALL, STRONG, Style, WIDTH};
use crate::model::RunRecord;
use crate::model::checklist::Source;

/// Most attached files to list; the section of each check lists its own with their digests.
const MOST_FILES: usize = 200;

/// Draws the appendix, beginning on a new page.
pub(super) fn draw(
    flow: &mut Flow<'_>,
    record: &RunRecord,
    signer: Option<&str>,
    attachments: &[Attachment<'_>],
) {
    flow.new_page();
    flow.mark(Target::Appendix);
    flow.lines(LEFT, ["Appendix".to_owned()], CHAPTER);
    flow.y += 8.0;
    origin(flow, record, signer);
    verification(flow, signer);
    files(flow, attachments);
}

fn heading(flow: &mut Flow<'_>, text: &str) {
    flow.gap(12.0);
    flow.ensure(HEADING.leading() + 60.0);
    flow.lines(LEFT, [text.to_owned()], HEADING);
    flow.y += 5.0;
}

fn origin(flow: &mut Flow<'_>, record: &RunRecord, signer: Option<&str>) {
    let run = &record.run;
    let text = |text: &str| Cell::text(text, BODY);
    let source = |source: &Source| {
        Cell::text(&source.path, BODY).below(format!("sha256:{}", source.sha256), CODE)
    };
    heading(flow, "How this report was made");
    let mut facts = vec![
        ("Run", Cell::text(&run.id, CODE)),
        ("Started", text(&format::utc(run.started_at))),
        ("Finished", text(&format::utc(run.finished_at))),
        ("Host", text(&run.host)),
        (
            "Program",
            text(&format!("{} {}", run.tool.name, run.tool.version)),
        ),
        ("Checklist", source(&run.checklist)),
    ];
    facts.extend(
        run.includes
            .iter()
            .map(|include| ("Includes", source(include))),
    );
    facts.push(("Record", Cell::text(&record.schema, CODE)));
    facts.push(match signer {
        Some(signer) => ("Signed by", Cell::text(signer, STRONG)),
        None => ("Signed by", text("no one; this document is not signed")),
    });
    form(flow, LEFT, WIDTH, &facts);
}

fn verification(flow: &mut Flow<'_>, signer: Option<&str>) {
    heading(flow, "How to verify it");
    if signer.is_some() {
        command(flow, "tminus verify report.pdf");
        flow.paragraph(
            "checks that the signature is valid and covers the whole file, compares every attached file with its \
             digest, judges the recorded observations again, and redraws the pages: the result must be the same. \
             Add --trust CA.pem to accept only signers that chain to that CA.",
            BODY,
        );
        flow.y += 6.0;
        command(flow, "pdfsig report.pdf");
        flow.paragraph(
            "or any PDF viewer that validates signatures checks the signature without tminus. \
             It must report that the total document is signed.",
            BODY,
        );
    } else {
        flow.paragraph(
            "This document is not signed, so nothing proves that it is unchanged. Run tminus without \
             --unsigned to sign it. The digests of the evidence still show whether an attached file is the one \
             that the checks recorded.",
            BODY,
        );
    }
    flow.y += 6.0;
    command(flow, "pdfdetach -saveall report.pdf");
    flow.paragraph(
        "extracts the attached files: report.json is the whole record, for programs; the others are the \
         evidence as received.",
        BODY,
    );
}

fn command(flow: &mut Flow<'_>, text: &str) {
    let style = Style { size: 8.5, ..CODE };
    flow.ensure(style.leading() + BODY.leading());
    flow.lines(LEFT, [text.to_owned()], style);
}

fn files(flow: &mut Flow<'_>, attachments: &[Attachment<'_>]) {
    heading(flow, "Attached files");
    let columns = [
        Column::words("File", WIDTH * 0.54),
        Column::words("Media type", WIDTH * 0.30),
        Column::numbers("Size", WIDTH * 0.16),
    ];
    let rows = attachments.iter().take(MOST_FILES).map(|file| Row {
        cells: vec![
            Cell::text(&file.path, SMALL),
            Cell::text(file.media_type, SMALL),
            Cell::text(format::bytes(file.bytes.len() as u64), SMALL),
        ],
        link: None,
    });
    table(flow, &columns, rows);
    if attachments.len() > MOST_FILES {
        let more = attachments.len() - MOST_FILES;
        flow.y += 2.0;
        flow.paragraph(&format!("{more} more attached files."), NOTE);
    }
}
