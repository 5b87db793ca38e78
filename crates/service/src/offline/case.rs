//! A case as a person writes it: who asks for what, and the policies that have a say.

use portcullis_base::{AccountId, Arn, UniqueId};
use portcullis_policy::{
    Context, Document, FederatedParent, Layers, PolicyKind, PolicyRef, Principal, ResourceLayer,
    SessionFacts, parse,
};
use serde_json::{Map, Value};

use super::explain::Refused;

/// A policy with its name.
type Named = (String, Document);

/// The parts of a case.
pub struct Case {
    pub principal: Principal,
    pub action: String,
    pub resource: String,
    pub resource_account: AccountId,
    pub context: Context,
    pub policies: Policies,
}

/// The policies by layer.
#[derive(Default)]
pub struct Policies {
    revocations: Vec<Named>,
    identity: Vec<Named>,
    boundary: Option<Named>,
    session: Option<Vec<Named>>,
    resource: Option<Named>,
    trust: Option<Named>,
    is_trust_missing: bool,
    scps: Option<Vec<Vec<Named>>>,
    rcps: Option<Vec<Vec<Named>>>,
}

/// An object whose fields are known by name, and how it is called in a refusal.
struct Fields<'a> {
    path: &'a str,
    map: &'a Map<String, Value>,
}

fn wrong(path: &str, expected: &str) -> Refused {
    Refused(format!("{path}: {expected}"))
}

impl<'a> Fields<'a> {
    fn of(path: &'a str, value: &'a Value, known: &[&str]) -> Result<Self, Refused> {
        let map = value.as_object().ok_or_else(|| wrong(path, "must be a JSON object"))?;
        match map.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => {
                Err(wrong(path, &format!("has no field {name:?}; its fields are {}", known.join(", "))))
            }
            None => Ok(Self { path, map }),
        }
    }

    fn at(&self, name: &str) -> String {
        if self.path == "case" { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str, expected: &str) -> Result<&'a str, Refused> {
        let text = self.value(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| wrong(&self.at(name), &format!("must be {expected}")))
    }

    fn account(&self, name: &str) -> Result<AccountId, Refused> {
        let expected = "an account id of twelve digits, as a string";
        let text = self.text(name, expected)?;
        text.parse().map_err(|_| wrong(&self.at(name), &format!("must be {expected}")))
    }

    fn id(&self, name: &str, prefix: &str) -> Result<UniqueId, Refused> {
        let expected = format!("a unique id: {prefix} and 17 capital letters or digits from 2 to 7");
        let id = self.text(name, &expected)?.parse::<UniqueId>().ok();
        id.filter(|id| id.to_string().starts_with(prefix))
            .ok_or_else(|| wrong(&self.at(name), &format!("must be {expected}")))
    }

    fn arn(&self, name: &str, form: &str) -> Result<Arn, Refused> {
        let expected = format!("an ARN of the form {form}");
        let kind =
            form.rsplit(':').next().and_then(|resource| resource.split('/').next()).unwrap_or_default();
        let arn = self.text(name, &expected)?.parse::<Arn>().ok();
        arn.filter(|arn| {
            arn.account_id().is_some() && arn.resource_after(kind).is_some_and(|rest| rest.len() > 1)
        })
        .ok_or_else(|| wrong(&self.at(name), &format!("must be {expected}")))
    }
}

/// Reads a case.
pub fn read(text: &str) -> Result<Case, Refused> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| Refused(format!("the case is not JSON: {error}")))?;
    let known = ["description", "caller", "action", "resource", "resource_account", "context", "policies"];
    let fields = Fields::of("case", &value, &known)?;
    let caller =
        fields.value("caller").ok_or_else(|| wrong("caller", "must be an object that says who asks"))?;
    let (principal, mut context) = caller_of(caller)?;
    let action = fields.text("action", "an action such as \"s3:GetObject\"")?;
    if !action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
        || action.contains(['*', '?', ' '])
    {
        return Err(wrong("action", "must be one action such as \"s3:GetObject\", without wildcards"));
    }
    let resource = fields.text("resource", "an ARN, or \"*\" for actions without a resource")?;
    if resource != "*" && resource.parse::<Arn>().is_err() {
        return Err(wrong("resource", "must be an ARN, or \"*\" for actions without a resource"));
    }
    let resource_account = match (fields.value("resource_account"), principal.account()) {
        (None, Some(own)) => own,
        _ => fields.account("resource_account")?,
    };
    if resource != "*" {
        context.set_one("aws:ResourceAccount", resource_account.to_string());
    }
    keys(&mut context, fields.value("context"))?;
    let policies = policies_of(fields.value("policies"))?;
    let (action, resource) = (action.to_owned(), resource.to_owned());
    Ok(Case { principal, action, resource, resource_account, context, policies })
}

