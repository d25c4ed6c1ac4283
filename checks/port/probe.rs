//! Contacts every address of every endpoint once.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::{Contact, Observation, Seen, Settings, bytes};
use crate::instrument::banner::{over_tcp, over_udp};
use crate::instrument::clock;
use crate::instrument::dial::{DialError, datagrams, dial};
use crate::instrument::host_block;
use crate::instrument::lookup::lookup;
use crate::instrument::own;
use crate::model::payload::Payload;
use crate::model::{Context, Notebook};

/// Left before the check's deadline, to write down what was seen.
const MARGIN: Duration = Duration::from_millis(200);
/// Endpoints at a time, and addresses of each.
const AT_ONCE: (usize, usize) = (32, 8);

pub(super) async fn probe(settings: &Settings, context: &Context, notes: &Notebook<Observation>) {
    let deadline = context.until(MARGIN);
    let endpoints = || settings.endpoints.iter();
    notes.note(|seen| seen.endpoints = endpoints().map(|_| Seen::default()).collect());
    let each = stream::iter(endpoints().enumerate());
    each.for_each_concurrent(AT_ONCE.0, |(place, endpoint)| async move {
        let found = lookup(&endpoint.host.to_string(), endpoint.port, deadline).await;
        let lookup_error = found.as_ref().err().cloned();
        let found = found.map_or(Vec::new(), |found| found.addresses);
        let own = own::among(found.iter().map(SocketAddr::ip));
        let blank = |address: &SocketAddr| Contact {
            own: own.contains(&address.ip()),
            ..blank(address)
        };
        let blank = &blank;
        notes.note(|seen| {
            seen.endpoints[place].addresses = found.iter().map(blank).collect();
            seen.endpoints[place].lookup_error = lookup_error;
        });
        let each = stream::iter(found.into_iter().enumerate());
        each.for_each_concurrent(AT_ONCE.1, |(number, address)| async move {
            let bound = clock::instant() + settings.within.0;
            let mut contact = blank(&address);
            let outcome = reach(settings, address, bound.min(deadline), &mut contact).await;
            contact.error = outcome.err();
            if matches!(contact.error, Some(DialError::Timeout { .. })) && bound > deadline {
                return; // too short a silence says nothing
            }
            if let Some(answer) = &contact.answer {
                let name = format!("{endpoint}-{}.txt", contact.address);
                notes.evidence(name, "text/plain", answer.bytes().to_vec());
            }
            notes.note(|seen| seen.endpoints[place].addresses[number] = contact);
        })
        .await;
    })
    .await;
}

fn blank(address: &SocketAddr) -> Contact {
    let address = address.ip().to_string();
    Contact {
        address,
        ..Contact::default()
    }
}

/// Connects, sends and listens as far as the settings want it.
async fn reach(
    settings: &Settings,
    address: SocketAddr,
    until: Instant,
    seen: &mut Contact,
) -> Result<(), DialError> {
    let (send, expect) = (bytes(&settings.send), bytes(&settings.expect));
    let banner = if settings.udp {
        over_udp(&datagrams(address).await?, send, until).await
    } else {
        host_block::heard(address, expect); // it may be a greeting
        let mut dialled = dial(address, until).await?;
        seen.connected = Some(dialled.took.as_secs_f64());
        if send.is_empty() && expect.is_empty() {
            return Ok(());
        }
        let banner = over_tcp(&mut dialled.stream, send, expect.len().max(1), until).await;
        host_block::heard(address, &banner.bytes);
        banner
    };
    seen.answered = Some(banner.took.as_secs_f64());
    seen.answer = Payload::new(banner.bytes);
    banner.error.map_or(Ok(()), Err)
}
