//! SHA-256, the one digest of records, evidence and checklists.

use std::fmt::Write as _;

use ring::digest::{Context, SHA256};

/// SHA-256 of the bytes as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut digest = Sha256::default();
    digest.update(bytes);
    digest.hex()
}

/// SHA-256 of bytes that come piece by piece.
pub struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them as 64 lower-case hexadecimal digits.
    pub fn hex(self) -> String {
        let digest = self.0.finish();
        let hex = String::with_capacity(64);
        digest.as_ref().iter().fold(hex, |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}"); // a String takes every write
            hex
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_digest_is_that_of_fips_180_4() {
        let hex = super::sha256_hex(b"abc");
        assert_eq!(
            hex,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
