//! The documents of every layer. What they say together is decided first: mostly they let the request through, but
//! for a denial or a silence here and there.

use portcullis_policy::{PolicyKind, Principal};

use crate::Profile;
use crate::actions::Owned;
use crate::case::{Owner, Text, Texts};
use crate::dice::Dice;
use crate::json::{Json, quote};
use crate::scene::Scene;
use crate::statement::{self, Plan};

/// Draws every layer of a request.
pub(crate) fn draw(dice: &mut Dice, scene: &Scene) -> Texts {
    // Half of the cases are meant to end in an Allow: every layer grants, and denies mostly miss.
    let granting = if dice.percent(85) { 97 } else { 60 };
    let is_everything = scene.profile == Profile::Everything;
    let mut writer = Writer { dice, scene, granting };
    let is_nobody = scene.account().is_none();
    let mut texts = Texts::default();
    if is_everything && writer.dice.percent(8) {
        texts.revocations = writer.list(PolicyKind::Identity, 1, 0);
    }
    if !is_nobody || is_everything {
        let count = writer.dice.pick(&[0, 1, 1, 1, 1, 1, 2, 2, 2, 3]);
        texts.identity = writer.list(PolicyKind::Identity, count, granting);
    }
    if writer.may_have_boundary() && writer.dice.percent(25) {
        texts.boundary = Some(writer.document(PolicyKind::Identity, granting));
    }
    texts.session = writer.session();
    texts.resource = writer.resource();
    if writer.dice.percent(25) && (!is_nobody || is_everything) {
        texts.scps = Some(writer.levels(PolicyKind::Scp));
    }
    if writer.dice.percent(25) {
        texts.rcps = Some(writer.levels(PolicyKind::Rcp));
    }
    if is_everything && writer.dice.percent(8) {
        texts.resolved = writer.resolved();
    }
    texts
}

struct Writer<'w> {
    dice: &'w mut Dice,
    scene: &'w Scene,
    granting: usize,
}

impl Writer<'_> {
    fn is_everything(&self) -> bool {
        self.scene.profile == Profile::Everything
    }

    fn may_have_boundary(&self) -> bool {
        self.is_everything()
            || !matches!(
                self.scene.principal,
                Principal::Root { .. } | Principal::Anonymous | Principal::Service { .. }
            )
    }

    fn session(&mut self) -> Option<Vec<Text>> {
        let chance = match self.scene.principal {
            Principal::Federated { .. } => 85,
            Principal::RoleSession { .. } => 30,
            _ if self.is_everything() => 4,
            _ => 0,
        };
        if !self.dice.percent(chance) {
            return None;
        }
        let most = if self.is_everything() { 3 } else { 1 };
        let count = self.dice.between(1, most);
        Some(self.list(PolicyKind::Session, count, self.granting))
    }

    fn resource(&mut self) -> Owner {
        match self.scene.owned {
            Owned::Trust => match self.dice.below(100) {
                0..=3 => Owner::TrustMissing,
                4..=6 if self.is_everything() => Owner::None,
                _ => Owner::Trust(self.document(PolicyKind::Trust, self.granting)),
            },
            Owned::None if !self.is_everything() => Owner::None,
            Owned::None if self.dice.percent(90) => Owner::None,
            Owned::Policy | Owned::None => {
                let needs_one = self.scene.account() != Some(self.scene.owner);
                if self.dice.percent(if needs_one { 92 } else { 45 }) {
                    Owner::Policy(self.document(PolicyKind::Resource, self.granting))
                } else {
                    Owner::None
                }
            }
        }
    }

    /// One to three levels, seldom one without any policy.
    fn levels(&mut self, kind: PolicyKind) -> Vec<Vec<Text>> {
        if self.is_everything() && self.dice.percent(2) {
            return Vec::new();
        }
        let mut levels = Vec::new();
        for _ in 0..self.dice.between(1, 3) {
            let mut level = Vec::new();
            if !self.dice.percent(3) || (kind == PolicyKind::Rcp && !self.is_everything()) {
                if kind == PolicyKind::Rcp || self.dice.percent(50) {
                    level.push(Text::FullAccess);
                }
                if level.is_empty() || self.dice.percent(50) {
                    level.push(self.document(kind, self.granting));
                }
            }
            levels.push(level);
        }
        levels
    }

    fn list(&mut self, kind: PolicyKind, count: usize, granting: usize) -> Vec<Text> {
        (0..count).map(|_| self.document(kind, granting)).collect()
    }

    fn document(&mut self, kind: PolicyKind, granting: usize) -> Text {
        if self.is_everything() && self.dice.percent(1) {
            return Text::Unreadable;
        }
        let mut text = String::with_capacity(400);
        let mut members = Json::object(&mut text);
        // Others know the newest version only, in resource control policies and in all that has to do with variables.
        let is_newest = !self.is_everything() && (kind == PolicyKind::Rcp || self.dice.percent(70));
        match self.dice.below(if is_newest { 1 } else { 100 }) {
            0..=79 => quote(members.member("Version"), "2012-10-17"),
            80..=89 => quote(members.member("Version"), "2008-10-17"),
            _ => {}
        }
        if self.dice.percent(5) {
            quote(members.member("Id"), "policy");
        }
        let count = self.dice.pick(&[1, 1, 1, 2, 2, 3]);
        let statements = members.member("Statement");
        if count == 1 && self.dice.percent(50) {
            self.statement(statements, kind, granting, 0);
        } else {
            let mut list = Json::array(statements);
            for number in 0..count {
                self.statement(list.element(), kind, granting, number);
            }
            list.close();
        }
        members.close();
        Text::Written(text)
    }

    /// The first statement is the one that is meant to grant; those behind it may deny.
    fn statement(&mut self, text: &mut String, kind: PolicyKind, granting: usize, number: usize) {
        let is_first = number == 0;
        let only_denies = kind == PolicyKind::Rcp || granting == 0;
        let is_deny = only_denies || self.dice.percent(if is_first { 6 } else { 55 });
        let aim = match (is_deny, is_first) {
            (true, _) => (100 - granting.clamp(50, 98)) / 2,
            (false, true) => granting,
            (false, false) => 50,
        };
        let is_aimed = self.dice.percent(aim);
        statement::write(text, self.dice, self.scene, Plan { kind, is_deny, is_aimed }, number);
    }

    /// Names that were resolved at save: to the id that still holds the name, or to one that is gone.
    fn resolved(&mut self) -> Vec<(String, portcullis_base::UniqueId)> {
        let (arn, id) = match &self.scene.principal {
            Principal::User { arn, id, .. } => (arn, id),
            Principal::RoleSession { role_arn, role_id, .. } => (role_arn, role_id),
            _ => return Vec::new(),
        };
        let gone = ["AIDAGONEAAAAAAAAAAAAA", "AROAGONEAAAAAAAAAAAAA"];
        let id = if self.dice.percent(60) { Some(*id) } else { self.dice.pick(&gone).parse().ok() };
        id.map(|id| (arn.clone(), id)).into_iter().collect()
    }
}
