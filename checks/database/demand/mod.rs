//! Demand: whether the pools serve the launch's load, and how long requests wait for a connection.

mod erlang;
mod judge;

pub(super) use judge::{WAIT, judge};
