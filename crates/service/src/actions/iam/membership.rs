//! Who is in which group: add, remove and list.

use portcullis_base::Value;

use super::paging::Page;
use super::{listing, naming, shown, target};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{Group, User};

/// What the event names: the group and the user.
pub fn concerned(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let mut concerned = target::concerned::<Group>(ask);
    concerned.extend(target::concerned::<User>(ask));
    concerned
}

/// Makes a user a member; who is one already stays so.
pub fn add(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let group = target::find::<Group>(ask)?;
    let mut record = target::find::<User>(ask)?.record.clone();
    if !record.groups.contains(&group.record.id) {
        record.groups.push(group.record.id);
        naming::within(ask, "groups-per-user", "GroupsPerUser", record.groups.len())?;
        draft.put_user(&record);
    }
    Ok(Value::structure())
}

/// Ends a membership; there need not be one.
pub fn remove(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let group = target::find::<Group>(ask)?;
    let mut record = target::find::<User>(ask)?.record.clone();
    if record.groups.contains(&group.record.id) {
        record.groups.retain(|id| *id != group.record.id);
        draft.put_user(&record);
    }
    Ok(Value::structure())
}

/// Lists a user's groups.
pub fn list(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let user = target::find::<User>(ask)?;
    let page = Page::of(ask, "groups of a user")?;
    let mut groups: Vec<_> =
        user.record.groups.iter().filter_map(|id| ask.snapshot.groups.get(*id)).collect();
    groups.sort_by_cached_key(|group| listing::key(group.as_ref()));
    Ok(page.answer("Groups", groups, |group| listing::key(group.as_ref()), |group| shown::group(group)))
}
