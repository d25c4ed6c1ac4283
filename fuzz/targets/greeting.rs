//! The first words of a server's answer, in one piece and in two.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tminus::instrument::tls::Greeting;

fuzz_target!(|bytes: &[u8]| {
    let whole = Greeting::read([bytes]);
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    let halves = Greeting::read([first, rest]);
    if !matches!(whole, Some(Greeting::Unheard { .. })) {
        assert_eq!(whole, halves);
    }
});
