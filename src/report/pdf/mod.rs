//! The printed report.
