//! Whether keys and signatures of a chain still hold.

use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::rules;
use super::weakness::weaknesses;
use crate::judging::text::list;
use crate::model::Finding;

pub(crate) const HINT: &str = "have it reissued with an ECDSA P-256 or RSA 2048 key and a SHA-256 signature; clients reject weaker ones";

/// What is found of the certificates on the way to the root; of those served where there is no way.
/// Nothing where the chain is not trusted for it, which says it already.
pub(crate) fn finding(endpoint: &str, chain: &Chain<'_>, end: &ChainEnd) -> Option<Finding> {
    let (members, root): (Vec<_>, _) = match end {
        ChainEnd::Weak(_) => return None,
        ChainEnd::Trusted(path) => (
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
        let claim = format!("Keys and signatures in the chain of {endpoint} are strong enough");
        return Some(
            rules::KEY_STRENGTH
                .pass(endpoint, claim)
                .observed(list(names)),
        );
    }
    let claim = format!("Keys or signatures in the chain of {endpoint} are too weak");
    Some(
        rules::KEY_STRENGTH
            .fail(endpoint, claim)
            .expected("RSA keys of 2048 bits or more, elliptic curves of 256 bits or more, no MD5, no SHA-1")
            .observed(list(weak))
            .hint(HINT),
    )
}
