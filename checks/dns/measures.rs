//! The numbers of this module.

use crate::model::Family;

pub(super) const QUERY_DURATION: Family = Family {
    name: "dns_query_duration_seconds",
    help: "From the first packet sent to the answer accepted, for each question; of more than 1000 questions the \
           quantiles by nearest rank",
    unit: "seconds",
    labels: &["server", "domain", "type", "round", "quantile"],
};

pub(super) const QUERIES: Family = Family {
    name: "dns_queries",
    help: "Questions asked",
    unit: "count",
    labels: &["server", "round"],
};

pub(super) const WITHOUT_ANSWER: Family = Family {
    name: "dns_queries_without_answer",
    help: "Questions that got no records in answer",
    unit: "count",
    labels: &["server", "round"],
};

pub(super) const PACKETS_SENT: Family = Family {
    name: "dns_packets_sent",
    help: "Query packets sent: for the names by round, repetitions over TCP not counted, and for every other purpose by phase",
    unit: "count",
    labels: &["server", "round", "phase"],
};

pub(super) const PACKETS_LOST: Family = Family {
    name: "dns_packets_lost",
    help: "Query packets that got no acceptable answer, by round or phase",
    unit: "count",
    labels: &["server", "round", "phase"],
};

pub(super) const WARM_RATIO: Family = Family {
    name: "dns_warm_ratio",
    help: "Share of the questions after the first round with an answer consistent with a warm cache",
    unit: "ratio",
    labels: &["server"],
};

pub(super) const CONNECT_DURATION: Family = Family {
    name: "dns_connect_duration_seconds",
    help: "How long an address took to accept a TCP connection",
    unit: "seconds",
    labels: &["address"],
};

pub(super) const SIGNATURE_LEFT: Family = Family {
    name: "dns_signature_left_at_t0_seconds",
    help: "How long after T-0 the first signature of a zone expires",
    unit: "seconds",
    labels: &["zone"],
};

/// All of them.
pub(super) const ALL: &[Family] = &[
    QUERY_DURATION,
    QUERIES,
    WITHOUT_ANSWER,
    PACKETS_SENT,
    PACKETS_LOST,
    WARM_RATIO,
    CONNECT_DURATION,
    SIGNATURE_LEFT,
];
