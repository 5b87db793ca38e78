//! ListInstances: the instance, for an account that may administer it; for others there is none.

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read("ListInstances", row::on!("ListInstances", scope::On::All), |ask| {
    let page = Page::center(ask, "instances")?;
    let instances = scope::own_instance(ask).into_iter();
    Ok(page.answer("Instances", instances, |held| held.id.clone(), |held| shown::instance(held)))
});
