//! A row as text. Every figure that is read is written in decimal, so one form serves all drivers, and an answer of
//! another form is an error that names its column.

use std::fmt::Display;
use std::str::FromStr;

use super::{Cause, SqlError};

/// One row: names and values of its columns, NULL as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row(pub Vec<(String, Option<String>)>);

impl Row {
    /// The text of a column, none for NULL.
    ///
    /// # Errors
    /// The answer has no such column.
    pub fn maybe(&self, column: &str) -> Result<Option<&str>, SqlError> {
        let found = self
            .0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(column));
        match found {
            Some((_, value)) => Ok(value.as_deref()),
            None => Err(SqlError::new(Cause::Answer, format!("no column {column}"))),
        }
    }

    /// The text of a column; NULL is empty.
    ///
    /// # Errors
    /// The answer has no such column.
    pub fn text(&self, column: &str) -> Result<&str, SqlError> {
        Ok(self.maybe(column)?.unwrap_or(""))
    }

    /// The number in a column.
    ///
    /// # Errors
    /// The answer has no such column, or no such number in it.
    pub fn number<N: FromStr + Display>(&self, column: &str) -> Result<N, SqlError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| {
            let message = format!(
                "{:?} in column {column} is not a number that fits",
                clip(text)
            );
            SqlError::new(Cause::Answer, message)
        })
    }

    /// Whether a column holds a true value.
    ///
    /// # Errors
    /// The answer has no such column.
    pub fn truth(&self, column: &str) -> Result<bool, SqlError> {
        Ok(matches!(
            self.text(column)?,
            "t" | "true" | "1" | "Y" | "YES"
        ))
    }
}

fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Reads what a driver gives, column by column, in its text form.
macro_rules! as_text {
    ($row:expr) => {{
        use sqlx::{Column as _, Row as _};
        let row = $row;
        let columns = row.columns().iter().map(|column| {
            let value: Option<String> = row.try_get_unchecked(column.ordinal())?;
            Ok::<_, sqlx::Error>((column.name().to_owned(), value))
        });
        columns
            .collect::<Result<Vec<_>, _>>()
            .map($crate::instrument::sql::Row)
    }};
}
pub(super) use as_text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_or_no_number_names_its_column() {
        let row = Row(vec![
            ("Most".to_owned(), Some("many".to_owned())),
            ("none".to_owned(), None),
        ]);
        let number = row.number::<u32>("most").unwrap_err();
        assert_eq!(
            number.to_string(),
            "gave an answer of another form: \"many\" in column most is not a number that fits"
        );
        assert!(row.number::<u32>("none").is_err());
        assert_eq!(row.maybe("none"), Ok(None));
        assert!(row.text("absent").is_err());
    }
}
