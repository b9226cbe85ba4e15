//! Whose address a request comes from, when proxies stand between.
//! A forwarded address counts only when a trusted proxy wrote it.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// One address or one network (`10.0.0.0/8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether the address is in the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(other)) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0);
                base.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(other)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix))
                    .unwrap_or(0);
                base.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is neither an address nor a network such as 10.0.0.0/8");
        let (base, prefix) = match text.trim().split_once('/') {
            None => (text.trim(), None),
            Some((base, prefix)) => (base, Some(prefix.parse::<u8>().map_err(|_| wrong())?)),
        };
        let base = base.parse::<IpAddr>().map_err(|_| wrong())?.to_canonical();
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        if prefix > longest {
            return Err(wrong());
        }
        Ok(Self { base, prefix })
    }
}

/// The address of the person's machine: the peer, or behind trusted proxies the last
/// address of `X-Forwarded-For` that is not itself a trusted proxy.
#[must_use]
pub fn real_address<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[Network],
) -> IpAddr {
    let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
    let mut real = peer.to_canonical();
    for hop in forwarded.rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(real) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => real = address.to_canonical(),
            Err(_) => break,
        }
    }
    real
}

/// What throttling counts by: an IPv4 address, or the /64 an IPv6 machine roams in.
#[must_use]
pub fn throttled_by(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        for (peer, lines, expected) in [
            ("203.0.113.9", vec!["198.51.100.1"], "203.0.113.9"),
            ("10.1.2.3", vec![], "10.1.2.3"),
            ("10.1.2.3", vec!["198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", vec!["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            (
                "10.1.2.3",
                vec!["6.6.6.6", "198.51.100.1, 10.9.9.9"],
                "198.51.100.1",
            ),
            ("10.1.2.3", vec!["6.6.6.6, nonsense"], "10.1.2.3"),
            ("::ffff:10.1.2.3", vec!["198.51.100.1"], "198.51.100.1"),
        ] {
            let real = real_address(ip(peer), lines.iter().copied(), &trusted);
            assert_eq!(real, ip(expected), "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_other() {
        let network: Network = "2001:db8::/32".parse().expect("a network");
        assert!(network.contains(ip("2001:db8:1::1")));
        assert!(!network.contains(ip("2001:db9::1")));
        let everything: Network = "0.0.0.0/0".parse().expect("a network");
        assert!(everything.contains(ip("8.8.8.8")));
        for bad in ["10.0.0.0/33", "ten", "10.0.0.0/x", ""] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_ipv6_machine_cannot_escape_by_roaming_in_its_network() {
        assert_eq!(
            throttled_by(ip("2001:db8::1")),
            throttled_by(ip("2001:db8::2"))
        );
        assert_ne!(throttled_by(ip("192.0.2.1")), throttled_by(ip("192.0.2.2")));
    }
}
