//! CreateInstanceProfile: an instance profile, without a role yet.

use portcullis_base::{UniqueId, UniqueIdKind, Value};
use portcullis_store::record::InstanceProfileRecord;

use super::{instance_profile, naming, row, tagging};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::InstanceProfile;

const CREATE: &str = "iam:CreateInstanceProfile";
const TAG: &str = "iam:TagInstanceProfile";

/// The action.
pub const ROW: Row = row::change(
    "CreateInstanceProfile",
    Permission::Several(&[CREATE, TAG], |ask| {
        let make = naming::need_new::<InstanceProfile>(ask, CREATE, "InstanceProfileName")?;
        Ok(tagging::needs_new(ask, make, TAG))
    }),
    |ask| naming::concerned_new::<InstanceProfile>(ask, "InstanceProfileName"),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let name = ask.text("InstanceProfileName")?;
    naming::vacancy::<InstanceProfile>(ask, name)?;
    let record = InstanceProfileRecord {
        id: UniqueId::generate(UniqueIdKind::InstanceProfile, ask.service.world.entropy.as_ref()),
        account: ask.account(),
        name: name.to_owned(),
        path: naming::path(ask).to_owned(),
        created: ask.now,
        tags: tagging::requested::<InstanceProfile>(ask)?,
        role: None,
    };
    draft.put_instance_profile(&record);
    let shown = instance_profile::whole(ask.snapshot, &InstanceProfile::new(record));
    Ok(Value::structure().with("InstanceProfile", shown))
}
