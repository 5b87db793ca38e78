//! The other doors of a revocation: found, shown, and closed by a Deny for exactly its target in each.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::{RevocationRecord, WrittenKind, WrittenPart};
use serde_json::Value as Json;

use super::aim::{Aim, Of};
use super::manner::{self, Manner};
use super::sid;
use super::step::Step;
use crate::action::Ask;
use crate::actions;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::revocation::Hits;
use crate::revocation::doors::{self, Door, DoorKind};
use crate::snapshot::Snapshot;

/// Doors that an answer shows; all are counted.
const SHOWN_MAX: usize = 100;
/// Descendants that are denied one by one in a document.
const DESCENDANTS_MAX: usize = 20;

/// The doors that a revocation leaves open, as far as the caller may know.
///
/// # Errors
/// 500 when looking fails.
pub async fn open(flow: &Flow, record: &RevocationRecord) -> Result<Vec<Door>, ApiError> {
    let (service, snapshot) = (Arc::clone(&flow.service), Arc::clone(&flow.snapshot));
    let own = flow.ask().account();
    let only = (own != snapshot.account).then_some(own);
    let (record, now) = (record.clone(), flow.now);
    // All policies are read: on a thread where nobody waits for the next request.
    let looking = tokio::task::spawn_blocking(move || {
        let hits = Hits::of(&service.sessions, &snapshot, &record, u64::MAX, now);
        let faces = doors::faces(&snapshot, &record, &hits, now);
        doors::open(&snapshot, &faces, only)
    });
    looking.await.map_err(|error| ApiError::internal(&format!("looking for doors failed: {error}")))
}

/// What became of the doors.
pub struct Doors {
    /// Those that stay open.
    pub open: Vec<Door>,
    /// What closes the others.
    pub written: Vec<WrittenPart>,
}

/// Looks for doors and drafts the closing of them, if that is wanted.
///
/// # Errors
/// Those of [`open`], of [`steps`], and of the actions that close them.
pub async fn close(
    flow: &mut Flow,
    record: &RevocationRecord,
    hits: &Hits,
    manner: Manner,
    draft: &mut Draft,
) -> Result<Doors, ApiError> {
    let mut open = open(flow, record).await?;
    if !manner.closes_doors {
        return Ok(Doors { open, written: Vec::new() });
    }
    let (steps, written) = steps(flow, record, hits, &open)?;
    manner::take_in(flow, draft, &steps).await?;
    open.retain(|door| !is_closable(flow, door));
    Ok(Doors { open, written })
}

/// The answer with the doors that are open.
pub fn add_to(value: Value, flow: &Flow, record: &RevocationRecord, hits: &Hits, doors: &[Door]) -> Value {
    value
        .with("OpenDoors", Value::List(shown(flow, record, hits, doors)))
        .with("OpenDoorsCount", i64::try_from(doors.len()).unwrap_or(i64::MAX))
}

/// What it takes to close them, and what will have been written.
///
/// # Errors
/// `InvalidInputException` where a policy cannot tell the target from others.
pub fn steps(
    flow: &Flow,
    record: &RevocationRecord,
    hits: &Hits,
    doors: &[Door],
) -> Result<(Vec<Step>, Vec<WrittenPart>), ApiError> {
    let (mut steps, mut written) = (Vec::new(), Vec::new());
    let mut by_resource: BTreeMap<&str, Vec<&Door>> = BTreeMap::new();
    for door in doors.iter().filter(|door| is_closable(flow, door)) {
        by_resource.entry(&door.arn).or_default().push(door);
    }
    for (arn, doors) in by_resource {
        let Some(first) = doors.first() else { continue };
        let lets_in = |descendants: bool| doors.iter().any(|door| door.lets_in.contains(&descendants));
        let aims = aims(&flow.snapshot, record, hits, lets_in(false), lets_in(true))?;
        let of = match &first.kind {
            DoorKind::Bucket(_) => Of::Bucket(arn),
            DoorKind::Trust(..) => Of::Trust,
        };
        let numbered = aims.iter().enumerate();
        let statements = numbered.map(|(place, aim)| aim.statement(&sid::sid(record.number, place), of));
        steps.push(closing(&flow.snapshot, first, statements.collect())?);
        let (kind, resource) = match &first.kind {
            DoorKind::Bucket(_) => (WrittenKind::BucketStatement, arn.to_owned()),
            DoorKind::Trust(id, _) => (WrittenKind::TrustStatement, id.to_string()),
        };
        written.push(WrittenPart { kind, resource, name: sid::sid(record.number, 0) });
    }
    Ok((steps, written))
}

