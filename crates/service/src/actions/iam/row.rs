//! Rows of IAM, which differ in few things: all are management actions and hide nothing that is not hidden anyway.

use portcullis_base::Value;

use crate::action::{Access, Ask, Category, Handler, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// What the event of a request names: types and ARNs.
type Concerned = fn(&Ask<'_>) -> Vec<(&'static str, String)>;

/// An action that answers from the snapshot.
pub const fn read(
    name: &'static str,
    permission: Permission,
    resources: Concerned,
    answer: fn(&Authorized<'_>) -> Result<Value, ApiError>,
) -> Row {
    Row {
        service: "iam",
        name,
        permission,
        access: Access::Read,
        category: Category::Management,
        hides: &[],
        resources,
        prepare: None,
        handler: Handler::Read(answer),
    }
}

/// An action that changes what decisions read.
pub const fn change(
    name: &'static str,
    permission: Permission,
    resources: Concerned,
    plan: fn(&Authorized<'_>, &mut Draft) -> Result<Value, ApiError>,
) -> Row {
    Row {
        service: "iam",
        name,
        permission,
        access: Access::Write,
        category: Category::Management,
        hides: &[],
        resources,
        prepare: None,
        handler: Handler::Change(plan),
    }
}
