//! The incremental update (ISO 32000-1 section 7.5.6) that carries the signature: its dictionary, an invisible
//! field on the first page, the form that lists the field. Nothing else, and always the same for the same document and
//! statement, so that verification can write it again and compare.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};

use super::byte_range::{Gap, hex, hex_value};
use super::{object, xref};

/// What the signature dictionary states, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// When it was signed, by the signer's clock; whole seconds.
    pub(super) at: Timestamp,
    /// Why.
    pub(super) reason: &'a str,
    /// The signer's name, as in the certificate.
    pub(super) name: &'a str,
}

/// A document with an empty signature.
pub(super) struct Update {
    pub(super) bytes: Vec<u8>,
    pub(super) gap: Gap,
}

/// The field's flags: printed and locked (ISO 32000-1 table 165).
const LOCKED: i64 = 4 + 128;

/// Signatures exist, and the file may only be appended to (ISO 32000-1 table 219).
const SIG_FLAGS: i64 = 3;

/// Appends the update to a document. An error says what the document lacks.
pub(super) fn append(
    base: &[u8],
    document: &Document,
    statement: &Statement<'_>,
) -> Result<Update, String> {
    let size = document.trailer.get(b"Size").and_then(Object::as_i64);
    let size = size.ok().and_then(|size| u32::try_from(size).ok());
    let first = size.unwrap_or(0).max(document.max_id + 1);
    let (signature, widget) = ((first, 0), (first + 1, 0));
    let changed = changed(document, signature, widget)?;

    let mut bytes = Vec::with_capacity(base.len() + (64 << 10));
    bytes.extend_from_slice(base);
    bytes.push(b'\n');
    let mut offsets = BTreeMap::from([(signature, bytes.len())]);
    let written = write_signature(&mut bytes, signature, statement).and_then(|gap| {
        for (id, object) in &changed {
            offsets.insert(*id, bytes.len());
            writeln!(bytes, "{} {} obj", id.0, id.1)?;
            object::write(&mut bytes, object)?;
            bytes.extend_from_slice(b"\nendobj\n");
        }
        xref::append(&mut bytes, document, offsets, first + 2)?;
        Ok(gap)
    });
    let gap = written.map_err(|error| error.to_string())?;
    gap.set_ranges(&mut bytes);
    Ok(Update { bytes, gap })
}

fn write_signature(
    pdf: &mut Vec<u8>,
    id: ObjectId,
    statement: &Statement<'_>,
) -> std::io::Result<Gap> {
    writeln!(pdf, "{} {} obj", id.0, id.1)?;
    let gap = Gap::write(pdf);
    let at = TimeZone::UTC.to_datetime(statement.at);
    let (reason, name) = (text(statement.reason), text(statement.name));
    let at = at.strftime("%Y%m%d%H%M%S");
    write!(pdf, "/M(D:{at}Z)/Reason<{reason}>/Name<{name}>>>\nendobj\n")?;
    Ok(gap)
}

/// Where the update of the signature dictionary at `dictionary` begins: the document before it ends there.
pub(super) fn begin(pdf: &[u8], dictionary: usize) -> Option<usize> {
    let head = pdf[..dictionary].strip_suffix(b" 0 obj\n")?;
    let digits = head.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let line = head.len().checked_sub(digits.count())?;
    let begin = line.checked_sub(1)?;
    (pdf[begin] == b'\n').then_some(begin)
}

/// The time and the reason of a signature, as [`append`] wrote them after the gap.
pub(super) fn read_statement(after_gap: &[u8]) -> Option<(Timestamp, String)> {
    let rest = after_gap.strip_prefix(b"/M(D:")?;
    let (at, rest) = rest.split_at_checked(14)?;
    let at = DateTime::strptime("%Y%m%d%H%M%S", at).ok()?;
    let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let rest = rest.strip_prefix(b"Z)/Reason<feff")?;
    let end = rest.iter().position(|&byte| byte == b'>')?;
    let (digits, []) = rest[..end].as_chunks::<4>() else {
        return None;
    };
    let units = digits.iter().map(|unit| {
        let mut digits = unit.iter().map(|&digit| hex_value(digit));
        digits.try_fold(0, |unit, digit| Some(unit << 4 | u16::from(digit?)))
    });
    let units = units.collect::<Option<Vec<u16>>>()?;
    Some((at, String::from_utf16(&units).ok()?))
}

