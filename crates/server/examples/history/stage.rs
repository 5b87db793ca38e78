//! Who is there: roles, users and sessions that all workers share. Roles and users are replaced when they have been
//! revoked a few times, and names that anybody may give themselves change as time goes by, so that a long run does not
//! end as a run on three names with ten thousand revocations each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_base::Secret;
use portcullis_sim::Dice;
use portcullis_sim::history::{Handle, Name};
use portcullis_wire::sigv4::sign::Credentials;

use crate::client::{ACCOUNT, Client, STANDING, Signer};
use crate::common::Failure;
use crate::common::server::root;
use crate::log::Log;

/// Roles, and users, at a time.
const SLOTS: usize = 6;
/// Revocations of one until another takes its place.
const WORN: usize = 8;
/// Sessions that are remembered; more push others out.
const SESSIONS: usize = 48;
/// Revocations from one generation of names to the next.
const GENERATION: usize = 40;

/// One that is there, and how often it was revoked.
struct Slot<T> {
    held: T,
    revoked: usize,
}

/// Everybody who is there.
pub struct Stage {
    /// What was done so far.
    pub log: Arc<Log>,
    /// Address and port.
    pub endpoint: String,
    /// The root user's key.
    pub root: Signer,
    /// Revocations so far.
    pub revoked: AtomicUsize,
    /// Revocations that are wanted.
    pub wanted: usize,
    made: AtomicUsize,
    roles: Mutex<Vec<Slot<Name>>>,
    users: Mutex<Vec<Slot<Signer>>>,
    sessions: Mutex<Vec<Signer>>,
    standing: Mutex<Vec<Name>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn any<T: Clone>(from: &[T], dice: &mut Dice) -> Option<T> {
    from.get(dice.below(from.len())).cloned()
}

impl Stage {
    /// Sets it up.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn set(endpoint: &str, wanted: usize) -> Result<Self, Failure> {
        let log = Arc::new(Log::new());
        let stage = Self {
            root: Signer::key(&log, root(), None),
            log,
            endpoint: endpoint.to_owned(),
            revoked: AtomicUsize::new(0),
            wanted,
            made: AtomicUsize::new(0),
            roles: Mutex::default(),
            users: Mutex::default(),
            sessions: Mutex::default(),
            standing: Mutex::default(),
        };
        let mut client = stage.client().await?;
        client.fill().await?;
        make_role(&mut client, STANDING).await?;
        for _ in 0..SLOTS {
            let (role, user) = (stage.new_role(&mut client).await?, stage.new_user(&mut client).await?);
            held(&stage.roles).push(Slot { held: role, revoked: 0 });
            held(&stage.users).push(Slot { held: user, revoked: 0 });
        }
        Ok(stage)
    }

