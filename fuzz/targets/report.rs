//! A PDF as `verify` reads it once its signature and its signer have been judged: objects, attachments, and the update
//! that carries the signature, written again.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tminus::sign::{Identity, attachments, sign_pdf, verify_pdf};

static IDENTITY: LazyLock<Identity> =
    LazyLock::new(|| Identity::create("fuzz", Timestamp::now()).expect("an identity"));

fuzz_target!(|bytes: &[u8]| {
    let _ = verify_pdf(bytes, &[]);
    let readable = attachments(bytes).is_ok();
    if let Ok(signed) = sign_pdf(bytes, &IDENTITY, Timestamp::now(), "GO")
        && readable
    {
        verify_pdf(&signed, &[]).expect("what was signed verifies");
    }
});
