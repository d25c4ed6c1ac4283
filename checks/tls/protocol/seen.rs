//! What the probe writes down of protocols and key exchanges.

use serde::{Deserialize, Serialize};

use crate::instrument::tls::HelloReply;

/// What became of the ClientHellos at one address; none where it got none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct HelloReplies {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls_1_0: Option<HelloReply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls_1_1: Option<HelloReply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) post_quantum: Option<HelloReply>,
}

impl HelloReplies {
    /// The post-quantum key exchange that the server supports, or `no`; none where it is not known.
    pub(crate) fn post_quantum(&self) -> Option<&str> {
        match &self.post_quantum {
            Some(HelloReply::Agreed {
                group: Some(group), ..
            }) => Some(group),
            Some(HelloReply::Unheard { .. }) | None => None,
            Some(_) => Some("no"),
        }
    }
}
