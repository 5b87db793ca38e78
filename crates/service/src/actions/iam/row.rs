//! Rows of IAM, which differ in few things: all are management actions and hide nothing that is not hidden anyway.

use crate::action::{Access, Answer, Ask, Category, Handler, Need, Output, Permission, Plan, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;

/// What the event of a request names: types and ARNs.
type Concerned = fn(&Ask<'_>) -> Vec<(&'static str, String)>;

/// A permission on everything, for actions without resource-level permissions.
pub const fn anywhere(action: &'static str) -> Permission {
    Permission::Named(action, |ask, action| Ok(Need::anywhere(action, ask.account())))
}

/// An action that answers from the snapshot.
pub const fn read(name: &'static str, permission: Permission, resources: Concerned, answer: Answer) -> Row {
    row(name, permission, Access::Read, resources, Handler::Read(answer))
}

/// An action that reads more than the snapshot.
pub const fn search(
    name: &'static str,
    permission: Permission,
    resources: Concerned,
    run: for<'a> fn(&'a mut Flow) -> BoxFuture<'a, Result<Output, ApiError>>,
) -> Row {
    row(name, permission, Access::Read, resources, Handler::Flow(run))
}

/// An action that changes what decisions read, after something slow ([`Flow::change`]).
pub const fn slow_change(
    name: &'static str,
    permission: Permission,
    resources: Concerned,
    run: for<'a> fn(&'a mut Flow) -> BoxFuture<'a, Result<Output, ApiError>>,
) -> Row {
    row(name, permission, Access::Write, resources, Handler::Flow(run))
}

/// An action that changes what decisions read.
pub const fn change(name: &'static str, permission: Permission, resources: Concerned, plan: Plan) -> Row {
    row(name, permission, Access::Write, resources, Handler::Change(plan))
}

const fn row(
    name: &'static str,
    permission: Permission,
    access: Access,
    resources: Concerned,
    handler: Handler,
) -> Row {
    Row {
        service: "iam",
        name,
        permission,
        access,
        category: Category::Management,
        hides: &[],
        resources,
        prepare: None,
        handler,
    }
}
