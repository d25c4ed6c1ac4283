//! A file that configures a check: root certificates, a list of names, a trust anchor. The checklist layer reads it
//! while it decodes the settings, bounded and with its position for errors, so a probe is handed bytes: it reads no
//! file of its own, and a probe in another region needs none. The record keeps path, size and digest.
//!
//! A file that is itself looked at (a certificate on disk) is no such file: the probe reads it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::digest::sha256_hex;
use super::secret;

/// The largest file that a checklist may name: 32 MiB.
pub const LARGEST: u64 = 32 * 1024 * 1024;

/// Reads the file of this path, relative to the checklist; an error is a message for the user.
pub type Reader<'a> = dyn Fn(&str) -> Result<Arc<[u8]>, String> + 'a;

/// A file named by a setting, and what it holds.
#[derive(Clone, PartialEq, Eq)]
pub struct InputFile {
    path: String,
    sha256: String,
    size: u64,
    bytes: Arc<[u8]>,
}

impl InputFile {
    /// A file that was read.
    pub fn new(path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self {
            path: path.into(),
            sha256: sha256_hex(&bytes),
            size: bytes.len() as u64,
            bytes,
        }
    }

    /// As the checklist names it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it holds. Empty in settings that come from a record: a judge needs no files.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it holds, to keep.
    pub fn shared(&self) -> Arc<[u8]> {
        Arc::clone(&self.bytes)
    }

    /// SHA-256 of its bytes, hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl fmt::Debug for InputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.path, self.size)
    }
}

impl Serialize for InputFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shown = serializer.serialize_struct("InputFile", 3)?;
        shown.serialize_field("path", &self.path)?;
        shown.serialize_field("sha256", &self.sha256)?;
        shown.serialize_field("size", &self.size)?;
        shown.end()
    }
}

impl<'de> Deserialize<'de> for InputFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

/// A file of which only the path may be shown: a private key. It is read like an [`InputFile`]; the record keeps neither
/// its size nor a digest.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretFile {
    path: String,
    bytes: Arc<[u8]>,
}

impl SecretFile {
    /// As the checklist names it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it holds. Empty in settings that come from a record.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl Serialize for SecretFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.path)
    }
}

impl<'de> Deserialize<'de> for SecretFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let InputFile { path, bytes, .. } = deserializer.deserialize_str(Visitor)?;
        if let Ok(text) = str::from_utf8(&bytes)
            && text.len() >= secret::SHORTEST
        {
            secret::remember(text);
        }
        Ok(Self { path, bytes })
    }
}

impl JsonSchema for SecretFile {
    fn schema_name() -> Cow<'static, str> {
        "SecretFile".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        InputFile::json_schema(generator)
    }
}

/// Reads a path in a checklist, or what a record keeps of a file.
struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = InputFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the path of a file, relative to the checklist")
    }

    fn visit_str<E: de::Error>(self, path: &str) -> Result<InputFile, E> {
        READER.with_borrow(|reader| match reader {
            Some(read) => read(path)
                .map(|bytes| InputFile::new(path, bytes))
                .map_err(E::custom),
            None => Ok(InputFile {
                path: path.to_owned(),
                sha256: String::new(),
                size: 0,
                bytes: Arc::default(),
            }),
        })
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<InputFile, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Recorded {
            path: String,
            sha256: String,
            size: u64,
        }
        let recorded = Recorded::deserialize(de::value::MapAccessDeserializer::new(map));
        let Recorded { path, sha256, size } =
            recorded.map_err(|_| de::Error::invalid_type(de::Unexpected::Map, &self))?;
        Ok(InputFile {
            path,
            sha256,
            size,
            bytes: Arc::default(),
        })
    }
}

impl JsonSchema for InputFile {
    fn schema_name() -> Cow<'static, str> {
        "InputFile".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "path",
            "description": "the path of a file, relative to the checklist"
        })
    }
}

type Owned = Box<Reader<'static>>;

thread_local! {
    static READER: RefCell<Option<Owned>> = const { RefCell::new(None) };
}

/// Runs `decode` with a reader for the files that settings name. Without one, files are not read: that is how
/// settings come back from a record.
pub fn with_reader<T>(reader: Owned, decode: impl FnOnce() -> T) -> T {
    let outer = READER.replace(Some(reader));
    let decoded = decode();
    READER.replace(outer);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Settings {
        ca: InputFile,
    }

    #[test]
    fn a_path_is_read_and_the_record_keeps_its_digest() {
        let read = |path: &str| match path {
            "ca.pem" => Ok(Arc::from(*b"roots")),
            _ => Err(format!("cannot read {path}")),
        };
        let decode = |toml: &str| with_reader(Box::new(read), || toml::from_str::<Settings>(toml));
        let ca = decode("ca = 'ca.pem'").unwrap().ca;
        assert_eq!(ca.bytes(), b"roots");
        let recorded = serde_json::to_string(&ca).unwrap();
        let again: InputFile = serde_json::from_str(&recorded).unwrap();
        assert_eq!((again.path(), again.sha256()), (ca.path(), ca.sha256()));
        assert!(again.bytes().is_empty());
        let error = decode("ca = 'gone.pem'").unwrap_err();
        assert_eq!(error.message(), "cannot read gone.pem");
        assert!(error.span().is_some(), "the error has its place");
    }
}
