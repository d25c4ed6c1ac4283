//! What the console of PgBouncer says. Columns are read by name: every release adds some.

use tokio::time::Instant;

use crate::checks::database::observation::{PooledDatabase, Pooler};
use crate::instrument::sql::{Access, Cause, Postgres, Row, SqlError};

pub(super) async fn look(access: Access<'_>, until: Instant) -> Result<Pooler, SqlError> {
    let mut console = Postgres::console(access, until).await?;
    let seen = read(&mut console, until).await;
    console.log_out().await;
    seen
}

async fn read(console: &mut Postgres, until: Instant) -> Result<Pooler, SqlError> {
    let version = console.rows("SHOW VERSION", until).await?;
    let version = version
        .first()
        .map_or(Ok(""), |row| row.text("version"))?
        .to_owned();
    let config = console.rows("SHOW CONFIG", until).await?;
    let databases = console.rows("SHOW DATABASES", until).await?;
    let lists = console.rows("SHOW LISTS", until).await?;
    Ok(Pooler {
        version,
        clients: setting(&config, "max_client_conn")?,
        per_user: setting(&config, "max_user_connections")?,
        databases: databases.iter().map(database).collect::<Result<_, _>>()?,
        clients_now: of_lists(&lists)?,
    })
}

fn setting(config: &[Row], key: &str) -> Result<u32, SqlError> {
    for row in config {
        if row.text("key")? == key {
            return row.number("value");
        }
    }
    Err(SqlError::new(
        Cause::Answer,
        format!("no {key} in SHOW CONFIG"),
    ))
}

fn of_lists(lists: &[Row]) -> Result<u32, SqlError> {
    for row in lists {
        if row.text("list")? == "used_clients" {
            return row.number("items");
        }
    }
    Err(SqlError::new(
        Cause::Answer,
        "no used_clients in SHOW LISTS",
    ))
}

fn database(row: &Row) -> Result<PooledDatabase, SqlError> {
    // `reserve_pool` became `reserve_pool_size` in 1.24.
    let reserve = row
        .number("reserve_pool")
        .or_else(|_| row.number("reserve_pool_size"))?;
    Ok(PooledDatabase {
        name: row.text("name")?.to_owned(),
        host: row.text("host")?.to_owned(),
        port: row.number("port")?,
        forced_user: row
            .maybe("force_user")?
            .filter(|user| !user.is_empty())
            .map(str::to_owned),
        pool_size: row.number("pool_size")?,
        reserve,
        max_connections: row.number("max_connections")?,
    })
}
