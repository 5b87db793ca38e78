//! Who calls: whoever signed in to the session that the access token names.

use std::sync::Arc;

use crate::action::{Access, Ask, Category, Handler, Need, Permission, Row, no_resources};
use crate::error::ApiError;
use crate::flow::Prospect;
use crate::identity_center::access;
use crate::port::BoxFuture;
use crate::sign_in::token::{self, Grant, Kind};
use crate::sign_in::{SignedIn, session};

/// A row of this service.
pub const fn row(
    name: &'static str,
    permissions: &'static [&'static str],
    needs: fn(&Ask<'_>) -> Result<Vec<Need>, ApiError>,
    access: Access,
    handler: Handler,
) -> Row {
    Row {
        service: "awsssoportal",
        name,
        permission: Permission::Vouched(permissions, needs),
        access,
        category: Category::Management,
        hides: &["accessToken"],
        resources: no_resources,
        prepare: Some(prepare),
        handler,
    }
}

/// AWS's refusal of a token that is not good, for whatever reason.
pub fn unauthorized() -> ApiError {
    ApiError::caller("UnauthorizedException", 401, "Session token not found or invalid")
}

fn prepare(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        let token = prospect.input.text("accessToken").unwrap_or_default();
        let grant: Option<Grant> = token::open(&prospect.service, Kind::Access, token);
        let grant = grant.filter(|grant| prospect.now < grant.expires).ok_or_else(unauthorized)?;
        let who =
            session::by_id(&prospect.snapshot, &grant.session, prospect.now).ok_or_else(unauthorized)?;
        let instance = prospect.snapshot.identity_center.instance().ok_or_else(unauthorized)?;
        let mut vouched = access::vouched(instance, &who.user, &who.session.id);
        if let Some(held) = access::asked(&prospect.snapshot, &who.user.id, &prospect.input) {
            // To the role it comes through the provider that the role trusts.
            vouched.provider = access::speaker(held.role).unwrap_or(vouched.provider);
        }
        prospect.loaded.vouched = Some(Arc::new(vouched));
        Ok(())
    })
}

/// Who calls, as things are in the snapshot of the decision: the session is asked again there.
///
/// # Errors
/// `UnauthorizedException`.
pub fn signed_in(ask: &Ask<'_>) -> Result<SignedIn, ApiError> {
    let session = ask.caller.vouched.as_ref().map(|vouched| vouched.user_id.as_str());
    session.and_then(|id| session::by_id(ask.snapshot, id, ask.now)).ok_or_else(unauthorized)
}

/// The permission that whoever has signed in needs not be given.
///
/// # Errors
/// `UnauthorizedException`.
pub fn own(ask: &Ask<'_>, action: &'static str) -> Result<Vec<Need>, ApiError> {
    signed_in(ask)?;
    Ok(vec![Need::anywhere(action, ask.snapshot.account)])
}
