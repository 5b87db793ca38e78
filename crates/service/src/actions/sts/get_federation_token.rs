//! GetFederationToken: credentials for somebody whom the caller vouches for (STS API reference, GetFederationToken).
//!
//! The federated user may do what its maker may and the session policies allow; without any, nothing but what a
//! resource policy grants it by name. Its maker is held by unique id, never by the name, which may be anybody's.

use portcullis_base::{Arn, Value};
use portcullis_store::record::SessionKind;

use super::{lifetime, session_policy, session_tags};
use crate::action::{Access, Ask, Category, Handler, Need, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::issue::{Wanted, issue};
use crate::token::{Passed, Subject};

const GET: &str = "sts:GetFederationToken";
const TAG: &str = "sts:TagSession";

/// The action.
pub const ROW: Row = Row {
    service: "sts",
    name: "GetFederationToken",
    permission: Permission::Several(&[GET, TAG], needs),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: crate::action::no_resources,
    prepare: None,
    handler: Handler::Issue(get),
};

fn arn(ask: &Ask<'_>) -> Result<Arn, ApiError> {
    Ok(Arn::sts(ask.account(), &format!("federated-user/{}", ask.text("Name")?)))
}

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let arn = arn(ask)?.to_string();
    let mut needs = vec![Need::new(GET, arn.clone(), ask.account())];
    if session_tags::are_given(ask) {
        needs.push(Need::new(TAG, arn, ask.account()));
    }
    Ok(needs)
}

fn get(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (account, name, arn) = (ask.account(), ask.text("Name")?, arn(ask)?.to_string());
    let policies = session_policy::of(ask, account, draft)?;
    let tags = session_tags::of(ask)?;
    let wanted = Wanted {
        kind: SessionKind::FederationToken,
        subject: Subject::Federated { parent: ask.caller.holder_id(), name: name.to_owned() },
        account,
        arn: arn.clone(),
        duration_s: lifetime::of(ask),
        passed: Passed {
            policy: policies.inline,
            policy_ids: policies.managed,
            tags: tags.tags,
            transitive_keys: tags.transitive_keys,
        },
        source_identity: None,
        mfa_at: None,
    };
    let issued = issue(ask, wanted, draft)?;
    let user = Value::structure().with("FederatedUserId", format!("{account}:{name}")).with("Arn", arn);
    Ok(Value::structure()
        .with("Credentials", issued.credentials)
        .with("FederatedUser", user)
        .with_some("PackedPolicySize", issued.packed_percent))
}
