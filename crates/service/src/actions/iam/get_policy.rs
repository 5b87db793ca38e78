//! GetPolicy: a managed policy with its description and tags.

use portcullis_base::Value;

use super::{row, shown, target};
use crate::action::{Permission, Row};
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::read(
    "GetPolicy",
    Permission::Named("iam:GetPolicy", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    |ask| {
        let policy = target::find::<ManagedPolicy>(ask)?;
        Ok(Value::structure().with("Policy", shown::whole_policy(ask, policy)))
    },
);
