//! The common forms of S3's rows.

use portcullis_base::Value;

use super::place::{bucket_need, bucket_resources, object_need, object_resources};
use crate::action::{Access, Answer, Ask, Category, Handler, Need, Output, Permission, Plan, Prepare, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::gate::Authorized;
use crate::port::BoxFuture;

/// What an action that waits does.
pub(super) type Run = for<'a> fn(&'a mut Flow) -> BoxFuture<'a, Result<Output, ApiError>>;
/// The permissions of an action that needs several.
pub(super) type Needs = fn(&Ask<'_>) -> Result<Vec<Need>, ApiError>;

/// Reads something of a bucket from the snapshot.
pub(super) const fn bucket_read(name: &'static str, action: &'static str, answer: Answer) -> Row {
    Row {
        service: "s3",
        name,
        permission: Permission::Named(action, bucket_need),
        access: Access::Read,
        category: Category::Management,
        hides: &[],
        resources: bucket_resources,
        prepare: None,
        handler: Handler::Read(answer),
    }
}

/// Changes something of a bucket that decisions read.
pub(super) const fn bucket_change(name: &'static str, action: &'static str, plan: Plan) -> Row {
    let row = bucket_read(name, action, nothing);
    Row { access: Access::Write, handler: Handler::Change(plan), ..row }
}

fn nothing(_: &Authorized<'_>) -> Result<Value, ApiError> {
    Ok(Value::structure())
}

/// Lists what is in a bucket.
pub(super) const fn listing(name: &'static str, permission: Permission, run: Run) -> Row {
    Row {
        service: "s3",
        name,
        permission,
        access: Access::Read,
        category: Category::Data,
        hides: &[],
        resources: bucket_resources,
        prepare: None,
        handler: Handler::Flow(run),
    }
}

/// Does something with an object that needs one permission.
pub(super) const fn object(
    name: &'static str,
    action: &'static str,
    access: Access,
    prepare: Option<Prepare>,
    run: Run,
) -> Row {
    let row = listing(name, Permission::Named(action, object_need), run);
    Row { access, prepare, resources: object_resources, ..row }
}

/// Does something with an object that needs several permissions, or one of several.
pub(super) const fn object_several(
    name: &'static str,
    actions: &'static [&'static str],
    needs: Needs,
    access: Access,
    prepare: Option<Prepare>,
    run: Run,
) -> Row {
    let row = listing(name, Permission::Several(actions, needs), run);
    Row { access, prepare, resources: object_resources, ..row }
}
