//! Runs the checks of a checklist in parallel and gathers what they observed into a run record.
//!
//! The engine knows no module, no terminal and no clock of its own: checks come prepared, events leave through
//! one channel, and the clock is handed in.

pub mod event;
