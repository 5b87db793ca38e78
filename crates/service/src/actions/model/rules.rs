//! A small part of the policy language: rules as values, what they mean, and their spelling as JSON.
//!
//! Their meaning is written here a second time, out of AWS's pages and not out of the policy crate.

use portcullis_base::Timestamp;
use serde_json::{Value as Json, json};

use crate::actions::testing::ACCOUNT;

/// The two buckets of the game.
pub const BUCKETS: [&str; 2] = ["model-0", "model-1"];

/// `arn:aws:iam::ACCOUNT:KIND/NAME`
pub fn iam(kind: &str, name: usize) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{}", spelled(kind, name))
}

/// The name of the so-manieth user, role, group or policy.
pub fn spelled(kind: &str, name: usize) -> String {
    format!("{kind}-{name}")
}

/// `arn:aws:s3:::BUCKET`
pub fn bucket_arn(bucket: usize) -> String {
    format!("arn:aws:s3:::{}", BUCKETS[bucket])
}

/// Which actions.
#[derive(Debug, Clone)]
pub enum Acts {
    Every,
    S3,
    Only(&'static str),
    AllBut(&'static str),
}

impl Acts {
    fn cover(&self, action: &str) -> bool {
        match self {
            Self::Every => true,
            Self::S3 => action.starts_with("s3:"),
            Self::Only(one) => *one == action,
            Self::AllBut(one) => *one != action,
        }
    }
}

/// Which resources.
#[derive(Debug, Clone)]
pub enum On {
    Everything,
    /// A bucket without its objects.
    Bucket(usize),
    /// The objects of a bucket without the bucket.
    Objects(usize),
    /// Whatever is not this bucket and its objects.
    AllButBucket(usize),
    User(usize),
}

impl On {
    fn covers(&self, resource: &str) -> bool {
        let is_bucket = |bucket: usize| resource == bucket_arn(bucket);
        let is_object = |bucket: usize| resource.starts_with(&format!("{}/", bucket_arn(bucket)));
        match self {
            Self::Everything => true,
            Self::Bucket(bucket) => is_bucket(*bucket),
            Self::Objects(bucket) => is_object(*bucket),
            Self::AllButBucket(bucket) => !is_bucket(*bucket) && !is_object(*bucket),
            Self::User(name) => resource == iam("user", *name),
        }
    }
}

/// Under which condition.
#[derive(Debug, Clone)]
pub enum When {
    Username(usize),
    /// Also holds for whoever has no user name.
    UsernameIsNot(usize),
    /// By ARN, and so for namesakes too.
    UserArn(usize),
    RoleArn(usize),
    Temporary,
    IssuedBefore(i64),
}

/// What conditions ask of the caller.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub username: Option<String>,
    pub arn: Option<String>,
    pub issued: Option<i64>,
}

impl When {
    fn holds(&self, known: &Known) -> bool {
        let is_named = |name: usize| known.username.as_deref() == Some(&spelled("user", name));
        match self {
            Self::Username(name) => is_named(*name),
            Self::UsernameIsNot(name) => !is_named(*name),
            Self::UserArn(name) => known.arn.as_deref() == Some(&iam("user", *name)),
            Self::RoleArn(name) => known.arn.as_deref() == Some(&iam("role", *name)),
            Self::Temporary => known.issued.is_some(),
            Self::IssuedBefore(instant) => known.issued.is_some_and(|issued| issued < *instant),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Username(name) => json!({"StringEquals": {"aws:username": spelled("user", *name)}}),
            Self::UsernameIsNot(name) => json!({"StringNotEquals": {"aws:username": spelled("user", *name)}}),
            Self::UserArn(name) => json!({"ArnEquals": {"aws:PrincipalArn": iam("user", *name)}}),
            Self::RoleArn(name) => json!({"ArnLike": {"aws:PrincipalArn": iam("role", *name)}}),
            Self::Temporary => json!({"Null": {"aws:TokenIssueTime": "false"}}),
            Self::IssuedBefore(instant) => {
                let instant = Timestamp::from_millis(*instant).iso_millis();
                json!({"DateLessThan": {"aws:TokenIssueTime": instant}})
            }
        }
    }
}

/// Who is named by the policy of a bucket or role.
#[derive(Debug, Clone)]
pub enum Whom {
    Everyone,
    Account,
    /// By name, and from the save on by the number of who bore it then.
    User(usize, u32),
    Role(usize, u32),
    Session(String),
}

impl Whom {
    fn json(&self) -> String {
        match self {
            Self::Everyone => "*".to_owned(),
            Self::Account => ACCOUNT.to_owned(),
            Self::User(name, _) => iam("user", *name),
            Self::Role(name, _) => iam("role", *name),
            Self::Session(arn) => arn.clone(),
        }
    }
}

/// A statement.
#[derive(Debug, Clone)]
pub struct Rule {
    pub allows: bool,
    pub acts: Acts,
    pub on: On,
    pub when: Option<When>,
    /// Empty in policies that are attached to whom they are about.
    pub whom: Vec<Whom>,
}

impl Rule {
    /// Whether it is about this, whoever asks.
    pub fn covers(&self, action: &str, resource: &str, known: &Known) -> bool {
        self.acts.cover(action)
            && self.on.covers(resource)
            && self.when.as_ref().is_none_or(|when| when.holds(known))
    }

    fn json(&self, is_trust: bool) -> Json {
        let mut statement = json!({"Effect": if self.allows { "Allow" } else { "Deny" }});
        let mut set = |name: &str, value: Json| statement[name] = value;
        match &self.acts {
            Acts::Every => set("Action", json!("*")),
            Acts::S3 => set("Action", json!("s3:*")),
            Acts::Only(one) => set("Action", json!([one])),
            Acts::AllBut(one) => set("NotAction", json!(one)),
        }
        match &self.on {
            _ if is_trust => {}
            On::Everything => set("Resource", json!("*")),
            On::Bucket(bucket) => set("Resource", json!(bucket_arn(*bucket))),
            On::Objects(bucket) => set("Resource", json!([format!("{}/*", bucket_arn(*bucket))])),
            On::AllButBucket(bucket) => {
                set("NotResource", json!([bucket_arn(*bucket), format!("{}/*", bucket_arn(*bucket))]));
            }
            On::User(name) => set("Resource", json!(iam("user", *name))),
        }
        if !self.whom.is_empty() {
            let names: Vec<String> = self.whom.iter().map(Whom::json).collect();
            set("Principal", json!({ "AWS": names }));
        }
        if let Some(when) = &self.when {
            set("Condition", when.json());
        }
        statement
    }
}

/// A policy.
pub type Doc = Vec<Rule>;

/// A policy as it is sent.
pub fn text(doc: &[Rule]) -> String {
    let statements: Vec<Json> = doc.iter().map(|rule| rule.json(false)).collect();
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// A trust policy as it is sent: it has no resources.
pub fn trust_text(doc: &[Rule]) -> String {
    let statements: Vec<Json> = doc.iter().map(|rule| rule.json(true)).collect();
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}
