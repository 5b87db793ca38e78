//! GetRoleCredentials: a session of the role that a permission set has become in an account.
//!
//! The caller comes to the role as to any: its trust policy names the provider that speaks for Identity Center, and
//! policies of the organization on resources have their say.

use portcullis_base::Value;

use super::bearer::{row, signed_in, unauthorized};
use crate::action::{Access, Ask, Guarding, Handler, Need, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::identity_center::access::{self, Access as Held};
use crate::issue::issue;
use std::sync::Arc;

const ASSUME: &str = "sts:AssumeRoleWithSAML";

/// The action.
pub const ROW: Row = row("GetRoleCredentials", &[ASSUME], needs, Access::Read, Handler::Issue(plan));

/// What the caller has under the names in the request.
fn held<'a>(ask: &Ask<'a>) -> Result<Held<'a>, ApiError> {
    let who = signed_in(ask)?;
    access::asked(ask.snapshot, &who.user.id, ask.input)
        .ok_or_else(|| ApiError::caller("ForbiddenException", 403, "No access"))
}

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let held = held(ask)?;
    let need = Need::new(ASSUME, held.role.arn.to_string(), held.account);
    let need = need.guarded(Guarding::Trust(Arc::clone(held.role))).quiet();
    Ok(vec![need.key("SAML:aud", access::AUDIENCE)])
}

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (who, held) = (signed_in(ask)?, held(ask)?);
    let wanted = access::wanted(ask, &who.user, &held);
    let issued = issue(ask, wanted, draft)?;
    let given = |member: &str| issued.credentials.text(member).map(str::to_owned).ok_or_else(unauthorized);
    let expires = issued.credentials.time("Expiration").ok_or_else(unauthorized)?;
    let credentials = Value::structure()
        .with("accessKeyId", given("AccessKeyId")?)
        .with("secretAccessKey", given("SecretAccessKey")?)
        .with("sessionToken", given("SessionToken")?)
        .with("expiration", expires.millis());
    Ok(Value::structure().with("roleCredentials", credentials))
}
