//! Whether keys and signatures of a chain still hold.

use super::certificate::Certificate;
use super::chain::Chain;
use super::endpoint::Endpoint;
use super::key::Key;
use super::trust::Trust;
use super::words::list;
use crate::model::Finding;

pub(super) const MEND: &str = "have it issued anew with a key of ECDSA P-256 or RSA 2048 and a signature with SHA-256; clients refuse what is weaker";

/// What is found of the certificates on the way to the root; of those served where there is no way.
/// Nothing where trust failed for it, which tells it already.
pub(super) fn finding(endpoint: &Endpoint, chain: &Chain<'_>, trust: &Trust) -> Option<Finding> {
    let claim = format!("Keys and signatures in the chain of {endpoint} are strong enough");
    let (members, root): (Vec<_>, _) = match trust {
        Trust::Weak(_) => return None,
        Trust::Trusted(path) => (
            path.members
                .iter()
                .map(|place| &chain.certificates[*place])
                .collect(),
            path.root.clone(),
        ),
        _ => (chain.reachable().map(|(_, member)| member).collect(), None),
    };
    let root: Vec<_> = root.into_iter().collect();
    let weak = weaknesses(&members, &root);
    if weak.is_empty() {
        let names = members.iter().map(|member| member.key.name.as_str());
        let mut names: Vec<_> = names
            .chain(root.iter().map(|key| key.name.as_str()))
            .collect();
        names.dedup();
        return Some(Finding::pass(claim).observed(list(names)));
    }
    Some(
        Finding::fail(claim)
            .expected("RSA keys of 2048 bits or more, elliptic curves of 256 bits or more, no MD5, no SHA-1")
            .observed(list(weak))
            .hint(MEND),
    )
}

/// What is too weak, each with the certificate that has it. A signature by which a certificate vouches for itself
/// protects nothing and is not looked at.
pub(super) fn weaknesses(members: &[&Certificate], roots: &[Key]) -> Vec<String> {
    let mut weak = Vec::new();
    for member in members {
        if member.key.weak {
            weak.push(format!(
                "the key of \"{}\" is {}",
                member.subject, member.key.name
            ));
        }
        if member.signature.weak && !member.self_issued {
            weak.push(format!(
                "\"{}\" is signed by {}",
                member.subject, member.signature.name
            ));
        }
    }
    let roots = roots.iter().filter(|root| root.weak);
    weak.extend(roots.map(|root| format!("the key of the root is {}", root.name)));
    weak
}

/// Keys and signatures, for a reader who wants to know which of them is out of the ordinary.
pub(super) fn algorithms<'a>(members: impl Iterator<Item = &'a Certificate>) -> String {
    list(members.map(|member| {
        format!(
            "\"{}\" has {} and is signed by {}",
            member.subject, member.key.name, member.signature.name
        )
    }))
}
