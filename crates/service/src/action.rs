//! The table of actions: one row for each, in a file of its own.
//!
//! Routing, authorisation, the audit event and the authorisation matrix all read the row; adding an action is one
//! file and one line in the registry.

use std::sync::Arc;

use bytes::Bytes;
use portcullis_base::{AccessKeyId, AccountId, Timestamp, Value};
use portcullis_policy::ContextValue;
use portcullis_store::Revision;
use portcullis_store::record::ObjectRecord;

use crate::blob::Pin;
use crate::caller::{Caller, Vouched};
use crate::draft::Draft;
use crate::error::{ApiError, Family};
use crate::federation::oidc::WebIdentity;
use crate::federation::saml::Redeemable;
use crate::flow::{Flow, Prospect};
use crate::gate::Authorized;
use crate::mfa::Proof;
use crate::port::{BoxFuture, Claim, Facts};
use crate::service::Service;
use crate::sign_in::grant::Redeemed;
use crate::snapshot::organization::Delegation;
use crate::snapshot::{Bucket, Role, Snapshot};

/// Everything that a row's functions may look at.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The service's tools: world, limits, key ring.
    pub service: &'a Service,
    /// The one snapshot this request is decided on.
    pub snapshot: &'a Snapshot,
    /// Who asks.
    pub caller: &'a Caller,
    /// The input, of the shape that the operation has.
    pub input: &'a Value,
    /// Where it came from.
    pub facts: &'a Facts,
    /// What its signature claimed, which has held; absent for an unsigned request.
    pub claim: Option<&'a Claim>,
    /// One reading of the clock for the whole request.
    pub now: Timestamp,
    /// How the service spells common errors.
    pub family: Family,
    /// What the row's preparation found in the store.
    pub loaded: &'a Loaded,
}

/// What a row's preparation found in the store, for permissions that depend on it.
#[derive(Default)]
pub struct Loaded {
    /// The object that the request is about, with its version in the store; absent if there is none.
    pub object: Option<(ObjectRecord, Revision)>,
    /// The object that a copy reads from.
    pub source: Option<(ObjectRecord, Revision)>,
    /// Keeps the bytes of an object that will be read, even if it is overwritten meanwhile.
    pub pin: Option<Arc<Pin>>,
    /// The session that made the request which a revocation is about.
    pub session: Option<AccessKeyId>,
    /// What the codes of an MFA device that came with the request have proved.
    pub proof: Option<Proof>,
    /// Who vouches for the caller of a [`Permission::Vouched`].
    pub vouched: Option<Arc<Vouched>>,
    /// What a token of an OpenID Connect issuer says, which was verified.
    pub web_identity: Option<Arc<WebIdentity>>,
    /// What a client of the sign-in service redeemed.
    pub redeemed: Option<Arc<Redeemed>>,
    /// The assertion of a SAML provider by which it does.
    pub assertion: Option<Arc<Redeemable>>,
}

impl Loaded {
    /// Refuses what another request has used up since it was loaded.
    ///
    /// # Errors
    /// `InvalidIdentityToken`; 503 when that cannot be found out.
    pub async fn still_good(&self, service: &Service) -> Result<(), ApiError> {
        match &self.assertion {
            Some(assertion) => assertion.refuse_redeemed(service).await,
            None => Ok(()),
        }
    }
}

impl<'a> Ask<'a> {
    /// A text member that the shape requires.
    ///
    /// # Errors
    /// `ValidationError` when it is absent after all.
    pub fn text(&self, name: &str) -> Result<&'a str, ApiError> {
        self.input.text(name).ok_or_else(|| {
            ApiError::validation(format!("1 validation error detected: {name} must not be null"))
        })
    }

    /// The account in which the caller acts; the deployment's own for an unsigned request.
    pub fn account(&self) -> AccountId {
        self.caller.account.unwrap_or(self.snapshot.account)
    }
}

/// What policy the resource itself has.
#[derive(Clone)]
pub enum Guarding {
    /// None, and none is needed.
    Nothing,
    /// The bucket's.
    Bucket(Arc<Bucket>),
    /// The organization's resource policy.
    Delegation(Arc<Delegation>),
    /// The role's trust policy, without whose consent nothing goes.
    Trust(Arc<Role>),
    /// It would need a trust policy, but there is no such role.
    NoTrust,
}

