//! The cross-reference section of an incremental update, of the kind that the document has: a table
//! (ISO 32000-1 section 7.5.4) or a stream (7.5.8). A reader may refuse a document that mixes them.

use std::collections::BTreeMap;
use std::io::Write as _;

use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::object;

/// Appends the section for objects that were written at `offsets`, and the end of the file.
pub(super) fn append(
    pdf: &mut Vec<u8>,
    document: &Document,
    mut offsets: BTreeMap<ObjectId, usize>,
    mut size: u32,
) -> std::io::Result<()> {
    let start = pdf.len();
    match document.reference_table.cross_reference_type {
        XrefType::CrossReferenceTable => {
            pdf.extend_from_slice(b"xref\n");
            for run in runs(&offsets) {
                writeln!(pdf, "{} {}", run[0].0.0, run.len())?;
                for ((_, generation), offset) in run {
                    write!(pdf, "{offset:010} {generation:05} n\r\n")?;
                }
            }
            pdf.extend_from_slice(b"trailer\n");
            object::write_dictionary(pdf, &trailer(document, size))?;
        }
        XrefType::CrossReferenceStream => {
            let id = (size, 0);
            size += 1;
            offsets.insert(id, start);
            let stream = stream(trailer(document, size), &offsets);
            writeln!(pdf, "{} {} obj", id.0, id.1)?;
            object::write_dictionary(pdf, &stream.dict)?;
            pdf.extend_from_slice(b"\nstream\n");
            pdf.extend_from_slice(&stream.content);
            pdf.extend_from_slice(b"\nendstream\nendobj");
        }
    }
    write!(pdf, "\nstartxref\n{start}\n%%EOF\n")
}

fn trailer(document: &Document, size: u32) -> Dictionary {
    let mut trailer = Dictionary::new();
    for key in ["Root", "Info", "ID"] {
        if let Ok(value) = document.trailer.get(key.as_bytes()) {
            trailer.set(key, value.clone());
        }
    }
    trailer.set("Size", i64::from(size));
    trailer.set("Prev", document.xref_start as i64);
    trailer
}

/// Entries of 1 byte type, 4 bytes offset, 2 bytes generation, not compressed.
fn stream(mut dictionary: Dictionary, offsets: &BTreeMap<ObjectId, usize>) -> Stream {
    let mut content = Vec::new();
    let mut index = Vec::new();
    for run in runs(offsets) {
        index.extend([Object::from(run[0].0.0), Object::from(run.len() as i64)]);
        for ((_, generation), offset) in run {
            content.push(1);
            content.extend((offset as u32).to_be_bytes()); // below 4 GiB: `document::read` saw to it
            content.extend(generation.to_be_bytes());
        }
    }
    dictionary.set("Type", "XRef");
    dictionary.set("Index", index);
    dictionary.set("W", [1, 4, 2].map(Object::from).to_vec());
    Stream::new(dictionary, content)
}

/// The objects in runs of consecutive numbers.
fn runs(offsets: &BTreeMap<ObjectId, usize>) -> Vec<Vec<(ObjectId, usize)>> {
    let mut runs: Vec<Vec<(ObjectId, usize)>> = Vec::new();
    for (&id, &offset) in offsets {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|((last, _), _)| last + 1 == id.0) => {
                run.push((id, offset));
            }
            _ => runs.push(vec![(id, offset)]),
        }
    }
    runs
}
