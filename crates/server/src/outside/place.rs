//! Where documents may be fetched from: everywhere that is public, and where the operator says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What the operator allows beside public addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// Addresses.
    Network(IpNet),
    /// A host, which is to be found at this address whatever its name means elsewhere.
    Host {
        /// Its name, in lower case.
        host: String,
        /// Its port in URLs.
        port: u16,
        /// Where it is.
        at: SocketAddr,
    },
}

impl Allowed {
    /// Where this host is, if it is this one.
    pub fn place_of(&self, wanted: &str, wanted_port: u16) -> Option<SocketAddr> {
        match self {
            Self::Host { host, port, at } => {
                (host.eq_ignore_ascii_case(wanted) && *port == wanted_port).then_some(*at)
            }
            Self::Network(_) => None,
        }
    }
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("{text} is neither addresses, as 10.0.0.0/8 or 10.1.2.3, nor HOST[:PORT]=ADDRESS:PORT")
        };
        if let Some((host, at)) = text.split_once('=') {
            let at = at.parse().map_err(|_| wrong())?;
            let (host, port) = match host.split_once(':') {
                None => (host, super::PORT),
                Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
            };
            if host.is_empty() {
                return Err(wrong());
            }
            return Ok(Self::Host { host: host.to_ascii_lowercase(), port, at });
        }
        let one = text.parse::<IpAddr>().map(IpNet::from);
        one.or_else(|_| text.parse()).map(Self::Network).map_err(|_| wrong())
    }
}

/// IPv4 addresses that are not somebody's on the internet (RFC 6890, RFC 6598, RFC 5737, RFC 2544, RFC 1112).
const NOT_PUBLIC_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The IPv6 addresses that are given out to the internet (RFC 4291 section 2.4).
const PUBLIC_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Those among them that are not somebody's there, or that mean an IPv4 address (RFC 2928, RFC 3849, RFC 3056, RFC 9637).
const NOT_PUBLIC_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether documents are fetched from this address.
pub fn is_allowed(address: IpAddr, allowed: &[Allowed]) -> bool {
    // An IPv4 address may come in the clothes of an IPv6 one.
    let address = address.to_canonical();
    let is_named = |allowed: &Allowed| match allowed {
        Allowed::Network(network) => network.contains(&address),
        Allowed::Host { .. } => false,
    };
    is_public(address) || allowed.iter().any(is_named)
}

fn is_public(address: IpAddr) -> bool {
    let in_v4 = |(base, length): &(Ipv4Addr, u8), address| {
        Ipv4Net::new(*base, *length).is_ok_and(|network| network.contains(address))
    };
    let in_v6 = |(base, length): &(Ipv6Addr, u8), address| {
        Ipv6Net::new(*base, *length).is_ok_and(|network| network.contains(address))
    };
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|network| in_v4(network, &address)),
        IpAddr::V6(address) => {
            in_v6(&PUBLIC_V6, &address) && !NOT_PUBLIC_V6.iter().any(|network| in_v6(network, &address))
        }
    }
}
