//! CreateRole: a role and who may assume it.

use portcullis_base::{UniqueId, UniqueIdKind, Value};
use portcullis_store::record::RoleRecord;
use thin_vec::ThinVec;

use super::target::RESERVED_PATHS;
use super::{boundary, documents, naming, role_settings, row, shown, tagging};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::identity_center::provision;
use crate::snapshot::Role;

const CREATE: &str = "iam:CreateRole";
const TAG: &str = "iam:TagRole";

/// The action.
pub const ROW: Row = row::change(
    "CreateRole",
    Permission::Several(&[CREATE, TAG], |ask| {
        let make = boundary::with_requested(ask, naming::need_new::<Role>(ask, CREATE, "RoleName")?);
        Ok(tagging::needs_new(ask, make, TAG))
    }),
    |ask| naming::concerned_new::<Role>(ask, "RoleName"),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (name, path) = (ask.text("RoleName")?, naming::path(ask));
    // Whatever lies there could not be changed or deleted again.
    if let Some(reserved) = RESERVED_PATHS.iter().find(|reserved| path.starts_with(*reserved)) {
        return Err(ApiError::invalid_input(format!(
            "The path {reserved} is reserved for roles that AWS services make."
        )));
    }
    if name.starts_with(provision::PREFIX) {
        let message =
            format!("The prefix {} is reserved for roles that AWS services make.", provision::PREFIX);
        return Err(ApiError::invalid_input(message));
    }
    naming::vacancy::<Role>(ask, name)?;
    let record = RoleRecord {
        id: UniqueId::generate(UniqueIdKind::Role, ask.service.world.entropy.as_ref()),
        account: ask.account(),
        name: name.into(),
        path: path.into(),
        created: ask.now,
        tags: tagging::requested::<Role>(ask)?,
        boundary: boundary::requested(ask)?,
        attached: ThinVec::new(),
        inline: ThinVec::new(),
        trust: documents::trust(ask, ask.text("AssumeRolePolicyDocument")?, draft)?,
        description: role_settings::description(ask),
        max_session_s: role_settings::max_session_s(ask)?.unwrap_or(role_settings::SESSION_DEFAULT_S),
    };
    draft.put_role(&record);
    Ok(Value::structure().with("Role", shown::whole_role(ask.snapshot, &Role::new(record))))
}
