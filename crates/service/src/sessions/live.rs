//! One live session, as small as it can be: there may be a million of them.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId, Value};
use portcullis_store::Revision;
use portcullis_store::record::{SessionKind, SessionRecord};
use thin_vec::ThinVec;

use super::pool::Pool;

/// Between the access keys of a chain; no access key id has it.
const LINK: char = '/';

/// A temporary credential that was issued, with what was seen of its use. Its secret and its token are
/// nowhere here.
pub struct Live {
    /// `ASIA…`
    pub access_key_id: AccessKeyId,
    /// Which call issued it.
    pub kind: SessionKind,
    /// The account it acts in.
    pub account: AccountId,
    /// The role or user whose permissions it has; absent for root.
    pub principal: Option<UniqueId>,
    /// Role session name or federated user name.
    pub name: Option<Box<str>>,
    /// When it was issued.
    pub issued: Timestamp,
    /// From this instant on it is refused.
    pub expires: Timestamp,
    /// Source identity.
    pub source_identity: Option<Box<str>>,
    /// ARN of who asked for it.
    pub caller_arn: Arc<str>,
    /// From where it was asked for.
    pub source_ip: Arc<str>,
    /// With what it was asked for.
    pub user_agent: Arc<str>,
    /// The revision of the store at which it was committed.
    pub revision: Revision,
    /// What its token is found by, see [`super::token_mark`].
    pub(super) token_mark: Option<u64>,
    /// Its ARN without the name at its end, or all of it.
    arn_stem: Arc<str>,
    /// Who vouched for its user, by its ARN.
    pub provider: Option<Arc<str>>,
    /// The user of the identity store at the beginning of its chain.
    pub person: Option<Arc<str>>,
    /// The access keys that led to it, the long-term one first.
    chain: Arc<str>,
    usage: Usage,
}

/// What was seen of a session's use.
#[derive(Default)]
struct Usage {
    allowed: AtomicU32,
    denied: AtomicU32,
    last: Mutex<Option<Box<Used>>>,
}

/// The last use of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// When.
    pub at: Timestamp,
    /// From where.
    pub source_ip: IpAddr,
    /// Which service was spoken to.
    pub service: &'static str,
    /// Every service that was spoken to so far.
    pub services: ThinVec<&'static str>,
}

/// What came of a request, as far as it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that it needs was allowed.
    Allowed,
    /// Something was denied.
    Denied,
    /// It did not come to a decision.
    Undecided,
}

impl Live {
    pub(super) fn new(record: SessionRecord, revision: Revision, pool: &mut Pool) -> Self {
        let SessionRecord { arn, name, .. } = record;
        let stem = name.as_deref().and_then(|name| arn.strip_suffix(name)).unwrap_or(&arn);
        let is_whole = stem.len() == arn.len();
        let above = record.above.unwrap_or_default();
        let parent = record.parent.as_ref().map(AccessKeyId::as_str);
        let chain: Vec<&str> = above.iter().map(String::as_str).chain(parent).collect();
        Self {
            access_key_id: record.access_key_id,
            kind: record.kind,
            account: record.account,
            principal: record.principal,
            // A name that does not end the ARN would be put behind it.
            name: name.filter(|_| !is_whole).map(Into::into),
            issued: record.issued,
            expires: record.expires,
            source_identity: record.source_identity.map(Into::into),
            caller_arn: pool.shared(&record.caller_arn),
            source_ip: pool.shared(&record.source_ip),
            user_agent: pool.shared(&record.user_agent),
            revision,
            token_mark: record.token_mark,
            arn_stem: pool.shared(stem),
            provider: record.provider.as_deref().map(|provider| pool.shared(provider)),
            person: record.person.as_deref().map(|person| pool.shared(person)),
            chain: pool.shared(&chain.join("/")),
            usage: Usage::default(),
        }
    }

    /// The ARN under which it acts.
    pub fn arn(&self) -> String {
        format!("{}{}", self.arn_stem, self.name.as_deref().unwrap_or_default())
    }

    /// As answers name it that are not about sessions alone.
    pub fn named(&self) -> Value {
        Value::structure()
            .with("AccessKeyId", self.access_key_id.as_str())
            .with("Arn", self.arn())
            .with("Issued", self.issued)
            .with("Expires", self.expires)
            .with_some("SourceIdentity", self.source_identity.as_deref())
    }

    /// The access key that signed the issuing call; empty if none did.
    pub fn parent(&self) -> &str {
        self.chain.rsplit(LINK).next().unwrap_or_default()
    }

    /// The access keys that led to it, the long-term one first, the parent last.
    pub fn ancestors(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.chain.split(LINK).filter(|link| !link.is_empty())
    }

    /// Whether it is still good for anything.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires
    }

    /// Its last use.
    pub fn last_used(&self) -> Option<Used> {
        self.last().as_deref().cloned()
    }

    /// How many requests were allowed and how many denied.
    pub fn verdicts(&self) -> (u32, u32) {
        (self.usage.allowed.load(Ordering::Relaxed), self.usage.denied.load(Ordering::Relaxed))
    }

    fn last(&self) -> MutexGuard<'_, Option<Box<Used>>> {
        self.usage.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees it being used.
    pub fn see(&self, service: &'static str, source_ip: IpAddr, outcome: Outcome, at: Timestamp) {
        let count = |counter: &AtomicU32| {
            let more = |held: u32| Some(held.saturating_add(1));
            // The update is never refused.
            let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        };
        match outcome {
            Outcome::Allowed => count(&self.usage.allowed),
            Outcome::Denied => count(&self.usage.denied),
            Outcome::Undecided => {}
        }
        let mut last = self.last();
        if let Some(used) = last.as_deref_mut() {
            if !used.services.contains(&service) {
                used.services.push(service);
            }
            if used.at <= at {
                (used.at, used.source_ip, used.service) = (at, source_ip, service);
            }
        } else {
            let services = thin_vec::thin_vec![service];
            *last = Some(Box::new(Used { at, source_ip, service, services }));
        }
    }
}
