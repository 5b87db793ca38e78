//! ListUsers: all users, or the one of a name.

use std::sync::Arc;

use portcullis_store::record::DirectoryUserRecord;

use super::{filter, row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListUsers",
    row::on!("ListUsers", scope::On::Store, scope::On::Every(scope::Kind::User)),
    |ask| {
        let (store, directory) = (scope::store(ask)?, &ask.snapshot.directory);
        let page = Page::center(ask, "directory-users")?;
        let show = |user: &&Arc<DirectoryUserRecord>| shown::user(store, user, ask.input.list("Extensions"));
        let key = |user: &&Arc<DirectoryUserRecord>| user.id.clone();
        if let Some(name) = filter::wanted(ask, "UserName")? {
            return Ok(page.answer("Users", directory.user_named(name), key, show));
        }
        let users = directory.users_after(page.after().unwrap_or_default());
        Ok(page.answer("Users", users, key, show))
    },
);
