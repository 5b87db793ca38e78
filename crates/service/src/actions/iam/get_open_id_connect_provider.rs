//! GetOpenIDConnectProvider: an issuer with its audiences and thumbprints. Its URL is shown without the scheme, as AWS
//! shows it.

use portcullis_base::Value;

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::OidcProvider;

/// The action.
pub const ROW: Row = row::read(
    "GetOpenIDConnectProvider",
    Permission::Named("iam:GetOpenIDConnectProvider", target::need::<OidcProvider>),
    target::concerned::<OidcProvider>,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let record = &target::find::<OidcProvider>(ask)?.record;
    let list = |texts: &[String]| -> Value { texts.iter().map(|text| Value::from(text.as_str())).collect() };
    Ok(Value::structure()
        .with("Url", record.name.as_str())
        .with("ClientIDList", list(&record.client_ids))
        .with("ThumbprintList", list(&record.thumbprints))
        .with("CreateDate", record.created)
        .with("Tags", tagging::shown(&record.tags)))
}
