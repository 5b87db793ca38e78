//! What a worker does, step by step, as its dice say: small scripts, each around a moment at which something could go
//! wrong. All workers share those whom they revoke, so that the scripts meet each other.

use std::sync::Arc;

use portcullis_sim::Dice;
use portcullis_sim::history::{Handle, Name, Revocation, Verdict};

use crate::client::{Client, Kind, Signer, Wanted};
use crate::common::Failure;
use crate::stage::Stage;

/// The longest chain of sessions.
const CHAIN: usize = 4;

/// A worker.
pub struct Worker {
    stage: Arc<Stage>,
    client: Client,
    dice: Dice,
}

impl Worker {
    /// One who does what this seed says.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn new(stage: &Arc<Stage>, seed: u64) -> Result<Self, Failure> {
        Ok(Self { client: stage.client().await?, stage: Arc::clone(stage), dice: Dice::new(seed) })
    }

    /// Works until there are enough revocations.
    ///
    /// # Errors
    /// The first answer that nobody should get.
    pub async fn work(mut self) -> Result<(), Failure> {
        while !self.stage.is_over() {
            match self.dice.below(100) {
                0..30 => self.use_any().await?,
                30..40 => self.issue_and_keep().await?,
                40..62 => self.cut_at_once().await?,
                62..80 => self.issue_at_once().await?,
                80..90 => self.cut_any().await?,
                90..94 => self.block().await?,
                94..96 => self.cut_key().await?,
                _ => self.lift_any().await?,
            }
        }
        Ok(())
    }

    /// Somebody who may be cut off goes on.
    async fn use_any(&mut self) -> Result<(), Failure> {
        for _ in 0..3 {
            let Some(session) = self.stage.session(&mut self.dice) else { return Ok(()) };
            let verdict = self.client.request(&session, &mut self.dice).await?;
            // Some are asked again and again: there must be no way back.
            if verdict == Some(Verdict::Denied) && self.dice.percent(50) {
                self.stage.forget(&session);
            }
        }
        Ok(())
    }

    async fn issue_and_keep(&mut self) -> Result<(), Failure> {
        if let Some(session) = self.issue().await? {
            self.stage.keep(session, &mut self.dice);
        }
        Ok(())
    }

    /// Issued, revoked and used, with nothing between.
    async fn cut_at_once(&mut self) -> Result<(), Failure> {
        let Some(session) = self.issue().await? else { return Ok(()) };
        let mut child = None;
        if session.kind == Kind::Role && self.dice.percent(40) {
            let wanted = self.wanted_role();
            child = match wanted {
                Some(wanted) => self.client.issue(&session, &wanted).await?,
                None => None,
            };
        }
        if self.dice.percent(30) {
            self.client.request(&session, &mut self.dice).await?;
        }
        self.revoke_any_of(&session).await?;
        self.client.request(&session, &mut self.dice).await?;
        for session in [Some(session), child].into_iter().flatten() {
            self.client.request(&session, &mut self.dice).await?;
            self.stage.keep(session, &mut self.dice);
        }
        Ok(())
    }

    /// Revoked and issued anew, with nothing between: the new one is not hit.
    async fn issue_at_once(&mut self) -> Result<(), Failure> {
        let Some(by) = self.stage.user(&mut self.dice) else { return Ok(()) };
        let Some(wanted) = self.wanted(&by) else { return Ok(()) };
        let target = match &wanted {
            Wanted::Role(role, name, identity) => match (self.dice.below(3), identity) {
                (0, _) => Handle::Role(role.clone()),
                (1, Some(identity)) => Handle::SourceIdentity(identity.clone()),
                _ => Handle::RoleSession(role.clone(), name.clone()),
            },
            Wanted::Federated(name) if self.dice.percent(60) => Handle::FederatedUser(name.clone()),
            _ => user_of(&by),
        };
        self.revoke(target, false).await?;
        if let Some(session) = self.client.issue(&by, &wanted).await? {
            self.client.request(&session, &mut self.dice).await?;
            self.stage.keep(session, &mut self.dice);
        }
        Ok(())
    }

    /// Whoever it is: others may just use it, chain from it, or revoke it as well.
    async fn cut_any(&mut self) -> Result<(), Failure> {
        let Some(session) = self.stage.session(&mut self.dice) else { return Ok(()) };
        self.revoke_any_of(&session).await?;
        self.client.request(&session, &mut self.dice).await.map(drop)
    }

    /// Nobody gets a session until it is lifted.
    async fn block(&mut self) -> Result<(), Failure> {
        let Some(by) = self.stage.user(&mut self.dice) else { return Ok(()) };
        let Some(wanted) = self.wanted_role() else { return Ok(()) };
        let target = match &wanted {
            Wanted::Role(role, name, _) if self.dice.percent(60) => {
                Handle::RoleSession(role.clone(), name.clone())
            }
            Wanted::Role(role, _, _) if self.dice.percent(60) => Handle::Role(role.clone()),
            _ => user_of(&by),
        };
        let id = self.revoke(target, true).await?;
        self.client.issue(&by, &wanted).await?;
        if let Some(id) = id {
            self.client.lift(&id).await?;
        }
        self.client.issue(&by, &wanted).await.map(drop)
    }

    /// A long-term key, with all that came of it, and back.
    async fn cut_key(&mut self) -> Result<(), Failure> {
        let Some(by) = self.stage.user(&mut self.dice) else { return Ok(()) };
        let Some(own) = by.handles.first().cloned() else { return Ok(()) };
        let session = self.client.issue(&by, &Wanted::User).await?;
        let id = self.revoke(own, false).await?;
        self.client.request(&by, &mut self.dice).await?;
        if let Some(session) = session {
            self.client.request(&session, &mut self.dice).await?;
            self.stage.keep(session, &mut self.dice);
        }
        match id {
            Some(id) => self.client.lift(&id).await,
            None => Ok(()),
        }
    }

    /// Lifted: some of those whom it hit go on.
    async fn lift_any(&mut self) -> Result<(), Failure> {
        let Some(id) = self.stage.to_lift(&mut self.dice) else { return Ok(()) };
        self.client.lift(&id).await?;
        self.use_any().await
    }

    /// A session from a user's key or from another session.
    async fn issue(&mut self) -> Result<Option<Signer>, Failure> {
        let user = self.stage.user(&mut self.dice);
        let session = self.stage.session(&mut self.dice);
        let session = session.filter(|session| session.depth < CHAIN && session.kind != Kind::Federated);
        let by = if self.dice.percent(40) { session.or(user) } else { user };
        let Some(by) = by else { return Ok(None) };
        match self.wanted(&by) {
            Some(wanted) => self.client.issue(&by, &wanted).await,
            None => Ok(None),
        }
    }

    /// What this one may ask for.
    fn wanted(&mut self, by: &Signer) -> Option<Wanted> {
        match self.dice.below(10) {
            0..2 if by.kind == Kind::Key => Some(Wanted::User),
            2..4 if by.kind == Kind::Key => {
                Some(Wanted::Federated(self.stage.name("federated", &mut self.dice)))
            }
            _ => self.wanted_role(),
        }
    }

    fn wanted_role(&mut self) -> Option<Wanted> {
        let role = self.stage.role(&mut self.dice)?;
        let name = self.stage.name("session", &mut self.dice);
        let identity = self.dice.percent(40).then(|| self.stage.name("identity", &mut self.dice));
        Some(Wanted::Role(role, name, identity))
    }

    /// By its own key in half of the cases, else by anything else that it is.
    async fn revoke_any_of(&mut self, session: &Signer) -> Result<(), Failure> {
        let own = if self.dice.percent(50) { 1 } else { session.handles.len() };
        let Some(target) = session.handles.get(self.dice.below(own)).cloned() else { return Ok(()) };
        if let Some(id) = self.revoke(target, false).await? {
            self.stage.stands(id, &mut self.dice);
        }
        Ok(())
    }

    async fn revoke(&mut self, target: Handle, blocks: bool) -> Result<Option<Name>, Failure> {
        let cascades = self.dice.percent(80);
        let revocation = Revocation { id: None, target: target.clone(), cascades, blocks };
        let Some(revoked) = self.client.revoke(revocation, &mut self.dice).await? else { return Ok(None) };
        self.stage.worn(&target, &mut self.client).await?;
        Ok(Some(revoked.id))
    }
}

/// The user whose key it is.
fn user_of(by: &Signer) -> Handle {
    let is_user = |handle: &&Handle| matches!(handle, Handle::User(_));
    by.handles.iter().find(is_user).or(by.handles.first()).cloned().unwrap_or(Handle::User("".into()))
}
