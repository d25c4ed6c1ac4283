//! What is asked for signatures, and how what comes is read.

use hickory_proto::op::Message;
use hickory_proto::rr::Name;

use crate::checks::dns::observation::Server;
use crate::checks::dns::settings::DomainName;
use crate::instrument::dns::RecordType;

/// Record sets of a zone whose signatures are looked at, at each of its servers.
const SAMPLE: usize = 50;

/// A question by name in lower case and type.
pub(super) type Key = (Name, RecordType);

/// The questions of a zone's names that one of its servers is asked with signatures.
pub(super) fn sample(server: &Server) -> Vec<Key> {
    let keys = server.records().take(SAMPLE).filter_map(|exchange| {
        let name = DomainName::new(&exchange.name).ok()?;
        Some((absolute(name.canonical())?, exchange.kind))
    });
    keys.collect()
}

/// A name as messages are sorted by.
pub(super) fn absolute(text: &str) -> Option<Name> {
    let mut name = Name::from_ascii(text).ok()?.to_lowercase();
    name.set_fqdn(true);
    Some(name)
}

/// Reads a message.
pub(super) fn parse(wire: &[u8]) -> Result<Message, String> {
    Message::from_vec(wire).map_err(|error| error.to_string())
}
