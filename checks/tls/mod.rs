//! Completes a TLS handshake at every address of every endpoint and judges the certificates that a client meets at T-0.
//!
//! # What it checks
//! Each endpoint is looked up, and every IPv4 and IPv6 address is connected to on its own. Whatever certificate
//! chain it serves is recorded, also an invalid one, and judged:
//!
//! - every address completes a TLS 1.2 or 1.3 handshake and proves that it holds the certificate's private key;
//! - the chain leads to a trusted root: of the system, of Mozilla's list (`web`), or of your own `ca-file`;
//! - the certificate names the server;
//! - the chain is served in order, and nothing else with it;
//! - every key on the way to the root has at least 2048 bits (RSA) or 256 bits (elliptic curves), and no signature
//!   is made with MD5 or SHA-1;
//! - the certificate may be used by a server, and its issuers may issue;
//! - the whole chain is valid from T-0 until `cover` later, not only now, the root included;
//! - at T-0 its renewal is not yet due;
//! - all addresses of an endpoint serve the same certificate;
//! - the endpoint answers over both IPv4 and IPv6, where `dual-stack` says so;
//! - the server selects one of the application protocols, where `alpn` asks for one;
//! - the server refuses TLS 1.0 and TLS 1.1, and which post-quantum key exchange it knows. Each is asked by a greeting
//!   of its own, which the server's first words answer; then the connection is closed;
//! - transparency logs vouch for the certificate, if it is a public authority's;
//! - sessions are resumed at each address and across addresses, where `resumption` asks for it;
//! - a staple saves clients more time than it costs, and no round trip is lost to it, where `staple-saving` asks for it;
//! - no certificate is revoked, nor an intermediate above it, and servers staple proof of it where the certificate
//!   names a responder or demands it (must-staple);
//! - every address serves the certificate that stands in a file on disk, where `file` names one;
//! - challenges of ACME reach every address over plain HTTP, where `acme-http01` asks for it: a token that was never
//!   issued is asked for as an authority does, and must not be found;
//! - a certificate is swapped while clients are connected, where `hot-swap` says how: every address serves the new one
//!   in time, no handshake fails meanwhile, and no connection that was there before is cut off. What stands above is
//!   looked at afterwards.
//!
//! A stapled OCSP response is verified: its signature, that its signer is the issuer or was authorised by it, that
//! it is about this certificate, that it says "good", and that it is in force now and until three hours after T-0.
//! An address that staples nothing is asked a second time about a second later, since some servers fetch the
//! response only for their first client. For a certificate of which an address showed no response, the revocation
//! list that it names is fetched, verified and asked. A response or list that is in force but ends earlier than
//! three hours after T-0 is a warning, because a newer one is due before that; with `revocation = "require"` it is
//! a failure. Places that certificates name are contacted over plain HTTP, without a proxy and without following
//! redirects, and only those of certificates that lead to a trusted root.
//!
//! An intermediate authority that is revoked takes every certificate below it along, and no staple tells. So of each
//! intermediate on the path to the trusted root the revocation list that it names is fetched, verified and asked as
//! well, once however many servers have it. Not asked about are the root, which nobody above it could revoke, what is
//! served and not needed for the path, and whoever may sign OCSP responses for an issuer: its certificate counts until
//! it ends, whether it is marked for that (id-pkix-ocsp-nocheck, RFC 6960 section 4.2.2.2.1) or not.
//!
//! Timestamps of transparency logs are judged as Chrome does it, which refuses certificates without: either 2 valid ones
//! in the certificate, 3 if it lives for more than 180 days, of logs of 2 operators or more, one of them a log that is
//! trusted now, the others possibly retired since; or 2 that the server brings, in a stapled OCSP response or in the
//! TLS extension for them, of 2 operators, both trusted now. Only servers whose certificates do not suffice are asked
//! for the extension, by a greeting in the protocol that was agreed on before. The report shows how old the list of
//! logs is, for logs come and go every half year. By a list of more than 70 days a certificate may still pass; one that
//! has timestamps of logs which such a list lacks is not known to be good or bad. What is not known is a warning under
//! `"prefer"` and an error under `"require"`, which also warns of any list that is too old.
//!
//! Measures bear the names that dashboards of Prometheus' blackbox exporter know, and its meaning, each with
//! `endpoint` and `address`: `probe_ssl_earliest_cert_expiry` (of an endpoint),
//! `probe_ssl_last_chain_expiry_timestamp_seconds`, `probe_ssl_last_chain_info`, `probe_tls_version_info` and
//! `probe_tls_cipher_info`.
//!
//! # Why it matters
//! A certificate that is fine on the day of the check and ends in the night of the launch takes every client
//! with it, at the moment when they all come. One address that still serves the old chain fails for a share of
//! the clients only, and is the last thing found. A browser repairs an incomplete chain by itself, so nobody in
//! the office sees it, while game clients, services and payment gateways refuse it.
//!
//! # Example
//! ```toml
//! [[check]]
//! id = "edge-certificates"
//! module = "tls"
//! endpoints = ["login.game.example.com", "gateway.game.example.com:8443"]
//! min-left = ["30d", "33%"]
//! cover = "24h"
//! ```
//!
//! # Settings
//! - `endpoints`: what clients connect to: `host`, `host:port`, `[2001:db8::1]:port`. The port is 443 unless given.
//! - `endpoints-file`: a text file of endpoints, relative to the checklist, one to a line; what follows `#` is
//!   passed over. They are added to `endpoints`.
//! - `addresses`: IP addresses to connect to instead of looking the endpoints up, for servers that DNS does not
//!   show yet.
//! - `server-name`: the name to ask for and to find in the certificate, where it is not the endpoint's host.
//! - `starttls`: the protocol in which TLS is asked for before it begins: `"postgres"`, `"mysql"` (MariaDB too),
//!   `"smtp"` or `"imap"`. The port stays 443 unless given.
//! - `client-certificate`, `client-key`: PEM files, relative to the checklist, of a certificate with its chain and
//!   of its unencrypted private key, for servers that ask clients for one. The key goes into no report.
//! - `dual-stack`: whether every endpoint must answer over both IPv4 and IPv6. Default `false`.
//! - `trust`: `"system"` (the default) or `"web"`, Mozilla's list as this program was built with it.
//! - `ca-file`: PEM file of root certificates, relative to the checklist. Alone it replaces `trust`; with
//!   `trust` it adds to it.
//! - `transparency`: whose certificates must carry timestamps of Certificate Transparency logs: `"prefer"` those whose
//!   chain leads to a root of Mozilla's list, whichever roots are trusted here; `"require"` all; `"off"` none. Default
//!   `"prefer"`, and `"require"` where `log-list` is given.
//! - `log-list`: a file of logs in the format that Google publishes for browsers (`log_list.json`, version 3), relative
//!   to the checklist. It replaces the list that this program ships, which is Chrome's as of the program's release.
//! - `min-left`: how long the certificate must still last at T-0: a length of time (`"30d"`), a share of its
//!   lifetime (`"33%"`), or both, of which the smaller counts. Default: 30 days and one third, so that
//!   certificates of 90 days, 47 days and 6 days are all judged sensibly.
//! - `cover`: how long after T-0 the chain must be valid in any case. Default `"24h"`.
//! - `alpn`: application protocols to offer, the most wanted first, such as `["h2", "http/1.1"]`. The server must
//!   select one of them.
//! - `old-protocols`: what is found of servers that still speak TLS 1.0 or 1.1: `"warn"` (the default), `"refuse"`,
//!   which fails them, or `"allow"`, which does not look. RFC 8996 forbids both protocols.
//! - `post-quantum`: whether servers must know a key exchange that a quantum computer does not break, such as
//!   X25519MLKEM768: `"note"` (the default) only notes it in the report, `"require"` fails those that do not, `"off"`
//!   does not look.
//! - `resumption`: whether clients that come back are known again: `"note"` only measures it, `"require"` fails an
//!   address that does not resume its own sessions, `"require-across"` also one whose sessions the next address of the
//!   endpoint does not resume, since their ticket keys are not shared. Not looked at unless given.
//! - `staple-saving`: whether a staple must save clients what it should, their own question to the OCSP responder:
//!   `"require"` fails an address where it does not, or where it costs a round trip; `"note"` warns of it. Each address
//!   that staples is greeted with and without a request for a staple, and the responder asked; medians are compared.
//!   Not looked at unless given.
//! - `handshakes`: with `resumption`, how many clients come to each address and come back to it: 1 to 100, one connection
//!   after the other; with `staple-saving`, how often an address is greeted in each way and the responder asked.
//!   Default 3. The times of full and resumed handshakes are measures.
//! - `file`: the PEM file, relative to the checklist, of the certificate that the servers are to serve, its issuers
//!   after it, as an ACME client writes it. What they serve must be that one.
//! - `secret-file`: the same, for a file that holds the private key too, as haproxy loads it. The key must belong to
//!   the certificate; it goes into no report.
//! - `acme-http01`: whether an authority's challenge (RFC 8555 section 8.3) must reach every address of every host, so
//!   that certificates can be renewed. What answers must be status 404, possibly behind redirects, which are followed
//!   as Let's Encrypt follows them: ten at most, only to ports 80 and 443, whatever certificate is served there.
//!   Leave it out where the ACME client itself listens only while it renews. Default `false`.
//! - `acme-hosts`: other hosts to which challenges may be redirected; a redirect to any other host is a failure, and
//!   is not followed.
//! - `acme-port`, `acme-https-port`: the ports 80 and 443, where authorities meet others than this check.
//! - `hot-swap`: `{ file = "new.pem", command = ["./install-and-reload"], within = "30s", connections = 50, hold = "2s" }`.
//!   Opens `connections` to each address (50 unless given, at most 1000) and asks nothing on them; runs `command` in the
//!   checklist's folder, which installs and loads the certificate that afterwards stands in `file`; shakes hands with
//!   every address ten times a second until ten handshakes in a row show that certificate, or `within` (default
//!   `"30s"`) after the command's end has passed; and holds the connections for `hold` (default `"2s"`) more. The
//!   check needs `--allow write` and a `timeout` above all of these, and it takes no `retries`: a second attempt would
//!   find nothing to swap. Nothing is restored: the command is yours, and so is the certificate that stays. Its
//!   arguments stand in the report, so hand no secret over in them.
//! - `allow-different`: whether addresses of one endpoint may serve different certificates. Default `false`.
//! - `revocation`: `"prefer"` (the default) asks whoever the certificate names: the list or responder that cannot
//!   be reached is an error, a staple that is merely missing a warning, and a certificate that names nobody is
//!   passed over. `"require"` fails all of these that were seen, except certificates that live for seven days or
//!   less and name nobody. An intermediate is asked about by its list alone; one that names none is passed over, and
//!   fails under `"require"`. `"off"` asks nothing.
//! - `ocsp-query`: whether the OCSP responder that a certificate names is asked directly as well. Default `false`.
//! - `connect-timeout`, `handshake-timeout`: how long one address may take for each. Default `"5s"`; the check's
//!   own `timeout` ends both.
//!
//! # When it fails
//! What a server shows or says is judged: a bad certificate, an alert, plain text instead of TLS and a broken
//! handshake are failures. Silence is not: an address that refuses, cannot be reached, hangs, or hangs up is an
//! error, because nothing is known of its certificate. Errors are never a pass. An address that refuses a challenge
//! of ACME fails, for that is what the authority meets.
//!
//! A server that ends the connection over an old protocol refuses it; one that says nothing has not answered, which
//! is an error under `"refuse"` and a warning under `"warn"`.
//!
//! A connection that was held counts as dropped when the server ends it without close_notify (RFC 8446 section 6.1)
//! or by a reset. One that it closes in order, with nothing asked on it, is a warning: a client of HTTP just connects
//! anew, one that stays connected for hours has to come back. nginx and haproxy leave such connections to the workers
//! of before. A command that fails is an error, and then nothing is said of the swap.
//!
//! A staple saves the time of a question to the responder (look-up, connection, answer) less the time that a server's
//! first flight takes longer with it than without. It costs a round trip where the flight no longer fits into 10
//! segments, 14,600 bytes, which a server sends before it hears of its client again (RFC 6928). A server that waits
//! for the responder within the handshake saves nothing. What could not be measured, a responder that cannot be
//! reached above all, is an error under `"require"` and a warning under `"note"`.
//!
//! When the run begins after T-0, certificates are judged from the run's begin on, since nothing can be seen
//! of the past.
//!
//! # How to fix it
//! - Expired, or renewal due: renew it now and load it on all addresses; then find out why the renewal did not
//!   run by itself.
//! - Not yet valid: its begin lies after T-0. Load the earlier certificate, or have one issued without delay.
//! - Issuer not served: put the intermediate certificates after the leaf in the server's certificate file
//!   (`fullchain.pem` with ACME clients).
//! - Unknown root: give the private CA as `ca-file`, or find out who answers in the server's place.
//! - Out of order, or not needed: put each issuer right after what it issued, and nothing else into the file. It is
//!   a warning: common clients sort a chain themselves, strict ones (RFC 5246 section 7.4.2) do not.
//! - Weak keys or signatures: have it issued anew with ECDSA P-256 or RSA 2048 and SHA-256.
//! - May not be used by a server: ask the authority for the profile of a TLS server, with the key usage
//!   `digitalSignature` and the extended key usage `serverAuth`.
//! - Wrong name: have the certificate issued for the name, or correct `server-name`.
//! - No staple: turn stapling on, and let the server reach the responder; nginx needs `ssl_stapling on` and a
//!   `resolver`. An old one: look at what renews it, for haproxy a file may just have been forgotten.
//! - Revoked: have a certificate issued for a new key, load it everywhere, and find out who revoked the old one.
//! - An intermediate revoked: have a certificate issued below another one, and load it with its new chain everywhere.
//! - A list or responder that cannot be reached: run where plain HTTP to it is allowed, or set
//!   `revocation = "off"` and check it elsewhere.
//! - Different certificates: load the new one everywhere, or set `allow-different` where each address has its own.
//! - TLS 1.0 or 1.1 accepted: for nginx `ssl_protocols TLSv1.2 TLSv1.3`, for haproxy `ssl-min-ver TLSv1.2`, for a
//!   content delivery network its lowest TLS version.
//! - No post-quantum key exchange: OpenSSL knows it from 3.5 on, Go from 1.24 on.
//! - No timestamps of logs: certificates of public authorities carry them unless told otherwise; browsers refuse those
//!   that do not. With an authority of your own, leave `log-list` out or set `transparency = "prefer"`. Servers that
//!   bring them may do so in TLS 1.2 alone, as haproxy's `.sctl` files: browsers come by TLS 1.3 and see none.
//! - Timestamps of logs that an old list lacks: use a newer version of this program, or give the list of a current
//!   Chromium as `log-list`: `components/certificate_transparency/data/log_list.json` of its source.
//! - Sessions not resumed: enable tickets, and give all servers behind a name the same ticket keys, rotated together.
//! - A staple that saves nothing: let the server fetch its response in advance and not while a client waits; haproxy
//!   does with `ocsp-update on`, nginx with `ssl_stapling_file` and a timer that renews the file.
//! - A staple that costs a round trip: leave out certificates that clients do not need, such as the root or one that is
//!   cross-signed for old clients, and use ECDSA keys. A larger initial window (`initcwnd`) helps too, but does not show
//!   from here: set `staple-saving = "note"` then.
//! - Not the certificate on disk: reload the server after every renewal, with certbot by `--deploy-hook`.
//! - Challenges that do not arrive: answer the path `/.well-known/acme-challenge/` before any redirect, login or
//!   catch-all page, on every address, IPv6 above all: authorities ask there first.
//! - Connections cut off, or handshakes that fail, in a hot swap: reload the server rather than restart it.
//! - Errors on IPv6 alone: this machine may have no route; run from one that has, or withdraw the AAAA record.

