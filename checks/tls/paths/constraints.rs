//! Name constraints (RFC 5280 section 4.2.1.10) as OpenSSL and as Go apply them.
//!
//! They differ in whom they look at: OpenSSL at every certificate below a constraint, its subject included, and at each
//! kind of name; Go at the leaf's alternative names and the authority's own, and never at directory names. They also
//! differ in what a base without a dot in front permits among mail and URI names: the host alone, or hosts below it too.

use std::net::IpAddr;

use super::facts::{Constraints, Facts, Name};

/// What is wrong by OpenSSL's reading, if anything is: which certificate's name, and whose constraint.
pub(super) fn openssl<'a>(path: &[&'a Facts]) -> Option<(&'a Facts, &'a Facts)> {
    for (place, member) in path.iter().enumerate().rev() {
        if place > 0 && member.self_issued() {
            continue;
        }
        for issuer in &path[place + 1..] {
            if let Some(constraints) = &issuer.constraints
                && !names(member, place == 0).all(|name| permits(constraints, &name, of_openssl))
            {
                return Some((member, issuer));
            }
        }
    }
    None
}

/// What is wrong by Go's reading, if anything is.
pub(super) fn go<'a>(path: &[&'a Facts]) -> Option<(&'a Facts, &'a Facts)> {
    let leaf = *path.first()?;
    for issuer in &path[1..] {
        let Some(constraints) = &issuer.constraints else {
            continue;
        };
        for member in [leaf, issuer] {
            let names = member.names.iter().flatten();
            let mut names = names.filter(|name| known_to_go(name));
            if !names.all(|name| permits(constraints, name, of_go)) {
                return Some((member, issuer));
            }
        }
    }
    None
}

/// All names of a certificate that OpenSSL looks at.
fn names(facts: &Facts, leaf: bool) -> impl Iterator<Item = Name> + '_ {
    let subject = (!facts.subject.is_empty()).then(|| Name::Directory(facts.subject.clone()));
    let mail = facts.mail.iter().cloned().map(Name::Mail);
    let alternative = facts.names.iter().flatten();
    let without = leaf && !alternative.clone().any(|name| matches!(name, Name::Dns(_)));
    let common = facts.common_names.iter().filter(move |_| without);
    let common = common.filter(|name| like_a_host(name));
    subject
        .into_iter()
        .chain(mail)
        .chain(alternative.cloned())
        .chain(common.cloned().map(Name::Dns))
}

/// Whether OpenSSL takes a common name for that of a host.
fn like_a_host(name: &str) -> bool {
    let label = |label: &str| {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*');
        !label.is_empty() && label.bytes().all(letters)
    };
    name.contains('.') && name.split('.').all(label)
}

/// Whether a base takes a name; none where a client refuses to say, and with it the certificate.
type Takes = fn(base: &Name, name: &Name) -> Option<bool>;

fn permits(constraints: &Constraints, name: &Name, takes: Takes) -> bool {
    let of_kind = |bases: &[Name]| {
        let bases = bases.iter().filter(|base| base.same_kind(name));
        bases.map(|base| takes(base, name)).collect::<Vec<_>>()
    };
    let permitted = of_kind(&constraints.permitted);
    let excluded = of_kind(&constraints.excluded);
    if permitted.contains(&None) || excluded.contains(&None) {
        return false;
    }
    (permitted.is_empty() || permitted.contains(&Some(true))) && !excluded.contains(&Some(true))
}

fn of_openssl(base: &Name, name: &Name) -> Option<bool> {
    Some(match (base, name) {
        (Name::Dns(base), Name::Dns(name)) => dns(base, name),
        (Name::Directory(base), Name::Directory(name)) => name.below(base),
        (Name::Address(base), Name::Address(name)) => address(base, name),
        (Name::Mail(base), Name::Mail(name)) => {
            let (local, host) = name.rsplit_once('@')?;
            match base.rsplit_once('@') {
                Some((only, of)) => {
                    (only.is_empty() || only == local) && of.eq_ignore_ascii_case(host)
                }
                None if base.starts_with('.') => ends_with(host, base),
                None => base.eq_ignore_ascii_case(host),
            }
        }
        (Name::Uri(base), Name::Uri(name)) => {
            let host = host(name)?;
            if base.starts_with('.') {
                ends_with(host, base)
            } else {
                base.eq_ignore_ascii_case(host)
            }
        }
        _ => return None, // a kind of name that it has no rule for
    })
}

fn of_go(base: &Name, name: &Name) -> Option<bool> {
    match (base, name) {
        (Name::Dns(base), Name::Dns(name)) => domain(base, name),
        (Name::Address(base), Name::Address(name)) => Some(address(base, name)),
        (Name::Mail(base), Name::Mail(name)) => {
            let (local, host) = name.rsplit_once('@')?;
            match base.rsplit_once('@') {
                Some((only, of)) => Some(only == local && of.eq_ignore_ascii_case(host)),
                None => domain(base, host),
            }
        }
        (Name::Uri(base), Name::Uri(name)) => {
            let host = host(name)?;
            let numeric = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
            if numeric { None } else { domain(base, host) }
        }
        _ => Some(false),
    }
}

/// The kinds of names that Go applies constraints to.
fn known_to_go(name: &Name) -> bool {
    !matches!(name, Name::Directory(_) | Name::Other(_))
}

/// A name that ends like the base, at a dot.
fn dns(base: &str, name: &str) -> bool {
    if base.is_empty() || base.eq_ignore_ascii_case(name) {
        return true;
    }
    match base.strip_prefix('.') {
        Some(_) => ends_with(name, base),
        None => ends_with(name, &format!(".{base}")),
    }
}

/// Like `dns`; none where the name is no domain.
fn domain(base: &str, name: &str) -> Option<bool> {
    let labels = name.split('.').all(|label| !label.is_empty());
    let letters = name.bytes().all(|byte| (33..=126).contains(&byte));
    (base.is_empty() || labels && letters).then(|| dns(base, name))
}

fn ends_with(name: &str, end: &str) -> bool {
    let from = name.len().checked_sub(end.len());
    from.and_then(|from| name.get(from..))
        .is_some_and(|tail| tail.len() < name.len() && tail.eq_ignore_ascii_case(end))
}

/// An address and a base of address and mask.
fn address(base: &[u8], name: &[u8]) -> bool {
    let (network, mask) = base.split_at(base.len() / 2);
    base.len() == 2 * name.len()
        && name
            .iter()
            .zip(network)
            .zip(mask)
            .all(|((name, network), mask)| name & mask == network & mask)
}

/// The host of a URI; none where it has none (RFC 5280 section 4.2.1.10).
fn host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let rest = rest.get(..end)?;
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(_) => host.split_inclusive(']').next().unwrap_or(host),
        None => host.split(':').next().unwrap_or(host),
    };
    (!host.is_empty()).then_some(host)
}
