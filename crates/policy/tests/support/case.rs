//! One case of `corpus/decide`: callers, policies, a request and the verdict, and the policies made ready to decide.
//!
//! A file says what its cases have in common; each case says what is different about it.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_policy::{
    Document, Layer, Layers, PolicyKind, PolicyRef, ResourceLayer, Verdict, lint, parse,
};
use serde::Deserialize;
use serde_json::Value;

/// A file of cases.
#[derive(Deserialize)]
pub struct File {
    pub description: String,
    #[serde(flatten)]
    pub common: Terms,
    pub cases: Vec<Case>,
}

/// One line of the file's table.
#[derive(Deserialize)]
pub struct Case {
    pub when: String,
    #[serde(flatten)]
    pub own: Terms,
    /// `Allow`, `ExplicitDeny LAYER`, `ImplicitDeny LAYER` or `Forbidden: TEXT`; or `Refused: TEXT`, when one of the
    /// policies cannot be saved and this is part of the refusal.
    pub expect: String,
    /// What follows the base of the access-denied text.
    pub text: Option<String>,
    /// The Sids of the statements that decided.
    pub decided_by: Option<Vec<String>>,
}

/// What a request is and which policies have a say.
#[derive(Deserialize, Clone, Default)]
pub struct Terms {
    pub caller: Option<String>,
    pub action: Option<String>,
    pub resource: Option<String>,
    /// The account that owns the resource.
    pub owner: Option<String>,
    #[serde(default)]
    pub context: BTreeMap<String, Value>,
    #[serde(default)]
    pub policies: BTreeMap<String, Value>,
    /// The unique ids to which named principals were resolved at save.
    #[serde(default)]
    pub resolved: BTreeMap<String, String>,
    /// The codes of the findings on the policies.
    pub findings: Option<BTreeSet<String>>,
}

impl Terms {
    /// These terms where they say something, otherwise the common ones.
    pub fn over(&self, common: &Self) -> Self {
        let merged = |own: &BTreeMap<String, Value>, common: &BTreeMap<String, Value>| {
            common.iter().chain(own).map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        Self {
            caller: self.caller.clone().or_else(|| common.caller.clone()),
            action: self.action.clone().or_else(|| common.action.clone()),
            resource: self.resource.clone().or_else(|| common.resource.clone()),
            owner: self.owner.clone().or_else(|| common.owner.clone()),
            context: merged(&self.context, &common.context),
            policies: merged(&self.policies, &common.policies),
            resolved: common
                .resolved
                .iter()
                .chain(&self.resolved)
                .map(|(a, b)| (a.clone(), b.clone()))
                .collect(),
            findings: self.findings.clone().or_else(|| common.findings.clone()),
        }
    }
}

/// Which text of a document is parsed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// The case's.
    AsWritten,
    /// What the parsed document prints as.
    Printed,
}

/// Documents by layer, parsed.
#[derive(Default)]
pub struct Policies {
    revocations: Vec<Document>,
    identity: Vec<Document>,
    boundary: Option<Document>,
    session: Option<Vec<Document>>,
    resource: Option<Document>,
    trust: Option<Document>,
    trust_missing: bool,
    scps: Option<Vec<Vec<Document>>>,
    rcps: Option<Vec<Vec<Document>>>,
    pub findings: BTreeSet<String>,
}

