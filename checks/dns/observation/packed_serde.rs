//! Exchanges as the record holds them: up to [`PLAIN`] one object each, more of them as a table.
//!
//! A table is what [`Exchanges`] are in memory: every question, resolver and outcome once, and rows that point to
//! them. Outcomes are compared without their TTLs, which are in the row: a warm cache gives the same records
//! again and again, a little older. So 200,000 exchanges take some 15 MB rather than 50.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::exchange::Exchange;
use super::packed::{ExchangeRef, Exchanges};
use crate::instrument::dns::Transport;

/// The most exchanges that are written one by one.
const PLAIN: usize = 1000;

/// An exchange: question, resolver, round, attempts.
type Row = (usize, usize, u32, Vec<Packed>);
/// An attempt: transport, start and duration in microseconds, outcome, TTLs of its records, the system's server.
type Packed = (Transport, u64, u64, usize, Vec<u32>, Option<u8>);

impl Serialize for Exchanges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.len() <= PLAIN {
            return serializer.collect_seq(self.iter().map(ExchangeRef::unpacked));
        }
        let mut table = serializer.serialize_struct("Table", 4)?;
        table.serialize_field("questions", &Each(|| self.questions()))?;
        table.serialize_field("resolvers", &Each(|| self.resolvers()))?;
        table.serialize_field("outcomes", &Each(|| self.outcomes()))?;
        // Last: what rows point to is known before they are read.
        table.serialize_field("rows", &Each(|| self.iter().map(row)))?;
        table.end()
    }
}

fn row(entry: ExchangeRef<'_>) -> Row {
    let (question, resolver) = entry.exchanges.numbers_at(entry.place);
    let attempts = entry.attempts().map(|tried| -> Packed {
        let (start, duration) = (tried.start_us, tried.duration_us);
        let (outcome, ttls) = (tried.place as usize, tried.ttls().collect());
        (
            tried.transport,
            start,
            duration,
            outcome,
            ttls,
            tried.server,
        )
    });
    let round = entry.round();
    (
        question as usize,
        resolver as usize,
        round,
        attempts.collect(),
    )
}

/// A list that is made while it is written.
struct Each<F>(F);

impl<T: Serialize, I: Iterator<Item = T>, F: Fn() -> I> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for thing in (self.0)() {
            list.serialize_element(&thing)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Exchanges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Exchanges;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of exchanges, or a table of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Exchanges, A::Error> {
        let mut all = Exchanges::default();
        while let Some(exchange) = seq.next_element::<Exchange>()? {
            all.extend([exchange]);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Exchanges, A::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Field {
            Questions,
            Resolvers,
            Outcomes,
            Rows,
        }
        let (mut questions, mut resolvers, mut outcomes) = (None, None, None);
        while let Some(field) = map.next_key()? {
            match field {
                Field::Questions => questions = Some(map.next_value()?),
                Field::Resolvers => resolvers = Some(map.next_value()?),
                Field::Outcomes => outcomes = Some(map.next_value()?),
                Field::Rows => {
                    let (Some(questions), Some(resolvers), Some(outcomes)) =
                        (questions.take(), resolvers.take(), outcomes.take())
                    else {
                        return Err(A::Error::custom(
                            "rows come before what they point to, or without it",
                        ));
                    };
                    let all = Exchanges::of_lists(questions, resolvers, outcomes);
                    let all = map.next_value_seed(Rows(all))?;
                    return match map.next_key::<Field>()? {
                        None => Ok(all),
                        Some(_) => Err(A::Error::custom("something follows the rows")),
                    };
                }
            }
        }
        Err(A::Error::missing_field("rows"))
    }
}

/// The rows of a table, each put where it belongs as it is read.
struct Rows(Exchanges);

impl<'de> DeserializeSeed<'de> for Rows {
    type Value = Exchanges;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Exchanges, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows {
    type Value = Exchanges;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows of a table")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Exchanges, A::Error> {
        let Self(mut all) = self;
        while let Some((question, resolver, round, attempts)) = seq.next_element::<Row>()? {
            let mut fits = all.row(question, resolver, round);
            for (transport, start, duration, outcome, ttls, server) in attempts {
                let (whom, when) = ((transport, server), (start, duration));
                fits = fits && all.row_attempt(whom, when, outcome, &ttls);
            }
            if !fits {
                return Err(A::Error::custom("a row points to what is not in the table"));
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Listed, Observation};
    use super::*;

    fn many() -> Observation {
        let attempt = |number: usize| {
            let outcome = match number % 5 {
                0 => json!({"kind": "timeout"}),
                1 => json!({"kind": "answer", "rcode": "SERVFAIL", "reasons": ["no"]}),
                _ => json!({"kind": "answer", "rcode": "NOERROR", "records": [
                    {"type": "CNAME", "ttl": number, "data": "b.test."},
                    {"name": "b.test.", "type": "A", "ttl": 60, "data": format!("192.0.2.{}", number % 9)}]}),
            };
            json!({"transport": "udp", "start_us": number, "duration_us": 5, "outcome": outcome})
        };
        let exchange = |number: usize| {
            let attempts: Vec<_> = (0..number % 3).map(|more| attempt(number + more)).collect();
            json!({"name": format!("n{}.test", number / 2), "type": "A", "resolver": "10.0.0.1",
                   "round": number % 2, "attempts": attempts})
        };
        let exchanges: Vec<_> = (0..=PLAIN).map(exchange).collect();
        serde_json::from_value(json!({"exchanges": exchanges, "resolvers": []})).unwrap()
    }

    #[test]
    fn a_table_reads_back_as_what_was_written() {
        let mut seen = many();
        seen.listed = Some(Listed {
            names: Vec::new(),
            ..Listed::default()
        });
        let text = serde_json::to_string(&seen).unwrap();
        assert!(text.contains("\"rows\":[["), "{}", &text[..200]);
        assert_eq!(serde_json::from_str::<Observation>(&text).unwrap(), seen);
        let mut fewer = many();
        fewer.exchanges = Exchanges::default();
        let short = seen.exchanges.iter().take(PLAIN).map(ExchangeRef::unpacked);
        fewer.exchanges.extend(short);
        let seen = fewer;
        let text = serde_json::to_string(&seen).unwrap();
        assert!(
            text.contains("\"exchanges\":[{"),
            "a short list is not a table"
        );
        assert_eq!(serde_json::from_str::<Observation>(&text).unwrap(), seen);
    }

    #[test]
    fn a_row_that_points_nowhere_is_refused() {
        let table = json!({"questions": [["a.test", "A"]], "resolvers": ["10.0.0.1"],
                           "outcomes": [{"kind": "timeout"}], "rows": []});
        for row in [
            json!([1, 0, 0, []]),
            json!([0, 1, 0, []]),
            json!([0, 0, 0, [["udp", 0, 0, 1, [], null]]]),
            json!([0, 0, 0, [["udp", 0, 0, 0, [60], null]]]),
        ] {
            let mut table = table.clone();
            table["rows"] = json!([row]);
            let seen = json!({"exchanges": table, "resolvers": []});
            assert!(
                serde_json::from_value::<Observation>(seen).is_err(),
                "{row}"
            );
        }
    }
}
