//! CreatePermissionSet: a name under which policies go together into the accounts.

use portcullis_base::Value;
use portcullis_store::record::PermissionSetRecord;

use super::{duration, row, scope, shown, tagging};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

const CREATE: &str = "sso:CreatePermissionSet";
const TAG: &str = "sso:TagResource";

/// The action.
pub const ROW: Row = row::change(
    "CreatePermissionSet",
    Permission::Several(&[CREATE, TAG], |ask| {
        let mut needs = scope::needs(ask, CREATE, &row::INSTANCE)?;
        if !ask.input.list("Tags").is_empty() {
            needs.extend(scope::needs(ask, TAG, &row::INSTANCE)?);
        }
        Ok(needs)
    }),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (instance, name) = (scope::instance(ask)?, ask.text("Name")?);
    let center = &ask.snapshot.identity_center;
    if center.set_named(name).is_some() {
        return Err(scope::conflict(format!("PermissionSet with name {name} already exists.")));
    }
    let most = ask.service.settings.limits.quota("permission-sets");
    if center.sets_after("").count() >= most {
        let message = format!("An instance has {most} permission sets at most.");
        return Err(scope::refuse("ServiceQuotaExceededException", message));
    }
    let mut drawn = [0_u8; 8];
    ask.service.world.entropy.fill(&mut drawn);
    let record = PermissionSetRecord {
        id: format!("ps-{}", hex::encode(drawn)),
        name: name.to_owned(),
        description: ask.input.text("Description").map(str::to_owned),
        session_s: ask.input.text("SessionDuration").map_or(Ok(duration::DEFAULT_S), duration::seconds)?,
        relay_state: ask.input.text("RelayState").map(str::to_owned),
        tags: tagging::requested(ask)?,
        inline: None,
        managed: Vec::new(),
        customer: Vec::new(),
        boundary: None,
        created: ask.now,
        version: 1,
    };
    draft.put_permission_set(&record);
    Ok(Value::structure().with("PermissionSet", shown::set(instance, &record)))
}
