//! CreateGroup: a group whose policies count for its members. It is no principal.

use portcullis_base::{UniqueId, UniqueIdKind, Value};
use portcullis_store::record::GroupRecord;
use thin_vec::ThinVec;

use super::{naming, row, shown};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::change(
    "CreateGroup",
    Permission::Named("iam:CreateGroup", |ask, action| naming::need_new::<Group>(ask, action, "GroupName")),
    |ask| naming::concerned_new::<Group>(ask, "GroupName"),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let name = ask.text("GroupName")?;
    naming::vacancy::<Group>(ask, name)?;
    let record = GroupRecord {
        id: UniqueId::generate(UniqueIdKind::Group, ask.service.world.entropy.as_ref()),
        account: ask.account(),
        name: name.into(),
        path: naming::path(ask).into(),
        created: ask.now,
        attached: ThinVec::new(),
        inline: ThinVec::new(),
    };
    draft.put_group(&record);
    Ok(Value::structure().with("Group", shown::group(&Group::new(record))))
}
