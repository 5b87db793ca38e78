//! `portcullis revoke person USER` to the end: the order in which AWS's page has it (IAM Identity Center User Guide,
//! "Revoke active IAM role sessions created by permission sets").
//!
//! ```text
//! deny            what the person has ends, and nothing new is issued     Revoke
//! sign out        the portal forgets the person                           EndPortalSessions
//! disable         the person cannot sign in again                         DisablePerson
//! assignments     if asked: nothing is left to come back to               DeleteAccountAssignment, DeleteGroupMembership
//! ```
//!
//! Each is a call of its own, under its own permission and with its own event. The deny comes first, and without it
//! nothing else is done; after it every step is tried, also when one before it failed. What could not be done is told
//! with the command that does it. Each step may be done twice.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::process::ExitCode;

use portcullis_base::shape::{Model, ShapeId};
use portcullis_wire::protocol::model;
use serde_json::{Value as Json, json};

use super::call::{Client, SERVICE};
use super::error::{ClientError, printable};
use super::output::{self, Format};
use super::{again, client_of, every_page, preview_table, revoke};

/// What the AWS CLI calls Identity Center's administration.
const SSO: &str = "sso";
const DIRECTORY: &str = "identitystore";

/// What became of a step.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    step: &'static str,
    state: &'static str,
    detail: String,
    /// What does it, where it is left.
    command: Option<String>,
}

impl Done {
    fn new(step: &'static str, state: &'static str, detail: impl Into<String>) -> Self {
        Self { step, state, detail: detail.into(), command: None }
    }

    fn is_left(&self) -> bool {
        self.state == "left"
    }

    fn told(&self) -> Json {
        let mut told = json!({ "Step": self.step, "State": self.state, "Detail": self.detail });
        if let (Some(command), Some(members)) = (&self.command, told.as_object_mut()) {
            members.insert("Command".to_owned(), json!(command));
        }
        told
    }

    fn line(&self) -> String {
        let mut line = format!("Step\t{}\t{}\t{}", self.step, self.state, printable(&self.detail));
        if let Some(command) = &self.command {
            let _ = write!(line, "\t{}", printable(command));
        }
        line
    }
}

/// Does it all, and tells what was done: 0 if nothing is left, 1 if something is or the deny was refused.
pub async fn run(command: revoke::Revoke) -> ExitCode {
    let (user, removes) = (command.target().to_owned(), command.removes_assignments());
    let asked = command.asked();
    let told = async {
        let client = client_of(&asked.shared)?;
        let input = again::with_token(asked.input, &client.world);
        let deny = again::until_answered(async || client.call("Revoke", &input).await).await?;
        let receipt = deny.get("ReceiptId").and_then(Json::as_str).unwrap_or_default().to_owned();
        let steps = Steps { client: &client, user: &user };
        let mut done = vec![seen(Done::new("deny", "done", reach(&deny, &receipt)))];
        done.push(seen(steps.sign_out().await));
        done.push(seen(steps.disable().await));
        if removes {
            done.extend(steps.remove(person_of(&deny)).await.into_iter().map(seen));
        }
        let text = with_steps(&client, &deny, &done, |model, shape, deny| {
            output::text(Format::Text, model, shape, deny)
        });
        Ok((text?, done))
    };
    match told.await {
        Ok((text, done)) => {
            let left = done.iter().filter(|step| step.is_left()).count();
            let ended = super::ended(Ok(text));
            if left == 0 {
                return ended;
            }
            eprintln!(
                "portcullis: {left} of {} steps are left; the deny is in force\n  what to do: run the command of each, \
                 or this one again once the reason is mended",
                done.len()
            );
            ExitCode::from(1)
        }
        Err(error) => super::ended(Err(error)),
    }
}

/// How far the deny reaches. What does not is among the findings.
fn reach(deny: &Json, receipt: &str) -> String {
    match deny.get("Style").and_then(Json::as_str) {
        Some("aws") => format!("written into policies, receipt {receipt}"),
        _ => format!(
            "in force in every account, in the organization's management account too: it stands beside all policies; \
             receipt {receipt}"
        ),
    }
}

/// Tells whoever waits at a terminal how far it is.
fn seen(step: Done) -> Done {
    if std::io::stderr().is_terminal() {
        eprintln!("{}: {} ({})", step.step, step.state, printable(&step.detail));
    }
    step
}

