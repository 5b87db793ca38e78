//! CreateOpenIDConnectProvider: an issuer of tokens that roles may trust. Nothing is fetched from it: where no thumbprint
//! is given there is none.

use portcullis_base::{UniqueId, UniqueIdKind, Value};
use portcullis_store::record::OidcProviderRecord;

use super::open_id::{client_ids, name_of_url, thumbprints};
use super::target::Target;
use super::{naming, row, tagging};
use crate::action::{Ask, Need, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{OidcProvider, iam_arn};

const CREATE: &str = "iam:CreateOpenIDConnectProvider";
const TAG: &str = "iam:TagOpenIDConnectProvider";

/// The action.
pub const ROW: Row = row::change(
    "CreateOpenIDConnectProvider",
    Permission::Several(&[CREATE, TAG], |ask| {
        let make = Need::new(CREATE, arn(ask, name_of_url(ask)?), ask.account());
        Ok(tagging::needs_new(ask, make, TAG))
    }),
    |ask| name_of_url(ask).map(|name| (OidcProvider::KIND, arn(ask, name))).into_iter().collect(),
    plan,
);

fn arn(ask: &Ask<'_>, name: &str) -> String {
    iam_arn(ask.account(), OidcProvider::WORD, "/", name)
}

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let name = name_of_url(ask)?;
    naming::vacancy::<OidcProvider>(ask, name)?;
    let record = OidcProviderRecord {
        id: UniqueId::generate(UniqueIdKind::OidcProvider, ask.service.world.entropy.as_ref()),
        account: ask.account(),
        name: name.to_owned(),
        created: ask.now,
        tags: tagging::requested::<OidcProvider>(ask)?,
        client_ids: client_ids(ask)?,
        thumbprints: thumbprints(ask)?,
    };
    OidcProvider::put(draft, &record);
    Ok(Value::structure()
        .with("OpenIDConnectProviderArn", arn(ask, name))
        .with_some("Tags", tagging::shown_if_any(&record.tags)))
}
