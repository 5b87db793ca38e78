//! GenerateCredentialReport: has a credential report made, unless there is one of the last four hours.

use std::sync::Arc;

use portcullis_base::Value;

use super::{credential_report, row};
use crate::action::{Output, Row, no_resources};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::report::{Making, Wished};

/// The action.
pub const ROW: Row =
    row::search("GenerateCredentialReport", row::anywhere("iam:GenerateCredentialReport"), no_resources, run);

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let account = flow.ask().account();
        let answer = match Making::wish(&flow.service, account, flow.now) {
            Wished::Make(making) => {
                let (service, snapshot) = (Arc::clone(&flow.service), Arc::clone(&flow.snapshot));
                tokio::spawn(credential_report::make(service, snapshot, account, making));
                Value::structure()
                    .with("State", "STARTED")
                    .with("Description", "No report exists. Starting a new report generation task")
            }
            Wished::Making => Value::structure().with("State", "INPROGRESS"),
            Wished::Done => Value::structure().with("State", "COMPLETE"),
        };
        Ok(answer.into())
    })
}