const KINDS: &str = "\"user\", \"role session\", \"federated user\", \"root\", \"anonymous\", \"service\" or \
                     \"external identity\"";

/// The caller, and the keys that follow from it.
fn caller_of(value: &Value) -> Result<(Principal, Context), Refused> {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let known: &[&str] = match kind {
        "anonymous" => &["kind"],
        "root" => &["kind", "account", "mfa"],
        "user" => &["kind", "arn", "id", "mfa"],
        "federated user" => &["kind", "arn", "made_by"],
        "role session" => &["kind", "role_arn", "role_id", "session"],
        "service" | "external identity" => &["kind", "name"],
        _ => return Err(wrong("caller.kind", &format!("must be {KINDS}"))),
    };
    let fields = Fields::of("caller", value, known)?;
    let session = session_facts(&fields)?;
    let mut context = Context::new();
    let principal = principal_of(kind, &fields, session, &mut context)?;
    let mut put = |key: &str, value: String| context.set_one(key, value);
    if let Some(facts) = session {
        put("aws:MultiFactorAuthPresent", facts.mfa.to_string());
    }
    match principal.account() {
        Some(account) => {
            put("aws:PrincipalAccount", account.to_string());
            put("aws:PrincipalIsAWSService", "false".to_owned());
        }
        None if principal == Principal::Anonymous => put("aws:PrincipalAccount", "anonymous".to_owned()),
        None => {}
    }
    Ok((principal, context))
}

/// Set for the credentials of GetSessionToken.
fn session_facts(fields: &Fields<'_>) -> Result<Option<SessionFacts>, Refused> {
    match fields.value("mfa") {
        None => Ok(None),
        Some(Value::Bool(mfa)) => Ok(Some(SessionFacts { mfa: *mfa })),
        Some(_) => {
            let expected = "must be true or false: whether the GetSessionToken session was made with MFA; \
                            leave it out for a long-term key";
            Err(wrong("caller.mfa", expected))
        }
    }
}

/// The principal, with the keys that its kind has.
fn principal_of(
    kind: &str,
    fields: &Fields<'_>,
    session: Option<SessionFacts>,
    context: &mut Context,
) -> Result<Principal, Refused> {
    let mut put = |key: &str, value: String| context.set_one(key, value);
    Ok(match kind {
        "root" => {
            let account = fields.account("account")?;
            put("aws:userid", account.to_string());
            put("aws:PrincipalArn", Arn::iam(account, "root").to_string());
            put("aws:PrincipalType", "Account".to_owned());
            Principal::Root { account, session }
        }
        "user" => {
            let (arn, id) = (fields.arn("arn", "arn:aws:iam::ACCOUNT:user/NAME")?, fields.id("id", "AIDA")?);
            put("aws:userid", id.to_string());
            put("aws:PrincipalArn", arn.to_string());
            put("aws:PrincipalType", "User".to_owned());
            put("aws:username", last(&arn));
            Principal::User { account: account_of(&arn)?, id, arn: arn.to_string(), session }
        }
        "federated user" => {
            let arn = fields.arn("arn", "arn:aws:sts::ACCOUNT:federated-user/NAME")?;
            let account = account_of(&arn)?;
            put("aws:userid", format!("{account}:{}", last(&arn)));
            put("aws:PrincipalArn", arn.to_string());
            put("aws:PrincipalType", "FederatedUser".to_owned());
            Principal::Federated { account, arn: arn.to_string(), parent: maker(fields)? }
        }
        "role session" => {
            let role = fields.arn("role_arn", "arn:aws:iam::ACCOUNT:role/NAME")?;
            let (role_id, session) =
                (fields.id("role_id", "AROA")?, fields.text("session", "the session's name")?);
            let account = account_of(&role)?;
            put("aws:userid", format!("{role_id}:{session}"));
            put("aws:PrincipalArn", role.to_string());
            put("aws:PrincipalType", "AssumedRole".to_owned());
            let session_arn =
                Arn::sts(account, &format!("assumed-role/{}/{session}", last(&role))).to_string();
            Principal::RoleSession { account, role_id, role_arn: role.to_string(), session_arn }
        }
        "service" => {
            let name = fields.text("name", "a service's name such as \"ec2.amazonaws.com\"")?.to_owned();
            put("aws:PrincipalIsAWSService", "true".to_owned());
            put("aws:PrincipalServiceName", name.clone());
            Principal::Service { name }
        }
        "external identity" => Principal::ExternalIdentity {
            provider: fields.text("name", "the ARN or host name of the identity provider")?.to_owned(),
        },
        _ => {
            put("aws:userid", "anonymous".to_owned());
            put("aws:PrincipalType", "Anonymous".to_owned());
            Principal::Anonymous
        }
    })
}

