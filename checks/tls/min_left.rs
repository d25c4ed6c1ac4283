//! How long a certificate must still last, as a length of time, a share of its lifetime, or both.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::IntoDeserializer as _;
use serde::ser::SerializeSeq as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::units::{Period, Share, UpTo, YEAR};

const EXPECTED: &str =
    "a length of time (\"30d\"), a share of the lifetime (\"33%\"), or both ([\"30d\", \"33%\"])";

/// When renewal is due: the smaller of what is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MinLeft {
    period: Option<Period>,
    share: Option<Share>,
}

impl Default for MinLeft {
    /// 30 days before the end for the year-long certificates of old, a third of the lifetime for shorter ones.
    fn default() -> Self {
        Self {
            period: Some(Period(Duration::from_secs(30 * 24 * 60 * 60))),
            share: Some(Share(1.0 / 3.0)),
        }
    }
}

impl MinLeft {
    /// What must be left of a certificate with this lifetime.
    pub(crate) fn of(self, lifetime: SignedDuration) -> SignedDuration {
        let period = self
            .period
            .map(|period| SignedDuration::try_from(period.0).unwrap_or(SignedDuration::MAX));
        let share = self.share.map(|share| {
            let seconds = lifetime.as_secs_f64() * share.0;
            SignedDuration::try_from_secs_f64(seconds).unwrap_or(lifetime)
        });
        let smaller = [period, share].into_iter().flatten().min();
        smaller.unwrap_or(SignedDuration::ZERO)
    }

    fn add(&mut self, part: Part) -> Result<(), &'static str> {
        let twice = match part {
            Part::Period(period) => self.period.replace(period).is_some(),
            Part::Share(share) => self.share.replace(share).is_some(),
        };
        if twice {
            return Err("one length of time and one share, not two of the same");
        }
        Ok(())
    }
}

enum Part {
    Period(Period),
    Share(Share),
}

struct PartVisitor;

impl de::Visitor<'_> for PartVisitor {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time (\"30d\") or a share of the lifetime (\"33%\")")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Part, E> {
        let text = text.trim();
        let part = if text.ends_with('%') {
            text.parse().map(Part::Share)
        } else {
            text.parse::<UpTo<{ 10 * YEAR }>>()
                .map(|length| Part::Period(*length))
        };
        part.map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Part, E> {
        Share::deserialize(number.into_deserializer()).map(Part::Share)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Part, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Part, E> {
        self.visit_f64(number as f64)
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartVisitor)
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = MinLeft;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<MinLeft, E> {
        PartVisitor.visit_str(text).and_then(alone)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<MinLeft, E> {
        PartVisitor.visit_f64(number).and_then(alone)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<MinLeft, E> {
        PartVisitor.visit_i64(number).and_then(alone)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<MinLeft, E> {
        PartVisitor.visit_u64(number).and_then(alone)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut parts: A) -> Result<MinLeft, A::Error> {
        let mut both = MinLeft {
            period: None,
            share: None,
        };
        while let Some(part) = parts.next_element()? {
            both.add(part).map_err(de::Error::custom)?;
        }
        if both.period.is_none() && both.share.is_none() {
            return Err(de::Error::invalid_length(0, &self));
        }
        Ok(both)
    }
}

fn alone<E: de::Error>(part: Part) -> Result<MinLeft, E> {
    let mut alone = MinLeft {
        period: None,
        share: None,
    };
    alone.add(part).map_err(E::custom)?;
    Ok(alone)
}

impl<'de> Deserialize<'de> for MinLeft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for MinLeft {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_seq(None)?;
        if let Some(period) = &self.period {
            parts.serialize_element(period)?;
        }
        if let Some(share) = &self.share {
            parts.serialize_element(share)?;
        }
        parts.end()
    }
}

impl JsonSchema for MinLeft {
    fn schema_name() -> Cow<'static, str> {
        "MinLeft".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let period = generator.subschema_for::<Period>();
        let share = generator.subschema_for::<Share>();
        json_schema!({
            "description": EXPECTED,
            "anyOf": [
                period,
                share,
                { "type": "array", "minItems": 1, "maxItems": 2, "items": { "anyOf": [period, share] } }
            ]
        })
    }
}
