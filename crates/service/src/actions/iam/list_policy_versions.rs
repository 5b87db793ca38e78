//! ListPolicyVersions: the versions of a managed policy, newest first, without their texts.

use portcullis_base::Value;

use super::paging::Page;
use super::{row, target, version};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::read(
    "ListPolicyVersions",
    Permission::Named("iam:ListPolicyVersions", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let record = &target::find::<ManagedPolicy>(ask)?.record;
    let page = Page::of(ask, "versions")?;
    Ok(page.answer(
        "Versions",
        record.versions.iter().rev(),
        |held| format!("{:08x}", u32::MAX - held.number),
        |held| version::shown(held, record.default_version),
    ))
}
