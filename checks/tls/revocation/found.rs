//! All that was found of one certificate of one endpoint, verified once for claims, tables and numbers.

use std::net::SocketAddr;

use super::answer::Word;
use super::seen::{Again, Asked, ListOutcome, ResponderOutcome};
use crate::checks::tls::observation::{Observation, Session};
use crate::instrument::revocation::{Issuer, OcspError, Pointers, answer};

/// What is known of a certificate.
pub(super) struct Found<'a> {
    pub(super) pointers: Pointers,
    /// None where the certificate itself is among the trusted roots.
    pub(super) issuer: Option<Issuer>,
    /// The distinct staples, and the addresses that show each.
    pub(super) staples: Vec<(Vec<SocketAddr>, Said)>,
    /// The addresses that stapled nothing, and what they did when they were asked again.
    pub(super) unstapled: Vec<(SocketAddr, Option<&'a Again>)>,
    /// The lists that were asked.
    pub(super) lists: &'a [Asked<ListOutcome>],
    /// The responders that were asked, with what they said.
    pub(super) responders: Vec<(&'a Asked<ResponderOutcome>, Option<Said>)>,
}

/// What a response says, or why it says nothing.
pub(super) type Said = Result<Word, OcspError>;

impl<'a> Found<'a> {
    /// From the sessions in which one chain was served. None where its certificates cannot be read: the claims
    /// on the chain say so.
    pub(super) fn of(
        sessions: &[(SocketAddr, &'a Session)],
        observation: &'a Observation,
    ) -> Option<Self> {
        let (_, first) = sessions.first()?;
        let digest = first.chain.first()?;
        let ders: Vec<&[u8]> = first
            .chain
            .iter()
            .map(|digest| observation.certificate(digest))
            .collect::<Option<_>>()?;
        let pointers = Pointers::read(ders[0]).ok()?;
        let issuer = Issuer::of(ders[0], ders[1..].iter().copied(), &observation.anchors);
        let read = |response: &[u8]| match &issuer {
            Some(issuer) => answer(response, &pointers, issuer).map(Word::from),
            None => Err(OcspError::Stranger("someone".to_owned())),
        };
        let mut distinct: Vec<(&[u8], Vec<SocketAddr>)> = Vec::new();
        let mut unstapled = Vec::new();
        for (address, session) in sessions {
            let Some(staple) = session.staple() else {
                unstapled.push((*address, session.again.as_ref()));
                continue;
            };
            match distinct.iter_mut().find(|(known, _)| *known == staple) {
                Some((_, at)) => at.push(*address),
                None => distinct.push((staple, vec![*address])),
            }
        }
        let staples = distinct.into_iter();
        let staples = staples.map(|(staple, at)| (at, read(staple))).collect();
        let learnt = &observation.revocation;
        let asked = learnt.responders.get(digest).into_iter().flatten();
        let responders = asked
            .map(|asked| match &asked.outcome {
                ResponderOutcome::Answered { response } => (asked, Some(read(&response.0))),
                ResponderOutcome::Missing { .. } => (asked, None),
            })
            .collect();
        let lists = learnt.lists.get(digest).map_or(&[][..], Vec::as_slice);
        Some(Self {
            staples,
            unstapled,
            lists,
            responders,
            pointers,
            issuer,
        })
    }
}
