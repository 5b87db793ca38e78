//! Rows of SSO Admin: all are management actions. Most are about the instance and a permission set.

use super::scope::On;
use crate::action::{Access, Answer, Handler, Permission, Plan, Row};

/// An action that answers from the snapshot.
pub const fn read(name: &'static str, permission: Permission, answer: Answer) -> Row {
    row(name, permission, Access::Read, Handler::Read(answer))
}

/// An action that changes what decisions read.
pub const fn change(name: &'static str, permission: Permission, plan: Plan) -> Row {
    row(name, permission, Access::Write, Handler::Change(plan))
}

const fn row(name: &'static str, permission: Permission, access: Access, handler: Handler) -> Row {
    Row::management("sso", name, permission, access, handler)
}

/// The permission that an action is named for, on these resources.
macro_rules! on {
    ($action:literal, $($on:expr),+) => {
        crate::action::Permission::Several(&[concat!("sso:", $action)], |ask| {
            crate::actions::sso::scope::needs(ask, concat!("sso:", $action), &[$($on),+])
        })
    };
}
pub(super) use on;

/// On the instance alone.
pub const INSTANCE: [On; 1] = [On::Instance];
