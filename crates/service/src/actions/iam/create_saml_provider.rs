//! CreateSAMLProvider: an identity provider whose assertions roles may trust.

use portcullis_base::{Tags, UniqueId, UniqueIdKind, Value};
use portcullis_store::record::SamlProviderRecord;

use super::target::Target;
use super::{naming, row, saml, tagging};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::identity_center::provision;
use crate::snapshot::SamlProvider;

const CREATE: &str = "iam:CreateSAMLProvider";
const TAG: &str = "iam:TagSAMLProvider";

/// The action.
pub const ROW: Row = row::change(
    "CreateSAMLProvider",
    Permission::Several(&[CREATE, TAG], |ask| {
        Ok(tagging::needs_new(ask, naming::need_new::<SamlProvider>(ask, CREATE, "Name")?, TAG))
    }),
    |ask| naming::concerned_new::<SamlProvider>(ask, "Name"),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let name = ask.text("Name")?;
    // Roles of permission sets trust such a provider: nobody may come to be it.
    if provision::is_provider(name) {
        let message = format!("The name {name} is reserved for the provider of IAM Identity Center.");
        return Err(ApiError::invalid_input(message));
    }
    naming::vacancy::<SamlProvider>(ask, name)?;
    let mut record = SamlProviderRecord {
        id: UniqueId::generate(UniqueIdKind::SamlProvider, ask.service.world.entropy.as_ref()),
        account: ask.account(),
        name: name.to_owned(),
        created: ask.now,
        tags: Tags::new(),
        metadata: String::new(),
        valid_until_ms: None,
        uuid: saml::random_name(ask),
        encryption: None,
        private_keys: Vec::new(),
    };
    record.tags = tagging::requested::<SamlProvider>(ask)?;
    saml::configure(ask, &mut record)?;
    SamlProvider::put(draft, &record);
    let tags = tagging::shown_if_any(&record.tags);
    let arn = SamlProvider::new(record).arn.clone();
    Ok(Value::structure().with("SAMLProviderArn", arn).with_some("Tags", tags))
}
