//! Edits of policies: durable and answered within the bound, and met by the very next request of whom they concern.

use std::time::Duration;

use crate::client::Client;
use crate::common::Failure;
use crate::common::figures::percentile;
use crate::data::{Holder, Written};
use crate::report::{Report, median};

/// From the request for the edit to its answer.
const EDIT_BOUND: Duration = Duration::from_millis(5);
/// What the users ask for before and after: no policy that was written here speaks of it.
const QUESTION: &str = "ListAccountAliases";

/// The two edits that are made of a user's policies.
const GRANT: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListAccountAliases","Resource":"*"}}"#;
const REVOCATION: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:ListAccountAliases","Resource":"*"}}"#;

/// Grants something to users by a policy of their own, and takes it from them by their managed policy.
///
/// # Errors
/// When an edit is not met by the next request.
pub async fn measure(
    root: &mut Client,
    endpoint: &str,
    written: &Written,
    edits: u32,
    report: &mut Report,
) -> Result<(), Failure> {
    let (mut granted, mut revoked, mut met) = (Vec::new(), Vec::new(), Vec::new());
    for holder in written.holders.iter().take(edits.div_ceil(2) as usize) {
        let mut user = Client::connect(endpoint, holder.credentials.clone()).await?;
        next(&mut user, holder, 403).await?;
        let put = [("UserName", holder.name.as_str()), ("PolicyName", "own"), ("PolicyDocument", GRANT)];
        granted.push(root.done("PutUserPolicy", &put).await?.took());
        met.push(next(&mut user, holder, 200).await?);
        let arn = format!("arn:aws:iam::123456789012:policy{}", holder.policy);
        let create = [("PolicyArn", arn.as_str()), ("PolicyDocument", REVOCATION), ("SetAsDefault", "true")];
        revoked.push(root.done("CreatePolicyVersion", &create).await?.took());
        met.push(next(&mut user, holder, 403).await?);
    }
    if met.is_empty() {
        return Err("there is no user whose policies could be edited".into());
    }
    crate::report::note("edits, each met by the user's next request", &met.len().to_string());
    crate::report::note("  that request, median", &crate::common::figures::shown(median(&mut met)));
    for (action, mut times) in [("PutUserPolicy", granted), ("CreatePolicyVersion", revoked)] {
        report.duration(&format!("{action}, median"), median(&mut times), EDIT_BOUND);
        report.duration(&format!("{action}, 99 of 100"), percentile(&mut times, 99), EDIT_BOUND);
    }
    Ok(())
}

/// The user's next request must be answered with this status.
async fn next(user: &mut Client, holder: &Holder, wanted: u16) -> Result<Duration, Failure> {
    let answer = user.ask(QUESTION, &[]).await?;
    if answer.status == wanted {
        return Ok(answer.took());
    }
    Err(format!(
        "{} of {} was answered {}, not {wanted}: {}",
        QUESTION, holder.name, answer.status, answer.text
    )
    .into())
}