/// One permission that a request needs.
#[derive(Clone)]
pub struct Need {
    /// `s3:GetObject`.
    pub action: &'static str,
    /// An ARN, or `*`.
    pub resource: String,
    /// Whose resource it is, as far as the decision is concerned: in another account than the caller's both sides
    /// must consent.
    pub account: AccountId,
    /// Whose it really is, where only the caller's side is asked about a resource of another account.
    pub owner: Option<AccountId>,
    /// The resource's own policy.
    pub guarding: Guarding,
    /// Condition keys of this action on this resource.
    pub keys: Vec<(String, ContextValue)>,
    /// Whether a refusal keeps its reasons to itself, as AssumeRole's does.
    pub quiet: bool,
    /// What a refusal calls the resource, where its ARN would tell whether there is one and where it lies.
    pub told: Option<String>,
}

impl Need {
    /// A permission on a resource without a policy of its own.
    pub fn new(action: &'static str, resource: impl Into<String>, account: AccountId) -> Self {
        Self {
            action,
            resource: resource.into(),
            account,
            owner: None,
            guarding: Guarding::Nothing,
            keys: Vec::new(),
            quiet: false,
            told: None,
        }
    }

    /// A permission on everything, for actions without resource-level permissions.
    pub fn anywhere(action: &'static str, account: AccountId) -> Self {
        Self::new(action, "*", account)
    }

    /// The same on a resource of this account, which is not asked.
    #[must_use]
    pub fn owned_by(mut self, owner: AccountId) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Whose resource it really is.
    pub fn real_account(&self) -> AccountId {
        self.owner.unwrap_or(self.account)
    }

    /// The same with the resource's own policy.
    #[must_use]
    pub fn guarded(mut self, guarding: Guarding) -> Self {
        self.guarding = guarding;
        self
    }

    /// The same with a single-valued condition key.
    #[must_use]
    pub fn key(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.keys.push((name.into(), ContextValue::One(value.into())));
        self
    }

    /// The same with a single-valued condition key, if there is a value.
    #[must_use]
    pub fn key_some(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.key(name, value),
            None => self,
        }
    }

    /// The same with a multivalued condition key.
    #[must_use]
    pub fn keys(mut self, name: impl Into<String>, values: Vec<String>) -> Self {
        self.keys.push((name.into(), ContextValue::Many(values)));
        self
    }

    /// The same on a resource that does not exist: without its own policy's consent and without its tags.
    #[must_use]
    pub fn as_if_absent(mut self) -> Self {
        if matches!(self.guarding, Guarding::Trust(_)) {
            self.guarding = Guarding::NoTrust;
        }
        self.keys.retain(|(name, _)| {
            !name.starts_with("aws:ResourceTag/") && !name.starts_with("iam:ResourceTag/")
        });
        self
    }

    /// The same, with another word for the resource in refusals.
    #[must_use]
    pub fn told(mut self, name: impl Into<String>) -> Self {
        self.told = Some(name.into());
        self
    }

    /// The same, with refusals that give no reasons.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }
}

