//! AssumeRoot: a short session as the root user of a member account, for one task (STS API reference, AssumeRoot).
//!
//! The management account may ask, and whoever administers IAM for the organization, once root sessions are enabled.
//! The task's policy is the session's, so that the root user can do nothing else, and guardrails bind it as ever.

use portcullis_base::{AccountId, Arn, Tags, Value};
use portcullis_store::record::SessionKind;

use crate::action::{Access, Ask, Category, Handler, Need, Permission, Row};
use crate::actions::organizations::{ROOT_SESSIONS, administers_iam};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::issue::{Wanted, issue};
use crate::snapshot::ManagedPolicy;
use crate::token::{Passed, Subject};

/// Where the policies of tasks lie.
const TASKS: &str = "arn:aws:iam::aws:policy/root-task/";
/// How long a session lasts, at most and if the caller does not say.
const DURATION_S: u32 = 900;

/// The action.
pub const ROW: Row = Row {
    service: "sts",
    name: "AssumeRoot",
    permission: Permission::Named("sts:AssumeRoot", |ask, action| {
        let target = target(ask)?;
        // Another account's resource without a policy of its own: what counts is the caller's side.
        let need = Need::new(action, root_arn(target), ask.account()).owned_by(target);
        Ok(need.key("sts:TaskPolicyArn", task(ask)).quiet())
    }),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: |ask| target(ask).map(|account| ("AWS::IAM::User", root_arn(account))).into_iter().collect(),
    prepare: None,
    handler: Handler::Issue(assume),
};

fn root_arn(account: AccountId) -> String {
    Arn::iam(account, "root").to_string()
}

/// The account that is meant: its number, or the ARN of its root user.
fn target(ask: &Ask<'_>) -> Result<AccountId, ApiError> {
    let text = ask.text("TargetPrincipal")?;
    let number =
        text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")).unwrap_or(text);
    number.parse().map_err(|_| {
        ApiError::validation(format!(
            "TargetPrincipal {text} is neither an account id nor a root user's ARN."
        ))
    })
}

fn task<'a>(ask: &Ask<'a>) -> &'a str {
    ask.input.member("TaskPolicyArn").and_then(|policy| policy.text("arn")).unwrap_or_default()
}

fn assume(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let account = target(ask)?;
    may_enter(ask, account)?;
    let policy = policy(ask)?;
    let asked = ask.input.int("DurationSeconds").and_then(|seconds| u32::try_from(seconds).ok());
    let source_identity = ask.caller.source_identity();
    let wanted = Wanted {
        kind: SessionKind::AssumeRoot,
        subject: Subject::Root,
        account,
        arn: root_arn(account),
        duration_s: asked.unwrap_or(DURATION_S).min(DURATION_S),
        passed: Passed {
            policy: None,
            policy_ids: vec![policy.record.id],
            tags: Tags::new(),
            transitive_keys: Vec::new(),
        },
        source_identity: source_identity.map(str::to_owned),
        mfa_at: None,
    };
    let issued = issue(ask, wanted, draft)?;
    Ok(Value::structure()
        .with("Credentials", issued.credentials)
        .with_some("SourceIdentity", source_identity))
}

/// Whether the caller's account may send people into that one.
fn may_enter(ask: &Ask<'_>, account: AccountId) -> Result<(), ApiError> {
    let refused = |why: &str| {
        let arn = root_arn(account);
        let message = format!(
            "User: {} is not authorized to perform: sts:AssumeRoot on resource: {arn}",
            ask.caller.arn
        );
        ApiError::access_denied(ask.family, format!("{message} because {why}"))
    };
    let accounts = &ask.snapshot.accounts;
    let own = ask.account();
    let organization =
        accounts.organization_of(own).ok_or_else(|| refused("its account is in no organization"))?;
    if !administers_iam(organization, own) {
        return Err(refused("its account does not administer IAM for the organization"));
    }
    if !organization.root_features.iter().any(|held| held == ROOT_SESSIONS) {
        return Err(refused("root sessions are not enabled (iam:EnableOrganizationsRootSessions)"));
    }
    let is_member = accounts.place(account).is_some() && ask.snapshot.has_account(account);
    if !is_member || account == organization.management {
        return Err(refused("the account is no member account of the organization"));
    }
    Ok(())
}

fn policy<'a>(ask: &Ask<'a>) -> Result<&'a ManagedPolicy, ApiError> {
    let arn = task(ask);
    let found = ask.snapshot.policy_by_arn(arn).filter(|_| arn.starts_with(TASKS));
    found.map(AsRef::as_ref).ok_or_else(|| {
        ApiError::validation(format!(
            "TaskPolicyArn {arn} names no policy of a task, which lie below {TASKS}"
        ))
    })
}
