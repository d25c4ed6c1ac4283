//! The first words of a server's answer, in one piece and in two.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tminus::instrument::tls::HelloReply;

fuzz_target!(|bytes: &[u8]| {
    let whole = HelloReply::read([bytes]);
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    let halves = HelloReply::read([first, rest]);
    if !matches!(whole, Some(HelloReply::Unheard { .. })) {
        assert_eq!(whole, halves);
    }
});