/// What an action asks of the caller.
pub enum Permission {
    /// One permission of this name on one resource.
    Named(&'static str, fn(&Ask<'_>, &'static str) -> Result<Need, ApiError>),
    /// Nothing but a valid credential: the decision knows the exemption by the action's name.
    CallerOnly(&'static str),
    /// Several, depending on the input; every name that can occur is listed.
    Several(&'static [&'static str], fn(&Ask<'_>) -> Result<Vec<Need>, ApiError>),
    /// One for each item of the request, asked by the handler as it comes to the item ([`Flow::permit`]): what is
    /// refused is answered item by item. The function checks what the request as a whole must name.
    EachItem(&'static [&'static str], fn(&Ask<'_>) -> Result<(), ApiError>),
    /// Several, asked of a caller without an access key. A signature is not looked at, even if there is one; the row's
    /// preparation must find who vouches for the caller ([`Loaded::vouched`]) or refuse the request.
    Vouched(&'static [&'static str], fn(&Ask<'_>) -> Result<Vec<Need>, ApiError>),
}

impl Permission {
    /// The permissions that this request needs; all of them.
    ///
    /// # Errors
    /// When the input names no resource that the question could be about.
    pub fn needs(&self, ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
        match self {
            Self::Named(action, need) => Ok(vec![need(ask, action)?]),
            Self::CallerOnly(action) => Ok(vec![Need::anywhere(action, ask.account())]),
            Self::Vouched(_, needs) if ask.caller.vouched.is_some() => needs(ask),
            Self::Vouched(..) => Err(ApiError::unsigned(ask.family)),
            Self::Several(_, needs) => needs(ask),
            Self::EachItem(_, check) => check(ask).map(|()| Vec::new()),
        }
    }

    /// Every permission that the action can need.
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Self::Named(action, _) | Self::CallerOnly(action) => vec![action],
            Self::Several(actions, _) | Self::EachItem(actions, _) | Self::Vouched(actions, _) => {
                actions.to_vec()
            }
        }
    }

    /// Whether it is asked of a caller without an access key.
    pub fn is_vouched(&self) -> bool {
        matches!(self, Self::Vouched(..))
    }
}

/// Bytes on their way out, a piece at a time.
pub type ByteStream = std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, ApiError>> + Send>>;

/// What an action answers.
#[derive(Default)]
pub struct Output {
    /// By the output shape.
    pub value: Option<Value>,
    /// The bytes of a streaming member, with their length.
    pub stream: Option<(u64, ByteStream)>,
    /// Another HTTP status than the model's: 206 for a range, 304 for what has not changed.
    pub status: Option<u16>,
    /// Headers beside those of the output shape.
    pub headers: Vec<(String, String)>,
}

impl From<Value> for Output {
    fn from(value: Value) -> Self {
        Self { value: Some(value), ..Self::default() }
    }
}

/// Answers from the snapshot.
pub type Answer = fn(&Authorized<'_>) -> Result<Value, ApiError>;
/// Drafts a change, and answers.
pub type Plan = fn(&Authorized<'_>, &mut Draft) -> Result<Value, ApiError>;

/// The doing of an action.
pub enum Handler {
    /// Answers from the snapshot.
    Read(Answer),
    /// Changes what decisions read. Pure: it looks at the snapshot and drafts the change, and may be asked again if
    /// another change came first. Such changes are made one after the other.
    Change(Plan),
    /// Writes what no decision reads, such as a session. Pure like a change; many are written at once.
    Issue(Plan),
    /// Anything that waits: bodies, stored objects.
    Flow(for<'a> fn(&'a mut Flow) -> BoxFuture<'a, Result<Output, ApiError>>),
}

/// Loads what a request depends on beside the snapshot: before its permissions are asked, since they may depend on it
/// too; for a [`Handler::Change`] once they have been granted.
pub type Prepare = for<'a> fn(&'a mut Prospect) -> BoxFuture<'a, Result<(), ApiError>>;

/// Whether an action changes anything, as its event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It does not.
    Read,
    /// It does.
    Write,
}

/// CloudTrail's two categories of interest here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Operations on resources.
    Management,
    /// Operations in resources.
    Data,
}

/// One action.
pub struct Row {
    /// `sts`, `iam`, `s3`, `cloudtrail`.
    pub service: &'static str,
    /// The operation's name in the service's model.
    pub name: &'static str,
    /// What it asks of the caller.
    pub permission: Permission,
    /// Whether it changes anything.
    pub access: Access,
    /// Management or data.
    pub category: Category,
    /// Input members that never reach an event.
    pub hides: &'static [&'static str],
    /// The resources its event names: type and ARN.
    pub resources: fn(&Ask<'_>) -> Vec<(&'static str, String)>,
    /// Loads what it depends on.
    pub prepare: Option<Prepare>,
    /// The doing.
    pub handler: Handler,
}

impl Row {
    /// A management action whose event names no resource and keeps nothing back.
    pub const fn management(
        service: &'static str,
        name: &'static str,
        permission: Permission,
        access: Access,
        handler: Handler,
    ) -> Self {
        Self {
            service,
            name,
            permission,
            access,
            category: Category::Management,
            hides: &[],
            resources: no_resources,
            prepare: None,
            handler,
        }
    }

    /// Whether it asks for each of its items, and so has decided something even where nothing was asked.
    pub fn is_item_by_item(&self) -> bool {
        matches!(self.permission, Permission::EachItem(..))
    }
}

/// For rows whose event names no resource.
pub fn no_resources(_: &Ask<'_>) -> Vec<(&'static str, String)> {
    Vec::new()
}
