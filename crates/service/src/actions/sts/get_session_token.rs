//! GetSessionToken: temporary credentials of the caller itself (STS API reference, GetSessionToken).
//!
//! No permission is needed, and no session policy can be passed: the session is its user in everything, evaluated
//! live. Only long-term keys may ask; the decision knows both rules by the action's name.

use portcullis_base::Value;
use portcullis_store::record::SessionKind;

use super::{lifetime, mfa};
use crate::action::{Access, Category, Handler, Permission, Row, no_resources};
use crate::caller::Holder;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::issue::{Wanted, issue};
use crate::token::{Passed, Subject};

/// The action.
pub const ROW: Row = Row {
    service: "sts",
    name: "GetSessionToken",
    permission: Permission::CallerOnly("sts:GetSessionToken"),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: Some(mfa::prepare),
    handler: Handler::Issue(get),
};

fn get(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mfa_at = mfa::proved(ask)?;
    let subject = match &ask.caller.holder {
        Holder::Root => Subject::Root,
        Holder::User(user) => Subject::User { user: user.record.id },
        Holder::Nobody | Holder::Role(_) => {
            return Err(ApiError::internal("a session token was asked for by neither a user nor root"));
        }
    };
    let wanted = Wanted {
        kind: SessionKind::SessionToken,
        subject,
        account: ask.account(),
        arn: ask.caller.arn.clone(),
        duration_s: lifetime::of(ask),
        passed: Passed::default(),
        source_identity: None,
        mfa_at,
    };
    let issued = issue(ask, wanted, draft)?;
    Ok(Value::structure().with("Credentials", issued.credentials))
}
