//! What a TLS client connects to: port 443 unless another is written.

use crate::model::endpoint;
pub(super) use crate::model::endpoint::Host;

/// A host and a TCP port.
pub(crate) type Endpoint = endpoint::Endpoint<443>;
