//! Import: real accounts, as AWS's own tools print them, become accounts here, all of it in one change.
//!
//! It is the deployment's: only its own account can do it, whose callers alone may also bring other accounts. Besides
//! its own permission it asks for each that making the same by single calls would ask ([`crate::import`]), before it
//! tells anything of what is here. It brings no credentials: neither keys, nor passwords, nor a root user's.

use std::sync::Arc;

use portcullis_base::AccountId;
use portcullis_store::{Guard, Key};

use crate::action::{Access, Category, Handler, Need, Output, Permission, Row, no_resources};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::import::{self, Here, Options, PERMISSIONS, Plan, UnpackError};
use crate::port::BoxFuture;
use crate::service::ATTEMPTS_MAX;

/// The action.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "Import",
    permission: Permission::EachItem(PERMISSIONS, |_| Ok(())),
    access: Access::Write,
    category: Category::Management,
    hides: &["Bundle"],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(run),
};

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        for _ in 0..ATTEMPTS_MAX {
            flow.forget_items();
            flow.permit(Need::anywhere("portcullis:Import", flow.snapshot.account))?;
            let mut plan = planned(flow).await?;
            flow.permit_all(std::mem::take(&mut plan.needs))?;
            let is_dry = flow.input.bool("DryRun") == Some(true);
            let (here, now) = (Arc::clone(&flow.snapshot), flow.now);
            import::refuse_revived(&mut plan, &here, flow.service.engine.as_ref(), now).await?;
            if is_dry || !plan.report.problems.is_empty() {
                return Ok(plan.report.value().into());
            }
            plan.report.is_stored = true;
            if plan.records.is_empty() {
                return Ok(plan.report.value().into());
            }
            let mut draft = Draft::new();
            // A plan is made for one state of things: after any change it is made again.
            draft.guard(Guard::At(Key::epoch(), here.epoch));
            draft.put_all(std::mem::take(&mut plan.records));
            match flow.commit(&draft, &plan.report.counts()).await {
                Ok(_) => return Ok(plan.report.value().into()),
                Err(NotCommitted::Overtaken) => {}
                Err(NotCommitted::Refused(error)) => return Err(error),
            }
        }
        Err(ApiError::unavailable())
    })
}

/// Plans on a thread where nobody waits for the next request.
async fn planned(flow: &Flow) -> Result<Plan, ApiError> {
    let invalid = |message: String| ApiError::caller("InvalidInputException", 400, message);
    let (service, here) = (Arc::clone(&flow.service), Arc::clone(&flow.snapshot));
    let bundle = flow.input.blob("Bundle").unwrap_or_default().to_vec();
    let bucket_account = match flow.input.text("BucketAccount") {
        None => None,
        Some(text) => {
            Some(text.parse::<AccountId>().map_err(|_| invalid(format!("{text} is no account's number.")))?)
        }
    };
    let options = Options {
        account: None,
        bucket_account,
        skips_unreadable: flow.input.bool("SkipUnreadable") == Some(true),
        region: flow.facts.region.clone(),
        is_operator: false,
    };
    let planning = tokio::task::spawn_blocking(move || {
        let files = import::unpack(&bundle)?;
        let limits = &service.settings.limits;
        Ok::<_, UnpackError>(import::plan(&files, Here::There(&here), &options, limits, &service.world))
    });
    let planned = planning.await.map_err(|error| ApiError::internal(&format!("planning failed: {error}")))?;
    planned.map_err(|error| invalid(error.to_string()))
}

#[cfg(test)]
mod tests;
