//! Which addresses are fetched from, and what the operator can say.

use std::net::{IpAddr, SocketAddr};

use portcullis_service::federation::fetch::{Fetch, FetchError, Wanted};

use super::place::is_allowed;
use super::{Allowed, Outside};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn nothing_is_fetched_from_addresses_that_are_not_public() {
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.0.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "fc00::1",
        "fd00::8",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "2002:7f00:1::",
        "3fff::1",
        "4000::1",
    ] {
        assert!(!is_allowed(ip(address), &[]), "{address}");
    }
    for address in
        ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"]
    {
        assert!(is_allowed(ip(address), &[]), "{address}");
    }
}

#[test]
fn the_operator_may_allow_addresses_and_say_where_a_host_is() {
    let ten: Allowed = "10.0.0.0/8".parse().unwrap();
    assert!(is_allowed(ip("10.1.2.3"), std::slice::from_ref(&ten)));
    assert!(is_allowed(ip("::ffff:10.1.2.3"), std::slice::from_ref(&ten)));
    assert!(!is_allowed(ip("127.0.0.1"), &[ten]));
    let one: Allowed = "fd00::8".parse().unwrap();
    assert!(is_allowed(ip("fd00::8"), std::slice::from_ref(&one)) && !is_allowed(ip("fd00::9"), &[one]));
    let host: Allowed = "Issuer.test=127.0.0.1:8443".parse().unwrap();
    assert_eq!(host.place_of("issuer.TEST", 443), Some("127.0.0.1:8443".parse().unwrap()));
    assert_eq!(host.place_of("issuer.test", 8443), None);
    assert!(!is_allowed(ip("127.0.0.1"), &[host]), "a host is no address");
    let port: Allowed = "issuer.test:8443=[::1]:9".parse().unwrap();
    assert_eq!(port.place_of("issuer.test", 8443), Some("[::1]:9".parse().unwrap()));
    for wrong in
        ["", "issuer.test", "=127.0.0.1:1", "issuer.test=127.0.0.1", "10.0.0.0/33", "a:b=127.0.0.1:1"]
    {
        let refusal = wrong.parse::<Allowed>().unwrap_err();
        assert!(refusal.contains("HOST[:PORT]=ADDRESS:PORT"), "{refusal}");
    }
}

#[tokio::test]
async fn what_is_no_plain_https_url_or_means_a_private_address_is_not_fetched() {
    let outside = Outside::new(Vec::new());
    for url in [
        "http://issuer.test/",
        "file:///etc/passwd",
        "issuer.test",
        "",
        "https://",
        "https://user@127.0.0.1/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://localhost/",
        "https://0.0.0.0/",
    ] {
        let fetched = outside.fetch(Wanted { url, thumbprints: &[] }).await;
        assert!(matches!(fetched, Err(FetchError::Forbidden { .. })), "{url}: {fetched:?}");
    }
}

#[test]
fn fed_6_of_a_name_that_means_public_and_private_addresses_the_public_ones_are_asked() {
    let all =
        ["127.0.0.1:443", "198.35.26.96:443", "[::1]:443", "169.254.169.254:443", "[2620:0:861::1]:443"];
    let all = || all.iter().map(|address| address.parse().unwrap());
    let public: Vec<SocketAddr> = all().skip(1).step_by(3).collect();
    assert_eq!(Outside::new(Vec::new()).let_through(all()), public);
    let inside = Outside::new(vec!["127.0.0.0/8".parse().unwrap()]);
    assert_eq!(inside.let_through(all()).first(), all().next().as_ref());
}
