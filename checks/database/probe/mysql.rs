//! What MySQL and MariaDB say of their limits and sessions. Without PROCESS a user sees its own sessions alone, and
//! without SELECT on `mysql.user` no limits of others: both are said, with the statement that grants them.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::literals;
use super::postgres::of_sessions;
use crate::checks::database::observation::{Engine, Role, Server};
use crate::checks::database::sight::Sight;
use crate::instrument::sql::{Access, Cause, Mysql, Row, SqlError};

const VARIABLES: &str = "\
    SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'version_comment', 'max_connections', \
    'max_user_connections', 'extra_port', 'extra_max_connections', 'admin_address')";

const SESSIONS: &str = "\
    SELECT USER AS role, COALESCE(DB, '') AS `database`, '' AS application, COUNT(*) AS count \
      FROM information_schema.PROCESSLIST \
     WHERE ID <> CONNECTION_ID() AND COMMAND NOT IN ('Daemon', 'Binlog Dump', 'Binlog Dump GTID') \
       AND USER NOT IN ('system user', 'event_scheduler') \
     GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2";

pub(super) async fn look(
    access: Access<'_>,
    roles: &[&str],
    until: Instant,
) -> Result<Server, SqlError> {
    let mut session = Mysql::log_in(access, until).await?;
    let seen = read(&mut session, access.url.role.as_str(), roles, until).await;
    session.log_out().await;
    seen
}

async fn read(
    session: &mut Mysql,
    me: &str,
    names: &[&str],
    until: Instant,
) -> Result<Server, SqlError> {
    let variables = session.rows(VARIABLES, until).await?;
    let variables = named(&variables, "Variable_name", "Value")?;
    let value = |name: &str| variables.get(name).map_or("", String::as_str);
    let number = |name: &str| value(name).parse::<u32>().unwrap_or(0);
    let maximum = value("max_connections")
        .parse()
        .map_err(|_| SqlError::new(Cause::Answer, "no max_connections among the variables"))?;
    let version = value("version");
    let mariadb = format!("{version} {}", value("version_comment"))
        .to_lowercase()
        .contains("mariadb");
    let extra = match mariadb {
        true if number("extra_port") > 0 => number("extra_max_connections"),
        // MySQL does not limit the connections of its admin port.
        false if !value("admin_address").is_empty() => 1,
        _ => 0,
    };
    let encrypted = session
        .rows("SHOW SESSION STATUS LIKE 'Ssl_version'", until)
        .await?;
    let encrypted = named(&encrypted, "Variable_name", "Value")?
        .into_values()
        .next();
    let grants = session.rows("SHOW GRANTS", until).await?;
    let grants: Vec<String> = grants
        .iter()
        .filter_map(|Row(columns)| columns.first()?.1.clone())
        .filter(|grant| grant.contains(" ON *.* "))
        .collect();
    let may = |privilege: &str| grants.iter().any(|grant| grant.contains(privilege));
    let all = may("ALL PRIVILEGES");
    let superuser = all || may("SUPER") || may("CONNECTION_ADMIN") || may("CONNECTION ADMIN");
    let sessions = match all || may("PROCESS") {
        true => {
            let rows = session.rows(SESSIONS, until).await?;
            Sight::Seen(rows.iter().map(of_sessions).collect::<Result<_, _>>()?)
        }
        false => Sight::Hidden {
            grant: format!("GRANT PROCESS ON *.* TO {me}"),
        },
    };
    let roles = match session.rows(&users(names), until).await {
        Ok(rows) => Sight::Seen(of_users(&rows)?),
        Err(error) if error.cause == Cause::Permission => Sight::Hidden {
            grant: format!("GRANT SELECT ON mysql.user TO {me}"),
        },
        Err(error) => return Err(error),
    };
    Ok(Server {
        engine: if mariadb {
            Engine::Mariadb
        } else {
            Engine::Mysql
        },
        version: version.to_owned(),
        encrypted: encrypted.filter(|version| !version.is_empty()),
        superuser,
        maximum,
        superuser_reserved: 0,
        reserved: 0,
        extra,
        spare: 1,
        per_user: Some(number("max_user_connections")).filter(|most| *most > 0),
        roles,
        databases: Vec::new(),
        open: None, // those that the check's user has no right to are not shown
        sessions,
        own: 1,
        health: None,
    })
}

fn users(names: &[&str]) -> String {
    format!(
        "SELECT User AS name, max_user_connections AS most, Super_priv AS superuser FROM mysql.user WHERE User IN ({}) \
         ORDER BY 1",
        literals(names, true)
    )
}

/// Accounts of one user at several hosts become one role: the lowest limit, and every right, counts.
fn of_users(rows: &[Row]) -> Result<Vec<Role>, SqlError> {
    let mut roles: BTreeMap<String, Role> = BTreeMap::new();
    for row in rows {
        let name = row.text("name")?.to_owned();
        let most: u32 = row.number("most")?;
        let limit = Some(most).filter(|most| *most > 0);
        let superuser = row.truth("superuser")?;
        let role = roles.entry(name.clone()).or_insert(Role {
            name,
            limit,
            superuser: false,
            reserved: false,
            group: false,
        });
        role.limit = role.limit.into_iter().chain(limit).min();
        role.superuser |= superuser;
    }
    Ok(roles.into_values().collect())
}

/// Names and values of two columns.
fn named(rows: &[Row], name: &str, value: &str) -> Result<BTreeMap<String, String>, SqlError> {
    let pair = |row: &Row| Ok((row.text(name)?.to_owned(), row.text(value)?.to_owned()));
    rows.iter().map(pair).collect()
}
