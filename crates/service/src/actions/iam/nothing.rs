//! Reads of what does not exist here: stock tools ask for it before they delete a user or role. The answer is true,
//! since nothing of the kind can be made.

use portcullis_base::Value;

use super::owner::Owner;
use super::paging::Page;
use crate::error::ApiError;
use crate::gate::Authorized;

/// An empty list.
///
/// # Errors
/// `ValidationError` for a marker, since an empty list gives out none.
pub fn list(ask: &Authorized<'_>, member: &'static str) -> Result<Value, ApiError> {
    let none = std::iter::empty::<()>();
    Ok(Page::of(ask, member)?.answer(member, none, |()| String::new(), |()| Value::Null))
}

/// An empty list of a user's, or of the caller's own.
///
/// # Errors
/// `NoSuchEntity` when there is no such user.
pub fn list_of_owner(ask: &Authorized<'_>, member: &'static str) -> Result<Value, ApiError> {
    Owner::of(ask)?;
    list(ask, member)
}
