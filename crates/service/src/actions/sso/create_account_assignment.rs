//! CreateAccountAssignment: a user or a group gets a permission set in an account, where its role is made if it is the
//! first.

use portcullis_base::{Timestamp, Value};
use portcullis_store::record::{Assignee, AssignmentRecord, SsoRequestKind, SsoRequestRecord};

use super::{request, row, scope};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::identity_center::provision;

/// The action.
pub const ROW: Row = row::change(
    "CreateAccountAssignment",
    row::on!("CreateAccountAssignment", scope::On::Instance, scope::On::Account("TargetId"), scope::On::Set),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (set, account) = (scope::set(ask)?, scope::account_to_open(ask, "TargetId")?);
    let assignee = scope::assignee(ask)?;
    let directory = &ask.snapshot.directory;
    let is_there = match &assignee {
        Assignee::User(id) => directory.user(id).is_some(),
        Assignee::Group(id) => directory.group(id).is_some(),
    };
    let (kind, id) = scope::words(&assignee);
    if !is_there {
        return Err(scope::absent(format!("{kind} with id {id} was not found.")));
    }
    let failure = match ask.snapshot.identity_center.provisioned(account, &set.id) {
        Some(_) => None,
        None => provision::provision(ask, set, account, draft).err(),
    };
    if failure.is_none() {
        draft.put_assignment(&AssignmentRecord {
            account,
            set: set.id.clone(),
            assignee: assignee.clone(),
            created: ask.now,
        });
    }
    let record = SsoRequestRecord {
        id: String::new(),
        kind: SsoRequestKind::Assignment,
        account: Some(account),
        set: set.id.clone(),
        assignee: Some(assignee),
        failure,
        at: Timestamp::EPOCH,
    };
    let record = request::remember(ask, draft, record);
    Ok(Value::structure().with("AccountAssignmentCreationStatus", request::begun(ask, &record)?))
}