fn maker(fields: &Fields<'_>) -> Result<FederatedParent, Refused> {
    let expected =
        "must be \"root\", or an object with the arn and id of the user who called GetFederationToken";
    match fields.value("made_by") {
        Some(Value::String(word)) if word == "root" => Ok(FederatedParent::Root),
        Some(value @ Value::Object(_)) => {
            let maker = Fields::of("caller.made_by", value, &["arn", "id"])?;
            let arn = maker.arn("arn", "arn:aws:iam::ACCOUNT:user/NAME")?.to_string();
            Ok(FederatedParent::User { id: maker.id("id", "AIDA")?, arn })
        }
        _ => Err(wrong("caller.made_by", expected)),
    }
}

fn account_of(arn: &Arn) -> Result<AccountId, Refused> {
    arn.account_id().ok_or_else(|| wrong("caller", "has an ARN without an account"))
}

fn last(arn: &Arn) -> String {
    arn.resource().rsplit('/').next().unwrap_or_default().to_owned()
}

fn keys(context: &mut Context, value: Option<&Value>) -> Result<(), Refused> {
    let Some(value) = value else { return Ok(()) };
    let map = value.as_object().ok_or_else(|| wrong("context", "must be an object of condition keys"))?;
    for (key, value) in map {
        let expected = "must be a string, a list of strings, or null to make it absent";
        let refused = || wrong(&format!("context.{key}"), expected);
        if !key.contains(':') {
            return Err(wrong(
                &format!("context.{key}"),
                "a condition key has a service in front, as aws:SourceIp",
            ));
        }
        match value {
            Value::Null => context.remove(key),
            Value::String(value) => context.set_one(key, value.as_str()),
            Value::Bool(_) | Value::Number(_) => context.set_one(key, value.to_string()),
            Value::Array(values) => {
                let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
                context.set_many(key, texts.collect::<Option<_>>().ok_or_else(refused)?);
            }
            Value::Object(_) => return Err(refused()),
        }
    }
    Ok(())
}

