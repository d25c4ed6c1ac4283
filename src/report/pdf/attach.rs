//! The files inside the PDF: the run record as `report.json` and the evidence of every check.

use std::borrow::Cow;

use jiff::Timestamp;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary, text_string};

use super::PdfError;
use super::about::date;
use crate::model::record::Dossier;
use crate::report::{escape, json};

/// Entries of one leaf of the name tree.
const LEAF: usize = 64;

/// A file to attach.
#[derive(Debug)]
pub(super) struct Attachment<'d> {
    /// Its name, folders parted by slashes.
    pub(super) path: String,
    pub(super) media_type: &'d str,
    pub(super) description: String,
    /// What it is to the document (ISO 32000-2 table 43).
    relationship: &'static str,
    pub(super) bytes: Cow<'d, [u8]>,
}

/// The files of a dossier, the record first.
///
/// # Errors
/// When the dossier's evidence is not that of its record.
pub(super) fn attachments(
    dossier: &Dossier,
    record: Vec<u8>,
) -> Result<Vec<Attachment<'_>>, PdfError> {
    if dossier.evidence.len() != dossier.record.checks.len() {
        return Err(PdfError::Evidence);
    }
    let mut attachments = vec![Attachment {
        path: json::FILE.to_owned(),
        media_type: "application/json",
        description: "The run record: every observation, finding and measure".to_owned(),
        relationship: "Data",
        bytes: record.into(),
    }];
    for (check, evidence) in dossier.record.checks.iter().zip(&dossier.evidence) {
        for evidence in evidence {
            attachments.push(Attachment {
                path: evidence_name(&check.id, &evidence.name),
                media_type: media_type(&evidence.media_type),
                description: format!("Evidence of the check {}", escape::text(&check.id)),
                relationship: "Supplement",
                bytes: evidence.bytes.as_slice().into(),
            });
        }
    }
    Ok(attachments)
}

/// The name under which a check's evidence is attached: `CHECK+NAME`. No id holds a plus sign, so no two pieces
/// share a name; and it is one flat name, because not every reader makes folders. What a server said can neither
/// hide characters nor lead out of the folder that the files are taken out to.
pub fn evidence_name(check: &str, name: &str) -> String {
    escape::text(&format!("{check}+{name}")).replace(['/', '\\'], "_")
}

/// The media type where it is one (RFC 6838 section 4.2), since a PDF name takes no other characters.
fn media_type(text: &str) -> &str {
    let restricted = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+/;=".contains(&byte);
    if text.bytes().all(restricted) && text.contains('/') {
        text
    } else {
        "application/octet-stream"
    }
}

/// Puts the files into the document. Returns the root of the name tree `EmbeddedFiles` and the list of
/// associated files.
pub(super) fn embed(
    document: &mut Document,
    attachments: Vec<Attachment<'_>>,
    made_at: Timestamp,
) -> (ObjectId, Vec<Object>) {
    let mut names: Vec<(Object, Vec<u8>, ObjectId)> = attachments
        .into_iter()
        .map(|attachment| {
            let name = text_string(&attachment.path);
            let key = name.as_str().map(<[u8]>::to_vec).unwrap_or_default();
            (name, key, specification(document, attachment, made_at))
        })
        .collect();
    let associated = names.iter().map(|(.., id)| Object::from(*id)).collect();
    names.sort_by(|(_, a, _), (_, b, _)| a.cmp(b));
    (name_tree(document, &names), associated)
}

fn specification(
    document: &mut Document,
    attachment: Attachment<'_>,
    made_at: Timestamp,
) -> ObjectId {
    let size = attachment.bytes.len() as i64;
    let dictionary = dictionary! {
        "Type" => "EmbeddedFile",
        "Subtype" => Object::Name(attachment.media_type.as_bytes().to_vec()),
        "Params" => dictionary! { "Size" => size, "ModDate" => date(made_at) },
    };
    let file = document.add_object(Stream::new(dictionary, attachment.bytes.into_owned()));
    let name = text_string(&attachment.path);
    document.add_object(dictionary! {
        "Type" => "Filespec",
        "F" => name.clone(),
        "UF" => name,
        "Desc" => text_string(&attachment.description),
        "AFRelationship" => attachment.relationship,
        "EF" => dictionary! { "F" => file, "UF" => file },
    })
}

/// A tree of one level: leaves of bounded size under a root (ISO 32000-1 section 7.9.6).
fn name_tree(document: &mut Document, names: &[(Object, Vec<u8>, ObjectId)]) -> ObjectId {
    let pairs = |leaf: &[(Object, Vec<u8>, ObjectId)]| -> Vec<Object> {
        let pair = |(name, _, id): &(Object, Vec<u8>, ObjectId)| [name.clone(), (*id).into()];
        leaf.iter().flat_map(pair).collect()
    };
    if names.len() <= LEAF {
        return document.add_object(dictionary! { "Names" => pairs(names) });
    }
    let leaves: Vec<Object> = names
        .chunks(LEAF)
        .map(|leaf| {
            let limits = [leaf.first(), leaf.last()];
            let limits: Vec<Object> = limits
                .into_iter()
                .flatten()
                .map(|(name, ..)| name.clone())
                .collect();
            let node: Dictionary = dictionary! { "Limits" => limits, "Names" => pairs(leaf) };
            document.add_object(node).into()
        })
        .collect();
    document.add_object(dictionary! { "Kids" => leaves })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_its_folder() {
        assert_eq!(evidence_name("dns", "a/b.txt"), "dns+a_b.txt");
        assert_eq!(evidence_name("a", "../../passwd"), "a+.._.._passwd");
        assert_eq!(evidence_name("a", "..\\x"), "a+.._x");
        assert_eq!(evidence_name("a", "x\u{202e}y\0"), "a+x_u{202e}y_u{0}");
    }

    #[test]
    fn what_is_no_media_type_is_some_bytes() {
        assert_eq!(
            media_type("application/dns-message"),
            "application/dns-message"
        );
        assert_eq!(media_type("text/plain\0"), "application/octet-stream");
        assert_eq!(media_type("text"), "application/octet-stream");
    }
}
