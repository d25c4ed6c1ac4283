//! Revocation lists: they come over plain HTTP, so from anyone on the way.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tminus::instrument::revocation::{Issuer, Pointers, list};

const LEAF: &[u8] = include_bytes!("../seeds/leaf.der");
const ISSUER: &[u8] = include_bytes!("../seeds/issuer.der");

fuzz_target!(|bytes: &[u8]| {
    if let (Ok(about), Some(issuer)) = (Pointers::read(LEAF), Issuer::of(LEAF, [ISSUER], &[])) {
        let _ = list(bytes, &about, &issuer);
    }
});
