//! Quantities as people write them in a checklist: "10s", "64KiB", 0.97 or "97%", "-15m".
//!
//! Each reads from text, says what it expected when it cannot, and is written back so that reading it again
//! gives the same quantity: recorded settings are judged again.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time: "250ms", "10s", "1h 30m", "7d".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(pub Duration);

/// A minute, in seconds: a bound for [`UpTo`].
pub const MINUTE: u64 = 60;
/// An hour, in seconds.
pub const HOUR: u64 = 60 * MINUTE;
/// A day, in seconds.
pub const DAY: u64 = 24 * HOUR;
/// A year of 365 days, in seconds.
pub const YEAR: u64 = 365 * DAY;

/// A length of time of at most so many seconds: what is longer is a slip ("2months" for two minutes), and is refused.
/// It is used like the [`Period`] that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UpTo<const SECONDS: u64>(Period);

/// A number of bytes: 65536, "64KiB", "10MB".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// A share of a whole, 0 to 1: 0.97 or "97%".
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(pub f64);

/// An instant counted from T-0: "-15m", "+3h", "T-2h", "T-0".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offset(pub SignedDuration);

impl FromStr for Period {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let positive = |duration: &Duration| !duration.is_zero();
        length(text)?
            .filter(positive)
            .map(Self)
            .ok_or_else(|| refused::<Self>(text))
    }
}

impl<const SECONDS: u64> UpTo<SECONDS> {
    /// The longest.
    pub const MOST: Period = Period(Duration::from_secs(SECONDS));

    /// This length of time, or the longest.
    pub const fn new(length: Duration) -> Self {
        // `min` is not const.
        Self(if length.as_secs() < SECONDS {
            Period(length)
        } else {
            Self::MOST
        })
    }
}

impl<const SECONDS: u64> Deref for UpTo<SECONDS> {
    type Target = Period;
    fn deref(&self) -> &Period {
        &self.0
    }
}

impl<const SECONDS: u64> fmt::Display for UpTo<SECONDS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const SECONDS: u64> FromStr for UpTo<SECONDS> {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let period: Period = text.parse()?;
        if period > Self::MOST {
            return Err(format!(
                "\"{text}\" is too long: this may be at most {}",
                Self::MOST
            ));
        }
        Ok(Self(period))
    }
}

/// A length of time as humantime reads it, except for `M`: that is a month to it, and a slip for minutes to people.
/// Written back, months are spelled out, so recorded settings still read.
fn length(text: &str) -> Result<Option<Duration>, String> {
    let months = text.split(|c: char| !c.is_ascii_alphabetic());
    if months.into_iter().any(|unit| unit == "M") {
        let minutes = text.replace('M', "m");
        return Err(format!(
            "\"{text}\" counts in months; for minutes, write \"{minutes}\", for a month \"30d\""
        ));
    }
    Ok(humantime::parse_duration(text).ok())
}

impl FromStr for Size {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let size = text.parse::<bytesize::ByteSize>();
        size.map(|size| Self(size.as_u64()))
            .map_err(|_| refused::<Self>(text))
    }
}

impl FromStr for Share {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text
            .strip_suffix('%')
            .and_then(|percent| percent.trim_end().parse::<f64>().ok());
        number
            .and_then(|percent| Self::new(percent / 100.0))
            .ok_or_else(|| refused::<Self>(text))
    }
}

impl Share {
    fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }
}

impl FromStr for Offset {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let signed = text.strip_prefix('T').unwrap_or(text);
        let (negative, length) = match signed.split_at_checked(1) {
            Some(("-", length)) => (true, length),
            Some(("+", length)) => (false, length),
            _ => return Err(refused::<Self>(text)),
        };
        let length = if length == "0" { "0s" } else { length };
        let duration = self::length(length)?.and_then(|length| length.try_into().ok());
        let duration: SignedDuration = duration.ok_or_else(|| refused::<Self>(text))?;
        Ok(Self(if negative { -duration } else { duration }))
    }
}

/// As people say it: "250 ms", "10 s", "1 h 30 min", "7 days". Exact, and it reads back the same.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let days = seconds / 86_400;
        let parts = [
            (days, if days == 1 { "day" } else { "days" }),
            (seconds / 3_600 % 24, "h"),
            (seconds / 60 % 60, "min"),
            (seconds % 60, "s"),
            (u64::from(self.0.subsec_millis()), "ms"),
            (u64::from(self.0.subsec_micros() % 1_000), "us"),
            (u64::from(self.0.subsec_nanos() % 1_000), "ns"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts
            .map(|(number, unit)| format!("{number} {unit}"))
            .collect();
        match parts.is_empty() {
            true => f.write_str("0 s"),
            false => f.write_str(&parts.join(" ")),
        }
    }
}

