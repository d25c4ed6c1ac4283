//! Reads a PDF from an untrusted source: within bounds, on its own stack, and a panic of the parser is an error.

use lopdf::{Document, LoadOptions};

/// What one stream of the document's structure may inflate to.
const LARGEST_STREAM: usize = 256 << 20;

/// The parser nests up to 100 objects deep; a tokio worker's 2 MiB are tight for that.
const STACK: usize = 64 << 20;

/// Reads a document, or says why not.
pub(super) fn read(pdf: &[u8]) -> Result<Document, String> {
    if !pdf.starts_with(b"%PDF-") {
        return Err("not a PDF: it does not start with %PDF-".to_owned());
    }
    if u32::try_from(pdf.len()).is_err() {
        return Err("it is larger than 4 GiB".to_owned());
    }
    let options = LoadOptions::with_max_decompressed_size(LARGEST_STREAM);
    let document = on_a_large_stack(|| Document::load_mem_with_options(pdf, options))?
        .map_err(|error| format!("not a readable PDF: {error}"))?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err("it is encrypted".to_owned());
    }
    Ok(document)
}

fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let thread = thread
            .spawn_scoped(scope, work)
            .map_err(|error| format!("cannot start a thread to read it: {error}"))?;
        thread
            .join()
            .map_err(|_| "it is so damaged that the PDF parser crashed".to_owned())
    })
}
