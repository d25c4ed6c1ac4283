//! Passwords, tokens and URLs with user information: text that a probe may use and nothing may show.
//!
//! A [`Secret`] hides itself from `Debug`, from serialisation and from JSON Schema examples. What a *server*
//! or a *program* repeats back is out of the type's reach, so every secret decoded for a check is also
//! collected, and a [`Redactor`] strikes it from all that the check's probe wrote down.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What stands in a secret's place wherever it would be shown.
pub const MASK: &str = "***";

/// The shortest secret that can be struck from text without tearing up the text around it.
pub const SHORTEST: usize = 4;

/// Text to use and not to show.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text itself. Call it where the bytes leave for the wire, nowhere else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
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
                        "a secret of fewer than {SHORTEST} bytes cannot be kept out of reports"
                    )));
                }
                let secret = Secret(SecretString::from(text));
                COLLECTED.with_borrow_mut(|collected| {
                    if let Some(list) = collected {
                        list.push(secret.clone());
                    }
                });
                Ok(secret)
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

/// Runs `decode` and returns with its result every secret that was decoded meanwhile on this thread. So no
/// module has to list its secrets, and none can forget one.
pub fn collect<T>(decode: impl FnOnce() -> T) -> (T, Vec<Secret>) {
    let outer = COLLECTED.replace(Some(Vec::new()));
    let decoded = decode();
    (decoded, COLLECTED.replace(outer).unwrap_or_default())
}

/// Strikes a set of secrets from text and bytes.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    secrets: Vec<Secret>,
}

impl Redactor {
    /// A redactor for these secrets; longer ones are struck first, so that none survives inside another.
    pub fn new(mut secrets: Vec<Secret>) -> Self {
        secrets.retain(|secret| secret.expose().len() >= SHORTEST && secret.expose() != MASK);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self { secrets }
    }

    /// Whether there is nothing to strike.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The text without the secrets, as they are and as JSON strings spell them.
    pub fn text(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| {
            let plain = secret.expose();
            let text = if text.contains(plain) {
                text.replace(plain, MASK)
            } else {
                text
            };
            match json_spelling(plain) {
                Some(spelling) if text.contains(&spelling) => text.replace(&spelling, MASK),
                _ => text,
            }
        })
    }

    /// The bytes without the secrets.
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.secrets.iter().fold(bytes, |bytes, secret| {
            replace(bytes, secret.expose().as_bytes())
        })
    }
}

/// How a JSON string spells `plain`, where that differs.
fn json_spelling(plain: &str) -> Option<String> {
    let quoted = serde_json::to_string(plain).ok()?;
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    (inner != plain).then(|| inner.to_owned())
}

fn replace(bytes: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some(at) = rest
        .windows(secret.len())
        .position(|window| window == secret)
    {
        kept.extend_from_slice(&rest[..at]);
        kept.extend_from_slice(MASK.as_bytes());
        rest = &rest[at + secret.len()..];
    }
    if kept.is_empty() {
        return bytes;
    }
    kept.extend_from_slice(rest);
    kept
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

    #[test]
    fn a_redactor_strikes_plain_json_and_nested_spellings() {
        let redactor = Redactor::new(vec![secret("pass"), secret("pass\"word")]);
        assert_eq!(redactor.text("a pass\"word b".into()), "a *** b");
        assert_eq!(
            redactor.text(r#"{"out":"pass\"word"}"#.into()),
            r#"{"out":"***"}"#
        );
        assert_eq!(redactor.bytes(b"pass and pass".to_vec()), b"*** and ***");
        assert_eq!(redactor.bytes(b"nothing".to_vec()), b"nothing");
    }
}
