//! The documents of a simulation, by layer, each with its text and the name under which it is told.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_policy::serving::Compiled;
use portcullis_policy::{Outline, PolicyKind, Position};

use super::super::identity::{Attached, Identity, text_of};
use super::exclusion::Exclusions;
use crate::action::Ask;
use crate::error::ApiError;
use crate::snapshot::Snapshot;
use crate::snapshot::document::compiled;
use crate::snapshot::organization::{Node, OrganizationPolicy, SCP};

/// A document that has a say.
pub struct Policy<'a> {
    /// As `SourcePolicyId` tells it.
    pub id: String,
    /// As `SourcePolicyType` tells it.
    pub kind: &'static str,
    /// As both engines read it.
    pub outline: Outline,
    /// As requests meet it.
    pub compiled: Arc<Compiled>,
    text: &'a str,
}

impl<'a> Policy<'a> {
    fn read(
        id: String,
        kind: &'static str,
        text: &'a str,
        grammar: PolicyKind,
    ) -> Result<Self, portcullis_policy::Malformed> {
        let outline = Outline::of(text, grammar)?;
        // A resource policy names people as it is written: nobody has resolved its names to unique ids.
        let compiled = if grammar == PolicyKind::Resource {
            Arc::new(Compiled::new(outline.document()))
        } else {
            compiled(text, grammar)
        };
        Ok(Self { id, kind, outline, compiled, text })
    }

    /// Where a statement stands in the text.
    pub fn place(&self, statement: usize) -> Option<(Position, Position)> {
        self.outline.place(self.text, statement)
    }
}

/// The documents of a simulation.
pub struct Policies<'a> {
    /// Identity policies.
    pub identity: Vec<Policy<'a>>,
    /// The permissions boundary.
    pub boundary: Option<Policy<'a>>,
    /// The policy that each resource is taken to have.
    pub resource: Option<Policy<'a>>,
    /// Service control policies by level, root first; none where no organization has a say.
    pub scps: Option<Vec<Vec<Policy<'a>>>>,
}

impl<'a> Policies<'a> {
    /// The documents of the input alone.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn of_input(ask: &Ask<'a>) -> Result<Self, ApiError> {
        let boundaries = list(ask.input, "PermissionsBoundaryPolicyInputList", PolicyKind::Identity)?;
        if boundaries.len() > 1 {
            return Err(ApiError::invalid_input("Only one permissions boundary can be simulated."));
        }
        let resource = ask.input.text("ResourcePolicy").map(|text| {
            let read = Policy::read("ResourcePolicy".to_owned(), "resource", text, PolicyKind::Resource);
            read.map_err(|error| malformed("ResourcePolicy", &error))
        });
        Ok(Self {
            identity: list(ask.input, "PolicyInputList", PolicyKind::Identity)?,
            boundary: boundaries.into_iter().next(),
            resource: resource.transpose()?,
            scps: levels(ask.input)?,
        })
    }

    /// The documents of the input together with those of an identity.
    ///
    /// # Errors
    /// `InvalidInput`; `PolicyEvaluation` when an attached policy cannot be read.
    pub fn of_identity(
        ask: &Ask<'a>,
        identity: Identity<'a>,
        without: &Exclusions<'_>,
    ) -> Result<Self, ApiError> {
        let mut policies = Self::of_input(ask)?;
        if !identity.is_whole(ask.snapshot) {
            return Err(ApiError::policy_evaluation(
                "An attached policy cannot be evaluated: it cannot be read.",
            ));
        }
        let kept = identity.policies(ask.snapshot).into_iter().filter(|policy| !without.excludes(policy));
        let mut all = kept.map(|policy| attached(&policy)).collect::<Result<Vec<_>, _>>()?;
        all.append(&mut policies.identity);
        policies.identity = all;
        if policies.boundary.is_none() && !without.excludes_boundary() {
            let held = identity.boundary(ask.snapshot);
            policies.boundary = held.map(|policy| attached(&Attached::Managed(policy))).transpose()?;
        }
        policies.scps = if without.excludes_scps() { None } else { guardrails(ask.snapshot, identity)? };
        Ok(policies)
    }

    /// How many statements there are in all.
    pub fn statements(&self) -> usize {
        self.all().map(|policy| policy.outline.document().statements().len()).sum()
    }

    /// The keys that the policies ask for, service control policies left out as AWS leaves them out, and that `is_known`
    /// does not know.
    pub fn missing(&self, is_known: impl Fn(&str) -> bool) -> Vec<String> {
        let own = self.identity.iter().chain(&self.boundary).chain(&self.resource);
        keys(own).into_iter().filter(|key| !is_known(key)).collect()
    }

    /// The keys that the identity policies ask for.
    pub fn identity_keys(&self) -> Vec<String> {
        keys(self.identity.iter())
    }

    /// Refuses a resource policy about another service than that of a resource it is simulated for.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn check_resources(&self, resources: &[&str]) -> Result<(), ApiError> {
        let Some(policy) = &self.resource else { return Ok(()) };
        let statements = policy.outline.document().statements();
        let patterns = || statements.iter().flat_map(portcullis_policy::Statement::resource_patterns);
        let service = |arn: &str| arn.split(':').nth(2).unwrap_or("*").to_owned();
        let reaches = |resource: &str| {
            let of = service(resource);
            of == "*" || patterns().any(|pattern| [of.as_str(), "*"].contains(&service(pattern).as_str()))
        };
        match resources.iter().find(|resource| !reaches(resource)) {
            None => Ok(()),
            Some(resource) => Err(ApiError::invalid_input(format!(
                "The resource policy is not applicable to the resource {resource}."
            ))),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Policy<'a>> {
        let levels = self.scps.iter().flatten().flatten();
        self.identity.iter().chain(&self.boundary).chain(&self.resource).chain(levels)
    }
}

