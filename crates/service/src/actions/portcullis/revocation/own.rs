//! RevokeOwnSession: a workload ends the session that it signs with, when its work is done. Every session may, for
//! itself alone.

use portcullis_store::record::RevocationTarget;

use super::revoke::{self, Wanted};
use crate::action::{Access, Category, Handler, Output, Permission, Row, no_resources};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;

/// The action.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "RevokeOwnSession",
    permission: Permission::CallerOnly("portcullis:RevokeOwnSession"),
    access: Access::Write,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(run),
};

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let own = flow.caller.session.as_ref().map(|session| session.claims.access_key_id.clone());
        let own = own.ok_or_else(|| {
            let message =
                "Only a session can end itself; a long-term key is made inactive by UpdateAccessKey.";
            ApiError::caller("InvalidInputException", 400, message)
        })?;
        let wanted = Wanted {
            target: RevocationTarget::Session(own),
            scope: None,
            cascades: flow.input.bool("Cascade") != Some(false),
            issued_before: None,
            blocked: None,
            reason: flow.input.text("Reason").map(str::to_owned),
        };
        revoke::commit(flow, wanted, None, None).await
    })
}
