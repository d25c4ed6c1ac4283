//! Completes a TLS handshake at every address of every endpoint and judges the certificates that clients get at T-0.
//!
//! # What it checks
//! Each endpoint is looked up at every resolver in `resolvers`, and every IPv4 and IPv6 address that one of them gives is
//! contacted on its own. Whatever chain it serves is recorded, valid or not.
//!
//! Always:
//! - every resolver gives addresses, and all of them the same;
//! - every address that they give means the same to clients elsewhere: not 0.0.0.0, loopback, or this machine's own;
//! - every address completes a TLS 1.2 or 1.3 handshake and proves that it holds the certificate's private key;
//! - the chain leads to a trusted root, and names the server;
//! - the whole chain, the root included, is valid from T-0 until `cover` later, and renewal is not due at T-0;
//! - keys, signatures and key usage are good enough for strict clients, and the chain is served in order;
//! - all addresses of an endpoint serve the same certificate;
//! - where a server has both an RSA and an ECDSA certificate, all of this for both;
//! - TLS 1.0 and 1.1 are refused, and whether a post-quantum key exchange is supported;
//! - neither the certificate nor an intermediate above it is revoked, and servers staple proof of it;
//! - certificates of public CAs are in Certificate Transparency logs.
//!
//! On request:
//! - `dual-stack`: the endpoint answers over both IPv4 and IPv6;
//! - `alpn`: the server selects one of these application protocols;
//! - `also`: what clients without SNI, or of another protocol version, are shown is judged too;
//! - `tls.certificate`: the client certificate is valid, and servers that ask for one accept it;
//! - `file`, `secret-file`: every address serves the certificate in a file;
//! - `[check.acme]`: ACME challenges reach every address, so that certificates can be renewed;
//! - `[check.resumption]`: clients that come back resume their sessions, also at another address;
//! - `[check.staple-gain]`: a staple saves clients more time than it costs;
//! - `[check.hot-swap]`: a certificate is replaced while clients are connected, and none of them notices.
//!
//! # Why it matters
//! A certificate that is fine on the day of the check and expires in the night of the launch takes every client with
//! it, when they all come at once. One address that still serves the old chain fails for a share of the clients only,
//! and is the last thing found. Browsers repair an incomplete chain, so it goes unnoticed in the office, while game
//! clients, services and payment gateways reject it.
//!
//! # Example
//! ```toml
//! [[check]]
//! id = "edge-certificates"
//! module = "tls"
//! endpoints = ["login.game.example.com", "gateway.game.example.com:8443"]
//! ```
//!
//! # Settings
//!
//! # When it fails
//! - What a server shows or says is judged: a bad certificate, a closed port, an alert, plain text instead of TLS and a
//!   broken handshake are failures. So is a name that does not exist.
//! - Silence is an error, because nothing is known of the certificate: a lookup without an answer, an address that cannot
//!   be reached, hangs or hangs up. Errors are never a pass.
//! - An address that refuses an ACME challenge fails, because a CA gets the same answer.
//! - If the run begins after T-0, certificates are judged from the start of the run on.
//!
//! # How to fix it
//! `tminus explain RULE` says what to do about each rule. Often:
//! - Expired, or renewal due: renew it and load it on all addresses; then find out why it was not renewed automatically.
//! - Issuer not served: put the intermediates after the leaf in the server's file (`fullchain.pem` with ACME clients).
//! - Unknown root: give the private CA as `tls.ca-file`, or find out who answers in the server's place.
//! - No staple: turn stapling on, and let the server reach the responder; nginx needs `ssl_stapling on` and a `resolver`.
//! - Not the certificate in the file: reload the server after every renewal, with certbot by `--deploy-hook`.
//! - Errors on IPv6 only: this machine may have no IPv6 route; run where there is one, or withdraw the AAAA record.
//!
//! # Chains
//! A chain is judged as OpenSSL and Go judge it, at every moment from T-0 until `cover` later, by what was run against both:
//! OpenSSL 3.0 (`openssl verify -purpose sslserver`) and Go 1.19 (`crypto/x509`). Both accept: it passes. Both refuse: it
//! fails. They differ: a warning names who refuses, and why. A root from `tls.ca-file` is judged like any other issuer: its
//! dates, path length, basic constraints, key usage and critical extensions count. An intermediate in that file is enough
//! for Go, and not for OpenSSL, unless its root is there too. A server's own certificate in that file is compared whole.
//! A certificate of an authority as a server's, and an extended key usage of "any" alone, fail although a client accepts
//! them: public authorities may not issue them.
//!
//! # Resolvers
//! The default, `"system"`, looks endpoints up as applications on this machine do. Other resolvers are asked for A and AAAA:
//! two packets at most for each, 3 seconds apart. An encrypted resolver must show a certificate that leads to the same roots
//! as those of the servers, so with `tls.ca-file` set `tls.trust` too where it has a public one; `tls.server-name` is not for
//! it. A resolver that fails is an error, one that has no address where another has some is a failure. Different addresses
//! are a warning: a resolver may still hold an old record. Where they differ on purpose, waive `tls/same-addresses`.
//!
//! # Other clients
//! A server may keep several certificates and show each client one that it can verify. So each address is contacted a
//! second time, as a client that verifies only the other of RSA and ECDSA; what it shows then is judged under a subject of
//! its own, such as `gw.example.com:443 (RSA certificate)`. The alert handshake_failure means that there is no other
//! certificate; so does a server that hangs up on this client, twice, and on no other. Any other failure is an error.
//!
//! # Client certificates
//! The certificate in `tls.certificate` is judged as servers judge it: valid from T-0 until `cover` later, with the key in
//! `tls.key`, meant for clients, issued by a CA that the server names. In TLS 1.3 a server may refuse it only after the
//! handshake, so it is waited for: half a second, or twice as long as the handshake took. Servers that ask for a
//! certificate and select HTTP/1.1 get one `GET /`, since nginx refuses by status 400. An address that refuses a client
//! fails, and what it served is judged all the same.
//!
//! # Revocation
//! A stapled OCSP response is verified: its signature, that its signer is the issuer or authorised by it, that it is
//! about this certificate, that it says "good", and that it is in force from now until three hours after T-0. An address
//! that staples nothing is asked a second time about a second later, since some servers fetch the response only for
//! their first client. For a certificate of which an address showed no response, the revocation list that it names is
//! fetched, verified and searched. A response or list that is in force but ends earlier than three hours after T-0 is a
//! warning, because a newer one is due before that; with `revocation = "require"` it is a failure. One that does not say
//! when the next update is due counts at any age to OpenSSL, and for a day to stricter clients: if it is older than a
//! day at T-0 it is a warning. Of two answers about one certificate the worst counts, and a response made before the
//! certificate began proves nothing; one that was made later from what was known before is a warning. A list published
//! as PEM is a warning, because clients read DER.
//!
//! Lists and responders that certificates name are contacted over plain HTTP, without a proxy and without following
//! redirects, and only for certificates that lead to a trusted root.
//!
//! A revoked intermediate takes every certificate below it along, and no staple shows it. So the list of each
//! intermediate on the path to the trusted root is fetched and searched as well, once however many servers have it. Not
//! asked about: the root, which nothing above it could revoke; what is served but not needed for the path; and the
//! signers of OCSP responses, whose certificates count until they expire, whether they are marked for that
//! (id-pkix-ocsp-nocheck, RFC 6960 section 4.2.2.2.1) or not.
//!
//! # Transparency
//! Timestamps of logs are judged as Chrome does. A certificate needs 2 valid embedded timestamps, 3 if it lives for more
//! than 180 days, from logs of 2 operators or more, one of them a log that is trusted now, the others possibly retired
//! since. Or the server delivers 2, in a stapled OCSP response or in the TLS extension for them, from 2 operators, both
//! trusted now. Only servers whose certificates do not suffice are asked for the extension, by a hello in the protocol
//! that was negotiated before. Servers that deliver timestamps may do so in TLS 1.2 only, as haproxy's `.sctl` files:
//! browsers use TLS 1.3 and see none.
//!
//! Logs come and go every half year, so the report shows how old the list is. By a list older than 70 days a certificate
//! may still pass; one with timestamps of logs that such a list lacks is neither good nor bad: a warning under
//! `"prefer"`, an error under `"require"`, which also warns of any list that is too old. A current list is in Chromium's
//! source: `components/certificate_transparency/data/log_list.json`.
//!
//! # ACME challenges
//! A token that was never issued is requested as a CA does (RFC 8555 section 8.3), at every address of every host. What
//! answers must be status 404, possibly after redirects, which are followed as Let's Encrypt follows them: ten at most,
//! only to ports 80 and 443, whatever certificate is served there.
//!
//! # Session resumption
//! At each address `handshakes` clients connect and come back, one connection after the other; then one of them goes on
//! to the next address. The times of full and resumed handshakes are measures.
//!
//! # What a staple gains
//! Each address that staples gets ClientHellos with and without a request for a staple, and the responder is asked;
//! medians are compared. A staple saves the time of an OCSP query (lookup, connection, answer), less the time by which
//! it delays the server's first flight. It costs a round trip where the flight no longer fits into 10 segments,
//! 14,600 bytes, which a server sends before it hears from its client again (RFC 6928). A larger initial window
//! (`initcwnd`) helps too, but cannot be seen from here. What could not be measured, above all for a responder that
//! cannot be reached, is an error under `"require"` and a warning under `"note"`.
//!
//! # Hot swaps
//! `connections` are opened to each address and left idle. `command` runs; it installs and loads the certificate that is
//! then in `file`. Every address is contacted ten times a second until ten handshakes in a row show that certificate, or
//! until `within` after the command's end; then the connections are held for `hold` more. Everything else is checked
//! afterwards. The check needs `--allow write` and a `timeout` longer than all of these together, and it takes no
//! `retries`: a second attempt would find nothing to swap. Nothing is restored: the command is yours, and so is the new
//! certificate.
//!
//! A connection counts as cut off if the server ends it without close_notify (RFC 8446 section 6.1) or by a reset. One
//! that it closes in order is a warning: an HTTP client just reconnects, one that stays connected for hours has to come
//! back. nginx and haproxy leave such connections to their old workers. A command that fails is an error, and then the
//! swap is not judged.
//!
//! # Old protocols
//! TLS 1.0, TLS 1.1 and the post-quantum key exchanges are each offered by a hello of its own; the server's first answer
//! decides, and the connection is closed. A server that closes the connection over an old protocol refuses it. One that
//! says nothing has not answered: an error under `"refuse"`, a warning under `"warn"`.
//!
//! # Databases
//! MySQL and MariaDB block a host after 100 connections that end without a login (`max_connect_errors`), for every login
//! from it, if its address resolves back to a name. A handshake counts as such a connection. So a run makes at most 10
//! connections to each address of such a server, over all checks and attempts: with `starttls = "mysql"`, at port 3306, and
//! where such a server was seen. What comes after them is an error. `hot-swap` needs more, and is refused.
//!
//! # Names of measures
//! Measures that begin with `probe_` or `ssl_` have the names and the meaning that dashboards of Prometheus' blackbox
//! exporter and of ssl_exporter know, each with `endpoint` and `address`. Of more than 1000 addresses, the first 1000 have
//! measures.

