//! What a report never holds: anything that acts. A PDF can run scripts, open pages and programs, show one thing to a
//! reader and another on paper. A signature says nothing against that, so a signed document is refused that has
//! any of it, whichever version drew it.

use lopdf::{Dictionary, Document, Object};

/// Keys that make something happen or bring something that plays (ISO 32000-1 sections 12.6, 12.7.8, 13).
const KEYS: [(&[u8], &str); 9] = [
    (b"AA", "an action that runs by itself"),
    (b"JS", "a script"),
    (b"JavaScript", "a script"),
    (b"XFA", "an XFA form"),
    (b"OCProperties", "layers that can be hidden"),
    (b"RichMediaContent", "rich media"),
    (b"Collection", "a portfolio in place of the pages"),
    (b"Requirements", "requirements on the reader's program"),
    (b"Encrypt", "encryption"),
];

/// The only action that stays inside the file (section 12.6.4.2).
const GO_TO: &[u8] = b"GoTo";

/// Kinds of actions (table 198); a dictionary with such a type is an action even if its `/Type` is missing.
const ACTIONS: [&[u8]; 17] = [
    b"GoToR",
    b"GoToE",
    b"Launch",
    b"Thread",
    b"URI",
    b"Sound",
    b"Movie",
    b"Hide",
    b"Named",
    b"SubmitForm",
    b"ResetForm",
    b"ImportData",
    b"JavaScript",
    b"SetOCGState",
    b"Rendition",
    b"Trans",
    b"GoTo3DView",
];

/// Subtypes of annotations that a report may have: internal links, the widget of a signature, and nothing else.
const ANNOTATIONS: [&[u8]; 26] = [
    b"Text",
    b"FreeText",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"Highlight",
    b"Underline",
    b"Squiggly",
    b"StrikeOut",
    b"Stamp",
    b"Caret",
    b"Ink",
    b"Popup",
    b"FileAttachment",
    b"Sound",
    b"Movie",
    b"Screen",
    b"PrinterMark",
    b"TrapNet",
    b"Watermark",
    b"3D",
    b"Redact",
    b"RichMedia",
    b"Projection",
];

/// Nesting beyond this is no document that tminus drew.
const DEEPEST: usize = 64;

/// Refuses a document with anything that acts.
///
/// # Errors
/// The first such thing, in words.
pub(super) fn check(document: &Document) -> Result<(), String> {
    let catalog = document.catalog().ok();
    if let Some(open) = catalog.and_then(|catalog| catalog.get(b"OpenAction").ok())
        && !matches!(resolve(document, open), Some(Object::Array(_)))
    {
        return Err("an action that runs when the file is opened".to_owned());
    }
    document
        .objects
        .values()
        .try_for_each(|object| look(object, 0))
}

fn resolve<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Object> {
    document.dereference(object).ok().map(|(_, object)| object)
}

fn look(object: &Object, depth: usize) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("objects nested more than {DEEPEST} deep"));
    }
    match object {
        Object::Array(items) => items.iter().try_for_each(|item| look(item, depth + 1)),
        Object::Dictionary(dictionary) => dictionary_of(dictionary, depth),
        Object::Stream(stream) => dictionary_of(&stream.dict, depth),
        _ => Ok(()),
    }
}

fn dictionary_of(dictionary: &Dictionary, depth: usize) -> Result<(), String> {
    for (key, what) in KEYS {
        if dictionary.has(key) {
            return Err(format!("{what} (/{})", String::from_utf8_lossy(key)));
        }
    }
    let name = |key: &[u8]| dictionary.get(key).and_then(Object::as_name).ok();
    if let Some(action) = name(b"S")
        && action != GO_TO
        && (ACTIONS.contains(&action) || name(b"Type") == Some(b"Action"))
    {
        let action = String::from_utf8_lossy(action);
        return Err(format!("an action that leaves the page ({action})"));
    }
    if let Some(subtype) = name(b"Subtype")
        && ANNOTATIONS.contains(&subtype)
        && (dictionary.has(b"Rect") || name(b"Type") == Some(b"Annot"))
    {
        let subtype = String::from_utf8_lossy(subtype);
        return Err(format!("an annotation ({subtype})"));
    }
    if let Some(field) = name(b"FT")
        && field != b"Sig"
    {
        return Err("a form field that is no signature".to_owned());
    }
    // A stream whose content is in another file.
    if name(b"Type") != Some(b"Filespec") && dictionary.has(b"F") && dictionary.has(b"FFilter") {
        return Err("content kept outside the file".to_owned());
    }
    dictionary
        .iter()
        .try_for_each(|(_, value)| look(value, depth + 1))
}
