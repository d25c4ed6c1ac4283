//! PEM files (RFC 7468) as people really keep them: with remarks around the parts, indented, with Windows' line ends, or
//! with a byte order mark that an editor put in front, by which readers lose the first part without a word.
//!
//! Every part is accounted for: what it is, or why it cannot be read. Nothing of a key stands in an error.

use std::borrow::Cow;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
const MARK: char = '\u{feff}';

/// One part of a file.
#[derive(Debug)]
pub enum Part {
    /// A certificate; whether its DER can be read is not known.
    Certificate(CertificateDer<'static>),
    /// A private key, which is not decoded here.
    Key,
    /// Something else, under this label.
    Other(String),
}

/// Why a file, or a part of it, is no PEM. The display text is a predicate: "is UTF-16 text".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// Of a Windows editor.
    #[error("is UTF-16 text, which no reader of PEM takes: save it as UTF-8")]
    Utf16,
    /// The other form of certificates and keys.
    #[error(
        "is not PEM but binary, perhaps DER: convert it, with `openssl x509 -inform DER` for a certificate"
    )]
    Binary,
    /// There is a begin and no end.
    #[error("is truncated: a part that begins with `BEGIN {0}` has no end")]
    Truncated(String),
    /// A line of dashes that says nothing.
    #[error("is not valid PEM: a line that begins with `-----BEGIN` does not end with `-----`")]
    Line,
    /// Between begin and end.
    #[error("is not valid PEM: what is between BEGIN and END of part {0} is not base64")]
    Base64(usize),
    /// No certificate.
    #[error("contains no certificate (BEGIN CERTIFICATE)")]
    NoCertificate,
    /// No private key.
    #[error("contains no private key that can be read (BEGIN PRIVATE KEY)")]
    NoKey,
    /// A key under a passphrase.
    #[error(
        "contains an encrypted private key: decrypt it first, for example with `openssl pkey -in key.pem -out plain.pem`, \
         and keep the result at mode 0600"
    )]
    Encrypted,
}

/// Every part of a file, in its order.
pub fn parts(bytes: &[u8]) -> Vec<Result<Part, PemError>> {
    match text(bytes) {
        Ok(text) => split(&text),
        Err(error) => vec![Err(error)],
    }
}

/// The certificates of a file, in its order; other parts are passed over.
///
/// # Errors
/// When a part cannot be read, or none of them is a certificate.
pub fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let mut certificates = Vec::new();
    for part in parts(bytes) {
        if let Part::Certificate(certificate) = part? {
            certificates.push(certificate);
        }
    }
    match certificates.is_empty() {
        true => Err(PemError::NoCertificate),
        false => Ok(certificates),
    }
}

/// The first private key of a file.
///
/// # Errors
/// When there is none, or it is encrypted or broken.
pub fn private_key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, PemError> {
    let text = text(bytes)?;
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(PemError::Encrypted);
    }
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes());
    key.map_err(|_| {
        let broken = split(&text).into_iter().find_map(Result::err);
        broken.unwrap_or(PemError::NoKey)
    })
}

/// Why servers would read less in a file than is read here: OpenSSL takes a part only where its first line begins with
/// the dashes.
pub fn unseen(bytes: &[u8]) -> Option<&'static str> {
    let text = str::from_utf8(bytes).ok()?;
    let mut begins = text.split(['\n', '\r']).filter(|line| line.contains(BEGIN));
    let hidden = begins.find(|line| !line.starts_with(BEGIN))?;
    Some(match hidden.starts_with(MARK) {
        true => {
            "has a byte order mark in front of a part, which servers then do not see: save it as UTF-8 without one"
        }
        false => {
            "has something in front of `-----BEGIN` in the same line, so that servers do not see that part"
        }
    })
}

/// The text, line by line without what may stand in front of the dashes.
fn text(bytes: &[u8]) -> Result<Cow<'_, str>, PemError> {
    if matches!(
        bytes,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'-', 0, ..] | [0, b'-', ..]
    ) {
        return Err(PemError::Utf16);
    }
    // Remarks may be in any encoding; DER has no line of dashes.
    let text = String::from_utf8_lossy(bytes);
    if !text.contains(DASHES)
        && (text.contains('\0') || matches!(bytes, [0x30, length, ..] if *length >= 0x80))
    {
        return Err(PemError::Binary);
    }
    let lead = |c: char| c == MARK || c == ' ' || c == '\t';
    if !text.split(['\n', '\r']).any(|line| line.starts_with(lead)) {
        return Ok(text);
    }
    let lines = text
        .split(['\n', '\r'])
        .map(|line| line.trim_start_matches(lead));
    Ok(lines.collect::<Vec<_>>().join("\n").into())
}

fn split(text: &str) -> Vec<Result<Part, PemError>> {
    let mut parts = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.split(['\n', '\r']) {
        if let Some(label) = line.strip_prefix(BEGIN) {
            if let Some((label, _)) = open.take() {
                parts.push(Err(PemError::Truncated(label)));
            }
            match label.trim_end().strip_suffix(DASHES) {
                Some(label) => open = Some((shown(label), String::new())),
                None => parts.push(Err(PemError::Line)),
            }
        } else if line.starts_with(END) {
            if let Some((label, body)) = open.take() {
                parts.push(part(label, &body, parts.len() + 1));
            }
        } else if let Some((_, body)) = &mut open {
            body.push_str(line);
            body.push('\n');
        }
    }
    parts.extend(open.map(|(label, _)| Err(PemError::Truncated(label))));
    parts
}

