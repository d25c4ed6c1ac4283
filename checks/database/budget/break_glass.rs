//! Whether an operator can still log in when applications hold every connection that they can get. An outage of 28
//! October 2025 lasted because those who could have ended it were refused by the database.

use super::ledger::Flow;
use crate::checks::database::observation::{Engine, Role, Server};
use crate::checks::database::rules::BREAK_GLASS;
use crate::checks::database::sight::Sight;
use crate::model::Finding;

/// Judges the login of the role `operator`, with `usable` connections for everyone.
pub(super) fn judge(
    operator: &str,
    server: &Server,
    usable: u64,
    flows: &[Flow],
    others: u64,
) -> Finding {
    let subject = format!("operator {operator}");
    let pass = |how: String| {
        BREAK_GLASS.pass(
            &subject,
            format!("{operator} can log in at the peak: {how}"),
        )
    };
    // The extra port of MariaDB and the admin port of MySQL have connections of their own.
    if server.extra > 0 {
        return pass(format!(
            "{} connections at a port of their own",
            server.extra
        ));
    }
    let roles = match &server.roles {
        Sight::Seen(roles) => roles,
        Sight::Hidden { grant } => {
            let claim = format!("The rights of {operator} cannot be seen");
            return BREAK_GLASS
                .error(subject, claim)
                .hint(format!("Run as an administrator: {grant}"));
        }
    };
    let Some(role) = roles.iter().find(|role| role.name == operator) else {
        let claim = format!("The server has no role {operator}");
        return BREAK_GLASS
            .fail(subject, claim)
            .hint("Create the role, or correct `operator`.");
    };
    if role.group {
        let claim = format!("{operator} may not log in at all: it is a role without LOGIN");
        return BREAK_GLASS
            .fail(subject, claim)
            .hint("Name the role with which an operator logs in as `operator`, or allow it to (`ALTER ROLE ... LOGIN`).");
    }
    if role.limit == Some(0) {
        return BREAK_GLASS.fail(
            subject,
            format!("{operator} may not log in at all: its connection limit is 0"),
        );
    }
    if role.superuser && server.superuser_reserved > 0 {
        return pass(format!(
            "{} connections are reserved for superusers",
            server.superuser_reserved
        ));
    }
    if role.superuser && server.spare > 0 {
        return pass("the server keeps a spare connection for administrators".to_owned());
    }
    if role.reserved && server.reserved > 0 {
        return pass(format!(
            "{} connections are reserved for its privilege",
            server.reserved
        ));
    }
    let most = flows
        .iter()
        .map(|flow| most(flow, flows, roles))
        .sum::<f64>()
        .ceil() as u64
        + others;
    let observed = format!("{most} of {usable} connections can be taken by others at the peak");
    if most < usable {
        return pass(format!("{} connections are left", usable - most)).observed(observed);
    }
    let hint = match server.engine {
        Engine::Postgresql => {
            "Limit the roles of the pools (`ALTER ROLE ... CONNECTION LIMIT n`), or grant the operator \
                               pg_use_reserved_connections and set `reserved_connections` (PostgreSQL 16 and later)."
        }
        Engine::Mysql | Engine::Mariadb => {
            "Limit the users of the pools (`MAX_USER_CONNECTIONS n`), or open a port of \
                                            its own for operators (`extra_port` in MariaDB, `admin_port` in MySQL)."
        }
    };
    let claim =
        format!("{operator} is locked out at the peak: applications can take every connection");
    BREAK_GLASS
        .fail(subject, claim)
        .expected("one connection left")
        .observed(observed)
        .hint(hint)
}

/// The most connections of a flow: its role's limit where that is lower, shared by the flows of that role.
fn most(flow: &Flow, flows: &[Flow], roles: &[Role]) -> f64 {
    let role = roles.iter().find(|role| role.name == flow.role);
    let all: u64 = flows
        .iter()
        .filter(|other| other.role == flow.role)
        .map(|flow| flow.launch)
        .sum();
    let limit = role.and_then(|role| role.limit).map(u64::from);
    match limit {
        Some(limit) if limit < all && all > 0 => flow.launch as f64 * limit as f64 / all as f64,
        _ => flow.launch as f64,
    }
}
