//! GetGroup: a group and, a page at a time, its users.

use portcullis_base::Value;

use super::paging::Page;
use super::{listing, row, shown, target};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::read(
    "GetGroup",
    Permission::Named("iam:GetGroup", target::need::<Group>),
    target::concerned::<Group>,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let group = target::find::<Group>(ask)?;
    let page = Page::of(ask, "members")?;
    let mut members: Vec<_> = ask.snapshot.members_of(group.record.id).collect();
    members.sort_by_cached_key(|user| listing::key(user.as_ref()));
    let users = page.answer("Users", members, |user| listing::key(user.as_ref()), |user| shown::user(user));
    Ok(users.with("Group", shown::group(group)))
}
