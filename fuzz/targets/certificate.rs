//! What a certificate says of its revocation, and who has signed it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tminus::instrument::revocation::{Issuer, Pointers, request};

const LEAF: &[u8] = include_bytes!("../seeds/leaf.der");
const ISSUER: &[u8] = include_bytes!("../seeds/issuer.der");

fuzz_target!(|certificate: &[u8]| {
    let about = Pointers::read(certificate);
    let _ = Issuer::of(certificate, [ISSUER], &[]);
    let issuer = Issuer::of(LEAF, [certificate, ISSUER], &[]);
    if let (Ok(about), Some(issuer)) = (about, issuer) {
        let _ = request(&about, &issuer);
    }
});