impl Policies {
    pub fn read(terms: &Terms) -> Self {
        Self::try_read(terms, Spelling::AsWritten).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// The policies, or the refusal of the first that cannot be saved.
    pub fn try_read(terms: &Terms, spelling: Spelling) -> Result<Self, String> {
        let mut policies = Self::default();
        let mut findings = BTreeSet::new();
        for (layer, value) in terms.policies.iter().filter(|(_, value)| !value.is_null()) {
            let mut one = |value: &Value, kind| -> Result<Document, String> {
                let (document, codes) = document(value, kind, &terms.resolved, spelling)?;
                findings.extend(codes);
                Ok(document)
            };
            let mut list = |value: &Value, kind| -> Result<Vec<Document>, String> {
                value.as_array().unwrap().iter().map(|value| one(value, kind)).collect()
            };
            let mut levels = |value: &Value, kind| -> Result<Vec<Vec<Document>>, String> {
                value.as_array().unwrap().iter().map(|level| list(level, kind)).collect()
            };
            match layer.as_str() {
                "revocations" => policies.revocations = list(value, PolicyKind::Identity)?,
                "identity" => policies.identity = list(value, PolicyKind::Identity)?,
                "session" => policies.session = Some(list(value, PolicyKind::Session)?),
                "boundary" => policies.boundary = Some(one(value, PolicyKind::Identity)?),
                "resource" => policies.resource = Some(one(value, PolicyKind::Resource)?),
                "trust" if value == "missing" => policies.trust_missing = true,
                "trust" => policies.trust = Some(one(value, PolicyKind::Trust)?),
                "scps" => policies.scps = Some(levels(value, PolicyKind::Scp)?),
                "rcps" => policies.rcps = Some(levels(value, PolicyKind::Rcp)?),
                other => panic!("no layer is called {other:?}"),
            }
        }
        policies.findings = findings;
        Ok(policies)
    }

    /// Calls `with` with the layers as the engine takes them.
    pub fn layers<T>(&self, with: impl FnOnce(&Layers<'_>) -> T) -> T {
        let revocations: Vec<_> = named(&self.revocations).collect();
        let identity: Vec<_> = named(&self.identity).collect();
        let session: Option<Vec<_>> = self.session.as_ref().map(|documents| named(documents).collect());
        let (scps, rcps) = (named_levels(self.scps.as_deref()), named_levels(self.rcps.as_deref()));
        let one = |document| PolicyRef { name: "policy", document };
        with(&Layers {
            revocations: &revocations,
            identity: &identity,
            boundary: self.boundary.as_ref().map(one),
            session: session.as_deref(),
            resource: match (&self.resource, &self.trust, self.trust_missing) {
                (Some(document), None, false) => ResourceLayer::Policy(one(document)),
                (None, Some(document), false) => ResourceLayer::Trust(one(document)),
                (None, None, true) => ResourceLayer::TrustMissing,
                (None, None, false) => ResourceLayer::None,
                _ => panic!("a resource has one policy"),
            },
            scps: scps.as_deref(),
            rcps: rcps.as_deref(),
        })
    }
}

fn named(documents: &[Document]) -> impl Iterator<Item = PolicyRef<'_>> {
    documents.iter().map(|document| PolicyRef { name: "policy", document })
}

fn named_levels(levels: Option<&[Vec<Document>]>) -> Option<Vec<Vec<PolicyRef<'_>>>> {
    Some(levels?.iter().map(|level| named(level).collect()).collect())
}

/// The findings on what is read here otherwise than elsewhere, which cases of decisions are about. Of all others
/// `corpus/lint` has cases.
const READINGS: [&str; 4] =
    ["BARE_ROLE_ID", "BUCKET_WITHOUT_OBJECTS", "MISPLACED_VARIABLE", "PRINCIPAL_ARRAY"];

/// A document as a case writes it: a policy, a single statement, a list of statements, or one by its name.
fn document(
    value: &Value,
    kind: PolicyKind,
    resolved: &BTreeMap<String, String>,
    spelling: Spelling,
) -> Result<(Document, Vec<String>), String> {
    match value.as_str() {
        Some("full access") => return Ok((Document::full_access(), Vec::new())),
        Some("unreadable") => return Ok((Document::unreadable(), Vec::new())),
        Some(other) => panic!("no document is called {other:?}"),
        None => {}
    }
    let text = if value.get("Statement").is_some() {
        value.to_string()
    } else {
        serde_json::json!({"Version": "2012-10-17", "Statement": value}).to_string()
    };
    let parsed = parse(&text, kind).map_err(|error| format!("{error}: {text}"))?;
    let mut document = parsed.document;
    if spelling == Spelling::Printed {
        let printed = document.to_string();
        document = parse(&printed, kind).unwrap_or_else(|error| panic!("{error}: {printed}")).document;
        assert_eq!(document.to_string(), printed, "printed twice");
    }
    let ids: Vec<_> = resolved.iter().map(|(arn, id)| (arn.clone(), id.parse().unwrap())).collect();
    document.bind(&ids);
    let codes = lint(&text, kind).into_iter().map(|finding| finding.code);
    Ok((document, codes.filter(|code| READINGS.contains(code)).map(str::to_owned).collect()))
}

/// A verdict as cases write it.
pub fn verdict_text(verdict: &Verdict) -> String {
    let layer = |layer: &Layer| format!("{layer:?}");
    match verdict {
        Verdict::Allow => "Allow".to_owned(),
        Verdict::ExplicitDeny(by) => format!("ExplicitDeny {}", layer(by)),
        Verdict::ImplicitDeny(by) => format!("ImplicitDeny {}", layer(by)),
        Verdict::Forbidden(text) => format!("Forbidden: {text}"),
    }
}
