//! Who is simulated: the identity that `CallerArn` names, with what is known of it by that name alone.

use portcullis_base::{AccountId, Arn, UniqueId, UniqueIdKind, unique_id};
use portcullis_policy::{Context, Principal};

use super::super::identity::{Identity, Named};
use super::super::target::Target;
use crate::action::Ask;
use crate::error::ApiError;
use crate::snapshot::{Role, User};

/// The simulated caller.
pub struct Simulated {
    /// As the engine sees it.
    pub principal: Principal,
    /// Its account.
    pub account: AccountId,
    /// The user's name, and the user's id if there is such a user.
    user: Option<(String, Option<UniqueId>)>,
    /// `aws:PrincipalArn`, and `aws:PrincipalType`.
    known_as: Option<(String, &'static str)>,
}

impl Simulated {
    /// Somebody in this account of whom nothing else is known.
    fn anybody(account: AccountId) -> Self {
        let arn = Arn::iam(account, "user/").to_string();
        let principal = Principal::User { account, id: unique_id::LEAST, arn, session: None };
        Self { principal, account, user: None, known_as: None }
    }

    /// The identity of this ARN. It need not exist.
    fn named(ask: &Ask<'_>, arn: &str) -> Result<Self, ApiError> {
        let named = Named::read(arn)?;
        let (account, name) = (named.account, named.name);
        // Whether another account has such an identity, and its unique id, is not this one's business.
        let found = named.found(ask.snapshot, arn).filter(|_| account == ask.account());
        Ok(match named.word {
            User::WORD => {
                let id = match found {
                    Some(Identity::User(user)) => Some(user.record.id),
                    _ => None,
                };
                let known = id.unwrap_or(unique_id::LEAST);
                Self {
                    principal: Principal::User { account, id: known, arn: arn.to_owned(), session: None },
                    account,
                    user: Some((name.to_owned(), id)),
                    known_as: Some((arn.to_owned(), "User")),
                }
            }
            Role::WORD => {
                let role_id = match found {
                    Some(Identity::Role(role)) => role.record.id,
                    _ => unique_id::bounds(UniqueIdKind::Role).0,
                };
                // The name of a session is nobody's to know.
                let session_arn = Arn::sts(account, &format!("assumed-role/{name}/")).to_string();
                Self {
                    principal: Principal::RoleSession {
                        account,
                        role_id,
                        role_arn: arn.to_owned(),
                        session_arn,
                    },
                    account,
                    user: None,
                    known_as: Some((arn.to_owned(), "AssumedRole")),
                }
            }
            // Some member of the group.
            _ => Self::anybody(account),
        })
    }

    /// The keys that follow from who the caller is. Tags are not among them: AWS's simulator wants them supplied.
    pub fn context(&self) -> Context {
        let mut context = Context::new();
        if let Some((arn, kind)) = &self.known_as {
            context.set_one("aws:PrincipalArn", arn.clone());
            context.set_one("aws:PrincipalType", *kind);
            context.set_one("aws:PrincipalAccount", self.account.to_string());
        }
        if let Some((name, id)) = &self.user {
            context.set_one("aws:username", name.clone());
            if let Some(id) = id {
                context.set_one("aws:userid", id.to_string());
            }
        }
        context
    }
}

/// Whom SimulateCustomPolicy simulates: the caller of the input, or somebody of the asking account.
///
/// # Errors
/// `InvalidInput`, also when there is a resource policy but nobody whom it could name.
pub fn of_input(ask: &Ask<'_>) -> Result<Simulated, ApiError> {
    match ask.input.text("CallerArn") {
        Some(arn) => Simulated::named(ask, arn),
        None if ask.input.text("ResourcePolicy").is_some() => {
            Err(ApiError::invalid_input("CallerArn must be specified when ResourcePolicy is specified."))
        }
        None => Ok(Simulated::anybody(ask.account())),
    }
}

/// Whom SimulatePrincipalPolicy simulates: the caller of the input, or whose policies they are.
///
/// # Errors
/// `InvalidInput`, also for a resource policy and no caller but a group, which no policy can name.
pub fn required(ask: &Ask<'_>, source: Identity<'_>) -> Result<Simulated, ApiError> {
    let given = ask.input.text("CallerArn");
    if given.is_none() && matches!(source, Identity::Group(_)) && ask.input.text("ResourcePolicy").is_some() {
        return Err(ApiError::invalid_input(
            "CallerArn must be specified when ResourcePolicy is specified and PolicySourceArn is a group.",
        ));
    }
    Simulated::named(ask, given.unwrap_or(source.arn()))
}
