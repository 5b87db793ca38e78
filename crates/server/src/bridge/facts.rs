//! What is known of a request from outside its signature.

use std::net::{IpAddr, SocketAddr};

use hyper::http::request::Parts;
use portcullis_service::port::Facts;
use portcullis_wire::fault::Fault;
use portcullis_wire::frame::{Head, Headers};
use portcullis_wire::sigv4::{Presentation, ServedRegions, SignatureFault};

use super::Bridge;

/// Services with one endpoint for all regions: they report and take this one (AWS General Reference, "IAM endpoints
/// and quotas", "AWS STS endpoints and quotas").
pub const GLOBAL_REGION: &str = "us-east-1";

/// Whether a service takes the global region whatever regions are served.
pub fn is_global(service: &str) -> bool {
    matches!(service, "iam" | "organizations" | "sts")
}

/// Whether a service reports the global region whatever the client signed for.
pub fn is_regionless(service: &str) -> bool {
    matches!(service, "iam" | "organizations")
}

/// The revision that the client has seen elsewhere.
const MIN_REVISION: &str = "x-portcullis-min-revision";

/// What is half of a credential, or all of it, is nobody's to see.
const SECRET_HEADERS: [&str; 2] = ["x-amz-security-token", "x-amz-sso_bearer_token"];

/// Longest user agent kept (CloudTrail record contents: 1 KB).
const USER_AGENT_MAX: usize = 1024;

impl Bridge {
    pub(super) fn facts(
        &self,
        head: &Head,
        peer: IpAddr,
        presented: &Result<Presentation, SignatureFault>,
        service: Option<&str>,
    ) -> Facts {
        let scope_region = match presented {
            Ok(Presentation::Signed(presented)) => Some(presented.scope.region.as_str()),
            _ => None,
        };
        let is_served = |region: &str| match &self.regions {
            ServedRegions::Any => true,
            ServedRegions::These(regions) => regions.iter().any(|served| served == region),
        };
        let region = match (service, scope_region) {
            (Some(service), _) if is_regionless(service) => GLOBAL_REGION,
            (Some(service), Some(GLOBAL_REGION)) if is_global(service) => GLOBAL_REGION,
            (_, Some(region)) if is_served(region) => region,
            _ => &self.home_region,
        };
        let agent = head.headers.get("user-agent");
        Facts {
            request_id: self.service.uuid(),
            source_ip: self.source_ip(&head.headers, peer),
            user_agent: agent.map(|agent| agent.chars().take(USER_AGENT_MAX).collect()),
            referer: head.headers.get("referer").map(str::to_owned),
            secure: self.is_secure,
            host: head.headers.get("host").unwrap_or_default().to_owned(),
            region: region.to_owned(),
            headers: head
                .headers
                .iter()
                .filter(|(name, _)| name.starts_with("x-amz-") && !SECRET_HEADERS.contains(name))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            min_revision: head.headers.get(MIN_REVISION).and_then(|text| text.parse().ok()),
        }
    }

    /// What is known of a request whose head cannot be read.
    pub(super) fn bare_facts(&self, parts: &Parts, peer: IpAddr) -> Facts {
        let mut readable = Headers::default();
        for (name, value) in &parts.headers {
            // Of the others nothing is believed.
            let _ = readable.push(name.as_str(), value.as_bytes());
        }
        let agent = parts.headers.get("user-agent").map(|agent| String::from_utf8_lossy(agent.as_bytes()));
        Facts {
            request_id: self.service.uuid(),
            source_ip: self.source_ip(&readable, peer),
            user_agent: agent.map(|agent| agent.chars().take(USER_AGENT_MAX).collect()),
            referer: None,
            secure: self.is_secure,
            host: readable.get("host").unwrap_or_default().to_owned(),
            region: self.home_region.clone(),
            headers: Vec::new(),
            min_revision: None,
        }
    }

    /// The peer, or behind a trusted proxy the nearest address in X-Forwarded-For that is no trusted proxy's.
    fn source_ip(&self, headers: &Headers, peer: IpAddr) -> IpAddr {
        let is_trusted = |ip: &IpAddr| self.trusted_proxies.iter().any(|net| net.contains(ip));
        let peer = peer.to_canonical();
        if !is_trusted(&peer) {
            return peer;
        }
        let forwarded: Vec<&str> =
            headers.all("x-forwarded-for").flat_map(|value| value.split(',')).collect();
        let mut nearest = peer;
        for address in forwarded.iter().rev() {
            match forwarded_address(address.trim()) {
                Some(address) => nearest = address.to_canonical(),
                None => break,
            }
            if !is_trusted(&nearest) {
                break;
            }
        }
        nearest
    }
}

/// An address as proxies write it: with a port or without, an IPv6 one perhaps in brackets.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The revision that the client has seen must be one: what cannot be read is not absent.
///
/// # Errors
/// 400 when it is no number, or given more than once.
pub(super) fn check_revision(head: &Head) -> Result<(), Fault> {
    let is_number = head.headers.all(MIN_REVISION).all(|text| text.parse::<u64>().is_ok());
    if is_number && head.headers.count(MIN_REVISION) <= 1 {
        return Ok(());
    }
    Err(Fault::new("ValidationError", 400, format!("{MIN_REVISION} must be a revision, given once")))
}
