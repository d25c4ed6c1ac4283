//! What is unhealthy in a PostgreSQL now: transactions that hold others up, numbers that run out, a version without
//! fixes, refused logins. What the check's role may not see is an error that names the grant.

mod judge;
mod probe;
mod seen;
mod versions;

pub(super) use judge::judge;
pub(super) use probe::look;
pub(super) use seen::Health;