    /// Somebody more who does things.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn client(&self) -> Result<Client, Failure> {
        Client::connect(&self.endpoint, &self.log, &self.root).await
    }

    /// Whether there are enough revocations.
    pub fn is_over(&self) -> bool {
        self.revoked.load(Ordering::Relaxed) >= self.wanted
    }

    /// One of the names of the time.
    pub fn name(&self, kind: &str, dice: &mut Dice) -> Name {
        let generation = self.revoked.load(Ordering::Relaxed) / GENERATION;
        format!("{kind}-{generation}-{}", dice.below(3)).into()
    }

    /// A role.
    pub fn role(&self, dice: &mut Dice) -> Option<Name> {
        let roles = held(&self.roles);
        roles.get(dice.below(roles.len())).map(|slot| slot.held.clone())
    }

    /// A user's key.
    pub fn user(&self, dice: &mut Dice) -> Option<Signer> {
        let users = held(&self.users);
        users.get(dice.below(users.len())).map(|slot| slot.held.clone())
    }

    /// A session, which may have been cut off.
    pub fn session(&self, dice: &mut Dice) -> Option<Signer> {
        any(&held(&self.sessions), dice)
    }

    /// One more session.
    pub fn keep(&self, session: Signer, dice: &mut Dice) {
        let mut sessions = held(&self.sessions);
        if sessions.len() < SESSIONS {
            sessions.push(session);
        } else if let Some(old) = sessions.get_mut(dice.below(SESSIONS)) {
            *old = session;
        }
    }

    /// One that is of no more use.
    pub fn forget(&self, session: &Signer) {
        held(&self.sessions).retain(|held| held.who != session.who);
    }

    /// A revocation that may be lifted some time.
    pub fn stands(&self, revocation: Name, dice: &mut Dice) {
        let mut standing = held(&self.standing);
        if standing.len() < SESSIONS {
            standing.push(revocation);
        } else if let Some(old) = standing.get_mut(dice.below(SESSIONS)) {
            *old = revocation;
        }
    }

    /// One to lift, which nobody else will.
    pub fn to_lift(&self, dice: &mut Dice) -> Option<Name> {
        let mut standing = held(&self.standing);
        let at = dice.below(standing.len());
        (!standing.is_empty()).then(|| standing.swap_remove(at))
    }

    /// A revocation was made of this; a role or user that has had enough of them is replaced.
    ///
    /// # Errors
    /// When the server takes no new one.
    pub async fn worn(&self, target: &Handle, client: &mut Client) -> Result<(), Failure> {
        self.revoked.fetch_add(1, Ordering::Relaxed);
        match target {
            Handle::Role(name) if wears(&self.roles, |role| role == name) => {
                let new = self.new_role(client).await?;
                replace(&self.roles, |role| role == name, new);
            }
            Handle::User(_) | Handle::Key(_) if wears(&self.users, |user| user.handles.contains(target)) => {
                let new = self.new_user(client).await?;
                replace(&self.users, |user| user.handles.contains(target), new);
            }
            _ => {}
        }
        Ok(())
    }

    fn next(&self, kind: &str) -> String {
        format!("{kind}-{}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    async fn new_role(&self, client: &mut Client) -> Result<Name, Failure> {
        let name = self.next("role");
        make_role(client, &name).await?;
        Ok(name.into())
    }

    async fn new_user(&self, client: &mut Client) -> Result<Signer, Failure> {
        let name = self.next("user");
        client.set_up("CreateUser", &[("UserName", &name)]).await?;
        let all = [("UserName", &*name), ("PolicyName", "all"), ("PolicyDocument", ALL)];
        client.set_up("PutUserPolicy", &all).await?;
        let answer = client.set_up("CreateAccessKey", &[("UserName", &name)]).await?;
        let text = |element| answer.element(element).ok_or("a key without its parts");
        let credentials = Credentials {
            access_key_id: text("AccessKeyId")?.to_owned(),
            secret: Secret::from(text("SecretAccessKey")?.to_owned()),
            session_token: None,
        };
        Ok(Signer::key(&self.log, credentials, Some(&name)))
    }
}

const ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

async fn make_role(client: &mut Client, name: &str) -> Result<(), Failure> {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}}}}"#
    );
    let role = [("RoleName", name), ("AssumeRolePolicyDocument", &*trust)];
    client.set_up("CreateRole", &role).await?;
    let all = [("RoleName", name), ("PolicyName", "all"), ("PolicyDocument", ALL)];
    client.set_up("PutRolePolicy", &all).await.map(drop)
}

/// Counts one more; whether it is to be replaced by whoever asks.
fn wears<T>(slots: &Mutex<Vec<Slot<T>>>, is_meant: impl Fn(&T) -> bool) -> bool {
    let mut slots = held(slots);
    let Some(slot) = slots.iter_mut().find(|slot| is_meant(&slot.held)) else { return false };
    slot.revoked += 1;
    slot.revoked == WORN
}

fn replace<T>(slots: &Mutex<Vec<Slot<T>>>, is_meant: impl Fn(&T) -> bool, new: T) {
    if let Some(slot) = held(slots).iter_mut().find(|slot| is_meant(&slot.held)) {
        *slot = Slot { held: new, revoked: 0 };
    }
}
