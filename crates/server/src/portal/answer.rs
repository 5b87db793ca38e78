//! What a page answers, and what every answer wears: headers by which browsers keep it from other sites.

use askama::Template;
use hyper::header::HeaderValue;
use hyper::{Response, StatusCode, header};

use super::cookie::SetCookie;
use super::visit::Visit;
use crate::bridge::{OutBody, whole};

/// Nothing but the one style sheet and pictures inside the page is loaded; nobody frames it; forms come back here.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
                                frame-ancestors 'none'; base-uri 'none'";

/// Headers of every answer. With `no-referrer` browsers would send `Origin: null` with the pages' own forms, which is
/// what forms of nowhere send (Fetch, "append a request Origin header"); `same-origin` tells other sites as little.
const HEADERS: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

const HTML: &str = "text/html; charset=utf-8";

/// An answer that is not dressed yet. Pages hand it on as often for an error as not, so it is small.
#[derive(Debug)]
pub struct Answer(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    content_type: &'static str,
    body: String,
    location: Option<String>,
    allow: Option<&'static str>,
    cookies: Vec<SetCookie>,
    /// Where the page's form may lead beside this origin.
    leads_to: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/refused.html")]
struct Refused<'a> {
    title: &'a str,
    text: &'a str,
}

impl Answer {
    fn new(status: StatusCode, content_type: &'static str, body: String) -> Self {
        let (location, allow, cookies, leads_to) = (None, None, Vec::new(), None);
        Self(Box::new(Parts { status, content_type, body, location, allow, cookies, leads_to }))
    }

    /// A page.
    pub fn page(template: &impl Template) -> Self {
        Self::page_of(StatusCode::OK, template)
    }

    /// A page that says something went otherwise than asked.
    pub fn page_of(status: StatusCode, template: &impl Template) -> Self {
        match template.render() {
            Ok(body) => Self::new(status, HTML, body),
            Err(error) => {
                tracing::error!(%error, "a page could not be written");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", String::new())
            }
        }
    }

    /// The style sheet.
    pub fn style(text: &str) -> Self {
        Self::new(StatusCode::OK, "text/css; charset=utf-8", text.to_owned())
    }

    /// On to another page. What is sent there is a GET, so that going back sends no form again.
    pub fn see_other(path: &str) -> Self {
        let mut answer = Self::new(StatusCode::SEE_OTHER, HTML, String::new());
        answer.0.location = Some(path.to_owned());
        answer
    }

    /// A page that refuses.
    pub fn refused(status: StatusCode, title: &str, text: &str) -> Self {
        Self::page_of(status, &Refused { title, text })
    }

    /// There is no such page.
    pub fn nowhere() -> Self {
        Self::refused(StatusCode::NOT_FOUND, "Nothing here", "There is no such page.")
    }

    /// There is, but it cannot be asked so.
    pub fn not_so(reads: bool, writes: bool) -> Self {
        let mut answer =
            Self::refused(StatusCode::METHOD_NOT_ALLOWED, "Nothing here", "This page cannot be asked so.");
        answer.0.allow = Some(match (reads, writes) {
            (true, true) => "GET, HEAD, POST",
            (true, false) => "GET, HEAD",
            _ => "POST",
        });
        answer
    }

    /// A page whose form is answered with the way to this origin. Browsers hold what comes of a form against the policy
    /// of the page that it was on.
    pub fn leading_to(mut self, origin: &str) -> Self {
        self.0.leads_to = Some(origin.to_owned());
        self
    }

    /// With a cookie.
    pub fn with_cookie(mut self, cookie: SetCookie) -> Self {
        self.0.cookies.push(cookie);
        self
    }

    /// With what a first visit needs: the cookie that its forms are bound to.
    pub fn with_visit(mut self, visit: &Visit<'_>) -> Self {
        self.0.cookies.extend(visit.first_cookie());
        self
    }

    /// Ready to be sent.
    pub fn dressed(self, is_secure: bool) -> Response<OutBody> {
        let parts = *self.0;
        let mut response = Response::new(whole(parts.body));
        *response.status_mut() = parts.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(parts.content_type));
        for &(name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let content_security = match parts.leads_to {
            Some(origin) => {
                CONTENT_SECURITY.replace("form-action 'self'", &format!("form-action 'self' {origin}"))
            }
            None => CONTENT_SECURITY.to_owned(),
        };
        let allow = parts.allow.map(str::to_owned);
        let cookies =
            parts.cookies.iter().map(|cookie| (header::SET_COOKIE, Some(cookie.written(is_secure))));
        let more = [
            (header::CONTENT_SECURITY_POLICY, Some(content_security)),
            (header::LOCATION, parts.location),
            (header::ALLOW, allow),
        ];
        for (name, text) in more.into_iter().chain(cookies) {
            // All of these were made of characters that headers can have.
            if let Some(Ok(value)) = text.map(|text| HeaderValue::from_str(&text)) {
                headers.append(name, value);
            }
        }
        response
    }
}