mod alert_hints;
mod blackbox;
mod case;
mod certificate;
mod chain;
mod chain_end;
mod chain_order;
mod chains;
mod claims;
mod client_certificate;
mod dual_stack;
mod endpoint;
mod endpoints_file;
mod exhibits;
mod families;
mod gathering;
mod handshake_times;
mod judge;
mod key;
mod key_strength;
mod key_usage;
mod lookup;
mod measures;
mod min_left;
mod negotiated;
mod no_handshake;
mod observation;
mod other_clients;
mod paths;
mod plain_servers;
mod plan;
mod probe;
mod protocol;
mod renewal;
mod resolvers;
mod resumption;
mod revocation;
mod round;
mod rules;
mod server_name;
mod settings;
mod staple_gain;
#[cfg(test)]
mod tests;
mod transparency;
mod usable;
mod verifier;
mod weakness;

use crate::model::module::NoRetry;
use crate::model::{
    Complaint, Context, Family, Judgement, LaunchFacts, Module, Notebook, Plan, ProbeError, Rule,
};

use observation::Observation;
pub use settings::Settings;

/// The module.
#[derive(Debug)]
pub struct Tls;

impl Module for Tls {
    const NAME: &'static str = "tls";
    const SOURCE: &'static str = include_str!("mod.rs");
    const ALSO_CALLED: &'static [&'static str] = &[
        "ssl",
        "https",
        "certificate",
        "certificates",
        "cert",
        "x509",
    ];
    const EXAMPLE: &'static str = include_str!("example.toml");
    const RULES: &'static [Rule] = rules::ALL;
    const MEASURES: &'static [Family] = families::ALL;
    const MOVED: &'static [(&'static str, &'static str)] = settings::MOVED;
    const FORMAT: u32 = 4;

    type Settings = Settings;
    type Observation = Observation;

    fn review(settings: &Settings) -> Vec<Complaint> {
        settings.review()
    }

    fn no_retry(settings: &Settings) -> Option<NoRetry> {
        let swaps = settings.hot_swap.is_some();
        let reason = "the second attempt of a `hot-swap` would find nothing to swap";
        swaps.then_some(NoRetry::Refused(reason))
    }

    fn plan(settings: &Settings) -> Plan {
        plan::plan(settings)
    }

    async fn probe(
        settings: &Settings,
        context: &Context,
        notes: &Notebook<Observation>,
    ) -> Result<(), ProbeError> {
        probe::probe(settings, context, notes).await
    }

    fn judge(settings: &Settings, observation: &Observation, facts: &LaunchFacts) -> Judgement {
        judge::judge(settings, observation, facts)
    }
}
