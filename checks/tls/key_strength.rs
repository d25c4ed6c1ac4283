//! Whether keys and signatures of a chain still hold.

use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::endpoint::Endpoint;
use super::weakness::weaknesses;
use super::words::list;
use crate::model::Finding;

pub(crate) const MEND: &str = "have it issued anew with a key of ECDSA P-256 or RSA 2048 and a signature with SHA-256; clients refuse what is weaker";

/// What is found of the certificates on the way to the root; of those served where there is no way.
/// Nothing where trust failed for it, which tells it already.
pub(crate) fn finding(endpoint: &Endpoint, chain: &Chain<'_>, trust: &ChainEnd) -> Option<Finding> {
    let claim = format!("Keys and signatures in the chain of {endpoint} are strong enough");
    let (members, root): (Vec<_>, _) = match trust {
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
        return Some(Finding::pass(claim).observed(list(names)));
    }
    Some(
        Finding::fail(claim)
            .expected("RSA keys of 2048 bits or more, elliptic curves of 256 bits or more, no MD5, no SHA-1")
            .observed(list(weak))
            .hint(MEND),
    )
}
