//! What PostgreSQL says of its limits and sessions. A role without any grant sees all of it: of others' sessions the
//! database, the role and the application's name are visible to everyone.

use tokio::time::Instant;

use super::literals;
use crate::checks::database::health;
use crate::checks::database::observation::{Engine, Limited, Role, Server, Sessions};
use crate::checks::database::sight::Sight;
use crate::instrument::sql::{Access, Cause, Postgres, Row, SqlError};

const SERVER: &str = "\
    SELECT current_setting('server_version') AS version, \
           current_setting('server_version_num') AS number, \
           current_setting('max_connections') AS maximum, \
           current_setting('superuser_reserved_connections') AS superuser_reserved, \
           coalesce(current_setting('reserved_connections', true), '0') AS reserved, \
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser, \
           (SELECT s.version FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()) AS encrypted, \
           (SELECT count(*) FROM pg_stat_activity \
             WHERE application_name = 'tminus' AND usename = current_user) AS own";

const DATABASES: &str = "SELECT datname AS name, datconnlimit AS most FROM pg_database WHERE datconnlimit >= 0 ORDER BY 1";

/// -2: left behind by a DROP DATABASE that was interrupted.
const OPEN: &str =
    "SELECT datname AS name FROM pg_database WHERE datallowconn AND datconnlimit <> -2 ORDER BY 1";

/// Client sessions: a walsender without a database counts against `max_wal_senders`, background workers have no role.
const SESSIONS: &str = "\
    SELECT usename AS role, datname AS database, application_name AS application, count(*) AS count \
      FROM pg_stat_activity \
     WHERE datid IS NOT NULL AND usesysid IS NOT NULL \
       AND NOT (application_name = 'tminus' AND usename = current_user) \
     GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3";

/// From this version on there is `pg_use_reserved_connections`.
const RESERVED_SINCE: u32 = 160_000;

pub(super) async fn look(
    access: Access<'_>,
    roles: &[&str],
    health: bool,
    until: Instant,
) -> Result<Server, SqlError> {
    let mut session = Postgres::log_in(access, until).await?;
    let seen = read(&mut session, access.url.role.as_str(), roles, health, until).await;
    session.log_out().await;
    seen
}

async fn read(
    session: &mut Postgres,
    me: &str,
    names: &[&str],
    health: bool,
    until: Instant,
) -> Result<Server, SqlError> {
    let answer = session.rows(SERVER, until).await?;
    let Some(row) = answer.first() else {
        return Err(SqlError::new(Cause::Answer, "no row"));
    };
    let number: u32 = row.number("number")?;
    let reserved_since = number >= RESERVED_SINCE;
    let member = match reserved_since {
        true => "pg_has_role(oid, 'pg_use_reserved_connections', 'USAGE')",
        false => "false",
    };
    let roles = format!(
        "SELECT rolname AS name, rolconnlimit AS most, rolsuper AS superuser, {member} AS reserved, \
                NOT rolcanlogin AS \"group\" FROM pg_roles WHERE rolname IN ({}) ORDER BY 1",
        literals(names, false)
    );
    let roles = session.rows(&roles, until).await?;
    let databases = session.rows(DATABASES, until).await?;
    let open = session.rows(OPEN, until).await?;
    let open = open.iter().map(|row| row.text("name").map(str::to_owned));
    let sessions = session.rows(SESSIONS, until).await?;
    let health = match health {
        true => Some(health::look(session, number, me, until).await?),
        false => None,
    };
    Ok(Server {
        engine: Engine::Postgresql,
        version: row.text("version")?.to_owned(),
        encrypted: row.maybe("encrypted")?.map(str::to_owned),
        superuser: row.truth("superuser")?,
        maximum: row.number("maximum")?,
        superuser_reserved: row.number("superuser_reserved")?,
        reserved: row.number("reserved")?,
        extra: 0,
        spare: 0,
        per_user: None,
        roles: Sight::Seen(roles.iter().map(role).collect::<Result<_, _>>()?),
        databases: databases.iter().map(limited).collect::<Result<_, _>>()?,
        open: Some(open.collect::<Result<_, _>>()?),
        sessions: Sight::Seen(sessions.iter().map(of_sessions).collect::<Result<_, _>>()?),
        own: row.number("own")?,
        health,
    })
}

fn role(row: &Row) -> Result<Role, SqlError> {
    let limit: i64 = row.number("most")?;
    Ok(Role {
        name: row.text("name")?.to_owned(),
        limit: u32::try_from(limit).ok(), // -1: none
        superuser: row.truth("superuser")?,
        reserved: row.truth("reserved")?,
        group: row.truth("group")?,
    })
}

fn limited(row: &Row) -> Result<Limited, SqlError> {
    Ok(Limited {
        name: row.text("name")?.to_owned(),
        limit: row.number("most")?,
    })
}

pub(super) fn of_sessions(row: &Row) -> Result<Sessions, SqlError> {
    Ok(Sessions {
        role: row.text("role")?.to_owned(),
        database: row.text("database")?.to_owned(),
        application: row.text("application")?.to_owned(),
        count: row.number("count")?,
    })
}
