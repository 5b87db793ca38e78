//! What is known of a request from outside its signature.

use std::net::IpAddr;

use portcullis_service::port::Facts;
use portcullis_wire::frame::Head;
use portcullis_wire::sigv4::{Presentation, ServedRegions, SignatureFault};

use super::Bridge;

/// Services with one endpoint for all regions: they report and take this one (AWS General Reference, "IAM endpoints
/// and quotas", "AWS STS endpoints and quotas").
pub const GLOBAL_REGION: &str = "us-east-1";

/// Whether a service takes the global region whatever regions are served.
pub fn is_global(service: &str) -> bool {
    matches!(service, "iam" | "sts")
}

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
            (Some("iam"), _) => GLOBAL_REGION,
            (Some(service), Some(GLOBAL_REGION)) if is_global(service) => GLOBAL_REGION,
            (_, Some(region)) if is_served(region) => region,
            _ => &self.home_region,
        };
        Facts {
            request_id: self.service.uuid(),
            source_ip: self.source_ip(head, peer),
            user_agent: head
                .headers
                .get("user-agent")
                .map(|agent| agent.chars().take(USER_AGENT_MAX).collect()),
            referer: head.headers.get("referer").map(str::to_owned),
            secure: false,
            host: head.headers.get("host").unwrap_or_default().to_owned(),
            region: region.to_owned(),
            headers: head
                .headers
                .iter()
                .filter(|(name, _)| name.starts_with("x-amz-") && *name != "x-amz-security-token")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            min_revision: head.headers.get("x-portcullis-min-revision").and_then(|text| text.parse().ok()),
        }
    }

    /// The peer, or behind a trusted proxy the nearest address in X-Forwarded-For that is no trusted proxy's.
    fn source_ip(&self, head: &Head, peer: IpAddr) -> IpAddr {
        let is_trusted = |ip: &IpAddr| self.trusted_proxies.iter().any(|net| net.contains(ip));
        let peer = peer.to_canonical();
        if !is_trusted(&peer) {
            return peer;
        }
        let forwarded: Vec<&str> =
            head.headers.all("x-forwarded-for").flat_map(|value| value.split(',')).collect();
        let mut nearest = peer;
        for address in forwarded.iter().rev() {
            match address.trim().parse::<IpAddr>() {
                Ok(address) => nearest = address.to_canonical(),
                Err(_) => break,
            }
            if !is_trusted(&nearest) {
                break;
            }
        }
        nearest
    }
}
