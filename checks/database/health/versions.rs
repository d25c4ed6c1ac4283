//! Until when the makers of a server fix it: PostgreSQL's versioning policy, MariaDB's maintenance policy, MySQL's
//! lifetime support policy, as of November 2026. A version that is not in the table is not judged.

use jiff::civil::{Date, date};

use crate::checks::database::observation::Engine;

/// When the table was read from the makers' pages.
pub(super) const AS_OF: &str = "November 2026";

const POSTGRESQL: [(&str, Date); 9] = [
    ("10", date(2022, 11, 10)),
    ("11", date(2023, 11, 9)),
    ("12", date(2024, 11, 21)),
    ("13", date(2025, 11, 13)),
    ("14", date(2026, 11, 12)),
    ("15", date(2027, 11, 11)),
    ("16", date(2028, 11, 9)),
    ("17", date(2029, 11, 8)),
    ("18", date(2030, 11, 14)),
];
const MARIADB: [(&str, Date); 5] = [
    ("10.5", date(2025, 6, 24)),
    ("10.6", date(2026, 7, 6)),
    ("10.11", date(2028, 2, 16)),
    ("11.4", date(2029, 5, 29)),
    ("11.8", date(2028, 6, 4)),
];
const MYSQL: [(&str, Date); 3] = [
    ("5.7", date(2023, 10, 31)),
    ("8.0", date(2026, 4, 30)),
    ("8.4", date(2032, 4, 30)),
];

/// The release series of a version, and the last day on which it is fixed.
pub(super) fn ends(engine: Engine, version: &str) -> Option<(&'static str, Date)> {
    let table: &[(&str, Date)] = match engine {
        Engine::Postgresql => &POSTGRESQL,
        Engine::Mariadb => &MARIADB,
        Engine::Mysql => &MYSQL,
    };
    let version = version.strip_prefix("5.5.5-").unwrap_or(version); // how MariaDB hides behind old proxies
    let of = |series: &str| {
        let rest = version.strip_prefix(series)?;
        (!rest.starts_with(|c: char| c.is_ascii_digit())).then_some(())
    };
    table
        .iter()
        .copied()
        .find(|(series, _)| of(series).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_by_its_series() {
        for (engine, version, series) in [
            (
                Engine::Postgresql,
                "15.18 (Debian 15.18-0+deb12u1)",
                Some("15"),
            ),
            (Engine::Postgresql, "18beta1", Some("18")),
            (Engine::Postgresql, "9.6.24", None),
            (Engine::Postgresql, "150.1", None),
            (Engine::Mariadb, "10.11.14-MariaDB-0+deb12u2", Some("10.11")),
            (Engine::Mariadb, "5.5.5-10.6.16-MariaDB", Some("10.6")),
            (Engine::Mariadb, "10.1.48-MariaDB", None),
            (Engine::Mysql, "8.0.40", Some("8.0")),
            (Engine::Mysql, "8.4.3", Some("8.4")),
        ] {
            assert_eq!(
                ends(engine, version).map(|(series, _)| series),
                series,
                "{version}"
            );
        }
    }
}
