//! Rows of the Identity Store: all are management actions, and no event tells who people are: names, addresses and numbers
//! are left out, as AWS leaves them out of CloudTrail.

use crate::action::{Access, Answer, Handler, Permission, Plan, Row};

/// What the model calls sensitive, by the members that hold it.
const HIDES: &[&str] = &[
    "Addresses",
    "AttributeValue",
    "Birthdate",
    "Description",
    "DisplayName",
    "Emails",
    "Extensions",
    "ExternalId",
    "ExternalIds",
    "Locale",
    "Name",
    "NickName",
    "PhoneNumbers",
    "Photos",
    "PreferredLanguage",
    "ProfileUrl",
    "Roles",
    "Timezone",
    "Title",
    "UserName",
    "UserType",
    "Website",
];

/// An action that answers from the snapshot.
pub const fn read(name: &'static str, permission: Permission, answer: Answer) -> Row {
    row(name, permission, Access::Read, Handler::Read(answer))
}

/// An action that changes what decisions read.
pub const fn change(name: &'static str, permission: Permission, plan: Plan) -> Row {
    row(name, permission, Access::Write, Handler::Change(plan))
}

const fn row(name: &'static str, permission: Permission, access: Access, handler: Handler) -> Row {
    Row { hides: HIDES, ..Row::management("identitystore", name, permission, access, handler) }
}

/// The permission that an action is named for, on these resources.
macro_rules! on {
    ($action:literal, $($on:expr),+) => {
        crate::action::Permission::Several(&[concat!("identitystore:", $action)], |ask| {
            crate::actions::identitystore::scope::needs(ask, concat!("identitystore:", $action), &[$($on),+])
        })
    };
}
pub(super) use on;