fn part(label: String, body: &str, number: usize) -> Result<Part, PemError> {
    match label.as_str() {
        // The second is what OpenSSL wrote long ago, and still reads.
        "CERTIFICATE" | "X509 CERTIFICATE" => {
            let pem = format!("{BEGIN}CERTIFICATE{DASHES}\n{body}{END}CERTIFICATE{DASHES}\n");
            let der = CertificateDer::from_pem_slice(pem.as_bytes());
            der.map(Part::Certificate)
                .map_err(|_| PemError::Base64(number))
        }
        label if label.ends_with("PRIVATE KEY") => Ok(Part::Key),
        _ => Ok(Part::Other(label)),
    }
}

/// A label: words in capital letters. Anything else may be a key that lost its line breaks.
fn shown(label: &str) -> String {
    let is_word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ';
    match label.len() <= 40 && label.chars().all(is_word) {
        true => label.to_owned(),
        false => "...".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        rcgen::CertificateParams::default()
            .self_signed(&key)
            .unwrap()
            .pem()
    }

    #[test]
    fn no_certificate_is_lost_however_the_file_was_saved() {
        let (a, b) = (one(), one());
        let indented: String = a.lines().map(|line| format!("    {line}\n")).collect();
        for (file, count) in [
            (format!("{a}{b}"), 2),
            (format!("\u{feff}{a}{b}"), 2),
            (format!("\u{feff}{a}\u{feff}{b}"), 2), // two such files in one
            (format!("{a}{b}").replace('\n', "\r\n"), 2),
            (format!("\u{feff}{a}{b}").replace('\n', "\r\n"), 2),
            (
                format!("{a}{b}").replace("\r\n", "\n").replace('\n', "\r"),
                2,
            ),
            (format!("Issuer: Test\n{a}\n# between\n{b}after"), 2),
            (format!("{indented}{b}"), 2),
            (a.replace("CERTIFICATE", "X509 CERTIFICATE"), 1),
            (a.trim_end().to_owned(), 1),
            (
                format!("-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----\n{b}"),
                1,
            ),
        ] {
            assert_eq!(
                certificates(file.as_bytes()).map(|found| found.len()),
                Ok(count),
                "{file}"
            );
        }
        let mut latin = b"Aussteller: M\xfcller\n".to_vec();
        latin.extend(a.bytes());
        assert_eq!(certificates(&latin).unwrap().len(), 1);
    }

    #[test]
    fn what_is_no_pem_says_what_it_is() {
        let a = one();
        let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
            [mark.to_vec(), a.encode_utf16().flat_map(bytes).collect()].concat()
        };
        let cut = a[..a.len() / 2].to_owned();
        for (file, error) in [
            (utf16(&[0xff, 0xfe], u16::to_le_bytes), PemError::Utf16),
            (utf16(&[0xfe, 0xff], u16::to_be_bytes), PemError::Utf16),
            (utf16(&[], u16::to_le_bytes), PemError::Utf16),
            (
                certificates(a.as_bytes()).unwrap()[0].to_vec(),
                PemError::Binary,
            ),
            (
                cut.clone().into_bytes(),
                PemError::Truncated("CERTIFICATE".into()),
            ),
            (
                format!("{cut}\n{a}").into_bytes(),
                PemError::Truncated("CERTIFICATE".into()),
            ),
            (a.replacen("-----\n", "\n", 1).into_bytes(), PemError::Line),
            (a.replace("MII", "M*I").into_bytes(), PemError::Base64(1)),
            (Vec::new(), PemError::NoCertificate),
            (b"nothing".to_vec(), PemError::NoCertificate),
        ] {
            assert_eq!(certificates(&file).unwrap_err(), error);
        }
        assert_eq!(private_key(a.as_bytes()).unwrap_err(), PemError::NoKey);
    }

    #[test]
    fn a_key_is_read_but_never_shown() {
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        assert!(private_key(format!("\u{feff}{key}").as_bytes()).is_ok());
        assert!(matches!(parts(key.as_bytes())[..], [Ok(Part::Key)]));
        let joined = key.replace('\n', "");
        let error = certificates(joined.as_bytes()).unwrap_err();
        assert!(!format!("{error}").contains("MIGH"), "{error}");
        let sealed = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
        assert_eq!(
            private_key(sealed.as_bytes()).unwrap_err(),
            PemError::Encrypted
        );
    }

    #[test]
    fn what_servers_would_not_see_is_known() {
        let a = one();
        assert_eq!(unseen(a.as_bytes()), None);
        assert_eq!(unseen(format!("remark\r\n{a}").as_bytes()), None);
        assert!(
            unseen(format!("{a}\u{feff}{a}").as_bytes())
                .unwrap()
                .contains("byte order mark")
        );
        assert!(
            unseen(format!("  {a}").as_bytes())
                .unwrap()
                .contains("in the same line")
        );
    }
}
