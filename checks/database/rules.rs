//! What is judged of a database.

use crate::model::Rule;

pub(super) const SEEN: Rule = Rule {
    id: "database/seen",
    summary: "The server and its poolers answer, and show what the judgement needs",
    why: "A budget that leaves out what could not be seen is no budget.",
    fix: "Let the check's role log in, and grant it what the finding names.",
};
pub(super) const SUPERUSER: Rule = Rule {
    id: "database/superuser",
    summary: "The check does not log in as a superuser",
    why: "A superuser takes the connections that are reserved for emergencies, and can change anything.",
    fix: "Create a role for the check, with `pg_monitor` in PostgreSQL or PROCESS in MySQL; or set `allow-superuser`.",
};
pub(super) const BUDGET: Rule = Rule {
    id: "database/budget",
    summary: "The pools of the launch fit into every limit on their way",
    why: "When replicas scale out and a roll-out doubles them, pools open connections until a limit refuses them. Requests \
          fail then, and the instances that come up do too.",
    fix: "Lower `max-open` or the number of processes, put a pooler in between, or raise the limit.",
};
pub(super) const BREAK_GLASS: Rule = Rule {
    id: "database/break-glass",
    summary: "An operator can log in when applications hold every connection",
    why: "An outage caused by connections cannot be ended by an operator who cannot connect.",
    fix: "Limit the roles of the pools below the server's limit, or reserve connections for operators.",
};
pub(super) const WAITING: Rule = Rule {
    id: "database/waiting",
    summary: "Requests get a connection in time at the peak",
    why: "Each process has a small pool of its own, which queues requests long before the database is busy.",
    fix: "Give each process more connections, start more processes, or hold connections for less time.",
};
pub(super) const IDLE: Rule = Rule {
    id: "database/idle",
    summary: "Pools keep as many connections as they use",
    why: "A pool that closes connections and opens them again makes the server spend its time on logins.",
    fix: "Set the pool's limit of idle connections to its limit of open ones.",
};
pub(super) const ACTIVE: Rule = Rule {
    id: "database/active",
    summary: "Active connections find a processor core",
    why: "Beyond about two active connections to a core, requests queue inside the server instead of in the pool.",
    fix: "Put a pooler with fewer server connections in between, or make transactions shorter.",
};
pub(super) const TRANSACTIONS: Rule = Rule {
    id: "database/transactions",
    summary: "No transaction stays open for more than a minute",
    why: "An open transaction keeps its connection and its locks, and keeps vacuum from removing dead rows.",
    fix: "End the session (`pg_terminate_backend`), and set `idle_in_transaction_session_timeout` for its role.",
};
pub(super) const LOCKS: Rule = Rule {
    id: "database/locks",
    summary: "No session waits for a lock",
    why: "A session that waits for a lock holds its connection, and others queue behind it.",
    fix: "End the session that holds the lock, and set `lock_timeout` for migrations that change tables.",
};
pub(super) const NUMBERS: Rule = Rule {
    id: "database/numbers",
    summary: "Transaction ids and sequences do not run out",
    why: "A sequence at the end of its column's type refuses every insert; a server short of transaction ids refuses to write.",
    fix: "Make the column bigint; let autovacuum freeze old rows.",
};
pub(super) const REFUSED: Rule = Rule {
    id: "database/refused",
    summary: "The server has not ended sessions for errors",
    why: "Logins that are refused for want of connections count here, and so do crashes: it may have happened already.",
    fix: "Look at the server's log, and reset the statistics (`pg_stat_reset`) when the cause is gone.",
};
pub(super) const SUPPORTED: Rule = Rule {
    id: "database/supported",
    summary: "The version of the server still gets fixes at the launch",
    why: "A version past its end of life gets no fixes for security or data loss.",
    fix: "Upgrade to a supported version.",
};
pub(super) const RULES: &[Rule] = &[
    SEEN,
    SUPERUSER,
    BUDGET,
    BREAK_GLASS,
    WAITING,
    IDLE,
    ACTIVE,
    TRANSACTIONS,
    LOCKS,
    NUMBERS,
    REFUSED,
    SUPPORTED,
];
