//! What to do about a server that speaks its protocol without TLS, in the words of that protocol.

/// Where the server was asked to begin TLS in a protocol, and does not.
pub(super) fn enable(protocol: &str) -> &'static str {
    match protocol {
        "PostgreSQL" => {
            "enable TLS on the server: `ssl = on` with `ssl_cert_file` and `ssl_key_file`"
        }
        "MySQL" => "enable TLS on the server: `ssl-cert` and `ssl-key`",
        "SMTP" => {
            "enable STARTTLS on the server, for Postfix `smtpd_tls_security_level = may` with `smtpd_tls_chain_files`, \
             for Exim `tls_advertise_hosts` with `tls_certificate`; a server that begins with TLS (port 465) needs no \
             `starttls`"
        }
        "IMAP" => {
            "enable STARTTLS on the server, for Dovecot `ssl = yes` with its certificate and key; a server that begins \
             with TLS (port 993) needs no `starttls`"
        }
        _ => "enable TLS on the server, or correct `starttls`",
    }
}

/// Where something other than TLS answered to a ClientHello: its first bytes, as escaped ASCII.
pub(super) fn recognise(first: &str) -> &'static str {
    if first.starts_with("HTTP/") {
        "this port speaks HTTP without TLS: enable TLS on it, or correct the port"
    } else if first.starts_with("220") {
        "it greets like a mail server: set `starttls = \"smtp\"` if it is one, or correct the port"
    } else if first.starts_with("* OK") || first.starts_with("* PREAUTH") {
        "it greets like an IMAP server: set `starttls = \"imap\"`, or correct the port"
    } else if first.starts_with("+OK") {
        "it greets like a POP3 server, whose STARTTLS is not supported: name its port with TLS, in most cases 995"
    } else if first.starts_with("SSH-") {
        "this is an SSH server: correct the port"
    } else if first.contains("\\x00\\x00\\x00\\n") {
        "it greets like MySQL or MariaDB: set `starttls = \"mysql\"`, or correct the port"
    } else {
        "enable TLS on this port, or correct the port"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_has_words_of_its_own() {
        let protocols = ["PostgreSQL", "MySQL", "SMTP", "IMAP"];
        for protocol in protocols {
            for other in protocols.iter().filter(|other| **other != protocol) {
                assert!(!enable(protocol).contains(other), "{protocol}");
            }
        }
        for (first, words) in [
            ("220 mail.test ESMTP\\r\\n", "\"smtp\""),
            ("* OK [CAPABILITY IMAP4rev1] ready", "\"imap\""),
            ("d\\x00\\x00\\x00\\n5.5.5-10.11.19-MariaDB", "\"mysql\""),
            ("+OK ready", "POP3"),
            ("HTTP/1.1 400 Bad Request", "HTTP"),
            ("SSH-2.0-OpenSSH_9.2", "SSH"),
            ("E\\x00", "correct the port"),
        ] {
            assert!(recognise(first).contains(words), "{first}");
        }
    }
}
