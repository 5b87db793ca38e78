//! The simulator: what would be decided, under policies that are attached and policies that are only asked about.
//!
//! The verdict is that of the engine which decides requests. The obvious engine then says which statements did it, and
//! must agree; where it does not, the request fails with `PolicyEvaluation` rather than answer either way.
//!
//! [`policies`] reads documents, [`context`] the condition keys, [`caller`] who is simulated, [`exclusion`] which
//! attached policies are left out, [`scenario`] what a kind of simulation must name, [`verdict`] decides one action on
//! one resource, [`answer`] puts verdicts together (IAM API reference, SimulateCustomPolicy, SimulatePrincipalPolicy).

mod answer;
mod caller;
mod context;
mod exclusion;
mod policies;
mod scenario;
mod verdict;

pub use answer::answer;
pub use caller::{Simulated, of_input, required};
pub use exclusion::Exclusions;
pub use policies::Policies;

use portcullis_base::{AccountId, Arn};
use portcullis_policy::Context;

use crate::action::Ask;
use crate::error::ApiError;

/// Statements times resources that one action may cost; beyond it the request is refused.
const WORK_MAX: usize = 1_000_000;

/// Everything that a simulation is asked with.
pub struct Simulation<'a> {
    policies: Policies<'a>,
    caller: Simulated,
    context: Context,
    actions: Vec<&'a str>,
    resources: Vec<&'a str>,
    owner: Option<AccountId>,
}

impl<'a> Simulation<'a> {
    /// Reads what both actions have in common.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub fn of(ask: &Ask<'a>, policies: Policies<'a>, caller: Simulated) -> Result<Self, ApiError> {
        let mut context = caller.context();
        context::add_entries(ask.input, &mut context)?;
        let texts = |member: &str| ask.input.list(member).iter().filter_map(|text| text.as_text());
        let actions = texts("ActionNames").map(action).collect::<Result<Vec<_>, _>>()?;
        let mut resources = texts("ResourceArns").map(resource).collect::<Result<Vec<_>, _>>()?;
        if actions.is_empty() {
            return Err(ApiError::invalid_input("ActionNames must name at least one action."));
        }
        if resources.is_empty() {
            resources.push("*");
        }
        scenario::check(ask.input.text("ResourceHandlingOption"), &resources)?;
        policies.check_resources(&resources)?;
        if policies.statements().saturating_mul(resources.len()) > WORK_MAX {
            return Err(ApiError::invalid_input("Too many statements and resources for one simulation."));
        }
        let owner = ask.input.text("ResourceOwner").map(owner).transpose()?;
        Ok(Self { policies, caller, context, actions, resources, owner })
    }
}

/// `service:Action`, without wildcards.
fn action(text: &str) -> Result<&str, ApiError> {
    let is_action = text.split_once(':').is_some_and(|(service, name)| {
        let is_plain = |part: &str| {
            !part.is_empty()
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
        };
        is_plain(service) && is_plain(name)
    });
    let refusal = || {
        ApiError::invalid_input(format!(
            "Invalid action name: {text}. An action is a service and an operation, such as iam:CreateUser, without \
             wildcards."
        ))
    };
    is_action.then_some(text).ok_or_else(refusal)
}

fn resource(text: &str) -> Result<&str, ApiError> {
    let is_resource = text == "*" || text.parse::<Arn>().is_ok();
    is_resource.then_some(text).ok_or_else(|| {
        ApiError::invalid_input(format!("Invalid resource ARN: {text} is neither an ARN nor *."))
    })
}

/// An account, by its id or by the ARN of its root.
fn owner(text: &str) -> Result<AccountId, ApiError> {
    let id = match text.parse::<Arn>() {
        Ok(arn) if arn.service() == "iam" && arn.resource() == "root" => arn.account_id(),
        Ok(_) => None,
        Err(_) => text.parse().ok(),
    };
    id.ok_or_else(|| {
        ApiError::invalid_input(format!("Invalid ResourceOwner: {text} does not name an account."))
    })
}
