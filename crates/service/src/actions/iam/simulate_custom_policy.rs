//! SimulateCustomPolicy: what policies that are only asked about would come to.

use super::row;
use super::simulation::{self, Policies, Simulation};
use crate::action::{Row, no_resources};

/// The action.
pub const ROW: Row =
    row::read("SimulateCustomPolicy", row::anywhere("iam:SimulateCustomPolicy"), no_resources, |ask| {
        let policies = Policies::of_input(ask)?;
        let caller = simulation::of_input(ask)?;
        simulation::answer(ask, &Simulation::of(ask, policies, caller)?)
    });
