//! What to do about the alert with which a server ended a handshake. Several of them are about the client's certificate.

use super::client_certificate::Request;

/// What to do, given the server's request for a client certificate.
pub(crate) fn hint(description: &str, request: Option<&Request>) -> &'static str {
    const GIVE: &str =
        "give the client's certificate as `tls.certificate`, and its key as `tls.key`";
    let sent = request.is_some_and(|request| request.sent);
    match description {
        "CertificateRequired" if sent => {
            "look at the server's log: it counts the certificate in `tls.certificate` as none"
        }
        "CertificateRequired" => GIVE,
        // Before TLS 1.3 there was no alert of its own for it.
        "HandshakeFailure" | "BadCertificate" | "AccessDenied" | "CertificateUnknown"
            if request.is_some() && !sent =>
        {
            "the server asked for a client certificate and got none: give it as `tls.certificate`, and its key as `tls.key`"
        }
        "HandshakeFailure" if sent => {
            "look at the server's log: it may reject the certificate in `tls.certificate`, or share no parameters with this client"
        }
        "HandshakeFailure" => {
            "check the server's log: it may not know the name, may want a client certificate, or may support neither TLS 1.2 nor 1.3 with ECDHE"
        }
        "ProtocolVersion" => {
            "enable TLS 1.2 or 1.3 on the server, for nginx `ssl_protocols TLSv1.2 TLSv1.3`"
        }
        "InsufficientSecurity" => {
            "enable cipher suites with ECDHE and AES-GCM or ChaCha20 on the server"
        }
        "NoApplicationProtocol" => {
            "enable one of the protocols in `alpn` on the server, or correct `alpn`"
        }
        "UnrecognisedName" => {
            "configure this name on the server, or correct the endpoint or `tls.server-name`"
        }
        "BadCertificate" | "CertificateUnknown" => {
            "look at the server's log for what it rejects in `tls.certificate`: signature, purpose, name or issuer"
        }
        "UnsupportedCertificate" => {
            "have the client's certificate issued for clients: extended key usage `clientAuth`, and a key type that the server accepts"
        }
        "CertificateRevoked" => {
            "have a new client certificate issued, and give it as `tls.certificate`"
        }
        "CertificateExpired" => {
            "renew the client's certificate; if `tls.certificate` is valid, check the server's clock and revocation lists"
        }
        "UnknownCA" => {
            "let the server trust the CA of `tls.certificate` for clients, and put the intermediates after the certificate in that file"
        }
        "AccessDenied" => {
            "allow this client on the server, or give another certificate as `tls.certificate`"
        }
        "DecryptError" => {
            "look at the server's log; something between client and server may also change what is sent"
        }
        "InternalError" => {
            "look at the server's log: the fault is on its side, such as a certificate or key that it cannot use"
        }
        _ => "look at the server's log for why it ends the handshake",
    }
}