fn policies_of(value: Option<&Value>) -> Result<Policies, Refused> {
    let mut policies = Policies::default();
    let Some(value) = value else { return Ok(policies) };
    let known = ["revocations", "identity", "boundary", "session", "resource", "trust", "scps", "rcps"];
    let fields = Fields::of("policies", value, &known)?;
    let list =
        |name: &str, kind| fields.value(name).map(|value| list_of(&fields.at(name), value, kind)).transpose();
    let one = |name: &str, kind| {
        fields.value(name).map(|value| document(&fields.at(name), value, kind)).transpose()
    };
    let levels = |name: &str, kind| {
        fields.value(name).map(|value| levels_of(&fields.at(name), value, kind)).transpose()
    };
    policies.revocations = list("revocations", PolicyKind::Identity)?.unwrap_or_default();
    policies.identity = list("identity", PolicyKind::Identity)?.unwrap_or_default();
    policies.boundary = one("boundary", PolicyKind::Identity)?;
    policies.session = list("session", PolicyKind::Session)?;
    policies.resource = one("resource", PolicyKind::Resource)?;
    policies.is_trust_missing = fields.value("trust").and_then(Value::as_str) == Some("missing");
    if !policies.is_trust_missing {
        policies.trust = one("trust", PolicyKind::Trust)?;
    }
    policies.scps = levels("scps", PolicyKind::Scp)?;
    policies.rcps = levels("rcps", PolicyKind::Rcp)?;
    if policies.resource.is_some() && (policies.trust.is_some() || policies.is_trust_missing) {
        return Err(wrong("policies", "a resource has one policy: give resource or trust, not both"));
    }
    Ok(policies)
}

fn list_of(path: &str, value: &Value, kind: PolicyKind) -> Result<Vec<Named>, Refused> {
    let list = value.as_array().ok_or_else(|| wrong(path, "must be a list of policies"))?;
    list.iter().enumerate().map(|(at, value)| document(&format!("{path}[{at}]"), value, kind)).collect()
}

fn levels_of(path: &str, value: &Value, kind: PolicyKind) -> Result<Vec<Vec<Named>>, Refused> {
    let expected = "must be a list of levels, the root first, each a list of policies";
    let levels = value.as_array().ok_or_else(|| wrong(path, expected))?;
    levels.iter().enumerate().map(|(at, level)| list_of(&format!("{path}[{at}]"), level, kind)).collect()
}

/// A policy; a statement or a list of statements stands for one; `{"name": …, "policy": …}` gives it a name.
fn document(path: &str, value: &Value, kind: PolicyKind) -> Result<Named, Refused> {
    let (name, value) = match (value.get("name").and_then(Value::as_str), value.get("policy")) {
        (Some(name), Some(policy)) => (name.to_owned(), policy),
        _ => (path.trim_start_matches("policies.").to_owned(), value),
    };
    if value.as_str() == Some("full access") {
        return Ok((name, Document::full_access()));
    }
    let text = match value {
        Value::Object(map) if map.contains_key("Statement") => value.to_string(),
        Value::Object(_) | Value::Array(_) => {
            serde_json::json!({"Version": "2012-10-17", "Statement": value}).to_string()
        }
        _ => return Err(wrong(path, "must be a policy document, a statement, or \"full access\"")),
    };
    let parsed = parse(&text, kind).map_err(|error| wrong(path, &error.message))?;
    Ok((name, parsed.document))
}

impl Policies {
    /// Calls `with` with the layers as the engine takes them.
    pub fn layers<T>(&self, with: impl FnOnce(&Layers<'_>) -> T) -> T {
        let (revocations, identity) = (refs(&self.revocations), refs(&self.identity));
        let session = self.session.as_deref().map(refs);
        let (scps, rcps) = (leveled(self.scps.as_deref()), leveled(self.rcps.as_deref()));
        with(&Layers {
            revocations: &revocations,
            identity: &identity,
            boundary: self.boundary.as_ref().map(one),
            session: session.as_deref(),
            resource: match (&self.resource, &self.trust) {
                (Some(policy), _) => ResourceLayer::Policy(one(policy)),
                (None, Some(policy)) => ResourceLayer::Trust(one(policy)),
                (None, None) if self.is_trust_missing => ResourceLayer::TrustMissing,
                (None, None) => ResourceLayer::None,
            },
            scps: scps.as_deref(),
            rcps: rcps.as_deref(),
        })
    }
}

fn one((name, document): &Named) -> PolicyRef<'_> {
    PolicyRef { name, document }
}

fn refs(policies: &[Named]) -> Vec<PolicyRef<'_>> {
    policies.iter().map(one).collect()
}

fn leveled(levels: Option<&[Vec<Named>]>) -> Option<Vec<Vec<PolicyRef<'_>>>> {
    Some(levels?.iter().map(|level| refs(level)).collect())
}