/// The policy of another account is not the caller's to change.
pub fn is_closable(flow: &Flow, door: &Door) -> bool {
    door.account == flow.ask().account()
}

fn aims(
    snapshot: &Snapshot,
    record: &RevocationRecord,
    hits: &Hits,
    is_for_target: bool,
    is_for_descendants: bool,
) -> Result<Vec<Aim>, ApiError> {
    let refused = |message: String| ApiError::caller("InvalidInputException", 400, message);
    let mut aims = Vec::new();
    if is_for_target {
        let aim = Aim::at_target(snapshot, record, hits).ok_or_else(|| {
            refused(
                "A policy cannot tell a long-term key from the others of its user, so that no door is closed to it. \
                 Revoke the user."
                    .to_owned(),
            )
        })?;
        aims.push(aim);
    }
    if is_for_descendants {
        let count = hits.descendants.len();
        if count > DESCENDANTS_MAX {
            return Err(refused(format!(
                "{count} sessions were made by the target, too many to deny one by one in a policy. Revoke their role."
            )));
        }
        aims.extend(Aim::at_descendants(hits));
    }
    Ok(aims)
}

fn closing(snapshot: &Snapshot, door: &Door, statements: Vec<Json>) -> Result<Step, ApiError> {
    match &door.kind {
        DoorKind::Bucket(name) => {
            let policy = snapshot.bucket(name).and_then(|bucket| bucket.record.policy.as_ref());
            let text = policy.map(|policy| sid::current(snapshot, policy));
            let text = sid::with(text.as_deref(), statements)?;
            let purpose = format!("the bucket policy of {name} lets the target in no more");
            Ok(Step::of("s3", "PutBucketPolicy", &[("Bucket", name), ("Policy", &text)], purpose))
        }
        DoorKind::Trust(id, name) => {
            let text = snapshot.roles.get(*id).map(|role| sid::current(snapshot, &role.record.trust));
            let text = sid::with(text.as_deref(), statements)?;
            let purpose = format!("the role {name} no longer trusts the target");
            let members = [("RoleName", name.as_str()), ("PolicyDocument", text.as_str())];
            Ok(Step::iam("UpdateAssumeRolePolicy", &members, purpose))
        }
    }
}

/// The doors as an answer has them. Who may not read a policy is told that it is a door, and not what stands in it.
fn shown(flow: &Flow, record: &RevocationRecord, hits: &Hits, doors: &[Door]) -> Vec<Value> {
    doors.iter().take(SHOWN_MAX).map(|door| shown_one(flow, record, hits, door)).collect()
}

fn shown_one(flow: &Flow, record: &RevocationRecord, hits: &Hits, door: &Door) -> Value {
    let (kind, reading) = match &door.kind {
        DoorKind::Bucket(name) => ("bucket-policy", ("s3", "GetBucketPolicy", "Bucket", name)),
        DoorKind::Trust(_, name) => ("trust-policy", ("iam", "GetRole", "RoleName", name)),
    };
    let value = Value::structure()
        .with("Kind", kind)
        .with("ResourceArn", door.arn.as_str())
        .with("AccountId", door.account.to_string());
    let (service, operation, member, name) = reading;
    if is_closable(flow, door) && !may(flow, service, operation, &[(member, name.as_str())]) {
        return value;
    }
    let text_list = |all: &[String]| -> Value { all.iter().map(|text| Value::from(text.as_str())).collect() };
    let value = value
        .with("Statement", door.statement.as_str())
        .with("Principal", door.principal.as_str())
        .with("Actions", text_list(&door.actions))
        .with("Undecided", text_list(&door.undecided));
    if door.is_elsewhere {
        let note = "Another account's: it lets the target in as long as the target's own permissions do.";
        return value.with("Note", note);
    }
    let command = steps(flow, record, hits, std::slice::from_ref(door));
    value.with_some("Command", command.ok().and_then(|(steps, _)| steps.first().map(Step::command)))
}

/// Whether the caller may do this.
pub fn may(flow: &Flow, service: &str, operation: &str, members: &[(&str, &str)]) -> bool {
    let input = members.iter().fold(Value::structure(), |input, (name, value)| input.with(name, *value));
    let ask = Ask { input: &input, ..flow.ask() };
    let needs = actions::row(service, operation).and_then(|row| row.permission.needs(&ask).ok());
    needs.is_some_and(|needs| needs.iter().all(|need| flow.would_permit(need)))
}
