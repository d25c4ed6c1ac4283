//! What a document says about itself: title, author, producer, date and id, all from the record.

use jiff::Timestamp;
use lopdf::Object;

use crate::model::RunRecord;
use crate::model::digest::sha256_hex;
use crate::report::{escape, words};

/// A document's metadata.
pub(super) struct About {
    pub(super) title: String,
    pub(super) author: String,
    pub(super) producer: String,
    /// When the run ended, so that the same run makes the same file at any time.
    pub(super) made_at: Timestamp,
    /// 32 hexadecimal digits.
    pub(super) id: String,
}

impl About {
    /// What `record` says about it; `content` is all that the document shows.
    pub(super) fn new(record: &RunRecord, signer: Option<&str>, content: &[u8]) -> Self {
        let title = format!("{}: {}", record.headline, words::launch(&record.launch));
        let author = record
            .launch
            .owner
            .as_deref()
            .or(signer)
            .unwrap_or(&record.run.tool.name);
        let signer = signer.unwrap_or_default();
        let id = sha256_hex(format!("{}\n{signer}", sha256_hex(content)).as_bytes());
        Self {
            title: escape::text(&title).into_owned(),
            author: escape::text(author).into_owned(),
            producer: format!("{} {}", record.run.tool.name, record.run.tool.version),
            made_at: record.run.finished_at,
            id: id[..32].to_owned(),
        }
    }
}

/// A date in UTC (ISO 32000-1 section 7.9.4).
pub(super) fn date(instant: Timestamp) -> Object {
    Object::string_literal(instant.strftime("D:%Y%m%d%H%M%SZ").to_string())
}
