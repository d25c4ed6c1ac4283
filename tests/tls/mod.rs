//! The module `tls` against real servers, and against peers that no package provides.

mod acme;
mod authorities;
mod chains;
mod client_certificate;
mod dashboards;
mod endpoints;
mod flight;
mod handshakes;
mod hostile;
mod other_clients;
mod pebble;
mod pem;
mod protocols;
mod renewal;
mod resolvers;
mod resumption;
mod revocation;
mod staple_gain;
mod swap;
mod transparency;
