//! MoveAccount: from one root or unit to another. From then on the account has the new line's guardrails.

use portcullis_base::Value;

use super::row;
use super::scope::{self, refuse};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

const MOVE: &str = "organizations:MoveAccount";

/// The action.
pub const ROW: Row = row::change(
    "MoveAccount",
    Permission::Several(&[MOVE], |ask| {
        scope::each(ask, MOVE, &["AccountId", "SourceParentId", "DestinationParentId"])
    }),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let account = scope::member(ask)?;
    let source = scope::parent(ask, "SourceParentId", "SourceParentNotFoundException")?.id();
    let destination = scope::parent(ask, "DestinationParentId", "DestinationParentNotFoundException")?.id();
    let mut record = account.as_ref().clone();
    let membership =
        record.membership.as_mut().ok_or_else(|| ApiError::internal("a member without membership"))?;
    if membership.parent != source {
        return Err(refuse(
            "SourceParentNotFoundException",
            format!("Account {} is not in {source} but in {}.", record.id, membership.parent),
        ));
    }
    if source == destination {
        return Err(refuse("DuplicateAccountException", format!("Account {} is already there.", record.id)));
    }
    membership.parent = destination;
    draft.put_account(&record);
    Ok(Value::structure())
}
