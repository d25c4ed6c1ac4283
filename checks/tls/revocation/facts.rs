//! All that was found of one certificate of one endpoint, for claims, tables and numbers.

use std::net::SocketAddr;

use super::seen::{Asked, ListOutcome, ResponderOutcome, SecondHandshake};
use super::status::StatusResult;
use crate::checks::tls::chains::VerifiedChain;
use crate::checks::tls::observation::{Observation, Session};
use crate::instrument::revocation::{Issuer, Pointers};

/// What is known of a certificate.
pub(super) struct Facts<'f> {
    pub(super) pointers: &'f Pointers,
    /// None where the certificate itself is among the trusted roots.
    pub(super) issuer: Option<&'f Issuer>,
    /// The distinct staples, and the addresses that show each.
    pub(super) staples: Vec<(Vec<SocketAddr>, StatusResult)>,
    /// The addresses that stapled nothing, and what they did when they were asked again.
    pub(super) unstapled: Vec<(SocketAddr, Option<&'f SecondHandshake>)>,
    /// The lists that were asked.
    pub(super) lists: &'f [Asked<ListOutcome>],
    /// The responders that were asked, with what they said.
    pub(super) responders: Vec<(&'f Asked<ResponderOutcome>, Option<StatusResult>)>,
}

impl<'f> Facts<'f> {
    /// From the sessions in which one chain was served. None where its certificates cannot be read: the claims
    /// on the chain say so.
    pub(super) fn of<'a: 'f>(
        sessions: &[(SocketAddr, &'a Session)],
        observation: &'a Observation,
        followed: &'f VerifiedChain<'a>,
    ) -> Option<Self> {
        let (_, first) = sessions.first()?;
        let digest = first.chain.first()?;
        let mut distinct: Vec<(&[u8], Vec<SocketAddr>)> = Vec::new();
        let mut unstapled = Vec::new();
        for (address, session) in sessions {
            let Some(staple) = session.staple() else {
                unstapled.push((*address, session.second_handshake.as_ref()));
                continue;
            };
            match distinct.iter_mut().find(|(known, _)| *known == staple) {
                Some((_, at)) => at.push(*address),
                None => distinct.push((staple, vec![*address])),
            }
        }
        let staples = distinct.into_iter();
        let staples = staples
            .map(|(staple, at)| (at, followed.status_of(staple)))
            .collect();
        let learnt = &observation.revocation;
        let asked = learnt.responders.get(digest).into_iter().flatten();
        let responders = asked
            .map(|asked| match &asked.outcome {
                ResponderOutcome::Answered { response } => {
                    (asked, Some(followed.status_of(&response.0)))
                }
                ResponderOutcome::Missing { .. } => (asked, None),
            })
            .collect();
        let lists = learnt.lists.get(digest).map_or(&[][..], Vec::as_slice);
        Some(Self {
            staples,
            unstapled,
            lists,
            responders,
            pointers: followed.pointers.as_ref()?,
            issuer: followed.issuer.as_ref(),
        })
    }
}