/// Tells what it would do, and does nothing: whom the deny would hit, and each further step.
pub async fn rehearse(command: revoke::Revoke) -> ExitCode {
    let (user, removes) = (command.target().to_owned(), command.removes_assignments());
    let asked = command.asked();
    let told = async {
        let client = client_of(&asked.shared)?;
        let deny = client.call(asked.operation, &asked.input).await?;
        let steps = Steps { client: &client, user: &user };
        let mut would = vec![steps.would_sign_out().await, steps.would_disable(person_of(&deny)).await];
        if removes {
            would.extend(steps.would_remove(person_of(&deny)).await);
        }
        with_steps(&client, &deny, &would, |model, shape, deny| {
            preview_table::text_of(&output::readable(model, shape, deny))
        })
    };
    super::ended(told.await)
}

/// The items of a list.
fn list<'a>(of: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    of.get(name).and_then(Json::as_array).into_iter().flatten()
}

/// The id of whom it was about: the name may be somebody else's by now.
fn person_of(deny: &Json) -> &str {
    deny.pointer("/Target/Id").and_then(Json::as_str).unwrap_or_default()
}

/// How an answer is written for people.
type Table = fn(&Model, ShapeId, &Json) -> String;

/// The receipt with the steps.
fn with_steps(client: &Client, deny: &Json, steps: &[Done], table: Table) -> Result<String, ClientError> {
    let operation = "Revoke";
    let (model, shape) = model(SERVICE)
        .and_then(|model| Some((model, model.operation(operation)?.output?)))
        .ok_or(ClientError::NoSuchOperation { operation })?;
    if client.settings.output == Format::Text {
        let lines: String = steps.iter().map(|step| step.line() + "\n").collect();
        return Ok(table(model, shape, deny) + &lines);
    }
    let mut told = output::readable(model, shape, deny);
    if let Some(members) = told.as_object_mut() {
        members.insert("Steps".to_owned(), steps.iter().map(Done::told).collect());
    }
    Ok(format!("{told:#}\n"))
}

/// The steps after the deny.
struct Steps<'a> {
    client: &'a Client,
    /// As the command line has it.
    user: &'a str,
}

