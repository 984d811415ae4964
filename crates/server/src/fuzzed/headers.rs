//! The door of what stands in the headers of a request, and of the lists of networks that they are judged by.

use std::net::IpAddr;

use crate::request_id::RequestId;
use crate::security::{Head, Network, Proxies, ProxyHeader};
use crate::telemetry::survives_context;

/// A line of networks that are trusted, a line with the address of the peer, then values of headers, each of them taken for
/// the id of a request, for its trace, and for the way that it came.
pub(super) fn headers(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let trusted = lines.next().unwrap_or_default().split(',').filter_map(network).collect::<Vec<_>>();
    let peer = lines.next().and_then(|line| line.parse().ok());
    let values: Vec<_> = lines.collect();
    for header in [ProxyHeader::XForwardedFor, ProxyHeader::Forwarded] {
        let proxies = Proxies { trusted: trusted.clone(), header };
        let client = proxies.client(&Sent { peer, values: &values });
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        match peer.map(|peer| peer.to_canonical()) {
            None => assert_eq!(client, None),
            // Whatever one says whom nobody trusts, it is the client itself.
            Some(peer) if !is_trusted(peer) => assert_eq!(client, Some(peer)),
            Some(peer) if values.is_empty() => assert_eq!(client, Some(peer)),
            Some(_) => assert!(client.is_none_or(|client| client == client.to_canonical())),
        }
    }
    for value in values {
        let id = RequestId::given(Some(value.as_bytes()));
        assert!((1..=64).contains(&id.as_str().len()) && id.header_value().is_some());
        survives_context(value);
    }
}

/// A network, which is the same when it is written and read again, and holds its own first address.
fn network(text: &str) -> Option<Network> {
    let network: Network = text.parse().ok()?;
    let written = network.to_string();
    assert_eq!(written.parse(), Ok(network), "{text}");
    let first = written.split('/').next().and_then(|first| first.parse().ok());
    assert!(first.is_some_and(|first| network.contains(first)), "{text}");
    Some(network)
}

/// Values of one header.
struct Sent<'s> {
    peer: Option<IpAddr>,
    values: &'s [&'s str],
}

impl Head for Sent<'_> {
    fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    fn reads(&self) -> bool {
        false
    }

    fn values<'a>(&'a self, _: &'static str) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        Box::new(self.values.iter().copied())
    }
}
