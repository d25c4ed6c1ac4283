//! Reads a PDF from an untrusted source: within bounds, on its own stack, and a panic of the parser is an error.
//!
//! Object streams (ISO 32000-1 section 7.5.7) are where a small file grows: each inflates a thousand times, and an
//! object takes far more memory than its text. So all of them together get one allowance, which is spent before the
//! parser sees what is in them.

use std::cell::Cell;

use lopdf::{Document, LoadOptions, Object, ObjectId};

/// What one cross-reference stream may inflate to: about two million objects.
const LARGEST_STREAM: usize = 16 << 20;

/// What all object streams together may inflate to. Reports have none.
const LARGEST_OBJECTS: usize = 8 << 20;

/// The parser nests up to 100 objects deep; a tokio worker's 2 MiB are tight for that.
const STACK: usize = 16 << 20;

/// Reads a document, or says why not.
pub(super) fn read(pdf: &[u8]) -> Result<Document, String> {
    if !pdf.starts_with(b"%PDF-") {
        return Err("not a PDF: it does not start with %PDF-".to_owned());
    }
    if u32::try_from(pdf.len()).is_err() {
        return Err("it is larger than 4 GiB".to_owned());
    }
    let (document, allowance) = on_a_large_stack(|| load(pdf))?;
    if allowance == Allowance::Exceeded {
        return Err(format!(
            "its object streams hold more than {} MiB",
            LARGEST_OBJECTS >> 20
        ));
    }
    let document = document.map_err(|error| format!("not a readable PDF: {error}"))?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err("it is encrypted".to_owned());
    }
    Ok(document)
}

/// What is left for object streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Allowance {
    Bytes(usize),
    Exceeded,
}

thread_local! {
    /// The parser takes a plain function as its filter, so the allowance is the thread's that loads the document.
    static ALLOWANCE: Cell<Allowance> = const { Cell::new(Allowance::Exceeded) };
}

fn load(pdf: &[u8]) -> (lopdf::Result<Document>, Allowance) {
    ALLOWANCE.set(Allowance::Bytes(LARGEST_OBJECTS));
    let options = LoadOptions {
        filter: Some(spend),
        ..LoadOptions::with_max_decompressed_size(LARGEST_STREAM)
    };
    let document = Document::load_mem_with_options(pdf, options);
    (document, ALLOWANCE.get())
}

/// Keeps every object but the object streams that exceed what is left. The parser asks before it unpacks one.
fn spend(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    if let Object::Stream(stream) = object
        && stream.dict.has_type(b"ObjStm")
    {
        let Allowance::Bytes(left) = ALLOWANCE.get() else {
            return None;
        };
        // What cannot be unpacked costs nothing: the parser leaves it out, too.
        let size = match stream.get_plain_content_with_limit(left) {
            Ok(content) => content.len(),
            Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded {
                ..
            })) => {
                ALLOWANCE.set(Allowance::Exceeded);
                return None;
            }
            Err(_) => 0,
        };
        ALLOWANCE.set(Allowance::Bytes(left - size));
    }
    // The parser keeps what is returned for an object out of an object stream, and drops it for any other. A stream is
    // never out of an object stream, and too large to be copied for nothing.
    let copy = match object {
        Object::Stream(_) => Object::Null,
        other => other.clone(),
    };
    Some((id, copy))
}

fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let thread = thread
            .spawn_scoped(scope, work)
            .map_err(|error| {
                format!(
                    "cannot start a thread to read it: {error}; the limits of processes (`ulimit -u`) and of address \
                     space (`ulimit -v`) may be too low"
                )
            })?;
        thread
            .join()
            .map_err(|_| "it is so damaged that the PDF parser crashed".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use lopdf::{Stream, dictionary};

    use super::*;

    /// A document with this many object streams, each of a mebibyte before it was compressed. lopdf reads such streams
    /// and does not write them, so it is written by hand.
    fn with_object_streams(count: usize) -> Vec<u8> {
        let header = "1000000 0 ";
        let content = format!("{header}[{}]", "0 ".repeat((1 << 19) - 6));
        let about = dictionary! { "Type" => "ObjStm", "N" => 1, "First" => header.len() as i64 };
        let mut stream = Stream::new(about, content.into_bytes());
        stream.compress().unwrap();
        let mut pdf = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n".to_vec();
        let mut places = vec![9];
        for number in 2..count + 2 {
            places.push(pdf.len());
            writeln!(pdf, "{number} 0 obj").unwrap();
            super::super::object::write_dictionary(&mut pdf, &stream.dict).unwrap();
            pdf.extend_from_slice(b"\nstream\n");
            pdf.extend_from_slice(&stream.content);
            pdf.extend_from_slice(b"\nendstream\nendobj\n");
        }
        let start = pdf.len();
        let size = places.len() + 1;
        write!(pdf, "xref\n0 {size}\n0000000000 65535 f\r\n").unwrap();
        for place in places {
            write!(pdf, "{place:010} 00000 n\r\n").unwrap();
        }
        let trailer = format!("trailer\n<</Root 1 0 R/Size {size}>>\nstartxref\n{start}\n%%EOF\n");
        pdf.extend_from_slice(trailer.as_bytes());
        pdf
    }

    #[test]
    fn all_object_streams_together_have_one_allowance() {
        let most = LARGEST_OBJECTS >> 20;
        let within = with_object_streams(most);
        assert!(within.len() < 64 << 10, "{}", within.len());
        let document = read(&within).unwrap();
        assert!(document.objects.contains_key(&(1_000_000, 0)));
        let error = read(&with_object_streams(most + 1)).unwrap_err();
        assert_eq!(error, "its object streams hold more than 8 MiB");
    }

    #[test]
    fn what_an_object_stream_holds_is_kept_as_it_is() {
        let mut document = Document::with_version("1.7");
        let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Lang" => "en" });
        document.trailer.set("Root", catalog);
        let mut pdf = Vec::new();
        let options = lopdf::SaveOptions::builder()
            .use_object_streams(true)
            .use_xref_streams(true)
            .build();
        document.save_with_options(&mut pdf, options).unwrap();
        let read = read(&pdf).unwrap();
        assert_eq!(
            read.catalog().unwrap().get(b"Lang").unwrap(),
            &Object::from("en")
        );
    }
}