/// A text string in UTF-16 (ISO 32000-1 section 7.9.2.2), as hexadecimal digits.
fn text(text: &str) -> String {
    let units = text.encode_utf16().flat_map(u16::to_be_bytes);
    let bytes = [0xfe, 0xff].into_iter().chain(units).collect::<Vec<_>>();
    hex(&bytes)
}

/// The widget, and every object of the document that must be written again to hold it.
fn changed(
    document: &Document,
    signature: ObjectId,
    widget: ObjectId,
) -> Result<BTreeMap<ObjectId, Object>, String> {
    let page_id = document.page_iter().next().ok_or("it has no page")?;
    let page = document
        .get_dictionary(page_id)
        .map_err(|_| "its first page cannot be read")?;
    let catalog_id = document
        .trailer
        .get(b"Root")
        .and_then(Object::as_reference)
        .map_err(|_| "it has no catalog")?;
    let catalog = document
        .get_dictionary(catalog_id)
        .map_err(|_| "its catalog cannot be read")?;

    let mut changed = BTreeMap::new();
    let mut page = page.clone();
    if push(document, &mut changed, &mut page, "Annots", widget)? {
        changed.insert(page_id, page.into());
    }

    let mut catalog = catalog.clone();
    let (form_id, form) = match catalog.get(b"AcroForm") {
        Ok(form) => document
            .dereference(form)
            .map_err(|_| "its form cannot be read")?,
        Err(_) => (None, &Object::Null),
    };
    let mut form = form.as_dict().cloned().unwrap_or_default();
    let field = field(document, &form, page_id, signature);
    push(document, &mut changed, &mut form, "Fields", widget)?;
    form.set("SigFlags", SIG_FLAGS);
    match form_id {
        Some(id) => changed.insert(id, form.into()),
        None => {
            catalog.set("AcroForm", form);
            changed.insert(catalog_id, catalog.into())
        }
    };
    changed.insert(widget, field.into());
    Ok(changed)
}

/// Appends a reference to the array under a key of `holder`, wherever the array is stored. Returns whether the
/// holder itself changed.
fn push(
    document: &Document,
    changed: &mut BTreeMap<ObjectId, Object>,
    holder: &mut Dictionary,
    key: &str,
    item: ObjectId,
) -> Result<bool, String> {
    let (id, array) = match holder.get(key.as_bytes()) {
        Ok(value) => document
            .dereference(value)
            .map_err(|_| format!("its {key} cannot be read"))?,
        Err(_) => (None, &Object::Null),
    };
    let mut array = match array {
        Object::Null => Vec::new(),
        Object::Array(array) => array.clone(),
        _ => return Err(format!("its {key} is not an array")),
    };
    array.push(item.into());
    match id {
        Some(id) => {
            changed.insert(id, array.into());
            Ok(false)
        }
        None => {
            holder.set(key, array);
            Ok(true)
        }
    }
}

/// An invisible signature field that is its own widget (ISO 32000-1 section 12.7.4.5), under a free name.
fn field(
    document: &Document,
    form: &Dictionary,
    page: ObjectId,
    signature: ObjectId,
) -> Dictionary {
    let fields = form.get(b"Fields").and_then(|fields| {
        let (_, fields) = document.dereference(fields)?;
        fields.as_array()
    });
    let names = fields.into_iter().flatten().filter_map(|field| {
        let (_, field) = document.dereference(field).ok()?;
        let name = field.as_dict().ok()?.get(b"T").ok()?;
        lopdf::decode_text_string(name).ok()
    });
    let names = names.collect::<BTreeSet<_>>();
    let mut number = 1_usize;
    while names.contains(&format!("Signature{number}")) {
        number += 1;
    }
    dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => Object::string_literal(format!("Signature{number}")),
        "V" => signature,
        "F" => LOCKED,
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
        "P" => page,
    }
}