impl Steps<'_> {
    async fn sign_out(&self) -> Done {
        let step = "end-portal-sessions";
        match self.own("EndPortalSessions").await {
            Ok(answer) => match answer.get("Ended").and_then(Json::as_u64) {
                Some(0) => Done::new(step, "already", "signed in nowhere"),
                ended => Done::new(step, "done", format!("ended: {}", ended.unwrap_or_default())),
            },
            Err(error) => self.left(step, &error, &format!("portcullis person sign-out {}", self.word())),
        }
    }

    async fn disable(&self) -> Done {
        let step = "disable-sign-in";
        match self.own("DisablePerson").await {
            Ok(_) => Done::new(step, "done", "the person cannot sign in"),
            Err(error) => self.left(step, &error, &format!("portcullis person disable {}", self.word())),
        }
    }

    /// Direct assignments are deleted; of groups that are assigned, the membership is.
    async fn remove(&self, person: &str) -> Vec<Done> {
        let step = "remove-assignments";
        let again = format!("portcullis revoke person {} --remove-assignments", self.word());
        let all = match self.assigned(person).await {
            Ok(all) => all,
            Err(error) => return vec![self.left(step, &error, &again)],
        };
        if all.is_empty() {
            return vec![Done::new(step, "already", "the person has none")];
        }
        let mut done = Vec::new();
        for (service, operation, input, what) in all {
            let answer = self.sent(service, operation, &input).await;
            done.push(match answer {
                Ok(_) => Done::new(step, "done", what),
                Err(error) => {
                    let mut left = self.left(step, &error, &again);
                    left.detail = format!("{what}: {}", left.detail);
                    left
                }
            });
        }
        done
    }

    /// What takes each of the person's ways into accounts away.
    async fn assigned(&self, person: &str) -> Result<Vec<Removal>, ClientError> {
        let Instance { arn, store } = self.instance().await?;
        let member =
            |of: &Json, name: &str| of.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let input = json!({ "InstanceArn": arn, "PrincipalId": person, "PrincipalType": "USER" });
        let assignments = every_page("AccountAssignments", input, async |input| {
            self.sent(SSO, "ListAccountAssignmentsForPrincipal", input).await
        });
        let assignments = assignments.await?;
        let (mut removals, mut groups) = (Vec::new(), Vec::new());
        for held in list(&assignments, "AccountAssignments") {
            let (account, set) = (member(held, "AccountId"), member(held, "PermissionSetArn"));
            if member(held, "PrincipalType") == "GROUP" {
                groups.push(member(held, "PrincipalId"));
                continue;
            }
            let input = json!({
                "InstanceArn": arn, "TargetId": account, "TargetType": "AWS_ACCOUNT",
                "PermissionSetArn": set, "PrincipalType": "USER", "PrincipalId": person,
            });
            removals.push((
                SSO,
                "DeleteAccountAssignment",
                input,
                format!("assignment of {set} in {account}"),
            ));
        }
        if groups.is_empty() {
            return Ok(removals);
        }
        let input = json!({ "IdentityStoreId": store, "MemberId": { "UserId": person } });
        let memberships = every_page("GroupMemberships", input, async |input| {
            self.sent(DIRECTORY, "ListGroupMembershipsForMember", input).await
        });
        let memberships = memberships.await?;
        for held in list(&memberships, "GroupMemberships") {
            let (id, group) = (member(held, "MembershipId"), member(held, "GroupId"));
            if groups.contains(&group) {
                let input = json!({ "IdentityStoreId": store, "MembershipId": id });
                removals.push((
                    DIRECTORY,
                    "DeleteGroupMembership",
                    input,
                    format!("membership of group {group}"),
                ));
            }
        }
        Ok(removals)
    }

    async fn would_sign_out(&self) -> Done {
        let step = "end-portal-sessions";
        let input = json!({ "User": self.user });
        let all = every_page("PortalSessions", input, async |input| {
            self.sent(SERVICE, "ListPortalSessions", input).await
        });
        match all.await.map(|all| list(&all, "PortalSessions").count()) {
            Ok(0) => Done::new(step, "already", "signed in nowhere"),
            Ok(count) => Done::new(step, "would", format!("end: {count}")),
            Err(error) => Done::new(step, "would", format!("how many there are is not known: {error}")),
        }
    }

    async fn would_disable(&self, person: &str) -> Done {
        let step = "disable-sign-in";
        let told = async {
            let input = json!({ "IdentityStoreId": self.instance().await?.store, "UserId": person });
            self.sent(DIRECTORY, "DescribeUser", &input).await
        };
        match told.await.map(|user| user.get("UserStatus") == Some(&json!("DISABLED"))) {
            Ok(true) => Done::new(step, "already", "the person cannot sign in"),
            Ok(false) => Done::new(step, "would", "keep the person from signing in"),
            Err(error) => {
                Done::new(step, "would", format!("whether the person can sign in is not known: {error}"))
            }
        }
    }

    async fn would_remove(&self, person: &str) -> Vec<Done> {
        let step = "remove-assignments";
        match self.assigned(person).await {
            Ok(all) if all.is_empty() => vec![Done::new(step, "already", "the person has none")],
            Ok(all) => all.into_iter().map(|(.., what)| Done::new(step, "would", what)).collect(),
            Err(error) => vec![Done::new(step, "would", format!("what there is is not known: {error}"))],
        }
    }

    /// The instance of Identity Center.
    async fn instance(&self) -> Result<Instance, ClientError> {
        let instances = self.sent(SSO, "ListInstances", &json!({})).await?;
        let member = |name: &str| {
            let held = instances.pointer("/Instances/0").and_then(|instance| instance.get(name));
            held.and_then(Json::as_str).unwrap_or_default().to_owned()
        };
        Ok(Instance { arn: member("InstanceArn"), store: member("IdentityStoreId") })
    }

    async fn own(&self, operation: &str) -> Result<Json, ClientError> {
        self.sent(SERVICE, operation, &json!({ "User": self.user })).await
    }

    /// Every step may be done twice, so that a lost answer is asked for again.
    async fn sent(&self, service: &str, operation: &str, input: &Json) -> Result<Json, ClientError> {
        again::until_answered(async || self.client.call_of(service, operation, input).await).await
    }

    /// Who is gone cannot sign in and has nothing: that is no step that is left.
    fn left(&self, step: &'static str, error: &ClientError, command: &str) -> Done {
        if matches!(error, ClientError::Refused { code, .. } if code == "ResourceNotFoundException") {
            return Done::new(step, "already", format!("there is no user {} any more", self.user));
        }
        Done { command: Some(command.to_owned()), ..Done::new(step, "left", error.to_string()) }
    }

    /// The user as a word of a shell.
    fn word(&self) -> String {
        format!("'{}'", self.user.replace('\'', r"'\''"))
    }
}

/// An instance of Identity Center, and its identity store.
struct Instance {
    arn: String,
    store: String,
}

/// A call that takes something away: of which service, which, with what, and what it takes.
type Removal = (&'static str, &'static str, Json, String);
