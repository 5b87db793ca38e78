//! CreateUser: a user, which can do nothing until a policy says so.

use portcullis_base::{UniqueId, UniqueIdKind, Value};
use portcullis_store::record::UserRecord;
use thin_vec::ThinVec;

use super::{boundary, naming, row, shown, tagging};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::User;

const CREATE: &str = "iam:CreateUser";
const TAG: &str = "iam:TagUser";

/// The action.
pub const ROW: Row = row::change(
    "CreateUser",
    Permission::Several(&[CREATE, TAG], |ask| {
        let make = boundary::with_requested(ask, naming::need_new::<User>(ask, CREATE, "UserName")?);
        Ok(tagging::needs_new(ask, make, TAG))
    }),
    |ask| naming::concerned_new::<User>(ask, "UserName"),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let name = ask.text("UserName")?;
    naming::vacancy::<User>(ask, name)?;
    let record = UserRecord {
        id: UniqueId::generate(UniqueIdKind::User, ask.service.world.entropy.as_ref()),
        account: ask.account(),
        name: name.into(),
        path: naming::path(ask).into(),
        created: ask.now,
        tags: tagging::requested::<User>(ask)?,
        boundary: boundary::requested(ask)?,
        attached: ThinVec::new(),
        inline: ThinVec::new(),
        groups: ThinVec::new(),
    };
    draft.put_user(&record);
    Ok(Value::structure().with("User", shown::whole_user(ask.snapshot, &User::new(record))))
}
