//! `IpAddress`: a CIDR range or a bare address. An IPv4 address is never inside an IPv6 range and the other way
//! round, but an IPv4 address in IPv6 clothes (`::ffff:10.0.0.1`) is the IPv4 address it stands for.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::{Operand, Operator, Sense};
use crate::context::Context;
use crate::document::Version;

pub(super) const OPERATORS: [Operator; 2] = [
    Operator { name: "IpAddress", sense: Sense::Positive, read, test },
    Operator { name: "NotIpAddress", sense: Sense::Negated, read, test },
];

/// Bits of the prefix `::ffff:0:0` under which IPv6 carries IPv4 addresses (RFC 4291 section 2.5.5.2).
const MAPPED_PREFIX: u8 = 96;

fn read(text: &str, _: Version) -> Result<Operand, &'static str> {
    network(text).map(Operand::Network).ok_or("an IP address or a CIDR range")
}

fn network(text: &str) -> Option<IpNet> {
    // The standard library's reader refuses leading zeros, which others take for octal.
    let (address, prefix) =
        text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        None => whole,
        Some(digits) => {
            let is_canonical =
                digits == "0" || digits.starts_with(|first: char| ('1'..='9').contains(&first));
            is_canonical.then(|| digits.parse::<u8>().ok())??
        }
    };
    let network = IpNet::new(address, prefix).ok()?.trunc();
    match network {
        IpNet::V6(six) if prefix >= MAPPED_PREFIX => match six.network().to_ipv4_mapped() {
            Some(four) => Ipv4Net::new(four, prefix - MAPPED_PREFIX).ok().map(IpNet::V4),
            None => Some(network),
        },
        IpNet::V4(_) | IpNet::V6(_) => Some(network),
    }
}

fn test(operand: &Operand, value: &str, _: &Context) -> Option<bool> {
    let Operand::Network(network) = operand else { return None };
    // What is no address is inside no range, so that a Deny under NotIpAddress holds.
    Some(value.parse::<IpAddr>().is_ok_and(|address| network.contains(&address.to_canonical())))
}
