//! Which keys and signatures of certificates are too weak, and what they all are.

use super::certificate::Certificate;
use super::key::Key;
use crate::judging::text::list;

/// What is too weak, each with the certificate that has it. The signature of a certificate on itself
/// protects nothing and is not looked at.
pub(crate) fn weaknesses(members: &[&Certificate], roots: &[Key]) -> Vec<String> {
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
pub(crate) fn algorithms<'a>(members: impl Iterator<Item = &'a Certificate>) -> String {
    list(members.map(|member| {
        format!(
            "\"{}\" has {} and is signed by {}",
            member.subject, member.key.name, member.signature.name
        )
    }))
}
