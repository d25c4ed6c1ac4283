//! Exchanges as the record holds them: up to [`PLAIN`] one object each, more of them as a table.
//!
//! In a table every question, resolver and outcome stands once, and each exchange is a short row that points to
//! them. Outcomes are told apart without their TTLs, which stand in the row: a warm cache gives the same records
//! again and again, a little older. So 200,000 exchanges take some 15 MB rather than 50.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor, value};
use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::probe::Exchange;
use crate::instrument::dns::{Attempt, Kind, Outcome, Record, Reply, Transport};

/// The most exchanges that are written one by one.
const PLAIN: usize = 1000;

/// An exchange: question, resolver, round, attempts.
type Row = (usize, usize, u32, Vec<Packed>);
/// An attempt: transport, start and duration in microseconds, outcome, TTLs of its records.
type Packed = (Transport, u64, u64, usize, Vec<u32>);

#[derive(Deserialize)]
struct Table {
    questions: Vec<(Arc<str>, Kind)>,
    resolvers: Vec<Arc<str>>,
    outcomes: Vec<Outcome>,
    rows: Vec<Row>,
}

pub(super) fn serialize<S: Serializer>(
    exchanges: &[Exchange],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if exchanges.len() <= PLAIN {
        return exchanges.serialize(serializer);
    }
    let mut questions = Index::default();
    let mut resolvers = Index::default();
    let mut outcomes = Index::default();
    for exchange in exchanges {
        questions.add((&*exchange.name, exchange.kind));
        resolvers.add(&*exchange.resolver);
        for attempt in &exchange.attempts {
            outcomes.add(Timeless(&attempt.outcome));
        }
    }
    let row = |exchange: &Exchange| -> Row {
        let pack = |attempt: &Attempt| -> Packed {
            let outcome = outcomes.place(&Timeless(&attempt.outcome));
            let ttls = records(&attempt.outcome).iter().map(|record| record.ttl);
            let (start, duration) = (attempt.start_us, attempt.duration_us);
            (attempt.transport, start, duration, outcome, ttls.collect())
        };
        (
            questions.place(&(&*exchange.name, exchange.kind)),
            resolvers.place(&&*exchange.resolver),
            exchange.round,
            exchange.attempts.iter().map(pack).collect(),
        )
    };
    let mut table = serializer.serialize_struct("Table", 4)?;
    table.serialize_field("questions", &questions.listed)?;
    table.serialize_field("resolvers", &resolvers.listed)?;
    table.serialize_field("outcomes", &outcomes.listed)?;
    table.serialize_field("rows", &Each(exchanges, row))?;
    table.end()
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Exchange>, D::Error> {
    struct Either;
    impl<'de> Visitor<'de> for Either {
        type Value = Vec<Exchange>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of exchanges, or a table of them")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<Exchange>, A::Error> {
            Vec::deserialize(value::SeqAccessDeserializer::new(seq))
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<Exchange>, A::Error> {
            let table = Table::deserialize(value::MapAccessDeserializer::new(map))?;
            let Table {
                questions,
                resolvers,
                outcomes,
                rows,
            } = table;
            let unpack = |(transport, start_us, duration_us, outcome, ttls): Packed| {
                let outcome = timed(outcomes.get(outcome)?, &ttls)?;
                Some(Attempt {
                    transport,
                    start_us,
                    duration_us,
                    outcome,
                })
            };
            let exchange = |(question, resolver, round, attempts): Row| {
                let (name, kind) = questions.get(question)?;
                Some(Exchange {
                    name: Arc::clone(name),
                    kind: *kind,
                    resolver: Arc::clone(resolvers.get(resolver)?),
                    round,
                    attempts: attempts.into_iter().map(unpack).collect::<Option<_>>()?,
                })
            };
            let exchanges: Option<_> = rows.into_iter().map(exchange).collect();
            exchanges.ok_or_else(|| A::Error::custom("a row points to what is not in the table"))
        }
    }
    deserializer.deserialize_any(Either)
}

/// Each different thing once, in the order of its first appearance.
struct Index<T> {
    listed: Vec<T>,
    places: HashMap<T, usize>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self {
            listed: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Copy + Eq + Hash> Index<T> {
    fn add(&mut self, thing: T) {
        self.places.entry(thing).or_insert_with(|| {
            self.listed.push(thing);
            self.listed.len() - 1
        });
    }

    fn place(&self, thing: &T) -> usize {
        self.places.get(thing).copied().unwrap_or(usize::MAX)
    }
}

/// A list that is made while it is written.
struct Each<'a, T, F>(&'a [T], F);

impl<T, U: Serialize, F: Fn(&T) -> U> Serialize for Each<'_, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for thing in self.0 {
            list.serialize_element(&self.1(thing))?;
        }
        list.end()
    }
}

/// An outcome, the TTLs of its records aside.
#[derive(Clone, Copy)]
struct Timeless<'a>(&'a Outcome);

impl Hash for Timeless<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self.0).hash(state);
        for record in records(self.0) {
            record.data.hash(state);
        }
    }
}

impl PartialEq for Timeless<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (Outcome::Answer(one), Outcome::Answer(two)) = (self.0, other.0) else {
            return self.0 == other.0;
        };
        // Named one by one, so that a new field cannot be forgotten here.
        let Reply {
            rcode,
            aa,
            tc,
            ra,
            ad,
            records,
            negative_ttl,
            referral,
            asked,
            reasons,
            zone,
            scope,
        } = one;
        let alike = |(one, two): (&Record, &Record)| {
            let Record {
                name,
                kind,
                ttl: _,
                data,
            } = one;
            *data == two.data && *name == two.name && *kind == two.kind
        };
        *rcode == two.rcode
            && (*aa, *tc, *ra, *ad, *referral) == (two.aa, two.tc, two.ra, two.ad, two.referral)
            && *negative_ttl == two.negative_ttl
            && *asked == two.asked
            && *reasons == two.reasons
            && (zone, *scope) == (&two.zone, two.scope)
            && records.len() == two.records.len()
            && records.iter().zip(&two.records).all(alike)
    }
}

impl Eq for Timeless<'_> {}

impl Serialize for Timeless<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let zeros = vec![0; records(self.0).len()];
        match timed(self.0, &zeros) {
            Some(outcome) => outcome.serialize(serializer),
            None => self.0.serialize(serializer),
        }
    }
}

fn records(outcome: &Outcome) -> &[Record] {
    match outcome {
        Outcome::Answer(reply) => &reply.records,
        _ => &[],
    }
}

/// The outcome with these TTLs; nothing where their number does not fit.
fn timed(outcome: &Outcome, ttls: &[u32]) -> Option<Outcome> {
    if records(outcome).len() != ttls.len() {
        return None;
    }
    let mut outcome = outcome.clone();
    if let Outcome::Answer(reply) = &mut outcome {
        for (record, ttl) in reply.records.iter_mut().zip(ttls) {
            record.ttl = *ttl;
        }
    }
    Some(outcome)
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
        seen.exchanges.pop();
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
            json!([0, 0, 0, [["udp", 0, 0, 1, []]]]),
            json!([0, 0, 0, [["udp", 0, 0, 0, [60]]]]),
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
