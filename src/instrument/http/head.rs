//! The head of an answer: status and header fields.

use http::{HeaderMap, StatusCode, Version};
use serde::{Deserialize, Serialize};

/// Status and header fields of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// The version with which it answered: `HTTP/1.0`.
    pub version: String,
    /// The header fields; those of one name are in the order in which they came.
    pub headers: Vec<Header>,
}

/// A header or trailer field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name, in lower case.
    pub name: String,
    /// Its value, as escaped ASCII.
    pub value: String,
}

impl Head {
    pub(super) fn of(status: StatusCode, version: Version, headers: &HeaderMap) -> Self {
        Self {
            status: status.as_u16(),
            version: match version {
                Version::HTTP_2 => "HTTP/2".to_owned(),
                other => format!("{other:?}"),
            },
            headers: fields(headers),
        }
    }

    /// The first header field of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| header.value.as_str())
    }
}

/// Fields as they are recorded.
pub(super) fn fields(map: &HeaderMap) -> Vec<Header> {
    let fields = map.iter().map(|(name, value)| Header {
        name: name.as_str().to_owned(),
        value: value.as_bytes().escape_ascii().to_string(),
    });
    fields.collect()
}