/// The keys of documents, each once whatever its case, in order.
fn keys<'p>(policies: impl Iterator<Item = &'p Policy<'p>>) -> Vec<String> {
    let mut found = std::collections::BTreeMap::new();
    for key in policies.flat_map(|policy| policy.outline.keys()) {
        found.entry(key.to_lowercase()).or_insert_with(|| key.clone());
    }
    let mut keys: Vec<String> = found.into_values().collect();
    keys.sort();
    keys
}

fn malformed(what: &str, error: &portcullis_policy::Malformed) -> ApiError {
    ApiError::invalid_input(format!("The {what} document is malformed: {}", error.message))
}

fn list<'a>(input: &'a Value, member: &str, grammar: PolicyKind) -> Result<Vec<Policy<'a>>, ApiError> {
    let texts = input.list(member).iter().filter_map(Value::as_text).enumerate();
    texts
        .map(|(at, text)| {
            let id = format!("{member}.{}", at + 1);
            Policy::read(id.clone(), "none", text, grammar).map_err(|error| malformed(&id, &error))
        })
        .collect()
}

fn levels(input: &Value) -> Result<Option<Vec<Vec<Policy<'_>>>>, ApiError> {
    let levels = input.list("OrderedOrganizationPolicyInputList");
    if levels.is_empty() {
        return Ok(None);
    }
    let read = levels.iter().map(|level| list(level, "ServiceControlPolicyInputList", PolicyKind::Scp));
    read.collect::<Result<Vec<_>, _>>().map(Some)
}

/// A policy that is attached, under the names that AWS's simulator gives it.
fn attached<'a>(policy: &Attached<'a>) -> Result<Policy<'a>, ApiError> {
    let (id, kind, text) = match policy {
        Attached::Inline { word, owner, name, text } => (format!("{word}_{owner}_{name}"), *word, *text),
        Attached::Managed(policy) => {
            let kind =
                if policy.arn.starts_with("arn:aws:iam::aws:") { "aws-managed" } else { "user-managed" };
            (policy.record.name.to_string(), kind, text_of(policy))
        }
    };
    Policy::read(id.clone(), kind, text, PolicyKind::Identity)
        .map_err(|error| ApiError::policy_evaluation(format!("The policy {id} cannot be evaluated: {error}")))
}

/// The service control policies over the account of an identity, by level, root first; none where no organization has
/// a say.
fn guardrails<'a>(
    snapshot: &'a Snapshot,
    identity: Identity<'a>,
) -> Result<Option<Vec<Vec<Policy<'a>>>>, ApiError> {
    let account = identity.account();
    let is_bound = snapshot.accounts.place(account).is_some_and(|place| place.scps.is_some());
    if !is_bound || matches!(identity, Identity::Role(role) if role.is_service_linked()) {
        return Ok(None);
    }
    let level = |node: &Node| {
        let held = node.attached().iter().filter_map(|id| snapshot.accounts.policy(id));
        held.filter(|policy| policy.record.kind == SCP).map(|policy| service_control(policy)).collect()
    };
    snapshot.accounts.line(&account.to_string()).iter().map(level).collect::<Result<Vec<_>, _>>().map(Some)
}

fn service_control(policy: &OrganizationPolicy) -> Result<Policy<'_>, ApiError> {
    let id = policy.record.id.clone();
    Policy::read(id.clone(), "none", &policy.record.text, PolicyKind::Scp)
        .map_err(|error| ApiError::policy_evaluation(format!("The policy {id} cannot be evaluated: {error}")))
}
