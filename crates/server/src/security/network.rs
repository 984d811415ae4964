//! A range of addresses in CIDR notation, and lists of them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// `10.0.0.0/8`, `2001:db8::/32`, or one address. An IPv4 address that comes as IPv6 (`::ffff:10.0.0.1`) is the IPv4 one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u32,
}

impl Network {
    /// The network of this many leading bits around an address.
    pub(super) fn around(address: IpAddr, prefix: u32) -> Self {
        let first = match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4((address.to_bits() & mask32(prefix)).into()),
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & mask128(prefix)).into()),
        };
        Self { first, prefix }
    }

    /// The first address of the network.
    pub(super) fn first(&self) -> IpAddr {
        self.first
    }

    /// Whether the address is in the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        Self::around(address, self.prefix).first == self.first
    }
}

/// The leading bits of an address; all of them from its width on.
fn mask32(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32_u32.saturating_sub(prefix)).unwrap_or(0)
}

fn mask128(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(prefix)).unwrap_or(0)
}

impl FromStr for Network {
    type Err = String;

    /// The error says what would be right.
    fn from_str(text: &str) -> Result<Self, String> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let given: IpAddr = address
            .parse()
            .map_err(|_| "an address or a network such as 10.0.0.0/8 or 2001:db8::/32".to_owned())?;
        let address = given.to_canonical();
        let width = if address.is_ipv4() { 32 } else { 128 };
        // Written as IPv6, an IPv4 network has 96 bits more.
        let extra = if given == address { 0 } else { 96 };
        let prefix = match prefix {
            None => width,
            Some(prefix) => prefix
                .parse::<u32>()
                .ok()
                .and_then(|prefix| prefix.checked_sub(extra))
                .filter(|prefix| *prefix <= width)
                .ok_or_else(|| format!("a prefix from {extra} to {}", width + extra))?,
        };
        let network = Self::around(address, prefix);
        if network.first == address {
            Ok(network)
        } else {
            Err(format!("{network}, where the network begins"))
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// Whether an address is in one of the networks.
pub(super) fn any_contains(networks: &[Network], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let network = text.parse::<Network>().map(|network| network.to_string());
            match expected {
                Ok(expected) => assert_eq!(network.as_deref(), Ok(expected), "{text}"),
                Err(part) => {
                    assert!(network.as_ref().is_err_and(|error| error.contains(part)), "{network:?}");
                }
            }
        };
        check("10.0.0.0/8", Ok("10.0.0.0/8"));
        check("10.1.2.3", Ok("10.1.2.3/32"));
        check("0.0.0.0/0", Ok("0.0.0.0/0"));
        check("::/0", Ok("::/0"));
        check("2001:db8::/32", Ok("2001:db8::/32"));
        check("::1", Ok("::1/128"));
        check("::ffff:10.0.0.0/104", Ok("10.0.0.0/8"));
        check("10.0.0.1/8", Err("10.0.0.0/8, where the network begins"));
        check("2001:db8::1/32", Err("2001:db8::/32"));
        check("10.0.0.0/33", Err("a prefix from 0 to 32"));
        check("::ffff:10.0.0.0/8", Err("a prefix from 96 to 128"));
        check("10.0.0.0/", Err("a prefix"));
        check("10.0.0.0/-1", Err("a prefix"));
        check("10.0.0/8", Err("an address or a network"));
        check("example.org", Err("an address or a network"));
        check("", Err("an address or a network"));
    }

    #[test]
    fn a_network_holds_its_own_addresses_and_no_other() {
        let check = |network: &str, address: &str, expected| {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expected, "{network} {address}");
        };
        check("10.0.0.0/8", "10.255.255.255", true);
        check("10.0.0.0/8", "11.0.0.0", false);
        check("10.0.0.0/8", "::ffff:10.1.2.3", true);
        check("10.1.2.3", "10.1.2.3", true);
        check("10.1.2.3", "10.1.2.2", false);
        check("0.0.0.0/0", "255.1.1.1", true);
        // All of one kind are none of the other.
        check("0.0.0.0/0", "::1", false);
        check("::/0", "10.0.0.1", false);
        check("::/0", "::ffff:10.0.0.1", false);
        check("2001:db8::/33", "2001:db8:7fff::1", true);
        check("2001:db8::/33", "2001:db8:8000::1", false);
        check("::1", "::1", true);
    }
}
