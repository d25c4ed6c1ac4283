//! The signed PDF against other people's tools, against attackers, and against broken files; identities on disk.

mod attacks;
mod documents;
mod identities;
mod validators;

use std::sync::LazyLock;

use jiff::Timestamp;
use tminus::sign::{Identity, sign_pdf};

/// The time of all signatures of a test process, in whole seconds: outside validators know no other clock.
fn now() -> Timestamp {
    static NOW: LazyLock<Timestamp> = LazyLock::new(|| {
        let now = Timestamp::now();
        Timestamp::from_second(now.as_second()).unwrap()
    });
    *NOW
}

fn identity() -> Identity {
    Identity::create("发布 Release (tests)", now()).unwrap()
}

fn signed(base: &[u8], identity: &Identity) -> Vec<u8> {
    sign_pdf(base, identity, now(), "GO for PixelRush 1.2 (像素)").unwrap()
}
