//! Lists of all users, groups or roles below a path, in the order of their names.

use portcullis_base::Value;
use portcullis_base::name::FoldedName;

use super::paging::Page;
use super::target::Target;
use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{Snapshot, iam_arn};

/// The path below which to list.
pub fn prefix<'a>(ask: &Ask<'a>) -> &'a str {
    ask.input.text("PathPrefix").unwrap_or("/")
}

/// The permission to list: on the path, as AWS's refusals name it.
pub fn need<T: Target>(ask: &Ask<'_>, action: &'static str) -> Need {
    Need::new(action, iam_arn(ask.account(), T::WORD, prefix(ask), ""), ask.account())
}

/// A page of the entities below the path.
///
/// # Errors
/// `ValidationError` for a bad marker.
pub fn answer<T: Target>(
    ask: &Authorized<'_>,
    member: &str,
    show: fn(&Snapshot, &T) -> Value,
) -> Result<Value, ApiError> {
    let page = Page::of(ask, T::WORD)?;
    let entities = T::table(ask.snapshot).list(ask.account(), page.after());
    Ok(page.answer(
        member,
        entities.filter(|entity| entity.path().starts_with(prefix(ask))),
        |entity| key(entity.as_ref()),
        |entity| show(ask.snapshot, entity),
    ))
}

/// Where an entity stands in lists of its kind.
pub fn key<T: Target>(entity: &T) -> String {
    FoldedName::new(entity.name()).as_str().to_owned()
}
