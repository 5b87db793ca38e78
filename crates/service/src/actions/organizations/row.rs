//! Rows of Organizations: all are management actions, and their events name whatever the input does.

use super::scope;
use crate::action::{Access, Answer, Handler, Permission, Plan, Row};

/// An action that answers from the snapshot.
pub const fn read(name: &'static str, permission: Permission, answer: Answer) -> Row {
    row(name, permission, Access::Read, Handler::Read(answer))
}

/// An action that changes what decisions read.
pub const fn change(name: &'static str, permission: Permission, plan: Plan) -> Row {
    row(name, permission, Access::Write, Handler::Change(plan))
}

/// A permission on the organization as a whole.
pub const fn anywhere(action: &'static str) -> Permission {
    Permission::Named(action, |ask, action| Ok(scope::anywhere(ask, action)))
}

/// A permission of the caller's own account, whether it is in an organization or not.
pub const fn own_account(action: &'static str) -> Permission {
    Permission::Named(action, |ask, action| Ok(crate::action::Need::anywhere(action, ask.account())))
}

const fn row(name: &'static str, permission: Permission, access: Access, handler: Handler) -> Row {
    Row { resources: scope::concerned, ..Row::management("organizations", name, permission, access, handler) }
}
