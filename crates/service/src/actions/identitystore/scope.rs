//! Whose the identity store is, and what a request in it is about.

use std::sync::{Arc, LazyLock};

use portcullis_base::Arn;
use portcullis_base::shape::Pattern;
use portcullis_store::record::{
    DirectoryGroupRecord, DirectoryMembershipRecord, DirectoryUserRecord, InstanceRecord,
};

use super::alternate;
use crate::action::{Ask, Need};
use crate::actions::sso::own_instance;
use crate::error::ApiError;
use crate::identity_center::access::store_arn;
use crate::snapshot::Directory;

/// A refusal by AWS's code; all of the service's have status 400.
pub fn refuse(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::caller(code, 400, message)
}

/// `ValidationException`.
pub fn invalid(message: impl Into<String>) -> ApiError {
    refuse("ValidationException", message)
}

/// `ConflictException` for what there is already.
pub fn taken(message: impl Into<String>) -> ApiError {
    refuse("ConflictException", message).with("Reason", "UNIQUENESS_CONSTRAINT_VIOLATION")
}

/// `ServiceQuotaExceededException`.
pub fn too_many(message: impl Into<String>) -> ApiError {
    refuse("ServiceQuotaExceededException", message)
}

/// `ResourceNotFoundException` with AWS's word for the kind of what is not there.
pub fn absent(kind: &'static str, id: &str) -> ApiError {
    refuse("ResourceNotFoundException", format!("{kind} not found."))
        .with("ResourceType", kind)
        .with("ResourceId", id)
}

/// The kinds of things in the store, as ARNs have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Users.
    User,
    /// Groups.
    Group,
    /// Memberships.
    Membership,
}

impl Kind {
    /// As it stands in ARNs.
    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Membership => "membership",
        }
    }

    /// `arn:aws:identitystore:::user/ID`
    pub fn arn(self, id: &str) -> String {
        Arn::new("identitystore", "", "", &format!("{}/{id}", self.word())).to_string()
    }

    /// The id in a text that is an id or an ARN.
    pub fn id(self, text: &str) -> &str {
        text.strip_prefix(&self.arn("")).unwrap_or(text)
    }
}

/// The identity store that `IdentityStoreId` names, by id or ARN, for an account that may administer it.
///
/// # Errors
/// `ResourceNotFoundException`; the same whether there is none or it is somebody else's.
pub fn store<'a>(ask: &Ask<'a>) -> Result<&'a Arc<InstanceRecord>, ApiError> {
    let text = ask.text("IdentityStoreId")?;
    own_instance(ask)
        .filter(|instance| instance.store == text || store_arn(instance) == text)
        .ok_or_else(|| absent("IDENTITY_STORE", text))
}

/// The user that a text names, by id or ARN.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn user<'a>(ask: &Ask<'a>, text: &str) -> Result<&'a Arc<DirectoryUserRecord>, ApiError> {
    store(ask)?;
    let id = Kind::User.id(text);
    ask.snapshot.directory.user(id).ok_or_else(|| absent("USER", id))
}

/// The group that `GroupId` names, by id or ARN.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn group<'a>(ask: &Ask<'a>) -> Result<&'a Arc<DirectoryGroupRecord>, ApiError> {
    store(ask)?;
    let id = Kind::Group.id(ask.text("GroupId")?);
    ask.snapshot.directory.group(id).ok_or_else(|| absent("GROUP", id))
}

/// The membership that `MembershipId` names, by id or ARN.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn membership<'a>(ask: &Ask<'a>) -> Result<&'a Arc<DirectoryMembershipRecord>, ApiError> {
    store(ask)?;
    let id = Kind::Membership.id(ask.text("MembershipId")?);
    ask.snapshot.directory.membership(id).ok_or_else(|| absent("GROUP_MEMBERSHIP", id))
}

/// The user's id in `MemberId`.
///
/// # Errors
/// `ValidationException`.
pub fn member<'a>(ask: &Ask<'a>) -> Result<&'a str, ApiError> {
    let given = ask.input.member("MemberId").and_then(|given| given.text("UserId"));
    given.map(|text| Kind::User.id(text)).ok_or_else(|| invalid("MemberId must have a UserId."))
}

