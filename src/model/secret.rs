//! Passwords, tokens and URLs with user information: text that a probe may use and nothing may show.
//!
//! A [`Secret`] hides itself from `Debug`, from serialisation and from JSON Schema examples. What a *server*
//! or a *program* repeats back is out of the type's reach, so every secret decoded for a check is also
//! collected, and a [`Redactor`](super::Redactor) strikes it from what the run writes down.
//!
//! How far it is struck depends on where it came from. A value from outside the checklist (`${env:}`, `${file:}`,
//! `${var:}`) of at least [`SHORTEST_EVERYWHERE`] bytes is struck from everything the run records. A shorter one, and
//! one that the checklist holds in plain text, is struck in its own check alone: struck everywhere, "prod" or "error"
//! would change the host names, messages and verdicts of other checks.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What is shown in a secret's place wherever it would be shown.
pub const MASK: &str = "***";

/// The shortest secret that can be struck from text without tearing up the text around it.
pub const SHORTEST: usize = 4;

/// The shortest secret from outside the checklist that is struck from all checks and not from its own alone.
pub const SHORTEST_EVERYWHERE: usize = 8;

/// The secrets of a checklist, by how far they are struck.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Struck from everything the run records.
    pub everywhere: Vec<Secret>,
    /// Struck from what the check of this id records, beside those that its settings collected.
    pub by_check: BTreeMap<String, Vec<Secret>>,
}

/// Text to use and not to show.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text itself. Call it where the bytes leave for the wire, nowhere else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Secret;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret as a string, preferably \"${env:NAME}\" or \"${file:PATH}\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                if !text.is_empty() && text != MASK && text.len() < SHORTEST {
                    return Err(E::custom(format_args!(
                        "a secret of fewer than {SHORTEST} bytes cannot be struck from reports: that would strike \
                         parts of other words too; use a longer one, or a setting that may be shown (for a program, \
                         `plain-env` in place of `env`)"
                    )));
                }
                remember(text);
                Ok(Secret::from(text))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true })
    }
}

thread_local! {
    static COLLECTED: RefCell<Option<Vec<Secret>>> = const { RefCell::new(None) };
}

/// Collects a secret that is part of a value which may be shown, such as the token in the URL of a resolver.
pub fn remember(text: &str) {
    COLLECTED.with_borrow_mut(|collected| {
        if let Some(list) = collected {
            list.push(Secret::from(text));
        }
    });
}

/// Runs `decode` and returns with its result every secret that was decoded meanwhile on this thread. So no
/// module has to list its secrets, and none can forget one.
pub fn collect<T>(decode: impl FnOnce() -> T) -> (T, Vec<Secret>) {
    let outer = COLLECTED.replace(Some(Vec::new()));
    let decoded = decode();
    (decoded, COLLECTED.replace(outer).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret(SecretString::from(text))
    }

    #[test]
    fn a_secret_shows_itself_nowhere() {
        let secret = secret("hunter2");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
    }

    #[test]
    fn decoding_collects_every_secret() {
        let (decoded, secrets) =
            collect(|| serde_json::from_str::<Vec<Secret>>(r#"["first", "second"]"#));
        decoded.unwrap();
        assert_eq!(
            secrets.iter().map(Secret::expose).collect::<Vec<_>>(),
            ["first", "second"]
        );
    }
}
