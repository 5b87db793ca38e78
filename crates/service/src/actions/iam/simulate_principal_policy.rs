//! SimulatePrincipalPolicy: what the policies of a user, group or role come to, perhaps with others beside them or
//! without some of them.

use super::identity::{self, Identity};
use super::row;
use super::simulation::{self, Exclusions, Policies, Simulation};
use crate::action::{Permission, Row};

const SOURCE: &str = "PolicySourceArn";

/// The action.
pub const ROW: Row = row::read(
    "SimulatePrincipalPolicy",
    Permission::Named("iam:SimulatePrincipalPolicy", |ask, action| identity::need(ask, action, SOURCE)),
    |ask| identity::concerned(ask, SOURCE),
    |ask| {
        let source = Identity::of(ask, SOURCE)?;
        let policies = Policies::of_identity(ask, source, &Exclusions::of(ask.input)?)?;
        let caller = simulation::required(ask, source)?;
        simulation::answer(ask, &Simulation::of(ask, policies, caller)?)
    },
);
