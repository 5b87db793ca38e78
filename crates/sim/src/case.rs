//! A case: one request, and the text of every policy that has a say in it.

use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::{
    Context, ContextValue, Document, Layers, Malformed, PolicyKind, PolicyRef, Principal, Request,
    ResourceLayer, parse,
};

use crate::Profile;
use crate::dice::Dice;
use crate::scene::Scene;

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// As JSON.
    Written(String),
    /// [`Document::full_access`].
    FullAccess,
    /// [`Document::unreadable`].
    Unreadable,
}

/// The policy of the resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Owner {
    /// None, and none is needed.
    #[default]
    None,
    /// A resource-based policy.
    Policy(Text),
    /// A role's trust policy.
    Trust(Text),
    /// A role without one.
    TrustMissing,
}

/// The documents of every layer, as in [`Layers`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// Native revocations.
    pub revocations: Vec<Text>,
    /// Identity policies.
    pub identity: Vec<Text>,
    /// The permissions boundary.
    pub boundary: Option<Text>,
    /// Session policies.
    pub session: Option<Vec<Text>>,
    /// The resource's own.
    pub resource: Owner,
    /// Service control policies by level.
    pub scps: Option<Vec<Vec<Text>>>,
    /// Resource control policies by level.
    pub rcps: Option<Vec<Vec<Text>>>,
    /// Names in Principal elements and the unique ids to which they were resolved when they were saved.
    pub resolved: Vec<(String, UniqueId)>,
}

/// One request and the policies around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The documents.
    pub texts: Texts,
    /// Who asks.
    pub principal: Principal,
    /// For what.
    pub action: String,
    /// On what.
    pub resource: String,
    /// Whose that is.
    pub resource_account: AccountId,
    /// The condition keys.
    pub context: Context,
}

impl Case {
    /// The case of this seed with everything that the engine knows.
    pub fn generate(seed: u64) -> Self {
        Self::of(Profile::Everything, seed)
    }

    /// The case of this seed under a profile.
    pub fn of(profile: Profile, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let scene = Scene::draw(&mut dice, profile);
        let texts = crate::layers::draw(&mut dice, &scene);
        let mut context = Context::new();
        for slot in &scene.slots {
            match &slot.value {
                Some(ContextValue::One(text)) => context.set_one(slot.key.name, text.as_str()),
                Some(ContextValue::Many(texts)) => context.set_many(slot.key.name, texts.clone()),
                None => {}
            }
        }
        Self {
            texts,
            principal: scene.principal,
            action: scene.action.to_owned(),
            resource: scene.resource,
            resource_account: scene.owner,
            context,
        }
    }

    /// Every document, in the order of the layers.
    pub(crate) fn documents(&mut self) -> Vec<&mut Text> {
        let texts = &mut self.texts;
        let mut documents: Vec<&mut Text> = Vec::new();
        documents.extend(&mut texts.revocations);
        documents.extend(&mut texts.identity);
        documents.extend(&mut texts.boundary);
        documents.extend(texts.session.iter_mut().flatten());
        match &mut texts.resource {
            Owner::Policy(text) | Owner::Trust(text) => documents.push(text),
            Owner::None | Owner::TrustMissing => {}
        }
        documents.extend(texts.scps.iter_mut().flatten().flatten());
        documents.extend(texts.rcps.iter_mut().flatten().flatten());
        documents
    }

    /// The request as the engine takes it.
    pub fn request(&self) -> Request<'_> {
        Request {
            action: &self.action,
            resource: &self.resource,
            resource_account: self.resource_account,
            principal: &self.principal,
            context: &self.context,
        }
    }

    /// Reads every document.
    ///
    /// # Errors
    /// What the parser says of the first document that it refuses; generated ones are never refused.
    pub fn parse(&self) -> Result<ParsedCase, Malformed> {
        let read = |text: &Text, kind| self.read(text, kind);
        let list =
            |texts: &[Text], kind| texts.iter().map(|text| read(text, kind)).collect::<Result<Vec<_>, _>>();
        let levels = |levels: &Option<Vec<Vec<Text>>>, kind| {
            let levels = levels.as_ref();
            levels
                .map(|levels| levels.iter().map(|level| list(level, kind)).collect::<Result<Vec<_>, _>>())
                .transpose()
        };
        let texts = &self.texts;
        Ok(ParsedCase {
            revocations: list(&texts.revocations, PolicyKind::Identity)?,
            identity: list(&texts.identity, PolicyKind::Identity)?,
            boundary: texts.boundary.as_ref().map(|text| read(text, PolicyKind::Identity)).transpose()?,
            session: texts.session.as_ref().map(|texts| list(texts, PolicyKind::Session)).transpose()?,
            resource: match &texts.resource {
                Owner::None => ParsedOwner::None,
                Owner::TrustMissing => ParsedOwner::TrustMissing,
                Owner::Policy(text) => ParsedOwner::Policy(read(text, PolicyKind::Resource)?),
                Owner::Trust(text) => ParsedOwner::Trust(read(text, PolicyKind::Trust)?),
            },
            scps: levels(&texts.scps, PolicyKind::Scp)?,
            rcps: levels(&texts.rcps, PolicyKind::Rcp)?,
        })
    }

    fn read(&self, text: &Text, kind: PolicyKind) -> Result<Document, Malformed> {
        match text {
            Text::FullAccess => Ok(Document::full_access()),
            Text::Unreadable => Ok(Document::unreadable()),
            Text::Written(text) => {
                let mut document = parse(text, kind)?.document;
                document.bind(&self.texts.resolved);
                Ok(document)
            }
        }
    }
}

#[derive(Debug)]
enum ParsedOwner {
    None,
    Policy(Document),
    Trust(Document),
    TrustMissing,
}

/// The documents of a case, ready to decide.
#[derive(Debug)]
pub struct ParsedCase {
    revocations: Vec<Document>,
    identity: Vec<Document>,
    boundary: Option<Document>,
    session: Option<Vec<Document>>,
    resource: ParsedOwner,
    scps: Option<Vec<Vec<Document>>>,
    rcps: Option<Vec<Vec<Document>>>,
}

impl ParsedCase {
    /// Calls `with` with the layers as the engine takes them.
    pub fn layers<T>(&self, with: impl FnOnce(&Layers<'_>) -> T) -> T {
        let (revocations, identity) = (named(&self.revocations), named(&self.identity));
        let session = self.session.as_deref().map(named);
        let (scps, rcps) = (named_levels(self.scps.as_deref()), named_levels(self.rcps.as_deref()));
        with(&Layers {
            revocations: &revocations,
            identity: &identity,
            boundary: self.boundary.as_ref().map(reference),
            session: session.as_deref(),
            resource: match &self.resource {
                ParsedOwner::None => ResourceLayer::None,
                ParsedOwner::Policy(document) => ResourceLayer::Policy(reference(document)),
                ParsedOwner::Trust(document) => ResourceLayer::Trust(reference(document)),
                ParsedOwner::TrustMissing => ResourceLayer::TrustMissing,
            },
            scps: scps.as_deref(),
            rcps: rcps.as_deref(),
        })
    }
}

fn reference(document: &Document) -> PolicyRef<'_> {
    PolicyRef { name: "policy", document }
}

fn named(documents: &[Document]) -> Vec<PolicyRef<'_>> {
    documents.iter().map(reference).collect()
}

fn named_levels(levels: Option<&[Vec<Document>]>) -> Option<Vec<Vec<PolicyRef<'_>>>> {
    Some(levels?.iter().map(|level| named(level)).collect())
}
