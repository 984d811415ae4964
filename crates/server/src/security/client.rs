//! The address that a request comes from, also behind proxies.
//!
//! What a request says of its way is written by anybody, so it is believed only as far as proxies are trusted: from the
//! peer backwards, each entry is what the one behind it saw, and the first one that is no trusted proxy is the client.
//! What stands further to the left is what that client made up. One header is read, the one that the proxies write: a
//! proxy hands on the other as it came from the client.

use std::net::{IpAddr, SocketAddr};

use super::Head;
use super::network::{Network, any_contains};

/// The header in which proxies say for whom they ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ProxyHeader {
    /// `X-Forwarded-For: CLIENT, PROXY`
    XForwardedFor,
    /// `Forwarded: for=CLIENT;proto=https, for=PROXY` (RFC 7239)
    Forwarded,
}

impl ProxyHeader {
    fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    /// The address of an entry; absent for `unknown`, a made-up name, or nonsense.
    fn address(self, entry: &str) -> Option<IpAddr> {
        let node = match self {
            Self::XForwardedFor => entry,
            Self::Forwarded => entry.split(';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
            })?,
        };
        let node = node.trim();
        let bare = || node.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
        let address = node.parse().ok().or_else(bare);
        address.or_else(|| node.parse::<SocketAddr>().ok().map(|address| address.ip()))
    }
}

/// Who asks for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxies {
    /// The networks of those that are believed.
    pub trusted: Vec<Network>,
    /// Where they write it.
    pub header: ProxyHeader,
}

impl Proxies {
    /// The client's address; absent where it cannot be told, because a trusted proxy does not know it either.
    pub(crate) fn client(&self, head: &impl Head) -> Option<IpAddr> {
        let mut client = head.peer()?.to_canonical();
        if !any_contains(&self.trusted, client) {
            return Some(client);
        }
        // Several headers of the name are one list.
        let values: Vec<_> = head.values(self.header.name()).collect();
        for entry in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            client = self.header.address(entry)?.to_canonical();
            if !any_contains(&self.trusted, client) {
                break;
            }
        }
        Some(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sent<'s>(&'s str, &'s [&'s str]);

    impl Head for Sent<'_> {
        fn peer(&self) -> Option<IpAddr> {
            self.0.parse().ok()
        }

        fn reads(&self) -> bool {
            false
        }

        fn values<'a>(&'a self, name: &'static str) -> Box<dyn Iterator<Item = &'a str> + 'a> {
            let prefix = if name == "forwarded" { "f:" } else { "x:" };
            Box::new(self.1.iter().filter_map(move |line| line.strip_prefix(prefix)))
        }
    }

    fn proxies(header: ProxyHeader) -> Proxies {
        Proxies {
            trusted: ["10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().unwrap()).into(),
            header,
        }
    }

    #[test]
    fn the_first_from_the_right_that_is_not_trusted_is_the_client() {
        let check = |peer: &str, lines: &[&str], expected: Option<&str>| {
            let client = proxies(ProxyHeader::XForwardedFor).client(&Sent(peer, lines));
            assert_eq!(client, expected.map(|address| address.parse().unwrap()), "{peer} {lines:?}");
        };
        check("192.0.2.1", &[], Some("192.0.2.1"));
        check("::ffff:192.0.2.1", &[], Some("192.0.2.1"));
        // Whoever is not trusted is the client, whatever it says.
        check("192.0.2.1", &["x:10.0.0.1"], Some("192.0.2.1"));
        check("192.0.2.1", &["x:203.0.113.9, 10.0.0.1"], Some("192.0.2.1"));
        check("10.0.0.1", &["x:203.0.113.9"], Some("203.0.113.9"));
        check("::ffff:10.0.0.1", &["x:203.0.113.9"], Some("203.0.113.9"));
        check("10.0.0.1", &["x:203.0.113.9, 10.0.0.2"], Some("203.0.113.9"));
        // The client's own entries stand to the left of its address.
        check("10.0.0.1", &["x:127.0.0.1, 203.0.113.9, 10.0.0.2"], Some("203.0.113.9"));
        check("10.0.0.1", &["x:10.0.0.9, 203.0.113.9"], Some("203.0.113.9"));
        check("10.0.0.1", &["x:127.0.0.1", "x:203.0.113.9"], Some("203.0.113.9"));
        check("10.0.0.1", &["x:203.0.113.9:4711"], Some("203.0.113.9"));
        check("10.0.0.1", &["x:[2001:db9::1]:4711"], Some("2001:db9::1"));
        check("10.0.0.1", &["x:::ffff:203.0.113.9"], Some("203.0.113.9"));
        check("10.0.0.1", &[], Some("10.0.0.1"));
        check("10.0.0.1", &["x:10.0.0.3, 2001:db8::7"], Some("10.0.0.3"));
        // A trusted proxy that does not know its client vouches for nobody.
        for unknown in
            ["x:", "x:unknown", "x:203.0.113.9, unknown", "x:203.0.113.9,", "x:1.2.3", "x:localhost"]
        {
            check("10.0.0.1", &[unknown], None);
        }
        check("10.0.0.1", &["x:nonsense, 203.0.113.9"], Some("203.0.113.9"));
        // The other header is the client's own.
        check("10.0.0.1", &["x:203.0.113.9", "f:for=127.0.0.1"], Some("203.0.113.9"));
        check("", &["x:203.0.113.9"], None);
    }

    #[test]
    fn the_standard_header_is_read_alike() {
        let check = |lines: &[&str], expected: Option<&str>| {
            let client = proxies(ProxyHeader::Forwarded).client(&Sent("10.0.0.1", lines));
            assert_eq!(client, expected.map(|address| address.parse().unwrap()), "{lines:?}");
        };
        check(&["f:for=203.0.113.9"], Some("203.0.113.9"));
        check(&["f:For=\"203.0.113.9:80\";proto=https;by=10.0.0.2"], Some("203.0.113.9"));
        check(&["f:for=127.0.0.1, for=\"[2001:db9::1]:4711\", for=10.0.0.7"], Some("2001:db9::1"));
        check(&["f:proto=https; for=\"[2001:db9::1]\""], Some("2001:db9::1"));
        check(&["f:for=_hidden"], None);
        check(&["f:proto=https"], None);
        check(&["f:for=203.0.113.9, for=\"a,b\""], None);
        check(&["x:203.0.113.9"], Some("10.0.0.1"));
    }
}
