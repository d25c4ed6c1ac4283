//! The address of a database, and who logs in: `postgres://role:password@host:port/database`.
//!
//! The password is a secret; the rest is shown. Parameters are refused: what a driver reads from them (`sslmode`,
//! `options`) has a setting of its own here, with one meaning for every server.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::Url;

use super::secret::{self, Secret};

/// What speaks at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// PostgreSQL's, also spoken by PgBouncer.
    Postgres,
    /// That of MySQL and MariaDB, also spoken by ProxySQL.
    Mysql,
}

impl Protocol {
    /// The port where none is written.
    fn port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::Mysql => 3306,
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }
}

/// Where a database is, and who logs in.
#[derive(Clone, Debug)]
pub struct DatabaseUrl {
    /// What is spoken there.
    pub protocol: Protocol,
    /// Host name or IP address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Who logs in.
    pub role: String,
    /// With what; none in settings that come from a record.
    pub password: Option<Secret>,
    /// The database, where one is named.
    pub database: Option<String>,
}

const EXPECTED: &str = "the URL of a database, such as \"postgres://role:${env:DB_PASSWORD}@db.example.com:5432/game\" \
                        or \"mysql://role:${env:DB_PASSWORD}@db.example.com:3306/game\"";

impl FromStr for DatabaseUrl {
    type Err = String;

    // No message repeats the text: wherever it is broken, a password may be.
    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| {
            format!("not a URL: {error}; percent-encode `/ ? # [ ] @ %` in a password; expected {EXPECTED}")
        })?;
        let protocol = match url.scheme() {
            "postgres" | "postgresql" => Protocol::Postgres,
            "mysql" | "mariadb" => Protocol::Mysql,
            scheme => return Err(format!("`{scheme}://` is not known; expected {EXPECTED}")),
        };
        if url.query().is_some() {
            return Err(
                "a database URL takes no parameters here: TLS is set by `tls` and `plaintext`, \
                        the rest is set by tminus; delete what follows the `?`"
                    .to_owned(),
            );
        }
        if url.fragment().is_some() {
            return Err("a `#` in a password must be written as %23".to_owned());
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("no host; expected {EXPECTED}"))?;
        let decoded = |text: &str, what| {
            let decoded = percent_decode_str(text).decode_utf8();
            let decoded = decoded.map_err(|_| format!("the {what} is not UTF-8"))?;
            match decoded.contains('\0') {
                true => Err(format!("the {what} contains a NUL")),
                false => Ok(decoded.into_owned()),
            }
        };
        let role = decoded(url.username(), "role")?;
        if role.is_empty() {
            return Err(format!("no role to log in as; expected {EXPECTED}"));
        }
        let password = url.password().map(|text| decoded(text, "password"));
        let database = url.path().trim_start_matches('/');
        if database.contains('/') {
            return Err("one database follows the host, without a further `/`".to_owned());
        }
        let database = decoded(database, "database")?;
        Ok(Self {
            protocol,
            host: decoded(host.trim_start_matches('[').trim_end_matches(']'), "host")?,
            port: url.port().unwrap_or(protocol.port()),
            role,
            password: password
                .transpose()?
                .map(|text| Secret::from(text.as_str())),
            database: Some(database).filter(|name| !name.is_empty()),
        })
    }
}

impl DatabaseUrl {
    /// Host and port as they are written.
    pub fn endpoint(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

/// Without the password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let (scheme, role) = (self.protocol.scheme(), encoded(&self.role));
        write!(f, "{scheme}://{role}@{}", self.endpoint())?;
        match &self.database {
            Some(database) => write!(f, "/{}", encoded(database)),
            None => Ok(()),
        }
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = DatabaseUrl;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<DatabaseUrl, E> {
                let url: DatabaseUrl = text.parse().map_err(E::custom)?;
                if let Some(password) = &url.password {
                    let text = password.expose();
                    if !text.is_empty() && text.len() < secret::SHORTEST {
                        let least = secret::SHORTEST;
                        return Err(E::custom(format_args!(
                            "a password of fewer than {least} bytes cannot be struck from reports"
                        )));
                    }
                    secret::remember(text);
                }
                Ok(url)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for DatabaseUrl {
    fn schema_name() -> Cow<'static, str> {
        "DatabaseUrl".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true, "description": EXPECTED })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        let url = url("postgresql://ops%40eu:p%40ss@db.example.com/game");
        assert_eq!(
            url.to_string(),
            "postgres://ops%40eu@db.example.com:5432/game"
        );
        assert_eq!(
            (url.role.as_str(), url.password.as_ref().unwrap().expose()),
            ("ops@eu", "p@ss")
        );
        assert!(!format!("{url:?}").contains("p@ss"));
        let again: DatabaseUrl = url.to_string().parse().unwrap();
        assert_eq!(again.to_string(), url.to_string());
    }

    #[test]
    fn defaults_follow_the_protocol() {
        let url = url("mysql://app@[::1]");
        assert_eq!(
            (url.endpoint().as_str(), url.database),
            ("[::1]:3306", None)
        );
    }

    #[test]
    fn a_refusal_never_repeats_a_password() {
        for text in [
            "postgres://app:hunter2/x@db/game",
            "postgres://app:hunter2@db:port/game",
            "postgres://app:hunter2@/game",
            "oracle://app:hunter2@db/game",
            "postgres://app:hunter2@db/game?sslmode=disable",
            "postgres://app:hunter2@db/game#x",
            "postgres://:hunter2@db/game",
            "postgres://app:hunter2@db/a/b",
            "postgres://app:hunter2%FF@db/game",
        ] {
            let refusal = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }
}
