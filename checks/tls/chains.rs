//! What is known of a served chain, whichever endpoint serves it: one certificate is often served for hundreds of
//! names, and signatures are expensive to verify. So each chain is followed once, and each response read once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::observation::Observation;
use super::revocation::{StatusResult, StatusStatement};
use super::rules;

use crate::instrument::revocation::{Issuer, OcspError, Pointers, answer};
use crate::judging::Window;
use crate::judging::text::clipped;
use crate::model::Finding;

/// A chain that was followed.
pub(crate) struct VerifiedChain<'a> {
    pub(crate) chain: Chain<'a>,
    pub(crate) end: ChainEnd,
    /// Whom the leaf names for its revocation; none where that cannot be read.
    pub(crate) pointers: Option<Pointers>,
    /// What the certificates after the leaf name, in their order.
    pub(crate) above: Vec<Option<Pointers>>,
    /// Who has signed the leaf; none where it is itself among the trusted roots.
    pub(crate) issuer: Option<Issuer>,
    answers: RefCell<HashMap<&'a [u8], StatusResult>>,
}

impl<'a> VerifiedChain<'a> {
    /// What an OCSP response says of the leaf.
    pub(crate) fn status_of(&self, response: &'a [u8]) -> StatusResult {
        let read = || match (&self.pointers, &self.issuer) {
            (Some(pointers), Some(issuer)) => {
                answer(response, pointers, issuer).map(StatusStatement::from)
            }
            _ => Err(OcspError::Stranger("someone".to_owned())),
        };
        let mut answers = self.answers.borrow_mut();
        answers.entry(response).or_insert_with(read).clone()
    }
}

/// The chains of an observation, by the digests of their certificates.
pub(crate) struct Chains<'a> {
    observation: &'a Observation,
    window: Window,
    followed: HashMap<&'a [String], Rc<VerifiedChain<'a>>>,
}

impl<'a> Chains<'a> {
    /// None was followed yet.
    pub(crate) fn new(observation: &'a Observation, window: Window) -> Self {
        Self {
            observation,
            window,
            followed: HashMap::new(),
        }
    }

    /// Follows a chain.
    ///
    /// # Errors
    /// Why its certificates cannot be read.
    pub(crate) fn follow(
        &mut self,
        digests: &'a [String],
    ) -> Result<Rc<VerifiedChain<'a>>, Unreadable> {
        if let Some(known) = self.followed.get(digests) {
            return Ok(Rc::clone(known));
        }
        let chain = read(digests, self.observation)?;
        let ders = chain.ders();
        let anchors = &self.observation.anchors;
        let others = ders[1..].iter().map(AsRef::as_ref);
        let followed = Rc::new(VerifiedChain {
            end: chain.end(anchors, self.window.start, self.window.end),
            pointers: Pointers::read(&ders[0]).ok(),
            above: ders[1..]
                .iter()
                .map(|der| Pointers::read(der).ok())
                .collect(),
            issuer: Issuer::of(&ders[0], others, anchors),
            chain,
            answers: RefCell::default(),
        });
        self.followed.insert(digests, Rc::clone(&followed));
        Ok(followed)
    }
}

/// Why a chain cannot be read.
#[derive(Clone, Debug)]
pub(crate) enum Unreadable {
    /// The record lacks one of its certificates.
    Lost,
    /// One of them is none.
    Malformed(String),
}

impl Unreadable {
    /// What is found of it.
    pub(crate) fn finding(&self, endpoint: &str) -> Finding {
        match self {
            Self::Lost => rules::READABLE_CHAIN.error(
                endpoint,
                format!("The record lacks a certificate of {endpoint}"),
            ),
            Self::Malformed(error) => rules::READABLE_CHAIN
                .fail(
                    endpoint,
                    format!("A certificate of {endpoint} cannot be parsed"),
                )
                .observed(clipped(error))
                .hint("have the certificate reissued by a standard tool"),
        }
    }
}

fn read<'a>(digests: &[String], observation: &'a Observation) -> Result<Chain<'a>, Unreadable> {
    let ders = observation.ders(digests).ok_or(Unreadable::Lost)?;
    Chain::read(&ders).map_err(Unreadable::Malformed)
}
