//! What is found of one served chain, whatever else its servers do.

use super::case::Case;
use super::certificate::Certificate;
use super::chain::Chain;
use super::chain_end::{ChainEnd, Path};
use super::paths::Client;
use super::{chain_order, key_strength, key_usage, rules};
use crate::judging::Window;
use crate::judging::text::{beside, counted, instant, list, span, spans};
use crate::model::{Finding, Status};

/// All findings about a chain that leads there.
pub(crate) fn findings(case: &Case<'_>, chain: &Chain<'_>, end: &ChainEnd) -> Vec<Finding> {
    let validity = case.validity(chain, end);
    let lasts = validity.status.satisfies();
    let mut findings = vec![case.trusted(chain, end), case.named(chain)];
    findings.push(chain_order::finding(case.subject, chain, end));
    findings.extend(key_strength::finding(case.subject, chain, end));
    findings.extend(key_usage::finding(case.subject, chain, end));
    findings.push(validity);
    if lasts {
        findings.push(case.renewal(chain)); // what has ended needs no word about its renewal
    }
    findings
}

impl Case<'_> {
    fn trusted(&self, chain: &Chain<'_>, end: &ChainEnd) -> Finding {
        let (rule, endpoint) = (rules::TRUSTED_CHAIN, self.subject);
        if self.roots.is_empty() {
            let claim =
                format!("The chain of {endpoint} cannot be judged: no trusted roots are recorded");
            return rule.error(self.subject, claim);
        }
        let sets = self
            .roots
            .iter()
            .map(|set| format!("{}: {}", set.source, counted(set.count, "root")));
        let expected = format!("a path to a trusted root ({})", list(sets));
        let claim = format!("The chain of {endpoint} does not lead to a trusted root");
        let fail = rule.fail(self.subject, claim).expected(expected.clone());
        match end {
            ChainEnd::Trusted(path) if self.nobody(chain, path) => {
                let reasons = path.refusals.iter().map(|refusal| refusal.reason.clone());
                let unnamed = chain.unnamed(&self.settings.server(self.endpoint).0);
                let unnamed = unnamed.map(|(_, names)| format!("the certificate {names}"));
                rule.fail(self.subject, format!("No client accepts the chain of {endpoint}, each for a reason of its own"))
                    .expected(format!("{expected} that OpenSSL and Go accept"))
                    .observed(list(reasons.chain(unnamed).chain(key_usage::fault(chain))))
                    .hint("have the certificate reissued, and serve it with the intermediates that come with it")
            }
            ChainEnd::Trusted(path) if path.refusals.is_empty() => rule.pass(
                self.subject,
                format!("The chain of {endpoint} leads to a trusted root"),
            ),
            ChainEnd::Trusted(path) => {
                let refusing = path.refusals.iter().flat_map(|refusal| &refusal.clients);
                let refusing = list(refusing.map(|client| client.name()));
                let reasons = path.refusals.iter().map(|refusal| refusal.reason.clone());
                let claim = format!("The chain of {endpoint} leads to a trusted root, and {refusing} refuses it");
                rule.warn(self.subject, claim)
                    .expected(format!("{expected} that OpenSSL and Go accept"))
                    .observed(list(reasons))
                    .hint("if clients of yours use it, have the certificate reissued; clients differ here")
            }
            ChainEnd::SelfSigned => fail
                .observed("the certificate is self-signed")
                .hint("serve a certificate from a CA that clients trust, or trust this one by `tls.ca-file`"),
            ChainEnd::RootUnknown { root } => fail
                .observed(format!("it leads to \"{root}\", which is not trusted"))
                .hint("if this CA is yours, give its root certificate as `tls.ca-file`; if not, find out who answers here"),
            ChainEnd::IssuerMissing {
                last,
                followed,
                served,
            } => {
                let way = match followed == served {
                    true => format!("{} served", counted(*served, "certificate")),
                    false => format!("{followed} of {served} served certificates on the way"),
                };
                let fetch = match &last.issuer_url {
                    Some(url) => format!(" (from {url})"),
                    None => String::new(),
                };
                fail.observed(format!(
                    "{way}, then none for \"{}\", the issuer of \"{}\", which is not a trusted root either",
                    last.issuer, last.subject,
                ))
                .hint(format!(
                    "if \"{}\" is an intermediate, serve its certificate{fetch} after the leaf; if it is a private root, give it as `tls.ca-file`",
                    last.issuer
                ))
            }
            ChainEnd::Weak(weaknesses) => fail
                .observed(format!("it leads to a trusted root, but {weaknesses}"))
                .hint(key_strength::HINT),
            ChainEnd::Unknown(algorithms) => rule
                .error(
                    self.subject,
                    format!("Signatures in the chain of {endpoint} cannot be checked here"),
                )
                .expected(expected)
                .observed(algorithms.clone())
                .hint("common clients may not know them either: have it issued with ECDSA P-256 or RSA 2048, and SHA-256"),
            ChainEnd::CutShort => rule
                .error(
                    self.subject,
                    format!("The chain of {endpoint} cannot be judged: too many ways lead through it"),
                )
                .expected(expected)
                .observed("so many certificates bear the same names that not every path can be tried")
                .hint("serve the leaf and the intermediates that belong to it, and nothing else"),
            ChainEnd::NeverValid => fail
                .observed("the certificates of the chain are never all valid at the same time")
                .hint("serve the intermediates that belong to this certificate"),
            ChainEnd::Refused(reason) => fail
                .observed(reason.clone())
                .hint("have the certificate reissued, and serve it with the intermediates that come with it"),
        }
    }

    /// Whether each client refuses the path, the name or the key usage, though none of these is refused by all.
    fn nobody(&self, chain: &Chain<'_>, path: &Path) -> bool {
        let by_path = path.refusals.iter().flat_map(|refusal| &refusal.clients);
        let mut refusing: Vec<_> = by_path.copied().collect();
        let unnamed = chain.unnamed(&self.settings.server(self.endpoint).0);
        let unnamed = unnamed.map(|(clients, _)| clients).unwrap_or_default();
        if unnamed.len() == Client::ALL.len() {
            return false; // that is said of the name
        }
        refusing.extend(unnamed);
        refusing.extend(key_usage::refused_by(chain));
        Client::ALL.iter().all(|client| refusing.contains(client))
    }

    fn named(&self, chain: &Chain<'_>) -> Finding {
        let server = self.settings.server(self.endpoint);
        let Some((clients, observed)) = chain.unnamed(&server.0) else {
            return rules::SERVER_NAME.pass(
                self.subject,
                format!("The certificate of {} names {server}", self.subject),
            );
        };
        let hint = "have it issued for this name, load the right one for it (SNI), or correct `tls.server-name`";
        let finding = if clients.len() == Client::ALL.len() {
            let claim = format!("The certificate of {} does not name {server}", self.subject);
            rules::SERVER_NAME.fail(self.subject, claim)
        } else {
            let refusing = list(clients.into_iter().map(Client::name));
            let claim = format!(
                "The certificate of {} does not name {server} for {refusing}",
                self.subject
            );
            rules::SERVER_NAME.warn(self.subject, claim)
        };
        finding
            .expected(format!("{server} among its subject alternative names"))
            .observed(observed)
            .hint(hint)
    }

    fn validity(&self, chain: &Chain<'_>, end: &ChainEnd) -> Finding {
        let Window {
            start,
            end: cover,
            now,
            name,
        } = self.window;
        let endpoint = self.subject;
        let leaf = chain.leaf();
        let leaf_name = format!("\"{}\"", leaf.subject);
        let (from, until, first_to_end) = match end {
            ChainEnd::Trusted(path) => (path.from, path.until, path.first_to_end.as_str()),
            _ => (leaf.not_before, leaf.not_after, leaf_name.as_str()),
        };
        let expires = format!(
            "{first_to_end} expires {}, {}",
            instant(until),
            beside(until, start, name)
        );
        let finding =
            |status, claim: String| rules::CHAIN_EXPIRY.finding(status, self.subject, claim);
        let fail = |claim: String| {
            finding(Status::Fail, claim).expected(format!(
                "valid from {} until {}",
                instant(start),
                instant(cover)
            ))
        };
        if from > start {
            fail(format!("The chain of {endpoint} is not yet valid {}", at(name)))
                .observed(format!("it is valid from {}, {}", instant(from), beside(from, start, name)))
                .hint("load a certificate that is valid before the launch, or check the clocks of this machine and of the one that issued it")
        } else if until < start {
            fail(if until < now {
                format!("The chain of {endpoint} has expired")
            } else {
                format!("The chain of {endpoint} expires before {name}")
            })
            .observed(expires)
            .hint("renew it and load it on every address")
        } else if until < cover {
            fail(format!(
                "The chain of {endpoint} expires too soon after {name}"
            ))
            .observed(expires)
            .hint("renew it before the launch, so that it does not expire in the hours after it")
        } else if let Some(expired) = self.expired(chain, end) {
            finding(
                Status::Warn,
                format!("{endpoint} serves an expired certificate beside a valid chain"),
            )
            .observed(expired)
            .hint("take it out of the server's file: some clients reject the chain for it")
        } else if from > now {
            finding(
                Status::Warn,
                format!("The chain of {endpoint} is valid at {name}, but not yet now"),
            )
            .observed(format!(
                "it is valid from {}, {}",
                instant(from),
                beside(from, start, name)
            ))
            .hint("clients reject it until then")
        } else {
            let claim = match cover.duration_since(start) {
                none if none.is_zero() => format!("The chain of {endpoint} is valid {}", at(name)),
                time => format!(
                    "The chain of {endpoint} is valid from {name} until {} later",
                    span(time)
                ),
            };
            finding(Status::Pass, claim).observed(expires)
        }
    }

    /// Which of the served certificates will have expired, where there is a path without them.
    fn expired(&self, chain: &Chain<'_>, end: &ChainEnd) -> Option<String> {
        let ChainEnd::Trusted(_) = end else {
            return None;
        };
        let others = chain.certificates.iter().skip(1);
        let expired = others.filter(|certificate| certificate.not_after < self.window.start);
        let named: Vec<_> = expired
            .map(|certificate| {
                let Certificate {
                    subject, not_after, ..
                } = certificate;
                format!("\"{subject}\" expired {}", instant(*not_after))
            })
            .collect();
        (!named.is_empty()).then(|| list(named))
    }

    fn renewal(&self, chain: &Chain<'_>) -> Finding {
        let Window { start, name, .. } = self.window;
        let endpoint = self.subject;
        let leaf = chain.leaf();
        let lifetime = leaf.not_after.duration_since(leaf.not_before);
        let least = self.settings.min_left.of(lifetime);
        let left = leaf.not_after.duration_since(start);
        let (shown_left, shown_least) = spans(left, least);
        let observed = format!("{shown_left} of {} left", span(lifetime));
        let expected = format!("at least {shown_least} left");
        if left >= least {
            let claim = format!(
                "The certificate of {endpoint} is not due for renewal {}",
                at(name)
            );
            return rules::RENEWAL_DUE
                .pass(self.subject, claim)
                .expected(expected)
                .observed(observed);
        }
        let due = instant(leaf.not_after.saturating_sub(least).unwrap_or(start));
        rules::RENEWAL_DUE
            .fail(
                self.subject,
                format!(
                    "The certificate of {endpoint} is due for renewal {}",
                    at(name)
                ),
            )
            .expected(expected)
            .observed(observed)
            .hint(format!(
                "its renewal was due {due}: renew it before the launch, or change `min-left`"
            ))
    }
}

/// `at T-0`, `now`.
fn at(name: &str) -> String {
    match name {
        "now" => name.to_owned(),
        _ => format!("at {name}"),
    }
}
