//! OCSP responses: a server staples whatever it likes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tminus::instrument::revocation::{Issuer, Pointers, answer};

const LEAF: &[u8] = include_bytes!("../seeds/leaf.der");
const ISSUER: &[u8] = include_bytes!("../seeds/issuer.der");

fuzz_target!(|response: &[u8]| {
    if let (Ok(about), Some(issuer)) = (Pointers::read(LEAF), Issuer::of(LEAF, [ISSUER], &[])) {
        let _ = answer(response, &about, &issuer);
    }
});
