//! ListServiceSpecificCredentials: a user's passwords for single services, or everybody's; there are none here.

use super::{nothing, owner, row};
use crate::action::{Ask, Need, Permission, Row};
use crate::error::ApiError;

/// The services that have such credentials (IAM User Guide, "API keys for Amazon Bedrock", "Use IAM with CodeCommit" and
/// "Use IAM with Amazon Keyspaces").
const SERVICES: [&str; 3] = ["bedrock.amazonaws.com", "cassandra.amazonaws.com", "codecommit.amazonaws.com"];

/// The action.
pub const ROW: Row = row::read(
    "ListServiceSpecificCredentials",
    Permission::Named("iam:ListServiceSpecificCredentials", |ask, action| {
        if is_about_everybody(ask) {
            return Ok(Need::anywhere(action, ask.account()));
        }
        owner::need(ask, action)
    }),
    |ask| if is_about_everybody(ask) { Vec::new() } else { owner::concerned(ask) },
    |ask| {
        const MEMBER: &str = "ServiceSpecificCredentials";
        supported(ask)?;
        if is_about_everybody(ask) { nothing::list(ask, MEMBER) } else { nothing::list_of_owner(ask, MEMBER) }
    },
);

/// Refuses services that AWS has no such credentials for.
fn supported(ask: &Ask<'_>) -> Result<(), ApiError> {
    match ask.input.text("ServiceName") {
        Some(name) if !SERVICES.contains(&name) => {
            let message = format!("Service {name} does not support service-specific credentials.");
            Err(ApiError::caller("NotSupportedService", 404, message))
        }
        _ => Ok(()),
    }
}

fn is_about_everybody(ask: &Ask<'_>) -> bool {
    ask.input.bool("AllUsers") == Some(true)
}
