//! The access portal: the pages on which people sign in and take their roles, as plain HTML that needs no script.
//!
//! ```text
//! head and form -> Visit (path, cookies, form) -> guard (a POST is of our own pages) -> page -> dressed answer
//! ```
//!
//! A page knows how something is asked and shown. What it means, who may do it and what becomes of it is known to the
//! service, whose functions the pages call.

mod answer;
mod cookie;
mod guard;
mod next;
mod sign_in;
mod visit;

use std::net::IpAddr;

use hyper::Response;
use portcullis_wire::frame::Head;

use crate::bridge::{Bridge, InBody, OutBody};
use answer::Answer;
use visit::Visit;

/// Below this lie the pages.
pub const PORTAL: &str = "/_portcullis/portal/";

/// What answers a request; pages that wait are not many, and each is boxed where it is called.
type Page = for<'a> fn(&'a Visit<'a>) -> futures_util::future::BoxFuture<'a, Answer>;

/// A path and what is there.
struct Place {
    path: &'static str,
    get: Option<Page>,
    post: Option<Page>,
}

const PLACES: &[Place] = &[
    Place { path: "sign-in", get: Some(sign_in::ask), post: Some(sign_in::take) },
    Place { path: "style.css", get: Some(style), post: None },
];

fn style<'a>(_: &'a Visit<'a>) -> futures_util::future::BoxFuture<'a, Answer> {
    Box::pin(async { Answer::style(include_str!("style.css")) })
}

/// Whether a request without a bucket in its host is for a page.
pub fn is_place(head: &Head) -> bool {
    head.path.starts_with(PORTAL) || head.path == PORTAL.trim_end_matches('/')
}

/// Answers a request for a page.
pub async fn answer(bridge: &Bridge, head: &Head, incoming: InBody, peer: IpAddr) -> Response<OutBody> {
    let answer = match found(head) {
        Ok(page) => match Visit::begin(bridge, head, incoming, peer).await {
            Ok(visit) => page(&visit).await.with_visit(&visit),
            Err(answer) => answer,
        },
        Err(answer) => answer,
    };
    answer.dressed(bridge.is_secure)
}

/// The page that a request is for.
fn found(head: &Head) -> Result<Page, Answer> {
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
