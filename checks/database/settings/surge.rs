//! How many new processes run beside the old ones in a roll-out: a number, or a share rounded up, as Kubernetes'
//! `maxSurge` counts it (Deployment, `spec.strategy.rollingUpdate.maxSurge`).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::units::Share;

/// A number of processes, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Surge {
    /// So many.
    Number(u32),
    /// This share, rounded up.
    Share(Share),
}

impl Default for Surge {
    fn default() -> Self {
        Self::Share(Share(0.25))
    }
}

impl Surge {
    /// How many processes that is, of these replicas.
    pub(crate) fn of(self, replicas: u32) -> u32 {
        match self {
            Self::Number(number) => number,
            // 10 * 0.1 is 1.0000000000000002 in some spellings of a tenth: a process must not come of that.
            Self::Share(Share(share)) => (f64::from(replicas) * share - 1e-9).ceil() as u32,
        }
    }
}

impl fmt::Display for Surge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Share(share) => share.fmt(f),
        }
    }
}

impl Serialize for Surge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u32(*number),
            Self::Share(share) => serializer.collect_str(share),
        }
    }
}

impl<'de> Deserialize<'de> for Surge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Surge;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of processes, such as 2, or a share, such as \"25%\"")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Surge, E> {
                let number = u32::try_from(number);
                number.map(Surge::Number).map_err(|_| {
                    E::custom(
                        "a surge is a number of processes, 0 or more; write a share as \"25%\"",
                    )
                })
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Surge, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(-1))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Surge, E> {
                text.parse().map(Surge::Share).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Surge {
    fn schema_name() -> Cow<'static, str> {
        "Surge".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number of processes, or a share of the replicas, rounded up",
            "oneOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": r"^\s*[\d.]+\s*%$|\$\{" },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_up_as_kubernetes_does() {
        let share = |share| Surge::Share(Share(share));
        for (surge, replicas, expected) in [
            (Surge::default(), 1, 1),
            (Surge::default(), 4, 1),
            (Surge::default(), 5, 2),
            (share(0.1), 10, 1),
            (share(0.1), 11, 2),
            (share(0.0), 40, 0),
            (share(1.0), 40, 40),
            (Surge::Number(0), 40, 0),
            (Surge::Number(3), 40, 3),
        ] {
            assert_eq!(surge.of(replicas), expected, "{surge} of {replicas}");
        }
    }
}
