//! GetServiceLinkedRoleDeletionStatus: how far a deletion is. One that was begun is done.

use portcullis_base::Value;

use super::row;
use super::service_linked::DeletionTask;
use super::target::Target;
use crate::action::{Ask, Need, Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "GetServiceLinkedRoleDeletionStatus",
    Permission::Named("iam:GetServiceLinkedRoleDeletionStatus", |ask, action| {
        Ok(match task(ask) {
            Ok(task) => Need::new(action, task.role_arn(ask.account()), ask.account()),
            Err(_) => Need::anywhere(action, ask.account()),
        })
    }),
    |ask| task(ask).map(|task| (Role::KIND, task.role_arn(ask.account()))).into_iter().collect(),
    answer,
);

fn task<'a>(ask: &Ask<'a>) -> Result<DeletionTask<'a>, ApiError> {
    DeletionTask::parse(ask.text("DeletionTaskId")?)
}

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    if !task(ask)?.is_ours(ask) {
        let id = ask.text("DeletionTaskId")?;
        return Err(ApiError::no_such_entity(format!("Deletion task {id} cannot be found.")));
    }
    Ok(Value::structure().with("Status", "SUCCEEDED"))
}
