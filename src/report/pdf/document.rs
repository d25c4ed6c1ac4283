//! What makes pages a document: version, title and dates from the record, an id from its content, bookmarks,
//! attached files.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::{
    Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary, text_string,
};

use super::about::{About, date};
use super::attach::{self, Attachment};
use super::canvas::{Place, Target};
use super::theme::PAGE_HEIGHT;
use super::{PdfError, text, xmp};
use crate::report::escape;

/// A bookmark and those under it.
pub(super) struct Bookmark {
    pub(super) title: String,
    pub(super) target: Target,
    pub(super) under: Vec<Bookmark>,
}

/// Adds all that the drawing library leaves out, and writes the file.
///
/// # Errors
/// When the document cannot be written, which is a defect.
pub(super) fn finish(
    mut document: Document,
    about: &About,
    bookmarks: &[Bookmark],
    places: &BTreeMap<Target, Place>,
    attachments: Vec<Attachment<'_>>,
) -> Result<Vec<u8>, PdfError> {
    document.version = "1.7".to_owned();
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    let outline = Outline { places, pages }.add(&mut document, bookmarks);
    let (files, associated) = attach::embed(&mut document, attachments, about.made_at);
    deflate(&mut document);
    // Added after the others are compressed: metadata stays readable for programs that only search for it.
    let metadata = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
    let metadata = Stream::new(metadata, xmp::packet(about).into_bytes()).with_compression(false);
    let metadata = document.add_object(metadata);
    let catalog = document.catalog_mut()?;
    catalog.remove(b"PageLayout");
    catalog.set("PageMode", "UseOutlines");
    catalog.set("Outlines", outline);
    catalog.set("Lang", Object::string_literal("en"));
    catalog.set("Names", dictionary! { "EmbeddedFiles" => files });
    catalog.set("AF", associated);
    catalog.set("Metadata", metadata);
    catalog.set(
        "ViewerPreferences",
        dictionary! { "DisplayDocTitle" => true },
    );
    let information = information(about);
    match document.trailer.get(b"Info").and_then(Object::as_reference) {
        Ok(drawn) => document.set_object(drawn, information),
        Err(_) => {
            let added = document.add_object(information);
            document.trailer.set("Info", added);
        }
    }
    let id = Object::String(hex(&about.id), StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![id.clone(), id]);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).map_err(PdfError::Write)?;
    Ok(bytes)
}

/// Compresses the streams, on all processors: it is half of the work. The library's own way takes the slowest
/// level, for a file hardly smaller.
fn deflate(document: &mut Document) {
    let mut streams: Vec<&mut Stream> = document
        .objects
        .values_mut()
        .filter_map(|object| match object {
            Object::Stream(stream) if !stream.dict.has(b"Filter") => Some(stream),
            _ => None,
        })
        .collect();
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get());
    let share = streams.len().div_ceil(workers).max(1);
    std::thread::scope(|scope| {
        for part in streams.chunks_mut(share) {
            scope.spawn(|| part.iter_mut().for_each(|stream| deflate_one(stream)));
        }
    });
}

fn deflate_one(stream: &mut Stream) {
    let small = Vec::with_capacity(stream.content.len() / 4);
    let mut encoder = ZlibEncoder::new(small, Compression::new(4));
    let written = encoder.write_all(&stream.content);
    if let Ok(small) = written.and_then(|()| encoder.finish())
        && small.len() < stream.content.len()
    {
        stream.dict.set("Filter", "FlateDecode");
        stream.set_content(small);
    }
}

fn information(about: &About) -> Dictionary {
    dictionary! {
        "Title" => text_string(&about.title),
        "Author" => text_string(&about.author),
        "Subject" => text_string("Launch readiness report"),
        "Creator" => text_string(&about.producer),
        "Producer" => text_string(&about.producer),
        "CreationDate" => date(about.made_at),
        "ModDate" => date(about.made_at),
    }
}

fn hex(digits: &str) -> Vec<u8> {
    let bytes = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        std::str::from_utf8(pair)
            .ok()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    bytes.filter_map(byte).collect()
}

/// Characters of a bookmark.
const LONGEST_TITLE: usize = 200;

struct Outline<'a> {
    places: &'a BTreeMap<Target, Place>,
    pages: Vec<ObjectId>,
}

impl Outline<'_> {
    fn add(&self, document: &mut Document, bookmarks: &[Bookmark]) -> ObjectId {
        let root = document.new_object_id();
        let mut outlines = dictionary! { "Type" => "Outlines" };
        // The chapters are open, the checks under them closed.
        outlines.set("Count", bookmarks.len() as i64);
        self.level(document, root, &mut outlines, bookmarks);
        document.set_object(root, outlines);
        root
    }

    /// Adds the bookmarks of one level as a chain, and its ends to the dictionary of their parent.
    fn level(
        &self,
        document: &mut Document,
        parent: ObjectId,
        parent_entry: &mut Dictionary,
        bookmarks: &[Bookmark],
    ) {
        let ids: Vec<ObjectId> = bookmarks.iter().map(|_| document.new_object_id()).collect();
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
            return;
        };
        parent_entry.set("First", *first);
        parent_entry.set("Last", *last);
        for (at, bookmark) in bookmarks.iter().enumerate() {
            let mut entry = dictionary! {
                "Title" => text_string(&escape::text(&text::clip(&bookmark.title, LONGEST_TITLE))),
                "Parent" => parent,
            };
            if let Some(destination) = self.destination(bookmark.target) {
                entry.set("Dest", destination);
            }
            if at > 0 {
                entry.set("Prev", ids[at - 1]);
            }
            if let Some(next) = ids.get(at + 1) {
                entry.set("Next", *next);
            }
            if !bookmark.under.is_empty() {
                entry.set("Count", -(bookmark.under.len() as i64));
                self.level(document, ids[at], &mut entry, &bookmark.under);
            }
            document.set_object(ids[at], entry);
        }
    }

    fn destination(&self, target: Target) -> Option<Object> {
        let place = self.places.get(&target)?;
        let page = *self.pages.get(place.page)?;
        let y = (PAGE_HEIGHT - place.y).round();
        Some(Object::Array(vec![
            page.into(),
            "XYZ".into(),
            Object::Integer(0),
            Object::Real(y),
            Object::Null,
        ]))
    }
}
