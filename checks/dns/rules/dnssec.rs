//! Rules on signatures.

use crate::model::Rule;

pub(crate) const DNSSEC_VALID: Rule = Rule {
    id: "dns/dnssec-valid",
    summary: "Signatures lead from every answer to a trust anchor, or the zone is provably unsigned",
    why: "Validating resolvers give their clients no answer at all when a signature is wrong.",
    fix: "Re-sign the zone, or publish the DS record of the current key in the parent zone. A private zone needs its \
          own `dnssec.trust-anchor`.",
};

pub(crate) const TRUST_ANCHOR: Rule = Rule {
    id: "dns/trust-anchor",
    summary: "The trust anchor can be read",
    why: "Without a trust anchor nothing can be validated.",
    fix: "List DS or DNSKEY records, one per line, in the file of `dnssec.trust-anchor`.",
};

pub(crate) const SIGNATURE_COVER: Rule = Rule {
    id: "dns/signature-cover",
    summary: "The signatures of the names' zones are valid for `dnssec.cover` after T-0",
    why: "Signatures that expire during the launch take the whole zone down for validating resolvers.",
    fix: "Re-sign the zone before T-0, and check why the signer has not done so.",
};
