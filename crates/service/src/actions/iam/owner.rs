//! Whose credentials a request is about: the user that it names, or, when it names none, the caller's own.
//!
//! AWS: "If you do not specify a user name, IAM determines the user name implicitly based on the access key ID
//! signing the request"; root's key stands for the root user.

use std::sync::Arc;

use portcullis_base::{Arn, UniqueId};
use portcullis_policy::Principal;
use portcullis_store::record::AccessKeyOwner;

use super::target;
use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::snapshot::User;

/// Whose credentials a request is about.
pub enum Owner<'a> {
    /// The root user's.
    Root,
    /// A user's.
    User(&'a Arc<User>),
}

impl<'a> Owner<'a> {
    /// The owner that the request names or means.
    ///
    /// # Errors
    /// `NoSuchEntity`; `ValidationError` when none is named and the caller is no user.
    pub fn of(ask: &Ask<'a>) -> Result<Self, ApiError> {
        if ask.input.text("UserName").is_some() {
            return target::find::<User>(ask).map(Owner::User);
        }
        implied(ask).ok_or_else(|| {
            ApiError::validation("Must specify userName when calling with non-User credentials")
        })
    }

    /// The user's unique id; none for root.
    pub fn user_id(&self) -> Option<UniqueId> {
        match self {
            Self::Root => None,
            Self::User(user) => Some(user.record.id),
        }
    }

    /// The user's name; none for root.
    pub fn name(&self) -> Option<&'a str> {
        match self {
            Self::Root => None,
            Self::User(user) => Some(&user.record.name),
        }
    }

    /// As the record of an access key has it.
    pub fn as_record(&self) -> AccessKeyOwner {
        self.user_id().map_or(AccessKeyOwner::Root, AccessKeyOwner::User)
    }
}

fn implied<'a>(ask: &Ask<'a>) -> Option<Owner<'a>> {
    if matches!(ask.caller.principal, Principal::Root { .. }) {
        return Some(Owner::Root);
    }
    let own = ask.caller.own_user()?;
    ask.snapshot.users.get(own.record.id).map(Owner::User)
}

/// The permission on the owner. Where the request names none and the caller is no user, it is asked on everything,
/// so that only who may do it to anybody learns that a name is missing.
///
/// # Errors
/// None of its own.
pub fn need(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    if ask.input.text("UserName").is_some() {
        return target::need::<User>(ask, action);
    }
    Ok(match implied(ask) {
        Some(Owner::User(user)) => target::need_on(action, user.as_ref()),
        Some(Owner::Root) => Need::new(action, Arn::iam(ask.account(), "root").to_string(), ask.account()),
        None => Need::anywhere(action, ask.account()),
    })
}

/// What the event of a request about the owner names.
pub fn concerned(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    if ask.input.text("UserName").is_some() {
        return target::concerned::<User>(ask);
    }
    match implied(ask) {
        Some(Owner::User(user)) => vec![("AWS::IAM::User", user.arn.to_string())],
        Some(Owner::Root) | None => Vec::new(),
    }
}
