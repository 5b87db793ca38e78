//! What may be done to the server, each written down with its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_base::Secret;
use portcullis_sim::Dice;
use portcullis_sim::history::{Deed, Handle, Name, Revocation, Verdict, Who};
use portcullis_wire::sigv4::sign::Credentials;
use serde_json::{Value as Json, json};

use crate::common::connection::{Answer, Ask, Connection};
use crate::common::{Failure, instant};
use crate::log::Log;

/// The account, which is the root key's.
pub const ACCOUNT: &str = "123456789012";
/// The bucket that everybody uses.
pub const BUCKET: &str = "history";
/// A role that nobody assumes, to be read.
pub const STANDING: &str = "standing";
/// What a denial by a revocation says.
const BY_REVOCATION: &str = "with an explicit deny in a revocation";
/// How often something that must succeed is tried.
const ATTEMPTS: usize = 20;
const STS: &str = "2011-06-15";
/// How long sessions last: longer than any run.
const SECONDS: &str = "3600";

const REVOKE: &[(&str, &str)] =
    &[("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "Portcullis_20261122.Revoke")];
const LIFT: &[(&str, &str)] =
    &[("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "Portcullis_20261122.LiftRevocation")];

/// Which call made a credential, and so what it may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A user's long-term key.
    Key,
    /// `AssumeRole`.
    Role,
    /// `GetSessionToken`.
    User,
    /// `GetFederationToken`.
    Federated,
}

/// Somebody who signs.
#[derive(Clone)]
pub struct Signer {
    /// In the history.
    pub who: Who,
    /// What it signs with.
    pub credentials: Credentials,
    /// What made it.
    pub kind: Kind,
    /// What it is found by, its key first.
    pub handles: Vec<Handle>,
    /// Sessions before it.
    pub depth: usize,
}

/// A session that is wanted.
pub enum Wanted {
    /// Of a role, under a name, with a source identity.
    Role(Name, Name, Option<Name>),
    /// The user's own.
    User,
    /// A federated user's.
    Federated(Name),
}

/// A revocation that was done.
pub struct Revoked {
    /// To lift it by.
    pub id: Name,
    /// Before its request was sent.
    pub began: Instant,
    /// Until its answer was there.
    pub took: Duration,
}

/// One who does things, on a connection.
pub struct Client {
    connection: Connection,
    endpoint: String,
    log: Arc<Log>,
    root: Signer,
}

impl Signer {
    /// A long-term key.
    pub fn key(log: &Log, credentials: Credentials, user: Option<&str>) -> Self {
        let of_user: Vec<Handle> = user.map(|name| Handle::User(name.into())).into_iter().collect();
        let own = Handle::Key(credentials.access_key_id.as_str().into());
        Self {
            who: log.key(&credentials.access_key_id, of_user.clone()),
            credentials,
            kind: Kind::Key,
            handles: [own].into_iter().chain(of_user).collect(),
            depth: 0,
        }
    }

    /// The source identity that it carries.
    fn source_identity(&self) -> Option<Name> {
        self.handles.iter().find_map(|handle| match handle {
            Handle::SourceIdentity(identity) => Some(Name::clone(identity)),
            _ => None,
        })
    }
}

impl Wanted {
    fn handles(&self, by: &Signer) -> Vec<Handle> {
        let of_user = by.handles.iter().filter(|handle| matches!(handle, Handle::User(_))).cloned();
        match self {
            Self::Role(role, name, identity) => {
                // It cannot be changed along a chain.
                let identity = by.source_identity().or_else(|| identity.clone());
                let handles = [Handle::Role(role.clone()), Handle::RoleSession(role.clone(), name.clone())];
                handles.into_iter().chain(identity.map(Handle::SourceIdentity)).collect()
            }
            Self::User => of_user.collect(),
            Self::Federated(name) => {
                [Handle::FederatedUser(name.clone())].into_iter().chain(of_user).collect()
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Role(..) => Kind::Role,
            Self::User => Kind::User,
            Self::Federated(_) => Kind::Federated,
        }
    }

    fn ask(&self, by: &Signer) -> Ask<'static> {
        match self {
            Self::Role(role, name, identity) => {
                let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
                let mut parameters =
                    vec![("RoleArn", &*arn), ("RoleSessionName", name), ("DurationSeconds", SECONDS)];
                if let (Some(identity), None) = (identity, by.source_identity()) {
                    parameters.push(("SourceIdentity", identity));
                }
                Ask::form("sts", STS, "AssumeRole", &parameters)
            }
            Self::User => Ask::form("sts", STS, "GetSessionToken", &[("DurationSeconds", SECONDS)]),
            Self::Federated(name) => {
                let all =
                    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
                let parameters = [("Name", &**name), ("Policy", all), ("DurationSeconds", SECONDS)];
                Ask::form("sts", STS, "GetFederationToken", &parameters)
            }
        }
    }
}

/// A target in the words of the product's own interface.
fn words(target: &Handle, dice: &mut Dice) -> (&'static str, String) {
    match target {
        Handle::Key(key) if key.starts_with("ASIA") => ("session", key.to_string()),
        Handle::Key(key) => ("access-key", key.to_string()),
        Handle::Role(role) if dice.percent(50) => ("role", role.to_string()),
        Handle::Role(role) => ("role", format!("arn:aws:iam::{ACCOUNT}:role/{role}")),
        Handle::RoleSession(role, name) if dice.percent(50) => ("role-session", format!("{role}/{name}")),
        Handle::RoleSession(role, name) => {
            ("session", format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"))
        }
        Handle::User(user) => ("user", user.to_string()),
        Handle::FederatedUser(name) => ("federated-user", name.to_string()),
        Handle::SourceIdentity(identity) => ("source-identity", identity.to_string()),
    }
}

/// What an answer says of whether it was done.
///
/// # Errors
/// An answer that nobody should get here.
fn verdict(answer: &Answer) -> Result<Verdict, Failure> {
    match answer.status {
        200 => Ok(Verdict::Allowed),
        403 if answer.text.contains(BY_REVOCATION) => Ok(Verdict::Denied),
        // Overtaken too often, or nothing is known.
        500..600 => Ok(Verdict::Unknown),
        status => Err(format!("an answer that nobody should get: {status}: {}", answer.text).into()),
    }
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn connect(endpoint: &str, log: &Arc<Log>, root: &Signer) -> Result<Self, Failure> {
        let connection = Connection::open(endpoint).await?;
        Ok(Self { connection, endpoint: endpoint.to_owned(), log: Arc::clone(log), root: root.clone() })
    }

    /// Does something and writes it down. An operation without an answer is written down as such.
    async fn done(
        &mut self,
        by: &Signer,
        deed: Deed,
        ask: Ask<'_>,
    ) -> Result<Option<(Answer, usize, Verdict)>, Failure> {
        let began = instant();
        let Ok(answer) = self.connection.ask(&by.credentials, ask).await else {
            self.log.unanswered(by.who, deed, began);
            self.connection = Connection::open(&self.endpoint).await?;
            return Ok(None);
        };
        let is_lift = matches!(deed, Deed::Lift(_));
        let verdict = match verdict(&answer) {
            // It has retired, as it was about nobody.
            Err(_) if is_lift && answer.text.contains("ResourceNotFoundException") => Verdict::Unknown,
            verdict => verdict?,
        };
        let at = self.log.answered(by.who, deed, verdict, &answer);
        Ok(Some((answer, at, verdict)))
    }

    /// Uses a credential for something that it may do.
    ///
    /// # Errors
    /// An answer that nobody should get.
    pub async fn request(&mut self, by: &Signer, dice: &mut Dice) -> Result<Option<Verdict>, Failure> {
        let (read, written) = (format!("/{BUCKET}/standing"), format!("/{BUCKET}/object-{}", dice.below(16)));
        let (name, ask) = match dice.below(if by.kind == Kind::Role { 8 } else { 7 }) {
            0..4 => ("GetCallerIdentity", Ask::form("sts", STS, "GetCallerIdentity", &[])),
            4..6 => ("GetObject", Self::s3("GET", &read, "")),
            6 => ("PutObject", Self::s3("PUT", &written, "written")),
            _ => ("GetRole", Ask::form("iam", "2010-05-08", "GetRole", &[("RoleName", STANDING)])),
        };
        let done = self.done(by, Deed::Request(name.into()), ask).await?;
        Ok(done.map(|(_, _, verdict)| verdict))
    }

    fn s3<'a>(method: &'a str, path: &'a str, body: &str) -> Ask<'a> {
        Ask { service: "s3", method, path, headers: &[], body: body.to_owned() }
    }

    /// Asks for a session; none if it is not given.
    ///
    /// # Errors
    /// An answer that nobody should get.
    pub async fn issue(&mut self, by: &Signer, wanted: &Wanted) -> Result<Option<Signer>, Failure> {
        let handles = wanted.handles(by);
        let done = self.done(by, Deed::Issue(handles.clone()), wanted.ask(by)).await?;
        let Some((answer, at, Verdict::Allowed)) = done else { return Ok(None) };
        let text = |name| answer.element(name).ok_or_else(|| format!("an answer without {name}"));
        let key = text("AccessKeyId")?;
        let who = self.log.made(at, key).ok_or("what was issued is no session")?;
        Ok(Some(Signer {
            who,
            kind: wanted.kind(),
            depth: by.depth + 1,
            handles: [Handle::Key(key.into())].into_iter().chain(handles).collect(),
            credentials: Credentials {
                access_key_id: key.to_owned(),
                secret: Secret::from(text("SecretAccessKey")?.to_owned()),
                session_token: Some(Secret::from(text("SessionToken")?.to_owned())),
            },
        }))
    }

    /// Revokes; none if it is not known whether that was done.
    ///
    /// # Errors
    /// An answer that nobody should get.
    pub async fn revoke(
        &mut self,
        mut revocation: Revocation,
        dice: &mut Dice,
    ) -> Result<Option<Revoked>, Failure> {
        let (kind, target) = words(&revocation.target, dice);
        let input = json!({
            "Kind": kind,
            "Target": target,
            "Cascade": revocation.cascades,
            "BlockReissue": revocation.blocks,
        });
        let began = instant();
        let root = self.root.clone();
        let Ok(answer) = self.connection.ask(&root.credentials, own(REVOKE, &input)).await else {
            self.log.unanswered(root.who, Deed::Revoke(revocation), began);
            self.connection = Connection::open(&self.endpoint).await?;
            return Ok(None);
        };
        let verdict = verdict(&answer)?;
        if verdict == Verdict::Allowed {
            let receipt: Json = serde_json::from_str(&answer.text)?;
            revocation.id = receipt.get("RevocationId").and_then(Json::as_str).map(Name::from);
        }
        let revoked =
            revocation.id.clone().map(|id| Revoked { id, began: answer.began, took: answer.took() });
        self.log.answered(root.who, Deed::Revoke(revocation), verdict, &answer);
        Ok(revoked)
    }

    /// Lifts a revocation.
    ///
    /// # Errors
    /// An answer that nobody should get.
    pub async fn lift(&mut self, id: &Name) -> Result<(), Failure> {
        let root = self.root.clone();
        let ask = own(LIFT, &json!({ "RevocationId": &**id }));
        self.done(&root, Deed::Lift(id.clone()), ask).await.map(drop)
    }

    /// Something that root does and that must succeed.
    ///
    /// # Errors
    /// When it does not.
    pub async fn set_up(&mut self, name: &str, parameters: &[(&str, &str)]) -> Result<Answer, Failure> {
        let root = self.root.clone();
        for _ in 0..ATTEMPTS {
            let ask = Ask::form("iam", "2010-05-08", name, parameters);
            match self.done(&root, Deed::Request(name.into()), ask).await? {
                Some((answer, _, Verdict::Allowed)) => return Ok(answer),
                // Overtaken by others that change policies; it was not done.
                Some((_, _, Verdict::Unknown)) => {}
                Some((answer, _, _)) => return Err(format!("{name} failed: {}", answer.text).into()),
                None => return Err(format!("{name} got no answer").into()),
            }
        }
        Err(format!("{name} was overtaken too often").into())
    }

    /// Makes the bucket and the object that everybody reads.
    ///
    /// # Errors
    /// When that fails.
    pub async fn fill(&mut self) -> Result<(), Failure> {
        let root = self.root.clone();
        let (bucket, object) = (format!("/{BUCKET}"), format!("/{BUCKET}/standing"));
        for (name, path, body) in [("CreateBucket", &bucket, ""), ("PutObject", &object, "standing")] {
            self.done(&root, Deed::Request(name.into()), Self::s3("PUT", path, body)).await?;
        }
        Ok(())
    }
}

/// A call of the product's own interface; headers are borrowed for as long as the request is.
fn own(headers: &'static [(&'static str, &'static str)], input: &Json) -> Ask<'static> {
    Ask { service: "portcullis", method: "POST", path: "/", headers, body: input.to_string() }
}