/// A measured length of time in the style of [`Period`], as exact as a reader needs: "12 ms", "0.2 s", "41 s",
/// "2 min 5 s".
pub fn measured(length: Duration) -> String {
    let ms = length.as_millis();
    let tenths = (ms + 50) / 100;
    match (ms, tenths) {
        (0..100, _) => format!("{ms} ms"),
        (_, 600..) => Period(Duration::from_secs(length.as_secs().max(60))).to_string(),
        _ if tenths.is_multiple_of(10) => format!("{} s", tenths / 10),
        _ => format!("{}.{} s", tenths / 10, tenths % 10),
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bytesize::ByteSize(self.0).display().iec().fmt(f)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * 10_000.0).round() / 100.0)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0.is_negative() { '-' } else { '+' };
        write!(
            f,
            "T{sign}{}",
            humantime::format_duration(self.0.unsigned_abs())
        )
    }
}

/// A quantity of this file: how it is described where it is asked for, and which bare numbers it takes.
trait Quantity: FromStr<Err = String> {
    const EXPECTED: &'static str;
    const PATTERN: &'static str;
    const NUMBER: Option<&'static str> = None;
    fn from_number(_number: f64) -> Option<Self> {
        None
    }
}

impl Quantity for Period {
    const EXPECTED: &'static str =
        "a duration above zero, such as \"250ms\", \"10s\", \"1h 30m\" or \"7d\"";
    const PATTERN: &'static str = r"^\s*(\d+\s*[a-zA-Z]+\s*)+$|\$\{";
}

impl<const SECONDS: u64> Quantity for UpTo<SECONDS> {
    const EXPECTED: &'static str = Period::EXPECTED;
    const PATTERN: &'static str = Period::PATTERN;
}

impl Quantity for Size {
    const EXPECTED: &'static str = "a number of bytes, such as 65536, \"64KiB\" or \"10MB\"";
    const PATTERN: &'static str = r"^\s*[\d.]+\s*[kKmMgGtT]?i?[bB]?\s*$|\$\{";
    const NUMBER: Option<&'static str> = Some("integer");
    fn from_number(number: f64) -> Option<Self> {
        // TOML integers are i64: every one up to 2^53 is exact as f64, and no size comes near it.
        (number >= 0.0 && number.fract() == 0.0).then_some(Self(number as u64))
    }
}

impl Quantity for Share {
    const EXPECTED: &'static str = "a share between 0 and 1, such as 0.97 or \"97%\"";
    const PATTERN: &'static str = r"^\s*[\d.]+\s*%$|\$\{";
    const NUMBER: Option<&'static str> = Some("number");
    fn from_number(number: f64) -> Option<Self> {
        Self::new(number)
    }
}

impl Quantity for Offset {
    const EXPECTED: &'static str = "an offset from T-0, such as \"-15m\", \"+3h\" or \"T-2h\"";
    const PATTERN: &'static str = r"^T?[+-]\s*(\d+\s*[a-zA-Z]*\s*)+$|\$\{";
}

fn refused<Q: Quantity>(text: &str) -> String {
    format!("\"{text}\" is not {}", Q::EXPECTED)
}

struct Visitor<Q>(PhantomData<Q>);

impl<Q: Quantity> de::Visitor<'_> for Visitor<Q> {
    type Value = Q;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Q::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Q, E> {
        text.trim().parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Q, E> {
        Q::from_number(number as f64)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Q, E> {
        Q::from_number(number as f64)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Q, E> {
        Q::from_number(number).ok_or_else(|| E::invalid_value(de::Unexpected::Float(number), &self))
    }
}

fn schema<Q: Quantity>() -> Schema {
    let text = json_schema!({ "type": "string", "pattern": Q::PATTERN });
    match Q::NUMBER {
        Some(kind) => {
            json_schema!({ "description": Q::EXPECTED, "anyOf": [{ "type": kind, "minimum": 0 }, text] })
        }
        None => {
            json_schema!({ "description": Q::EXPECTED, "type": "string", "pattern": Q::PATTERN })
        }
    }
}

macro_rules! quantity {
    ($name:ident $(<const $most:ident>)?, |$self:ident, $serializer:ident| $serialize:expr) => {
        impl<'de $(, const $most: u64)?> Deserialize<'de> for $name $(<$most>)? {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Visitor(PhantomData))
            }
        }
        impl $(<const $most: u64>)? Serialize for $name $(<$most>)? {
            fn serialize<S: Serializer>(&$self, $serializer: S) -> Result<S::Ok, S::Error> {
                $serialize
            }
        }
        impl $(<const $most: u64>)? JsonSchema for $name $(<$most>)? {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schema::<Self>()
            }
        }
    };
}

// As a checklist says it.
quantity!(Period, |self, serializer| {
    serializer.collect_str(&humantime::format_duration(self.0))
});
quantity!(UpTo<const SECONDS>, |self, serializer| self
    .0
    .serialize(serializer));
