//! `report.pdf` before its signature: the run record laid out for people, with the record itself and all
//! evidence attached.
//!
//! The way through the room: [`cover`], [`summary`], [`section`] and [`appendix`] lay out text, tables and
//! exhibits with [`flow`]; what they draw is the plain data of [`canvas`]; [`backend`] alone knows the drawing
//! library; [`document`] adds what makes pages a document. The same dossier makes the same bytes.

mod about;
mod appendix;
mod attach;
mod backend;
mod canvas;
mod cover;
mod document;
mod exhibit;
mod flow;
mod font;
mod format;
mod section;
mod status_icon;
mod summary;
mod table;
mod text;
mod theme;
mod xmp;

use std::io;

pub use self::attach::evidence_name;

use self::about::About;
use self::canvas::Target;
use self::document::Bookmark;
use self::flow::{Edges, Flow};
use self::font::{FontFile, Fonts};
use crate::model::RunRecord;
use crate::model::record::Dossier;
use crate::report::{json, words};

/// Why no PDF could be made of a dossier. All of these are defects, of this program or of what called it.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A font of the program is damaged.
    #[error("cannot read the embedded font {font}: {cause}; reinstall tminus")]
    Font {
        /// Its PostScript name.
        font: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// The dossier holds evidence of other checks than its record.
    #[error("the evidence does not match the record: it is for a different number of checks")]
    Evidence,
    /// The document's objects do not hang together.
    #[error("cannot assemble the document: {0}")]
    Document(#[from] lopdf::Error),
    /// The document could not be written to memory.
    #[error("cannot write the document: {0}")]
    Write(#[source] io::Error),
}

impl PdfError {
    fn font(file: FontFile, cause: String) -> Self {
        let font = file.name();
        Self::Font { font, cause }
    }
}

/// The report as PDF 1.7, unsigned. `signer` is who is going to sign it, as the appendix names them.
///
/// # Errors
/// See [`PdfError`].
pub fn render(dossier: &Dossier, signer: Option<&str>) -> Result<Vec<u8>, PdfError> {
    let record = &dossier.record;
    let json = json::to_json(record);
    let about = About::new(record, signer, &json);
    let attachments = attach::attachments(dossier, json)?;
    let fonts = Fonts::load()?;
    let mut flow = Flow::new(&fonts);
    cover::draw(&mut flow, record, signer);
    summary::draw(&mut flow, record);
    sections(&mut flow, record);
    appendix::draw(&mut flow, record, signer, &attachments);
    edges(record).add_to(&mut flow);
    let Flow { pages, places, .. } = flow;
    let document = backend::document(&fonts, pages, &places)?;
    document::finish(document, &about, &bookmarks(record), &places, attachments)
}

fn sections(flow: &mut Flow<'_>, record: &RunRecord) {
    if record.checks.is_empty() {
        return;
    }
    flow.new_page();
    flow.mark(Target::Checks);
    flow.lines(theme::LEFT, ["Checks".to_owned()], theme::CHAPTER);
    flow.y += 10.0;
    for (index, check) in record.checks.iter().enumerate() {
        section::draw(flow, index, check);
    }
}

fn edges(record: &RunRecord) -> Edges {
    let launch = words::launch(&record.launch);
    let incomplete = if record.run.complete {
        ""
    } else {
        " (incomplete)"
    };
    Edges {
        launch: format!("{launch}  ·  {}{incomplete}", record.headline),
        confidentiality: "Confidential".to_owned(),
        id: format!("Run {}", record.run.id),
    }
}

fn bookmarks(record: &RunRecord) -> Vec<Bookmark> {
    let leaf = |title: &str, target| Bookmark {
        title: title.to_owned(),
        target,
        under: Vec::new(),
    };
    let check = |(index, check): (usize, &crate::model::CheckRecord)| {
        leaf(
            &format!("{} ({})", check.title, check.status),
            Target::Check(index),
        )
    };
    let mut bookmarks = vec![
        leaf(&record.headline, Target::Cover),
        leaf("Summary", Target::Summary),
    ];
    if !record.checks.is_empty() {
        bookmarks.push(Bookmark {
            under: record.checks.iter().enumerate().map(check).collect(),
            ..leaf("Checks", Target::Checks)
        });
    }
    bookmarks.push(leaf("Appendix", Target::Appendix));
    bookmarks
}
