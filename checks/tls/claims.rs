//! What is claimed of one served chain, and whether it holds.

use super::case::Case;
use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::window::Window;
use super::words::{beside, counted, instant, list, span};
use super::{chain_order, key_strength, key_usage};
use crate::model::Finding;

impl Case<'_> {
    /// All claims about a chain that leads there.
    pub(crate) fn claims(&self, chain: &Chain<'_>, trust: &ChainEnd) -> Vec<Finding> {
        let validity = self.validity(chain, trust);
        let lasts = validity.status.satisfies();
        let mut claims = vec![self.trusted(trust), self.named(chain)];
        claims.push(chain_order::finding(self.endpoint, chain));
        claims.extend(key_strength::finding(self.endpoint, chain, trust));
        claims.extend(key_usage::finding(self.endpoint, chain, trust));
        claims.push(validity);
        if lasts {
            claims.push(self.renewal(chain)); // what has ended needs no word about its renewal
        }
        claims
    }

    fn trusted(&self, trust: &ChainEnd) -> Finding {
        let claim = format!(
            "{} serves a chain that leads to a trusted root",
            self.endpoint
        );
        if self.roots.is_empty() {
            return Finding::error(claim).observed("the record holds no trusted roots");
        }
        let sets = self
            .roots
            .iter()
            .map(|set| format!("{}: {}", set.source, counted(set.count, "root")));
        let fail = Finding::fail(claim.clone())
            .expected(format!("a path to a trusted root ({})", list(sets)));
        match trust {
            ChainEnd::Trusted(_) => Finding::pass(claim),
            ChainEnd::SelfSigned => fail
                .observed("the certificate is self-signed")
                .hint("serve a certificate of an authority that clients trust, or trust this one by `ca-file`"),
            ChainEnd::RootUnknown { root } => fail
                .observed(format!("it leads to \"{root}\", which is not trusted"))
                .hint("if this authority is yours, give its root certificate as `ca-file`; if not, find out who answers here"),
            ChainEnd::IssuerMissing { last, followed } => {
                let fetch = match &last.issuer_url {
                    Some(url) => format!(" (from {url})"),
                    None => String::new(),
                };
                fail.observed(format!(
                    "{} served, then none for the issuer \"{}\" of \"{}\", which is not a trusted root either",
                    counted(*followed, "certificate"), last.issuer, last.subject,
                ))
                .hint(format!(
                    "if \"{}\" is an intermediate authority, serve its certificate{fetch} after the leaf; if it is a private root, give it as `ca-file`",
                    last.issuer
                ))
            }
            ChainEnd::Weak(weaknesses) => fail
                .observed(format!("it leads to a trusted root, but {weaknesses}"))
                .hint(key_strength::MEND),
            ChainEnd::Unknown(algorithms) => Finding::error(claim)
                .observed(format!("its signatures cannot be checked here: {algorithms}"))
                .hint("common clients may not know them either: have it issued with ECDSA P-256 or RSA 2048, and SHA-256"),
            ChainEnd::NeverValid => fail
                .observed("the certificates of the chain are never all valid at one time")
                .hint("serve the intermediate certificates that belong to this certificate"),
            ChainEnd::Refused(reason) => fail
                .observed(reason.clone())
                .hint("have the certificate issued anew, and serve it with the intermediates that come with it"),
        }
    }

    fn named(&self, chain: &Chain<'_>) -> Finding {
        let server = self.settings.server(self.endpoint);
        let claim = format!(
            "The certificate of {} is issued for {server}",
            self.endpoint
        );
        match chain.names(&server.0) {
            Ok(()) => Finding::pass(claim),
            Err(observed) => Finding::fail(claim)
                .expected(format!("{server} among its subject alternative names"))
                .observed(observed)
                .hint("have it issued for this name, load the right one for it (SNI), or correct `server-name`"),
        }
    }

    fn validity(&self, chain: &Chain<'_>, trust: &ChainEnd) -> Finding {
        let Window {
            start,
            end,
            now,
            name,
        } = self.window;
        let claim = if end > start {
            let cover = span(end.duration_since(start));
            format!(
                "The chain of {} is valid from {name} until {cover} later",
                self.endpoint
            )
        } else {
            format!("The chain of {} is valid {name}", self.endpoint)
        };
        let leaf = chain.leaf();
        let leaf_name = format!("\"{}\"", leaf.subject);
        let (from, until, first_to_end) = match trust {
            ChainEnd::Trusted(path) => (path.from, path.until, path.first_to_end.as_str()),
            _ => (leaf.not_before, leaf.not_after, leaf_name.as_str()),
        };
        let ends = format!(
            "{first_to_end} ends {}, {}",
            instant(until),
            beside(until, start, name)
        );
        let fail = Finding::fail(claim.clone()).expected(format!(
            "valid from {} until {}",
            instant(start),
            instant(end)
        ));
        if from > start {
            fail.observed(format!("not yet valid: begins {}, {}", instant(from), beside(from, start, name)))
                .hint("load a certificate that is valid before the launch, or look at the clock of the machine that issued it")
        } else if until < start {
            fail.observed(format!("expired: {ends}"))
                .hint("renew it and load it on every address")
        } else if until < end {
            fail.observed(ends)
                .hint("renew it before the launch, so that it does not end in the hours after it")
        } else if from > now {
            Finding::warn(claim)
                .observed(format!(
                    "not yet valid now: begins {}, {}",
                    instant(from),
                    beside(from, start, name)
                ))
                .hint("clients refuse it until then")
        } else {
            Finding::pass(claim).observed(ends)
        }
    }

    fn renewal(&self, chain: &Chain<'_>) -> Finding {
        let Window { start, name, .. } = self.window;
        let claim = format!(
            "The certificate of {} is not due for renewal at {name}",
            self.endpoint
        );
        let leaf = chain.leaf();
        let lifetime = leaf.not_after.duration_since(leaf.not_before);
        let least = self.settings.min_left.of(lifetime);
        let left = leaf.not_after.duration_since(start);
        let observed = format!("{} of {} left", span(left), span(lifetime));
        let expected = format!("at least {} left", span(least));
        if left >= least {
            return Finding::pass(claim).expected(expected).observed(observed);
        }
        let due = instant(leaf.not_after.saturating_sub(least).unwrap_or(start));
        Finding::fail(claim)
            .expected(expected)
            .observed(observed)
            .hint(format!(
                "its renewal was due {due}: renew it before the launch, or change `min-left`"
            ))
    }
}
