//! Whose an address is, where strangers are counted by where they come from.

use std::net::{IpAddr, Ipv6Addr};

/// The network of an address: itself, or for IPv6 the /48 around it, of which one site may have all (RFC 6177).
pub fn of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_one_however_many_addresses_it_has() {
        let network = |text: &str| of(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("2001:db8:0:1:2:3:4:5"), "2001:db8::");
    }
}
