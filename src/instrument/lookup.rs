//! The addresses of a host as an application on this machine gets them: one getaddrinfo(3), timed.
//!
//! The hosts file, the search list and every retry are the operating system's. Evidence of single DNS messages
//! comes from [`dns`](super::dns).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::limits;
use super::text::seconds;

/// Lookups at a time: each holds a thread until getaddrinfo returns, also one that nobody waits for any more.
const MOST_THREADS: usize = 64;
static THREADS: Semaphore = Semaphore::const_new(MOST_THREADS);

/// What a lookup found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Each address once, in the order in which an application tries them. At least one.
    pub addresses: Vec<SocketAddr>,
    /// How long it took; nothing for a host that is an address itself.
    pub took: Option<Duration>,
}

/// Why there is no address. The display text is a predicate of the host: "does not exist".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LookupError {
    /// The name does not exist, or has no address.
    #[error("has no address: {message}")]
    NoAddress {
        /// The operating system's words.
        message: String,
    },
    /// It could not be determined: no resolver answered, or all of them failed.
    #[error("could not be looked up: {message}")]
    Failed {
        /// The operating system's words.
        message: String,
    },
    /// No answer in time.
    #[error("could not be looked up within {}", seconds(.after_ms))]
    Timeout {
        /// How long it was waited for.
        after_ms: u64,
    },
}

impl LookupError {
    /// The operating system's words, or that there were none.
    pub fn message(&self) -> String {
        match self {
            Self::NoAddress { message } | Self::Failed { message } => message.clone(),
            Self::Timeout { .. } => "no answer in time".to_owned(),
        }
    }
}

/// Looks a host up once. An address, with or without the brackets of a URL, is given back as it is, and nothing is
/// asked.
///
/// # Errors
/// Why it has no address.
pub async fn lookup(host: &str, port: u16, until: Instant) -> Result<Found, LookupError> {
    if let Some(address) = numeric(host) {
        return Ok(Found {
            addresses: vec![SocketAddr::new(address, port)],
            took: None,
        });
    }
    let begin = Instant::now();
    let (found, took) = match timeout_at(until, resolve(host.to_owned(), port)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Err(failure(&error)),
        Err(_) => {
            let after_ms = begin.elapsed().as_millis() as u64;
            return Err(LookupError::Timeout { after_ms });
        }
    };
    let mut addresses = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    match addresses.is_empty() {
        true => Err(LookupError::NoAddress {
            message: "the answer is empty".to_owned(),
        }),
        false => Ok(Found {
            addresses,
            took: Some(took),
        }),
    }
}

/// One getaddrinfo, and how long it took once a thread was free for it.
async fn resolve(host: String, port: u16) -> io::Result<(Vec<SocketAddr>, Duration)> {
    let thread = THREADS.acquire().await.map_err(io::Error::other)?;
    // A task of its own gives the thread back when it is free, whoever still waits.
    let lookup = tokio::spawn(async move {
        let begin = Instant::now();
        let found = tokio::net::lookup_host((host, port)).await;
        let took = begin.elapsed();
        drop(thread);
        found.map(|found| (found.collect(), took))
    });
    lookup.await.map_err(io::Error::other)?
}

/// The address that a host is, if it is one.
pub fn numeric(host: &str) -> Option<IpAddr> {
    bare(host).parse().ok()
}

/// A host without the brackets that a URL puts around an IPv6 address.
pub fn bare(host: &str) -> &str {
    let inner = host.strip_prefix('[');
    inner
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// The standard library hands over the words of gai_strerror(3) and not the code, so they have to tell.
fn failure(error: &io::Error) -> LookupError {
    /// EAI_NONAME, EAI_NODATA and EAI_ADDRFAMILY of glibc; EAI_NONAME of musl; EAI_NONAME of macOS.
    const NO_ADDRESS: [&str; 5] = [
        "Name or service not known",
        "No address associated with hostname",
        "Address family for hostname not supported",
        "Name does not resolve",
        "nodename nor servname provided",
    ];
    let message = error.to_string();
    match NO_ADDRESS.iter().any(|words| message.contains(words)) {
        true => LookupError::NoAddress { message },
        // Short of open files, the resolver of the system reads no configuration and opens no socket.
        false => LookupError::Failed {
            message: limits::words(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[tokio::test]
    async fn an_address_is_given_back_and_nothing_is_asked() {
        for (host, address) in [
            ("192.0.2.1", "192.0.2.1:8443"),
            ("2001:db8::1", "[2001:db8::1]:8443"),
            ("[2001:db8::1]", "[2001:db8::1]:8443"),
        ] {
            let found = lookup(host, 8443, soon()).await.unwrap();
            assert_eq!(found.addresses, [address.parse().unwrap()], "{host}");
            assert_eq!(found.took, None);
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_up_as_applications_do_it() {
        let found = lookup("localhost", 80, soon()).await.unwrap();
        assert!(found.addresses.iter().all(|at| at.ip().is_loopback()));
        assert!(found.took.is_some());
    }

    #[test]
    fn a_name_that_does_not_exist_is_told_from_a_resolver_that_fails() {
        let words = |text: &str| failure(&io::Error::other(text.to_owned()));
        let head = "failed to lookup address information: ";
        for text in ["Name or service not known", "Name does not resolve"] {
            let message = format!("{head}{text}");
            assert_eq!(words(&message), LookupError::NoAddress { message });
        }
        for text in ["Temporary failure in name resolution", "Try again"] {
            let message = format!("{head}{text}");
            assert_eq!(words(&message), LookupError::Failed { message });
        }
    }
}
