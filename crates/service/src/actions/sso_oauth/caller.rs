//! Who calls: a client, which is anybody.

use std::sync::Arc;

use crate::action::{Access, Ask, Category, Handler, Need, Permission, Row, no_resources};
use crate::caller::{Vouched, VouchedBy};
use crate::error::ApiError;
use crate::flow::Prospect;
use crate::port::BoxFuture;
use crate::token::Federation;

/// A row of this service. The permission is its own, and is anybody's.
pub const fn row(
    name: &'static str,
    permissions: &'static [&'static str],
    needs: fn(&Ask<'_>) -> Result<Vec<Need>, ApiError>,
    hides: &'static [&'static str],
    handler: Handler,
) -> Row {
    Row {
        service: "sso-oauth",
        name,
        permission: Permission::Vouched(permissions, needs),
        access: Access::Write,
        category: Category::Management,
        hides,
        resources: no_resources,
        prepare: Some(prepare),
        handler,
    }
}

/// The client that asks, by its id if it gives one. Nothing that it says is believed for that.
///
/// # Errors
/// Never.
pub fn prepare(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        let id = prospect.input.text("clientId").or_else(|| prospect.input.text("clientName"));
        let name: String = id.unwrap_or_default().chars().take(64).collect();
        prospect.loaded.vouched = Some(Arc::new(Vouched {
            by: VouchedBy::Client,
            provider: "sso-oauth".to_owned(),
            user_id: name.clone(),
            name,
            account: prospect.snapshot.account,
            keys: Vec::new(),
            federation: Federation::default(),
            person: None,
        }));
        Ok(())
    })
}

/// A permission that nobody needs to be given.
///
/// # Errors
/// Never.
pub fn anybody(ask: &Ask<'_>, action: &'static str) -> Result<Vec<Need>, ApiError> {
    Ok(vec![Need::anywhere(action, ask.snapshot.account)])
}
