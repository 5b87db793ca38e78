//! People: what AWS does in the console alone, and no API of its has. Their passwords, their sign-in sessions, and whether
//! they may sign in.

pub mod end_portal_sessions;
pub mod list_portal_sessions;
pub mod set_password;
pub mod status;

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::DirectoryUserRecord;

use crate::action::{Access, Ask, Category, Handler, Need, Permission, Row, no_resources};
use crate::actions::sso::own_instance;
use crate::error::ApiError;
use crate::sessions::{person, person_arn};

/// An action on one user, asked for on the user's ARN.
const fn row(
    name: &'static str,
    permission: &'static str,
    access: Access,
    hides: &'static [&'static str],
    handler: Handler,
) -> Row {
    Row {
        service: "portcullis",
        name,
        permission: Permission::Named(permission, |ask, action| {
            let told = ask.input.text("User");
            let id = told.and_then(|words| own_instance(ask).and_then(|_| person(words, ask.snapshot)));
            let arn = told.map_or_else(|| "*".to_owned(), |words| person_arn(id.as_deref().unwrap_or(words)));
            Ok(Need::new(action, arn, ask.account()))
        }),
        access,
        category: Category::Management,
        hides,
        resources: no_resources,
        prepare: None,
        handler,
    }
}

/// The user that `User` names: by name, id or ARN, for the account that has the directory.
///
/// # Errors
/// `ResourceNotFoundException`.
fn user<'a>(ask: &Ask<'a>) -> Result<&'a Arc<DirectoryUserRecord>, ApiError> {
    let words = ask.text("User")?;
    let absent =
        || ApiError::caller("ResourceNotFoundException", 400, format!("The user {words} was not found."));
    let instance = own_instance(ask).ok_or_else(absent)?;
    if instance.account != ask.account() {
        return Err(absent());
    }
    let id = person(words, ask.snapshot).ok_or_else(absent)?;
    ask.snapshot.directory.user(&id).ok_or_else(absent)
}

/// A user as answers have it.
fn shown(user: &DirectoryUserRecord) -> Value {
    Value::structure()
        .with("UserId", user.id.as_str())
        .with("UserName", user.user_name.as_str())
        .with("Status", if user.is_enabled { "ENABLED" } else { "DISABLED" })
}
