//! ListGroups: all groups, or the one of a name.

use std::sync::Arc;

use portcullis_store::record::DirectoryGroupRecord;

use super::{filter, row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListGroups",
    row::on!("ListGroups", scope::On::Store, scope::On::Every(scope::Kind::Group)),
    |ask| {
        let (store, directory) = (scope::store(ask)?, &ask.snapshot.directory);
        let page = Page::center(ask, "directory-groups")?;
        let show = |group: &&Arc<DirectoryGroupRecord>| shown::group(store, group);
        let key = |group: &&Arc<DirectoryGroupRecord>| group.id.clone();
        if let Some(name) = filter::wanted(ask, "DisplayName")? {
            return Ok(page.answer("Groups", directory.group_named(name), key, show));
        }
        let groups = directory.groups_after(page.after().unwrap_or_default());
        Ok(page.answer("Groups", groups, key, show))
    },
);
