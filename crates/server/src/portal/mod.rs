//! The access portal: the pages on which people sign in and take their roles, as plain HTML that needs no script.
//!
//! ```text
//! head and form -> Visit (path, cookies, form) -> guard (a POST is of our own pages) -> page -> dressed answer
//! ```
//!
//! A page knows how something is asked and shown. What it means, who may do it and what becomes of it is known to the
//! service, whose functions the pages call.

mod accounts;
mod answer;
mod authenticator;
mod authorize;
mod call;
mod cookie;
mod credentials;
mod device;
mod door;
mod guard;
mod next;
mod password;
mod sessions;
mod sign_in;
mod visit;

use std::net::IpAddr;

use futures_util::future::BoxFuture;
use hyper::Response;
use portcullis_wire::frame::Head;

use crate::bridge::{Bridge, InBody, OutBody};
use answer::Answer;
use visit::Visit;

/// Below this lie the pages.
pub const PORTAL: &str = "/_portcullis/portal/";

/// The one that OAuth clients are sent to (RFC 6749 section 3.1); sso-oidc has it at the endpoint's root.
const AUTHORIZE: &str = "/authorize";

/// An answer, or why it is not the one that was asked for; both are sent alike.
type Pending<'a> = BoxFuture<'a, Result<Answer, Answer>>;
/// What answers a request.
type Page = for<'a> fn(&'a Visit<'a>) -> Pending<'a>;

/// A path and what is there.
struct Place {
    path: &'static str,
    get: Option<Page>,
    post: Option<Page>,
}

const PLACES: &[Place] = &[
    Place { path: "", get: Some(accounts::ask), post: None },
    Place { path: "authenticator", get: Some(authenticator::ask), post: Some(authenticator::begin) },
    Place { path: "authenticator/enrol", get: None, post: Some(authenticator::enrol) },
    Place { path: "authenticator/remove", get: None, post: Some(authenticator::remove) },
    Place { path: "authorize", get: None, post: Some(authorize::take) },
    Place { path: "credentials", get: None, post: Some(credentials::take) },
    Place { path: "device", get: Some(device::ask), post: Some(device::take) },
    Place { path: "password", get: Some(password::ask), post: Some(password::take) },
    Place { path: "sessions", get: Some(sessions::ask), post: Some(sessions::end) },
    Place { path: "sign-in", get: Some(sign_in::ask), post: Some(sign_in::take) },
    Place { path: "sign-out", get: None, post: Some(sign_in::leave) },
    Place { path: "style.css", get: Some(style), post: None },
];

fn style<'a>(_: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async { Ok(Answer::style(include_str!("style.css"))) })
}

/// Whether a request without a bucket in its host is for a page. At the endpoint's root only what nobody signed is.
pub fn is_place(head: &Head) -> bool {
    let is_asked = head.path == AUTHORIZE
        && matches!(head.method.as_str(), "GET" | "HEAD")
        && head.headers.get("authorization").is_none()
        && head.query_value("X-Amz-Algorithm").is_none();
    is_asked || head.path.starts_with(PORTAL) || head.path == PORTAL.trim_end_matches('/')
}

/// Answers a request for a page.
pub async fn answer(bridge: &Bridge, head: &Head, incoming: InBody, peer: IpAddr) -> Response<OutBody> {
    let answer = match found(head) {
        Ok(page) => match Visit::begin(bridge, head, incoming, peer).await {
            Ok(visit) => page(&visit).await.unwrap_or_else(|answer| answer).with_visit(&visit),
            Err(answer) => answer,
        },
        Err(answer) => answer,
    };
    answer.dressed(bridge.is_secure)
}

/// The page that a request is for.
fn found(head: &Head) -> Result<Page, Answer> {
    if head.path == AUTHORIZE {
        return Ok(authorize::ask);
    }
    let Some(rest) = head.path.strip_prefix(PORTAL) else { return Err(Answer::see_other(PORTAL)) };
    let place = PLACES.iter().find(|place| place.path == rest).ok_or_else(Answer::nowhere)?;
    let page = match head.method.as_str() {
        "GET" | "HEAD" => place.get,
        "POST" => place.post,
        _ => None,
    };
    page.ok_or_else(|| Answer::not_so(place.get.is_some(), place.post.is_some()))
}

#[cfg(test)]
mod tests;
