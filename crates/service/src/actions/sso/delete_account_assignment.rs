//! DeleteAccountAssignment: a user or group loses a permission set in an account. With the last one its role goes, and
//! with the role its sessions.

use portcullis_base::{Timestamp, Value};
use portcullis_store::Key;
use portcullis_store::record::{SsoRequestKind, SsoRequestRecord};

use super::{request, row, scope};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::identity_center::provision;

/// The action.
pub const ROW: Row = row::change(
    "DeleteAccountAssignment",
    row::on!("DeleteAccountAssignment", scope::On::Instance, scope::On::Account("TargetId"), scope::On::Set),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (set, account) = (scope::set(ask)?, scope::account_to_shut(ask, "TargetId")?);
    let assignee = scope::assignee(ask)?;
    let center = &ask.snapshot.identity_center;
    if center.assignment(account, &set.id, &assignee).is_none() {
        let (kind, id) = scope::words(&assignee);
        return Err(scope::absent(format!(
            "{kind} {id} does not have the permission set {} in account {account}.",
            set.name
        )));
    }
    draft.delete(Key::assignment(account, &set.id, &assignee));
    if center.assignments_of(account, &set.id).all(|held| held.assignee == assignee) {
        provision::remove(ask.snapshot, &set.id, account, draft);
    }
    let record = SsoRequestRecord {
        id: String::new(),
        kind: SsoRequestKind::Unassignment,
        account: Some(account),
        set: set.id.clone(),
        assignee: Some(assignee),
        failure: None,
        at: Timestamp::EPOCH,
    };
    let record = request::remember(ask, draft, record);
    Ok(Value::structure().with("AccountAssignmentDeletionStatus", request::begun(ask, &record)?))
}
