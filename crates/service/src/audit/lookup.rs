//! What can be asked of the log: CloudTrail's LookupEvents, as a query, a page and a place to go on from.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_base::{AccountId, Timestamp};
use sha2::{Digest, Sha256};

use super::AuditEvent;

/// The attributes by which events can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupKey {
    /// The event's id.
    EventId,
    /// The action.
    EventName,
    /// `true` or `false`.
    ReadOnly,
    /// Who.
    Username,
    /// The type of a resource concerned.
    ResourceType,
    /// The name of a resource concerned.
    ResourceName,
    /// The service.
    EventSource,
    /// The access key that signed.
    AccessKeyId,
}

/// The text names no attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an attribute by which events can be looked up")]
pub struct NotALookupKey;

impl FromStr for LookupKey {
    type Err = NotALookupKey;

    fn from_str(text: &str) -> Result<Self, NotALookupKey> {
        Ok(match text {
            "EventId" => Self::EventId,
            "EventName" => Self::EventName,
            "ReadOnly" => Self::ReadOnly,
            "Username" => Self::Username,
            "ResourceType" => Self::ResourceType,
            "ResourceName" => Self::ResourceName,
            "EventSource" => Self::EventSource,
            "AccessKeyId" => Self::AccessKeyId,
            _ => return Err(NotALookupKey),
        })
    }
}

impl LookupKey {
    /// Whether the event has this attribute with exactly this value.
    pub fn matches(self, event: &AuditEvent, value: &str) -> bool {
        match self {
            Self::EventId => event.id == value,
            Self::EventName => event.name == value,
            Self::ReadOnly => value == if event.read_only { "true" } else { "false" },
            Self::Username => event.username.as_deref() == Some(value),
            Self::ResourceType => event.resources.iter().any(|(kind, _)| kind == value),
            Self::ResourceName => event.resources.iter().any(|(_, name)| name == value),
            Self::EventSource => event.source == value,
            Self::AccessKeyId => event.access_key_id.as_deref() == Some(value),
        }
    }
}

/// Which events to find.
#[derive(Debug, Clone)]
pub struct LookupQuery {
    /// In whose log.
    pub account: AccountId,
    /// Those with this attribute, exactly and with case.
    pub attribute: Option<(LookupKey, String)>,
    /// Those not before this instant. Events have whole seconds here, as in their records.
    pub start: Option<Timestamp>,
    /// Those not after this instant.
    pub end: Option<Timestamp>,
    /// How many on a page.
    pub max_results: usize,
    /// Those after this place of an earlier answer to the same query.
    pub resume: Option<Position>,
}

impl LookupQuery {
    pub(super) fn matches(&self, event: &AuditEvent) -> bool {
        let second = event.at.whole_seconds();
        event.account == self.account
            && self.start.is_none_or(|start| second >= start)
            && self.end.is_none_or(|end| second <= end)
            && self.resume.as_ref().is_none_or(|position| position.is_beyond(event))
            && self.attribute.as_ref().is_none_or(|(key, value)| key.matches(event, value))
    }

    /// Which query this is, whatever its page: a token made for another one is refused.
    fn mark(&self) -> String {
        let attribute = self.attribute.as_ref().map(|(key, value)| (format!("{key:?}"), value));
        let text = format!("{:?}", (self.account, attribute, self.start, self.end));
        hex::encode(Sha256::digest(text.as_bytes()).get(..8).unwrap_or_default())
    }
}

/// Events, newest first.
#[derive(Debug, Clone)]
pub struct LookupPage {
    /// What was found. A page can be short, even empty, and still not be the last.
    pub events: Vec<Arc<AuditEvent>>,
    /// Where to go on, if there can be more.
    pub next: Option<Position>,
}

/// A place in the order of all events, which is that of their instants and ids: everything before it was answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    at: Timestamp,
    id: String,
}

/// The text is no token that was given out for this query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token was not given out for this query")]
pub struct NotAPosition;

impl Position {
    /// The place right behind this event.
    pub(super) fn behind(event: &AuditEvent) -> Self {
        Self { at: event.at, id: event.id.clone() }
    }

    /// The place before all events of this instant.
    pub(super) fn before(instant: Timestamp) -> Self {
        // No id is less than the empty one.
        Self { at: Timestamp::from_millis(instant.millis().saturating_add(1)), id: String::new() }
    }

    /// Whether the event comes after this place, that is, was earlier.
    pub(super) fn is_beyond(&self, event: &AuditEvent) -> bool {
        (event.at, event.id.as_str()) < (self.at, self.id.as_str())
    }

    /// The latest instant whose events can lie after this place.
    pub(super) fn instant(&self) -> Timestamp {
        self.at
    }

    /// The place as `NextToken`, good for this query only.
    pub fn token(&self, query: &LookupQuery) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}/{}/{}", query.mark(), self.at.millis(), self.id))
    }

    /// Reads a `NextToken`.
    ///
    /// # Errors
    /// [`NotAPosition`] when it is none, or was made for another query.
    pub fn from_token(token: &str, query: &LookupQuery) -> Result<Self, NotAPosition> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| NotAPosition)?;
        let text = String::from_utf8(bytes).map_err(|_| NotAPosition)?;
        let (mark, place) = text.split_once('/').ok_or(NotAPosition)?;
        let (millis, id) = place.split_once('/').ok_or(NotAPosition)?;
        if mark != query.mark() {
            return Err(NotAPosition);
        }
        let millis = millis.parse().map_err(|_| NotAPosition)?;
        Ok(Self { at: Timestamp::from_millis(millis), id: id.to_owned() })
    }
}

impl fmt::Display for LookupKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
