//! CreateAccount: an account in the organization, with a role in it that the management account can assume.
//!
//! AWS makes accounts in the background and says how it went when asked ([`super::describe_create_account_status`]);
//! here the account is there when the answer comes.

use portcullis_base::{Tags, UniqueId, UniqueIdKind, Value};
use portcullis_policy::PolicyKind;
use portcullis_store::record::{
    AccountRecord, CreateAccountRecord, MembershipRecord, OrganizationRecord, RoleRecord,
};

use portcullis_store::Key;
use thin_vec::thin_vec;

use super::{handshake, ids, policy_type, row, scope, shown, tagging};
use crate::action::{Ask, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The role's name unless the request gives another (Organizations User Guide, "Access member accounts").
const ROLE: &str = "OrganizationAccountAccessRole";
/// What the role may do.
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
/// As many requests are remembered.
pub(super) const REQUESTS_MAX: usize = 1000;
const CREATE: &str = "organizations:CreateAccount";

/// The action.
pub const ROW: Row = row::change(
    "CreateAccount",
    Permission::Several(&[CREATE, scope::TAG], |ask| Ok(scope::tagged(ask, scope::anywhere(ask, CREATE)))),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let organization = scope::organization(ask)?;
    let tags = tagging::requested(ask)?;
    let (email, name) = (ask.text("Email")?, ask.text("AccountName")?);
    let account = match failure(ask, email) {
        None => Some(make(ask, organization, email, name, tags, draft)?),
        Some(_) => None,
    };
    let record = CreateAccountRecord {
        id: ids::fresh(ask, "car", 32),
        account_name: name.to_owned(),
        requested: ask.now,
        account,
        failure: failure(ask, email).map(str::to_owned),
    };
    forget_oldest(ask, draft);
    draft.put_create_account(&record);
    Ok(Value::structure().with("CreateAccountStatus", shown::request(&record)))
}

/// What came of the oldest request is forgotten where there are many: AWS keeps them for some months only.
fn forget_oldest(ask: &Ask<'_>, draft: &mut Draft) {
    let requests = || ask.snapshot.accounts.requests();
    if requests().count() >= REQUESTS_MAX
        && let Some(oldest) = requests().min_by_key(|request| request.requested)
    {
        draft.delete(Key::create_account(&oldest.id));
    }
}

/// AWS's word for why the account cannot be made.
fn failure(ask: &Ask<'_>, email: &str) -> Option<&'static str> {
    let accounts = &ask.snapshot.accounts;
    if accounts.all().any(|account| account.email.eq_ignore_ascii_case(email)) {
        return Some("EMAIL_ALREADY_EXISTS");
    }
    let most = ask.service.settings.limits.quota("accounts");
    (handshake::counted_accounts(ask) >= most).then_some("ACCOUNT_LIMIT_EXCEEDED")
}

fn make(
    ask: &Authorized<'_>,
    organization: &OrganizationRecord,
    email: &str,
    name: &str,
    tags: Tags,
    draft: &mut Draft,
) -> Result<portcullis_base::AccountId, ApiError> {
    let id = ids::account(ask);
    draft.put_account(&AccountRecord {
        id,
        name: name.to_owned(),
        email: email.to_owned(),
        created: ask.now,
        is_closed: false,
        membership: Some(MembershipRecord {
            parent: organization.root_id.clone(),
            joined: ask.now,
            is_invited: false,
            attached: policy_type::first_policies(&organization.policy_types),
            tags,
        }),
    });
    let trust = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{}:root", organization.management) },
            "Action": "sts:AssumeRole",
        }],
    })
    .to_string();
    let parsed = portcullis_policy::parse(&trust, PolicyKind::Trust);
    let document = parsed.map_err(|error| ApiError::internal(&error.to_string()))?.document;
    let administrator = ask
        .snapshot
        .policy_by_arn(ADMINISTRATOR)
        .ok_or_else(|| ApiError::internal("AdministratorAccess is not there"))?;
    draft.put_role(&RoleRecord {
        id: UniqueId::generate(UniqueIdKind::Role, ask.service.world.entropy.as_ref()),
        account: id,
        name: ask.input.text("RoleName").unwrap_or(ROLE).into(),
        path: "/".into(),
        created: ask.now,
        tags: Tags::new(),
        boundary: None,
        attached: thin_vec![administrator.record.id],
        inline: thin_vec![],
        trust: ask.snapshot.resolved(&trust, &document)?,
        description: None,
        max_session_s: 3600,
    });
    Ok(id)
}
