//! Keys and sessions: who asks for one, whether it is given, and how time ends them.

use portcullis_base::Value;

use super::rules::{Doc, iam, spelled, text};
use super::world::{Guard, Held, Verdict, Who};
use super::{NAMES, Play, of};
use crate::actions::testing::Creds;

/// Sessions and keys that are tried after each step; a newer one takes the place of an older.
const HELD_MAX: usize = 7;
/// Every session's life.
const LIFE_S: u32 = 900;
/// Longest chain of sessions that a session is asked from.
const DEPTH_MAX: usize = 10;

impl Play {
    pub(super) fn wait(&mut self) {
        let seconds = 1 + self.chance.below(400) as u64;
        self.ground.forward(seconds);
        self.world.now += i64::try_from(seconds * 1000).unwrap();
        self.tell(&format!("{seconds} s pass"));
    }

    pub(super) async fn give_key(&mut self, id: u32, name: usize) {
        let input = of(&[("UserName", &spelled("user", name))]);
        let answer = self.root("iam", "CreateAccessKey", input, None).await;
        let key = answer.member("AccessKey").unwrap();
        let text = |member: &str| key.text(member).unwrap().to_owned();
        let creds = Creds { key: text("AccessKeyId"), secret: text("SecretAccessKey").into(), token: None };
        self.hold(Held { who: Who::User(id), creds, life: None, passed: None, depth: 0 });
    }

    /// The id of a user's long-term key.
    pub(super) fn key_of(&self, id: u32) -> String {
        let is_key = |held: &&Held| matches!(held.who, Who::User(of)  if of == id) && held.life.is_none();
        self.held.iter().find(is_key).unwrap().creds.key.clone()
    }

    /// Keeps a credential to be tried. Keys of users that are there stay; of the others any may go.
    fn hold(&mut self, new: Held) {
        while self.held.len() >= HELD_MAX {
            let world = &self.world;
            let may_go = |held: &Held| match held.who {
                Who::Anonymous => false,
                Who::User(id) => held.life.is_some() || !world.users.contains_key(&id),
                Who::Role(..) | Who::Federated(..) => true,
            };
            let mut those: Vec<usize> = (0..self.held.len()).filter(|at| may_go(&self.held[*at])).collect();
            if those.is_empty() {
                break;
            }
            let ended = |at: &usize| world.ended(&self.held[*at]).is_some();
            if those.iter().any(ended) && !self.chance.one_in(4) {
                those.retain(ended);
            }
            let at = self.chance.of(&those);
            self.held.remove(at);
        }
        self.held.push(new);
    }

    /// Somebody asks for a session and gets it exactly if the model says so.
    pub(super) async fn issue(&mut self) {
        let takes_ended = self.chance.one_in(4);
        let takes_keys = self.chance.one_in(2);
        // STS takes no unsigned requests.
        let may_ask = |held: &&Held| {
            !matches!(held.who, Who::Anonymous)
                && held.depth < DEPTH_MAX
                && (takes_ended || self.world.ended(held).is_none())
                && (!takes_keys || held.kind() == "key")
        };
        let asking: Vec<&Held> = self.held.iter().filter(may_ask).collect();
        if asking.is_empty() {
            return;
        }
        let by = self.chance.of(&asking).clone();
        let passed: Option<Doc> = (!self.chance.one_in(3)).then(|| self.doc());
        match self.chance.below(6) {
            0 => self.get_session_token(&by).await,
            1 | 2 => self.get_federation_token(&by, passed).await,
            _ => self.assume_role(&by, passed).await,
        }
    }

    /// Asks, and keeps the session that is given.
    async fn ask_for(
        &mut self,
        by: &Held,
        operation: &str,
        input: Value,
        foretold: Verdict,
        given: Option<(Who, Option<Doc>)>,
    ) {
        self.tell(&format!("{:?} asks {operation} {input:?} -> {foretold:?}", by.who));
        let input = input.with("DurationSeconds", LIFE_S);
        let outcome = self.ground.ask(&by.creds, "sts", operation, input).await;
        let found = self.verdict(&outcome);
        if found != foretold {
            self.fail(&format!(
                "{:?} {operation} is {found:?} and not {foretold:?} in {:#?}",
                by.who, self.world
            ));
        }
        if let (Ok(answer), Some((who, passed))) = (outcome, given) {
            let life = Some((self.world.now, self.world.now + i64::from(LIFE_S) * 1000));
            self.hold(Held { who, creds: Creds::issued(&answer), life, passed, depth: by.depth + 1 });
        }
    }

    async fn get_session_token(&mut self, by: &Held) {
        let foretold = self.world.verdict_on_own_session(by);
        self.ask_for(by, "GetSessionToken", Value::structure(), foretold, Some((by.who.clone(), None))).await;
    }

    async fn get_federation_token(&mut self, by: &Held, passed: Option<Doc>) {
        let name = format!("federated-{}", self.chance.below(2));
        let arn = format!("arn:aws:sts::{}:federated-user/{name}", crate::actions::testing::ACCOUNT);
        let foretold = match (&by.who, by.life) {
            (Who::User(_), None) => self.world.verdict(by, "sts:GetFederationToken", &arn, &Guard::Nothing),
            // Only long-term keys: the rest is refused by its kind, if it still is anybody's.
            _ => self.world.verdict(by, "sts:GetSessionToken", "*", &Guard::Nothing),
        };
        let given = match by.who {
            Who::User(id) => Some((Who::Federated(id, name.clone()), passed.clone())),
            _ => None,
        };
        let mut input = of(&[("Name", &name)]);
        if let Some(doc) = &passed {
            input = input.with("Policy", text(doc));
        }
        self.ask_for(by, "GetFederationToken", input, foretold, given).await;
    }

    async fn assume_role(&mut self, by: &Held, passed: Option<Doc>) {
        let name = self.chance.below(NAMES);
        let session = format!("session-{}", self.chance.below(2));
        let role = self.world.role(name);
        let trust = role.map(|id| &self.world.roles[&id].trust);
        let arn = iam("role", name);
        let foretold = self.world.verdict(by, "sts:AssumeRole", &arn, &Guard::Trust(trust));
        let given = role.map(|id| (Who::Role(id, session.clone()), passed.clone()));
        let mut input = of(&[("RoleArn", &arn), ("RoleSessionName", &session)]);
        if let Some(doc) = &passed {
            input = input.with("Policy", text(doc));
        }
        self.ask_for(by, "AssumeRole", input, foretold, given).await;
    }
}
