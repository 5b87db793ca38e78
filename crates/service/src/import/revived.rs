//! Ids of users and roles that are gone. An id that is brought back would stand again in every document that named
//! its dead holder, and open every session that its dead holder left: nobody may be revived by an import.

use std::collections::{HashMap, HashSet};

use portcullis_base::{Timestamp, UniqueId};
use portcullis_policy::{PolicyKind, parse};
use portcullis_store::record::{DocumentRecord, SessionRecord};
use portcullis_store::{Engine, Range, StoreError, codec};

use super::plan::Plan;
use crate::snapshot::Snapshot;

/// Records read at a time.
const PAGE: usize = 1000;
/// Where sessions lie.
const SESSIONS: &[u8] = b"s/";

/// Notes a problem for each new user or role whose id a stored document still names, or a live session still has.
///
/// # Errors
/// When the store cannot be read.
pub async fn refuse_revived(
    plan: &mut Plan,
    here: &Snapshot,
    engine: &dyn Engine,
    now: Timestamp,
) -> Result<(), StoreError> {
    if plan.principals.is_empty() || !plan.report.problems.is_empty() {
        return Ok(());
    }
    let mut reasons: HashMap<UniqueId, &str> = HashMap::new();
    for id in named(here) {
        reasons.insert(id, "a policy here still names by it somebody who is gone");
    }
    for id in sessions(engine, now).await? {
        reasons.insert(id, "somebody who is gone has left sessions here that have not ended");
    }
    let revived: Vec<(String, String)> = plan
        .principals
        .iter()
        .filter_map(|(id, arn)| {
            let reason = reasons.get(id)?;
            Some((arn.clone(), format!("its id {id} was in use here before, and {reason}")))
        })
        .collect();
    for (arn, reason) in revived {
        plan.report.problem("", arn, reason);
    }
    if !plan.report.problems.is_empty() {
        plan.records.clear();
    }
    Ok(())
}

/// Every id that a stored document names.
fn named(here: &Snapshot) -> HashSet<UniqueId> {
    let mut ids = HashSet::new();
    let mut add = |document: &DocumentRecord, kind: PolicyKind| {
        ids.extend(document.principals.iter().map(|principal| principal.id));
        // Ids can also stand in the text as such.
        if (document.text.contains("AROA") || document.text.contains("AIDA"))
            && let Ok(parsed) = parse(&document.text, kind)
        {
            ids.extend(parsed.document.principal_ids());
        }
    };
    let accounts = here.accounts.all().map(|account| account.id).chain([here.account]);
    for account in accounts {
        for role in here.roles.list(account, None) {
            add(&role.record.trust, PolicyKind::Trust);
        }
    }
    for bucket in here.buckets_after("") {
        if let Some(policy) = &bucket.record.policy {
            add(policy, PolicyKind::Resource);
        }
    }
    let delegation = here.accounts.organization().and_then(|held| held.resource_policy.as_ref());
    if let Some(delegation) = delegation {
        add(&delegation.document, PolicyKind::Resource);
    }
    ids
}

/// Whose sessions have not ended.
async fn sessions(engine: &dyn Engine, now: Timestamp) -> Result<HashSet<UniqueId>, StoreError> {
    let mut ids = HashSet::new();
    let mut range = Range::prefix(SESSIONS).limit(PAGE);
    loop {
        let page = engine.range(range.clone()).await?;
        for (_, held) in &page.items {
            let session: SessionRecord = codec::from_bytes(&held.value)?;
            if session.expires > now {
                ids.extend(session.principal);
            }
        }
        match page.items.last() {
            Some((last, _)) if page.more => range = range.beyond(last),
            _ => return Ok(ids),
        }
    }
}