quantity!(Size, |self, serializer| serializer.serialize_u64(self.0));
quantity!(Share, |self, serializer| serializer.serialize_f64(self.0));
quantity!(Offset, |self, serializer| serializer.collect_str(self));

#[cfg(test)]
mod tests {
    use super::*;

    fn read<Q: de::DeserializeOwned>(json: &str) -> Result<Q, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn quantities_read_what_people_write() {
        assert_eq!(read(r#""1h 30m""#), Ok(Period(Duration::from_secs(5400))));
        assert_eq!(read(r#""250ms""#), Ok(Period(Duration::from_millis(250))));
        assert_eq!(read(r#""64KiB""#), Ok(Size(65_536)));
        assert_eq!(read("65536"), Ok(Size(65_536)));
        assert_eq!(read(r#""97%""#), Ok(Share(0.97)));
        assert_eq!(read("0.97"), Ok(Share(0.97)));
        assert_eq!(
            read(r#""-15m""#),
            Ok(Offset(SignedDuration::from_mins(-15)))
        );
        assert_eq!(read(r#""T+3h""#), Ok(Offset(SignedDuration::from_hours(3))));
        assert_eq!(read(r#""T-0""#), Ok(Offset(SignedDuration::ZERO)));
    }

    #[test]
    fn what_they_cannot_read_they_name_with_an_example() {
        for error in [
            read::<Period>(r#""soon""#).unwrap_err(),
            read::<Period>(r#""0s""#).unwrap_err(),
            read::<Period>("10").unwrap_err(),
            read::<Size>(r#""big""#).unwrap_err(),
            read::<Size>("-1").unwrap_err(),
            read::<Share>("97").unwrap_err(),
            read::<Share>(r#""120%""#).unwrap_err(),
            read::<Offset>(r#""15m""#).unwrap_err(),
        ] {
            assert!(error.contains("such as"), "{error}");
        }
    }

    #[test]
    fn m_is_for_minutes_and_never_for_months() {
        for text in ["2M", "1h 2M", "1h2M", "2 M"] {
            let error = text.parse::<Period>().unwrap_err();
            assert!(error.contains("counts in months"), "{error}");
            let minutes = text.replace('M', "m");
            assert!(error.contains(&format!("write \"{minutes}\"")), "{error}");
            assert!(minutes.parse::<Period>().is_ok(), "{minutes}");
            let error = format!("-{text}").parse::<Offset>().unwrap_err();
            assert!(error.contains("counts in months"), "{error}");
        }
        assert!("2months".parse::<Period>().is_ok());
        assert!("10MB".parse::<Size>().is_ok());
    }

    #[test]
    fn what_was_measured_reads_like_its_limit() {
        for (ms, words) in [
            (0, "0 ms"),
            (99, "99 ms"),
            (240, "0.2 s"),
            (5_003, "5 s"),
            (5_060, "5.1 s"),
            (41_000, "41 s"),
            (59_960, "1 min"),
            (125_900, "2 min 5 s"),
        ] {
            assert_eq!(measured(Duration::from_millis(ms)), words);
        }
        for seconds in [1, 5, 10, 60, 90, 3_600, 86_400] {
            let limit = Period(Duration::from_secs(seconds));
            assert_eq!(measured(limit.0), limit.to_string());
        }
    }

    #[test]
    fn a_length_of_time_beyond_its_maximum_is_refused_by_name() {
        for text in ["2months", "11m", "1h", "600001ms", "1year"] {
            let error = read::<UpTo<{ 10 * MINUTE }>>(&format!("\"{text}\"")).unwrap_err();
            let said = format!("\"{text}\" is too long: this may be at most 10 min");
            assert!(error.starts_with(&said), "{error}");
        }
        let most = read::<UpTo<{ 10 * MINUTE }>>("\"10m\"").unwrap();
        assert_eq!(serde_json::to_string(&most).unwrap(), "\"10m\"");
        assert!(read::<UpTo<DAY>>("\"0s\"").unwrap_err().contains("such as"));
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let period = Period(Duration::from_millis(90_250));
        assert_eq!(read(&serde_json::to_string(&period).unwrap()), Ok(period));
        for (seconds, shown) in [
            (10, "10 s"),
            (125, "2 min 5 s"),
            (5_400, "1 h 30 min"),
            (86_400, "1 day"),
            (604_800, "7 days"),
        ] {
            let period = Period(Duration::from_secs(seconds));
            assert_eq!(period.to_string(), shown);
            assert_eq!(shown.parse(), Ok(period));
        }
        assert_eq!(period.to_string().parse(), Ok(period));
        let offset = Offset(SignedDuration::from_secs(-5_401));
        assert_eq!(read(&serde_json::to_string(&offset).unwrap()), Ok(offset));
    }
}
