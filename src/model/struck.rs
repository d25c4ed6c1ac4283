//! Serialises a value with the secrets struck from its texts, and from nothing else.
//!
//! Names of fields and variants are code and not data: a check whose secret is "stdout" must still be readable. So
//! secrets are struck while the value's shape is known, and not from the JSON that comes of it.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::Redactor;

/// The field in which enums with an internal tag keep the name of their variant.
const TAG: &str = "kind";

/// A value without the secrets.
pub(super) struct Struck<'a, T: ?Sized> {
    value: &'a T,
    redactor: &'a Redactor,
}

impl<'a, T: ?Sized> Struck<'a, T> {
    pub(super) fn new(value: &'a T, redactor: &'a Redactor) -> Self {
        Self { value, redactor }
    }
}

impl<T: Serialize + ?Sized> Serialize for Struck<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.redactor.is_empty() {
            return self.value.serialize(serializer);
        }
        self.value.serialize(Striking {
            inner: serializer,
            redactor: self.redactor,
        })
    }
}

/// A serializer, or a part of one, that strikes what passes through it.
struct Striking<'a, I> {
    inner: I,
    redactor: &'a Redactor,
}

impl<'a, I> Striking<'a, I> {
    fn within<J, E>(self, make: impl FnOnce(I) -> Result<J, E>) -> Result<Striking<'a, J>, E> {
        let redactor = self.redactor;
        make(self.inner).map(|inner| Striking { inner, redactor })
    }
}

/// Numbers and the like pass as they are.
macro_rules! pass {
    ($($name:ident: $type:ty),*) => {
        $(fn $name(self, value: $type) -> Result<I::Ok, I::Error> {
            self.inner.$name(value)
        })*
    };
}

impl<'a, I: Serializer> Serializer for Striking<'a, I> {
    type Ok = I::Ok;
    type Error = I::Error;
    type SerializeSeq = Striking<'a, I::SerializeSeq>;
    type SerializeTuple = Striking<'a, I::SerializeTuple>;
    type SerializeTupleStruct = Striking<'a, I::SerializeTupleStruct>;
    type SerializeTupleVariant = Striking<'a, I::SerializeTupleVariant>;
    type SerializeMap = Striking<'a, I::SerializeMap>;
    type SerializeStruct = Striking<'a, I::SerializeStruct>;
    type SerializeStructVariant = Striking<'a, I::SerializeStructVariant>;

    pass!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_f32: f32, serialize_f64: f64, serialize_char: char,
        serialize_unit_struct: &'static str
    );

    fn serialize_str(self, text: &str) -> Result<I::Ok, I::Error> {
        if self.redactor.ranges(text.as_bytes()).is_empty() {
            return self.inner.serialize_str(text);
        }
        self.inner
            .serialize_str(&self.redactor.text(text.to_owned()))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<I::Ok, I::Error> {
        self.inner
            .serialize_bytes(&self.redactor.bytes(bytes.to_vec()))
    }

    fn serialize_none(self) -> Result<I::Ok, I::Error> {
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<I::Ok, I::Error> {
        self.inner
            .serialize_some(&Struck::new(value, self.redactor))
    }

    fn serialize_unit(self) -> Result<I::Ok, I::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<I::Ok, I::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<I::Ok, I::Error> {
        let value = Struck::new(value, self.redactor);
        self.inner.serialize_newtype_struct(name, &value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<I::Ok, I::Error> {
        let value = Struck::new(value, self.redactor);
        self.inner
            .serialize_newtype_variant(name, index, variant, &value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, I::Error> {
        self.within(|inner| inner.serialize_seq(len))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, I::Error> {
        self.within(|inner| inner.serialize_tuple(len))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, I::Error> {
        self.within(|inner| inner.serialize_tuple_struct(name, len))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, I::Error> {
        self.within(|inner| inner.serialize_tuple_variant(name, index, variant, len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, I::Error> {
        self.within(|inner| inner.serialize_map(len))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, I::Error> {
        if name.starts_with('$') {
            // Raw JSON: its secrets could not be told from its keys.
            return Err(I::Error::custom("an observation holds raw JSON"));
        }
        self.within(|inner| inner.serialize_struct(name, len))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, I::Error> {
        self.within(|inner| inner.serialize_struct_variant(name, index, variant, len))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// What is made of elements without names.
macro_rules! elements {
    ($($trait:ident: $method:ident),*) => {
        $(impl<I: $trait> $trait for Striking<'_, I> {
            type Ok = I::Ok;
            type Error = I::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), I::Error> {
                self.inner.$method(&Struck::new(value, self.redactor))
            }

            fn end(self) -> Result<I::Ok, I::Error> {
                self.inner.end()
            }
        })*
    };
}

elements!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

/// What is made of fields, whose names are code. So is the name of a variant under [`TAG`].
macro_rules! fields {
    ($($trait:ident),*) => {
        $(impl<I: $trait> $trait for Striking<'_, I> {
            type Ok = I::Ok;
            type Error = I::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), I::Error> {
                if key == TAG {
                    return self.inner.serialize_field(key, value);
                }
                self.inner.serialize_field(key, &Struck::new(value, self.redactor))
            }

            fn skip_field(&mut self, key: &'static str) -> Result<(), I::Error> {
                self.inner.skip_field(key)
            }

            fn end(self) -> Result<I::Ok, I::Error> {
                self.inner.end()
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl<I: SerializeMap> SerializeMap for Striking<'_, I> {
    type Ok = I::Ok;
    type Error = I::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), I::Error> {
        self.inner.serialize_key(&Struck::new(key, self.redactor))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), I::Error> {
        self.inner
            .serialize_value(&Struck::new(value, self.redactor))
    }

    fn end(self) -> Result<I::Ok, I::Error> {
        self.inner.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Secret;
    use super::*;

    #[derive(serde::Serialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Outcome {
        Ended { text: String, count: u64 },
    }

    #[derive(serde::Serialize)]
    struct Seen {
        text: &'static str,
        outcome: Option<Outcome>,
        plain: Plain,
        more: BTreeMap<&'static str, Vec<&'static str>>,
    }

    #[derive(serde::Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Plain {
        Ended,
    }

    #[test]
    fn texts_are_struck_and_names_and_numbers_are_not() {
        let secrets = ["ended", "text", "kind", "12345678"].map(Secret::from);
        let redactor = Redactor::new(&secrets);
        let seen = Seen {
            text: "it ended as text",
            outcome: Some(Outcome::Ended {
                text: "a \"kind\" of 12345678".to_owned(),
                count: 123_456_789,
            }),
            plain: Plain::Ended,
            more: BTreeMap::from([("text/plain", vec!["x", "ended"])]),
        };
        assert_eq!(
            serde_json::to_string(&Struck::new(&seen, &redactor)).unwrap(),
            r#"{"text":"it *** as ***","outcome":{"kind":"ended","text":"a \"***\" of ***","count":123456789},"plain":"ended","more":{"***/plain":["x","***"]}}"#
        );
    }
}
