//! Warm-up: the first round fills caches, later ones show whether they are full. By TTLs that fall as time
//! passes, never by times alone: on a short way a cold cache is fast as well. Probing warms, so all that can be said
//! is "consistent with a warm cache".

mod course;
mod judge;
mod line;
mod sets;

#[cfg(test)]
mod tests;

pub(super) use course::{Course, Rounds, of};
pub(super) use judge::{judge, percent};
