//! A session of a role, as the three calls that assume one make and answer it (STS API reference, AssumeRole,
//! AssumeRoleWithSAML, AssumeRoleWithWebIdentity).

use portcullis_base::{AccountId, Arn, Value};
use portcullis_store::record::SessionKind;

use super::session_policy;
use super::session_tags::SessionTags;
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::issue::{Wanted, issue};
use crate::snapshot::Role;
use crate::token::{Passed, Subject};

/// The account of the role that the input names, whether it exists or not.
///
/// # Errors
/// `ValidationError` for what is no ARN of an account.
pub fn account_of_role(ask: &Ask<'_>) -> Result<AccountId, ApiError> {
    let text = ask.text("RoleArn")?;
    let arn: Option<Arn> = text.parse().ok();
    arn.and_then(|arn| arn.account_id()).ok_or_else(|| ApiError::validation(format!("{text} is invalid")))
}

/// What is asked for.
pub struct RoleSession<'a> {
    /// Which call asks.
    pub kind: SessionKind,
    /// The role.
    pub role: &'a Role,
    /// `RoleSessionName`.
    pub name: &'a str,
    /// How long it lasts.
    pub duration_s: u32,
    /// Its tags.
    pub tags: SessionTags,
    /// Its source identity.
    pub source_identity: Option<&'a str>,
}

impl RoleSession<'_> {
    /// Issues it, under the session policies of the request. Gives the members of the answer that all three calls have.
    ///
    /// # Errors
    /// As [`session_policy::of`] and [`issue`].
    pub fn issue(self, ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
        let (record, name) = (&self.role.record, self.name);
        let policies = session_policy::of(ask, record.account, draft)?;
        let arn = Arn::sts(record.account, &format!("assumed-role/{}/{name}", record.name)).to_string();
        let wanted = Wanted {
            kind: self.kind,
            subject: Subject::Role { role: record.id, session_name: name.to_owned() },
            account: record.account,
            arn: arn.clone(),
            duration_s: self.duration_s,
            passed: Passed {
                policy: policies.inline,
                policy_ids: policies.managed,
                tags: self.tags.tags,
                transitive_keys: self.tags.transitive_keys,
            },
            source_identity: self.source_identity.map(str::to_owned),
            // A role session knows nothing of MFA, however its maker signed in.
            mfa_at: None,
        };
        let issued = issue(ask, wanted, draft)?;
        let user = Value::structure().with("AssumedRoleId", format!("{}:{name}", record.id)).with("Arn", arn);
        Ok(Value::structure()
            .with("Credentials", issued.credentials)
            .with("AssumedRoleUser", user)
            .with_some("PackedPolicySize", issued.packed_percent)
            .with_some("SourceIdentity", self.source_identity))
    }
}
