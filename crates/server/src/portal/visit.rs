//! A request for a page: who it seems to be, and what the form says, once the guard has let it in.

use std::net::IpAddr;

use hyper::StatusCode;
use portcullis_service::port::Facts;
use portcullis_wire::frame::Head;

use super::answer::Answer;
use super::cookie::{SESSION, SetCookie, VISIT};
use super::door::{self, Person};
use super::{PORTAL, guard, next};
use crate::bridge::{Bridge, InBody, form};

/// Fields of a form; none of ours has so many.
const FIELDS_MAX: usize = 32;

/// Random bytes of a visit's cookie.
const VISIT_BYTES: usize = 24;

/// A request for a page.
pub struct Visit<'a> {
    /// Who answers.
    pub bridge: &'a Bridge,
    /// The request's head.
    pub head: &'a Head,
    /// What is known of where it came from.
    pub facts: Facts,
    form: Vec<(String, String)>,
    /// What forms are bound to: the session's cookie, or the visit's.
    bound_to: String,
    is_first: bool,
}

impl<'a> Visit<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// The answer to one that is not let in.
    pub async fn begin(
        bridge: &'a Bridge,
        head: &'a Head,
        incoming: InBody,
        peer: IpAddr,
    ) -> Result<Self, Answer> {
        if !guard::is_host(&head.headers) {
            return Err(foreign());
        }
        let facts = bridge.page_facts(head, peer);
        let cookie = SESSION
            .read(&head.headers, bridge.is_secure)
            .or_else(|| VISIT.read(&head.headers, bridge.is_secure));
        let is_first = cookie.is_none();
        let bound_to = cookie.map_or_else(|| bridge.service.random_id(VISIT_BYTES), str::to_owned);
        let mut visit = Self { bridge, head, facts, form: Vec::new(), bound_to, is_first };
        if head.method == "POST" {
            visit.form = visit.sent(incoming).await?;
        }
        Ok(visit)
    }

    /// The form, which must be of one of our pages.
    async fn sent(&self, incoming: InBody) -> Result<Vec<(String, String)>, Answer> {
        if !guard::is_own(self.head, self.bridge.is_secure) {
            return Err(foreign());
        }
        let kind = self.head.headers.get("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let gathered = form(incoming).await.map_err(|fault| {
            unreadable(StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST))
        })?;
        let fields: Vec<(String, String)> =
            form_urlencoded::parse(&gathered.bytes).into_owned().take(FIELDS_MAX + 1).collect();
        let is_twice = |at: usize, name: &str| fields.iter().skip(at + 1).any(|(other, _)| other == name);
        let is_clear = fields.iter().enumerate().all(|(at, (name, _))| !is_twice(at, name));
        if fields.len() > FIELDS_MAX || !is_clear {
            return Err(unreadable(StatusCode::BAD_REQUEST));
        }
        let said = fields.iter().find(|(name, _)| name == "token").map(|(_, value)| value.as_str());
        if self.is_first || !guard::is_token(said.unwrap_or_default(), &self.bound_to) {
            return Err(stale());
        }
        Ok(fields)
    }

    /// A field of the form; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.form.iter().find(|(held, _)| held == name).map_or("", |(_, value)| value)
    }

    /// A parameter of the query; empty if there is none.
    pub fn parameter(&self, name: &str) -> &str {
        self.head.query_value(name).unwrap_or_default()
    }

    /// The token of forms on a page for this visit.
    pub fn token(&self) -> String {
        guard::token(&self.bound_to)
    }

    /// The sign-in session's secret, as the browser holds it.
    pub fn session_secret(&self) -> Option<&str> {
        SESSION.read(&self.head.headers, self.bridge.is_secure)
    }

    /// The origin under which the browser knows us.
    pub fn origin(&self) -> String {
        let scheme = if self.bridge.is_secure { "https" } else { "http" };
        format!("{scheme}://{}", self.facts.host)
    }

    /// Who has signed in.
    ///
    /// # Errors
    /// The way to sign in, or to the password that must be changed before anything else.
    pub fn person(&self) -> Result<Person, Answer> {
        let person = self.person_as_is()?;
        if person.is_change_due {
            return Err(Answer::see_other(&format!("{PORTAL}password?{}", next::query(&self.here()))));
        }
        Ok(person)
    }

    /// The same, whether or not the password must be changed.
    ///
    /// # Errors
    /// The way to sign in.
    pub fn person_as_is(&self) -> Result<Person, Answer> {
        let person = self.session_secret().and_then(|secret| door::person(self, secret));
        person.ok_or_else(|| Answer::see_other(&format!("{PORTAL}sign-in?{}", next::query(&self.here()))))
    }

    /// The page, to come back to; what a form sent is not kept.
    fn here(&self) -> String {
        match (self.head.method.as_str(), &self.head.query) {
            ("POST", _) => PORTAL.to_owned(),
            (_, Some(query)) => format!("{}?{query}", self.head.path),
            (_, None) => self.head.path.clone(),
        }
    }

    /// What a browser gets that has no cookie of ours.
    pub fn first_cookie(&self) -> Option<SetCookie> {
        self.is_first.then(|| VISIT.set(&self.bound_to))
    }
}

fn foreign() -> Answer {
    Answer::refused(
        StatusCode::FORBIDDEN,
        "Not from here",
        "This request did not come from a page of this portal.",
    )
}

fn stale() -> Answer {
    Answer::refused(
        StatusCode::FORBIDDEN,
        "Please try again",
        "The page that this was sent from is too old, or your browser keeps no cookies. Go back and load the page again.",
    )
}

fn unreadable(status: StatusCode) -> Answer {
    Answer::refused(status, "Not readable", "What was sent cannot be read.")
}
