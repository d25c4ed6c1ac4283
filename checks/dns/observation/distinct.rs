//! A list without repetitions, put together as it is read.

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

use indexmap::IndexSet;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A list without repetitions, put together as it is read.
pub(super) struct Distinct<T>(pub(super) IndexSet<T>);

impl<'de, T: Deserialize<'de> + Eq + Hash> Deserialize<'de> for Distinct<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Eq + Hash> Visitor<'de> for List<T> {
            type Value = Distinct<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list without repetitions")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Distinct<T>, A::Error> {
                let mut set = IndexSet::new();
                while let Some(thing) = seq.next_element()? {
                    // Numbers that point behind it would be others.
                    if !set.insert(thing) {
                        return Err(A::Error::custom("a list of a table holds a thing twice"));
                    }
                }
                Ok(Distinct(set))
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}
