//! hosts(5): names that this machine knows without asking anyone.

use std::collections::HashMap;
use std::net::IpAddr;

/// Its lines by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts(HashMap<String, Vec<IpAddr>>);

impl Hosts {
    pub(super) fn read(text: &str) -> Self {
        let mut hosts = Self::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_ascii_whitespace();
            let Some(Ok(address)) = words.next().map(str::parse) else {
                continue;
            };
            for name in words {
                let known = hosts.0.entry(name.to_ascii_lowercase()).or_default();
                if !known.contains(&address) {
                    known.push(address);
                }
            }
        }
        hosts
    }

    /// The addresses of a name as written. A final dot is part of it, as for glibc.
    pub(super) fn addresses(&self, name: &str) -> Option<&[IpAddr]> {
        self.0.get(&name.to_ascii_lowercase()).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_line_counts_and_comments_do_not() {
        let hosts = Hosts::read(
            "127.0.0.1 localhost\n::1\tlocalhost ip6 # two\nbad name\n#192.0.2.1 no\n192.0.2.2 Web web",
        );
        let both: [IpAddr; 2] = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
        assert_eq!(hosts.addresses("LOCALHOST"), Some(&both[..]));
        assert_eq!(hosts.addresses("web").map(<[_]>::len), Some(1));
        for name in ["no", "two", "name", "localhost."] {
            assert_eq!(hosts.addresses(name), None, "{name}");
        }
    }
}
