//! Certificates of a hostile server, handed to the judge of the module `tls` as its probe would have recorded them.
//! The fuzz target `chain` and the tests of its seeds share this.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{json, value::to_raw_value};
use tminus::checks::REGISTRY;
use tminus::instrument::tls::{Origin, Roots};
use tminus::model::digest::sha256_hex;
use tminus::model::{Judgement, LaunchFacts, Prepared};

/// 2026-11-24T02:00:00Z, at which the seeds are valid.
const T0: i64 = 1_795_485_600;

/// What is judged, and by which roots.
pub struct Judge {
    check: Arc<dyn Prepared>,
    roots: Roots,
}

impl Judge {
    /// Trusts the roots in `roots.pem` of this folder.
    pub fn new(folder: &Path) -> Self {
        let settings = "endpoints = ['gw.test']\ntransparency = 'require'\nrevocation = 'require'";
        let settings = toml::Deserializer::parse(settings).expect("settings are TOML");
        let module = REGISTRY.get("tls").expect("the module");
        let pem = std::fs::read(folder.join("roots.pem")).expect("roots");
        Self {
            check: module.decode(settings).expect("settings decode").prepared,
            roots: Roots::load(&[Origin::Pem("roots.pem".into(), pem.into())]).expect("roots"),
        }
    }

    /// Judges a chain: one certificate after the other, as DER says where each ends.
    pub fn judge(&self, bytes: &[u8]) -> Judgement {
        let served = divided(bytes);
        let anchors: Vec<_> = self.roots.candidates(&served).collect();
        let digests: Vec<_> = served.iter().map(|der| sha256_hex(der)).collect();
        let certificates: BTreeMap<_, _> = digests
            .iter()
            .zip(&served)
            .map(|(digest, der)| (digest, STANDARD.encode(der)))
            .collect();
        let address = "192.0.2.1:443";
        // Whatever kind of certificate it is, there is no other one.
        let refused = json!({ "failure": { "kind": "alert", "description": "HandshakeFailure" } });
        let session = json!({
                "protocol": "TLS 1.3", "cipher": "", "group": "", "alpn": null, "chain": digests, "staple": null,
                "proof": { "kind": "verified" }, "connect_us": 1, "handshake_us": 1,
        "others": { "rsa": refused, "ecdsa": refused },
            });
        let observation = json!({
            "format": 4, "roots": self.roots.sets(), "anchors": anchors, "certificates": certificates,
            "endpoints": { "gw.test:443": {
                "lookups": [{ "kind": "given", "addresses": [address] }],
                "addresses": { address: { "handshake": session } },
            } },
        });
        let observation = to_raw_value(&observation).expect("JSON");
        let t0 = Timestamp::from_second(T0).expect("an instant");
        let facts = LaunchFacts::timed(t0, t0);
        let judged = self.check.judge(&observation, &facts);
        judged.expect("the record is read")
    }
}

/// At most eight elements of DER, and what follows them.
fn divided(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let whole = match bytes {
            [0x30, 0x82, high, low, ..] if parts.len() < 8 => {
                4 + usize::from(u16::from_be_bytes([*high, *low]))
            }
            _ => bytes.len(),
        };
        let (part, rest) = bytes.split_at(whole.min(bytes.len()));
        parts.push(part.to_vec());
        bytes = rest;
    }
    parts
}
