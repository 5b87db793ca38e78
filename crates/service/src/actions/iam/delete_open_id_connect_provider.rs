//! DeleteOpenIDConnectProvider: roles that trust it go on naming it and can be assumed by nobody through it. That there
//! is no such provider is no error (IAM API reference: the operation is idempotent).

use portcullis_base::Value;
use portcullis_store::Key;

use super::target::Target;
use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::OidcProvider;

/// The action.
pub const ROW: Row = row::change(
    "DeleteOpenIDConnectProvider",
    Permission::Named("iam:DeleteOpenIDConnectProvider", target::need::<OidcProvider>),
    target::concerned::<OidcProvider>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let arn = ask.text(OidcProvider::MEMBER)?;
    if let Some(provider) = OidcProvider::lookup(ask.snapshot, ask.account(), arn) {
        draft.delete(Key::oidc_provider(provider.record.account, provider.record.id));
    }
    Ok(Value::structure())
}
