//! Reads the client's certificate, and asks servers that want one for a page.

use std::net::SocketAddr;

use url::Url;

use super::seen::{Own, Page};
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::round::Round;
use crate::instrument::http::{Destination, HttpError, Limits, Request, Security, Versions};
use crate::instrument::tls::{Client, ClientTls, IdentityError};
use crate::model::tls_settings::TlsSettings;
use crate::model::{Notebook, ProbeError};

/// The most of a page that is read.
const PAGE: u64 = 4096;

/// How many bytes of a page are kept: those of nginx and Apache say within them what is wrong.
const BEGINNING: usize = 400;

/// Gives the client its certificate, and writes down which. One whose key belongs to another is for the judge, and all
/// else is looked at without it.
///
/// # Errors
/// What cannot be used.
pub(crate) fn identify(
    tls: &mut ClientTls,
    settings: &TlsSettings,
    notes: &Notebook<Observation>,
) -> Result<(), ProbeError> {
    let (chain, key_fits) = match ClientTls::identity(settings) {
        Ok(None) => return Ok(()),
        Ok(Some(identity)) => {
            let chain = identity.chain();
            tls.identity = Some(identity);
            (chain, true)
        }
        Err(IdentityError::Foreign { chain, .. }) => (chain, false),
        Err(unusable) => return Err(ProbeError::new(unusable.to_string())),
    };
    notes.note(|seen| {
        let chain = seen.keep_certificates(&chain);
        seen.identity = Some(Own { chain, key_fits });
    });
    Ok(())
}

/// Asks an address for a page if it asked for a client certificate.
pub(crate) async fn visit(
    round: &Round<'_>,
    endpoint: &Endpoint,
    address: SocketAddr,
    client: &Client,
) {
    let asked = round.notes.see(|seen| {
        let mut sessions = seen.sessions(endpoint);
        sessions.any(|(at, session)| at == address && session.request.is_some())
    });
    if !asked || round.settings.starttls.is_some() {
        return;
    }
    let Some(page) = page(round, endpoint, address, client).await else {
        return;
    };
    round.session(endpoint, address, |session| {
        if let Some(request) = &mut session.request {
            request.page = Some(page);
        }
    });
}

async fn page(
    round: &Round<'_>,
    endpoint: &Endpoint,
    address: SocketAddr,
    client: &Client,
) -> Option<Page> {
    let url = Url::parse(&format!("https://{endpoint}/")).ok()?;
    let timeouts = round.timeouts;
    let request = Request {
        versions: Versions::SelectedHttp1,
        destination: Destination::Address(address),
        server_name: Some(round.settings.server(endpoint).0),
        limits: Limits {
            read: PAGE,
            keep: BEGINNING,
            ..Limits::default()
        },
        answer: timeouts.handshake,
        ..Request::get(url, Security::Record(client), timeouts)
    };
    let exchange = request.send().await;
    Some(match (exchange.status(), exchange.failure) {
        (Some(status), _) => Page::Answered {
            status,
            text: exchange.body.kept.escape_ascii().to_string(),
        },
        (None, Some(HttpError::NoHttp1)) => Page::NotHttp,
        (None, Some(error)) => Page::Failed { error },
        (None, None) => return None,
    })
}