mod blackbox;
mod case;
mod certificate;
mod chain;
mod chain_end;
mod chain_order;
mod chains;
mod claims;
mod dual_stack;
mod endpoint;
mod endpoints_file;
mod exhibits;
mod gathering;
mod handshake_times;
mod judge;
mod key;
mod key_strength;
mod key_usage;
mod loading;
mod lookup;
mod min_left;
mod negotiated;
mod no_handshake;
mod observation;
mod plan;
mod probe;
mod protocol;
mod renewal;
mod resumption;
mod revocation;
mod round;
mod settings;
mod staple_gain;
#[cfg(test)]
mod tests;
mod transparency;
mod verifier;
mod weakness;
mod window;
mod words;

use crate::model::{
    Complaint, Context, Judgement, LaunchClock, Module, Notebook, Plan, ProbeError,
};

use observation::Observation;
pub use settings::{Settings, TrustStore};

/// The module.
#[derive(Debug)]
pub struct Tls;

impl Module for Tls {
    const NAME: &'static str = "tls";
    const SOURCE: &'static str = include_str!("mod.rs");
    const EXAMPLE: &'static str = include_str!("example.toml");
    const RULES: &'static [crate::model::Rule] = &[]; // TRANSITION
    const FORMAT: u32 = 1;

    type Settings = Settings;
    type Observation = Observation;

    fn review(settings: &Settings) -> Vec<Complaint> {
        settings.review()
    }

    fn once(settings: &Settings) -> Option<&'static str> {
        let swaps = settings.hot_swap.is_some();
        swaps.then_some("the second attempt of a `hot-swap` would find nothing to swap")
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

    fn judge(settings: &Settings, observation: &Observation, clock: &LaunchClock) -> Judgement {
        judge::judge(settings, observation, clock)
    }
}
