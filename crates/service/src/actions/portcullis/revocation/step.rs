//! A change by an action of AWS's own: what `aws iam put-role-policy …` would do, done by the same row, under the same
//! permission, against the same quotas. Several make one change set: each is drafted on what those before it left.
//!
//! ```text
//! steps -> needs, all granted or none -> one draft -> one transaction
//! steps -> commands of the AWS CLI
//! ```

use portcullis_base::Value;
use portcullis_store::Change;

use crate::action::{Ask, Handler, Need};
use crate::actions;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::gate;
use crate::snapshot::Snapshot;

/// Stands for the id of the policy that a step before it made.
pub const MADE: &str = "$POLICY_ID";

/// Steps that are drafted before others may go on.
const AT_ONCE: usize = 8;

/// One call.
#[derive(Debug, Clone)]
pub struct Step {
    /// `iam`
    pub service: &'static str,
    /// `PutRolePolicy`
    pub operation: &'static str,
    /// What it is called with.
    pub input: Value,
    /// What it is for, in a line.
    pub purpose: String,
}

/// Steps as one change.
pub struct ChangeSet {
    /// What is written.
    pub draft: Draft,
    /// Under which permissions.
    pub needs: Vec<Need>,
    /// The id of the last policy of an organization that was made.
    pub made: Option<String>,
}

/// Drafts all steps, or none.
///
/// # Errors
/// What the first step that cannot be done would get by itself.
pub async fn change_set(flow: &Flow, steps: &[Step]) -> Result<ChangeSet, ApiError> {
    let mut scratch = Snapshot::clone(&flow.snapshot);
    let mut all = ChangeSet { draft: Draft::new(), needs: Vec::new(), made: None };
    for (number, step) in steps.iter().enumerate() {
        if number % AT_ONCE == AT_ONCE - 1 {
            // There may be thousands, and others wait.
            tokio::task::yield_now().await;
        }
        let input = step.with_made(all.made.as_deref());
        let ask = Ask { snapshot: &scratch, input: &input, ..flow.ask() };
        let row = actions::row(step.service, step.operation);
        let row = row.ok_or_else(|| ApiError::internal("a step is of an action that is not served"))?;
        let Handler::Change(plan) = row.handler else {
            return Err(ApiError::internal("a step is of an action that is no change"));
        };
        let needs = row.permission.needs(&ask)?;
        let (authorized, _) = gate::authorize(ask, &needs).map_err(|refused| refused.error)?;
        let mut draft = Draft::new();
        let output = plan(&authorized, &mut draft).map_err(|error| step.blamed(error))?;
        let id = output.member("Policy").and_then(|policy| policy.member("PolicySummary"));
        if let Some(id) = id.and_then(|summary| summary.text("Id")) {
            all.made = Some(id.to_owned());
        }
        let (puts, deletes) = draft.records();
        let change = Change { revision: scratch.revision, puts, deletes };
        scratch = scratch
            .apply(&change, &flow.service.master)
            .map_err(|error| ApiError::internal(&format!("a step left what cannot be read: {error}")))?;
        all.needs.extend(needs);
        all.draft.absorb(draft);
    }
    Ok(all)
}

impl Step {
    /// A call of IAM's.
    pub fn iam(operation: &'static str, members: &[(&str, &str)], purpose: String) -> Self {
        Self::of("iam", operation, members, purpose)
    }

    /// A call.
    pub fn of(
        service: &'static str,
        operation: &'static str,
        members: &[(&str, &str)],
        purpose: String,
    ) -> Self {
        let input = members.iter().fold(Value::structure(), |input, (name, value)| input.with(name, *value));
        Self { service, operation, input, purpose }
    }

    fn with_made(&self, made: Option<&str>) -> Value {
        let members = self.input.members().iter();
        members.fold(Value::structure(), |input, (name, value)| match (value.as_text(), made) {
            (Some(MADE), Some(made)) => input.with(name, made),
            _ => input.with(name, value.clone()),
        })
    }

    /// The error with what could not be done: there may be many steps.
    fn blamed(&self, mut error: ApiError) -> ApiError {
        error.message = format!("{} ({}: {})", error.message, self.operation, self.purpose);
        error
    }

    /// The same with the AWS CLI.
    pub fn command(&self) -> String {
        let service = if self.service == "s3" { "s3api" } else { self.service };
        let mut command = format!("aws {service} {}", kebab(self.operation));
        for (name, value) in self.input.members() {
            let text = value.as_text().unwrap_or_default();
            let value = if text == MADE { format!("\"{MADE}\"") } else { quoted(text) };
            let between = if text.starts_with('-') { "=" } else { " " };
            for part in [" --", &kebab(name), between, &value] {
                command.push_str(part);
            }
        }
        if self.operation == "CreatePolicy" {
            return format!("POLICY_ID=$({command} --query Policy.PolicySummary.Id --output text)");
        }
        command
    }
}

/// `PutRolePolicy` as `put-role-policy`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}

/// One word for a POSIX shell, whatever is in it.
pub fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,=".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_a_command_of_the_aws_cli() {
        let step = Step::iam(
            "PutRolePolicy",
            &[("RoleName", "-it's"), ("PolicyName", "P"), ("PolicyDocument", "{\"a\": \"it's $x\"}")],
            String::new(),
        );
        let shown = r#"aws iam put-role-policy --role-name='-it'\''s' --policy-name P --policy-document '{"a": "it'\''s $x"}'"#;
        assert_eq!(step.command(), shown);
        let step = Step::of("s3", "PutBucketPolicy", &[("Bucket", "b"), ("Policy", "")], String::new());
        assert_eq!(step.command(), "aws s3api put-bucket-policy --bucket b --policy ''");
        let step = Step::of("organizations", "AttachPolicy", &[("PolicyId", MADE)], String::new());
        assert_eq!(step.command(), "aws organizations attach-policy --policy-id \"$POLICY_ID\"");
    }
}
