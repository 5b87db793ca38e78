//! What is known before a test's request is read: of the request, and of the deployment.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis_base::AccountId;

use crate::limits::Limits;
use crate::port::Facts;
use crate::service::Settings;
use crate::sign_in::session::Times;

/// Requests of the tests so far: each has an id of its own.
static REQUESTS: AtomicU64 = AtomicU64::new(1);

/// Where all requests of the tests come from.
pub fn facts() -> Facts {
    Facts {
        request_id: uuid::Uuid::from_u128(REQUESTS.fetch_add(1, Ordering::Relaxed).into()).to_string(),
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: Some("test".to_owned()),
        referer: None,
        secure: false,
        host: "localhost".to_owned(),
        region: "us-east-1".to_owned(),
        headers: Vec::new(),
        min_revision: None,
    }
}

/// A deployment in which nobody who is refused waits.
pub fn settings(account: AccountId) -> Settings {
    let settings = Settings::new(account, "us-east-1", Limits::default());
    Settings { portal: Times { refusal: Duration::ZERO, ..settings.portal }, ..settings }
}