/// What a permission is asked on.
#[derive(Debug, Clone, Copy)]
pub enum On {
    /// Everything: the action has no resources.
    All,
    /// The identity store.
    Store,
    /// All of a kind.
    Every(Kind),
    /// What this member names.
    One(Kind, &'static str),
    /// The user in `MemberId`.
    Member,
    /// Each of `GroupIds`.
    Groups,
    /// The group and the user of the membership that `MembershipId` names; all, if there is none.
    Both,
    /// What the request finds without naming its id; all, if there is nothing.
    Found(Kind),
}

/// The permissions on all of these.
///
/// # Errors
/// When the input lacks a member that it must have.
pub fn needs(ask: &Ask<'_>, action: &'static str, on: &[On]) -> Result<Vec<Need>, ApiError> {
    let mut needs = Vec::new();
    let need = |arn: String| {
        let region = ask.service.settings.region.as_str();
        Need::new(action, arn, ask.account()).key("identitystore:PrimaryRegion", region)
    };
    let named = |kind: Kind, id: &str| need(kind.arn(id)).keys_of(ask, kind, id);
    // A refusal calls what the request did not name by its kind, and so does not tell what was found.
    let found = |kind: Kind, id: Option<&str>| named(kind, id.unwrap_or("*")).told(kind.arn("*"));
    for on in on {
        match on {
            On::All => needs.push(Need::anywhere(action, ask.account())),
            On::Store => needs.push(need(store_arn_of(ask, ask.text("IdentityStoreId")?))),
            On::Every(kind) => needs.push(need(kind.arn("*"))),
            On::One(kind, member) => needs.push(named(*kind, kind.id(ask.text(member)?))),
            On::Member => needs.push(named(Kind::User, member(ask)?)),
            On::Groups => {
                let given = ask.input.list("GroupIds").iter();
                let ids = given.filter_map(portcullis_base::Value::as_text);
                needs.extend(ids.map(|text| named(Kind::Group, Kind::Group.id(text))));
            }
            On::Both => {
                let id = Kind::Membership.id(ask.text("MembershipId")?);
                let held = own_directory(ask).and_then(|directory| directory.membership(id));
                needs.push(found(Kind::Group, held.map(|held| held.group.as_str())));
                needs.push(found(Kind::User, held.map(|held| held.user.as_str())));
            }
            On::Found(kind) => needs.push(found(*kind, found_id(ask, *kind)?)),
        }
    }
    Ok(needs)
}

/// The directory, for an account that may administer it: nobody else's question finds anything.
fn own_directory<'a>(ask: &Ask<'a>) -> Option<&'a Directory> {
    own_instance(ask).map(|_| &ask.snapshot.directory)
}

/// The id of what the request finds without naming it, if there is such a thing.
fn found_id<'a>(ask: &Ask<'a>, kind: Kind) -> Result<Option<&'a str>, ApiError> {
    let Some(directory) = own_directory(ask) else { return Ok(None) };
    Ok(match kind {
        Kind::User => alternate::user(ask).ok().map(|user| user.id.as_str()),
        Kind::Group => alternate::group(ask).ok().map(|group| group.id.as_str()),
        Kind::Membership => {
            let group = Kind::Group.id(ask.text("GroupId")?);
            directory.membership_of(group, member(ask)?).map(|held| held.id.as_str())
        }
    })
}

impl Need {
    /// The same with the condition keys of what it is about.
    fn keys_of(self, ask: &Ask<'_>, kind: Kind, id: &str) -> Self {
        let Some(directory) = own_directory(ask) else { return self };
        let (key, ids) = match kind {
            Kind::User => {
                let user = directory.user(id);
                ("identitystore:UserExternalIdIssuers", user.map(|user| &user.external_ids))
            }
            Kind::Group => {
                let group = directory.group(id);
                ("identitystore:GroupExternalIdIssuers", group.map(|group| &group.external_ids))
            }
            Kind::Membership => return self,
        };
        match ids.filter(|ids| !ids.is_empty()) {
            Some(ids) => self.keys(key, ids.iter().map(|id| id.issuer.clone()).collect()),
            None => self,
        }
    }
}

/// What the model lets texts be made of (Identity Store API reference, `SensitiveStringType`).
static TEXT: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new("[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}\u{3000}]+".to_owned()));
/// What it lets names and ids be made of (Identity Store API reference, `UserName`).
static PLAIN: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new("[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+".to_owned()));

/// Whether a text is one that can be read, and not empty.
pub fn is_readable(text: &str) -> bool {
    TEXT.matches(text)
}

/// Whether it is so and has no spaces.
pub fn is_plain(text: &str) -> bool {
    PLAIN.matches(text)
}

/// The ARN of a store by whatever names it, whether it is there or not.
fn store_arn_of(ask: &Ask<'_>, text: &str) -> String {
    if text.starts_with("arn:") {
        return text.to_owned();
    }
    if let Some(instance) = own_instance(ask).filter(|instance| instance.store == text) {
        return store_arn(instance);
    }
    let path = format!("identitystore/{text}");
    Arn::new("identitystore", "", &ask.account().to_string(), &path).to_string()
}
