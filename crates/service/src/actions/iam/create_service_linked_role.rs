//! CreateServiceLinkedRole: the role that a service has in the account.

use portcullis_base::{Tags, UniqueId, UniqueIdKind, Value};
use portcullis_store::record::RoleRecord;
use thin_vec::ThinVec;

use super::service_linked::{self, Template};
use super::target::Target;
use super::{documents, naming, role_settings, row, shown};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "CreateServiceLinkedRole",
    Permission::Named("iam:CreateServiceLinkedRole", service_linked::need_new),
    |ask| {
        let service = ask.input.text("AWSServiceName");
        service.map(|service| (Role::KIND, service_linked::arn_of_new(ask, service))).into_iter().collect()
    },
    plan,
);

/// The longest name of a role.
const NAME_MAX: usize = 64;

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let service = ask.text("AWSServiceName")?;
    let template = Template::of(service).ok_or_else(|| {
        ApiError::no_such_entity(format!("Cannot find Service Linked Role template for {service}"))
    })?;
    let name = template.role_name(ask.input.text("CustomSuffix"))?;
    if name.len() > NAME_MAX {
        return Err(ApiError::invalid_input(format!("Service role name {name} is too long.")));
    }
    if ask.snapshot.roles.named(ask.account(), &name).is_some() {
        return Err(ApiError::invalid_input(format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        )));
    }
    naming::vacancy::<Role>(ask, &name)?;
    let record = RoleRecord {
        id: UniqueId::generate(UniqueIdKind::Role, ask.service.world.entropy.as_ref()),
        account: ask.account(),
        name: name.into(),
        path: template.path().into(),
        created: ask.now,
        tags: Tags::new(),
        boundary: None,
        attached: ThinVec::new(),
        inline: ThinVec::new(),
        // Advice on a document is for whoever wrote it.
        trust: documents::trust(ask, &template.trust(), &mut Draft::new())?,
        description: role_settings::description(ask),
        max_session_s: role_settings::SESSION_DEFAULT_S,
    };
    draft.put_role(&record);
    Ok(Value::structure().with("Role", shown::whole_role(ask.snapshot, &Role::new(record))))
}
