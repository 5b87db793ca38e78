//! Whose an address is, where strangers are counted by where they come from.

use std::net::{IpAddr, Ipv6Addr};

/// The network of an address: itself, or the 2^64 addresses of IPv6 around it, which are one customer's (RFC 6177).
pub fn of(address: IpAddr) -> IpAddr {
    within(address, 4)
}

/// The site of an address: itself, or the /48 of IPv6 around it, of which one customer may have all (RFC 6177), and in which
/// there may be many.
pub fn site(address: IpAddr) -> IpAddr {
    within(address, 3)
}

fn within(address: IpAddr, kept: usize) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let mut segments = address.segments();
            segments.iter_mut().skip(kept).for_each(|segment| *segment = 0);
            Ipv6Addr::from(segments).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_one_however_many_addresses_it_has() {
        let told = |text: &str| {
            let address = text.parse().unwrap();
            (of(address).to_string(), site(address).to_string())
        };
        assert_eq!(told("192.0.2.1"), ("192.0.2.1".to_owned(), "192.0.2.1".to_owned()));
        assert_eq!(told("::ffff:192.0.2.1"), ("192.0.2.1".to_owned(), "192.0.2.1".to_owned()));
        assert_eq!(told("2001:db8:0:1:2:3:4:5"), ("2001:db8:0:1::".to_owned(), "2001:db8::".to_owned()));
    }
}
