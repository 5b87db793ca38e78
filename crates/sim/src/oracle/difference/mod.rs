//! What the simulator is known to read differently: a table, and the search for the rows that explain a disagreement.

mod conditions;
mod edit;
mod policies;
mod variables;

use super::{Outcome, ours};
use crate::case::Case;
use edit::Reading;

/// One thing that is read differently.
#[derive(Clone, Copy)]
pub struct Difference {
    /// How the simulator reads it.
    pub name: &'static str,
    /// The page of AWS that decides it, or what is said where AWS says nothing.
    pub page: &'static str,
    /// Rewrites a case so that our engine reads it as the simulator does.
    rewrite: fn(&mut Reading),
}

impl Difference {
    /// The case, rewritten so that our engine reads it as the simulator reads the original.
    #[must_use]
    pub fn applied_to(&self, case: &Case) -> Case {
        read_with(&[self], case)
    }
}

const VARIABLES: &str = "IAM policy elements: Variables and tags";
const OPERATORS: &str = "IAM JSON policy elements: Condition operators";
const SILENT: &str = "AWS's pages do not say";

/// Every one that is known, in the order in which several are rewritten.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "variables are filled in whatever the Version",
        page: "IAM JSON policy elements: Version",
        rewrite: policies::newest_version,
    },
    Difference {
        name: "a brace within a default ends the variable",
        page: SILENT,
        rewrite: variables::cut_at_first_brace,
    },
    Difference {
        name: "an empty value or default fills no variable",
        page: SILENT,
        rewrite: variables::without_empty_values,
    },
    Difference {
        name: "${*}, ${?} and ${$} are text under operators without wildcards",
        page: VARIABLES,
        rewrite: conditions::fixed_variables_are_text,
    },
    Difference {
        name: "a negated operator does not hold when a variable has no value",
        page: VARIABLES,
        rewrite: conditions::fail_without_value,
    },
    Difference {
        name: "a wildcard or variable in the type of a resource matches nothing",
        page: "Identify AWS resources with Amazon Resource Names: Incorrect wildcard usage",
        rewrite: policies::types_are_literal,
    },
    Difference {
        name: "NotResource with a variable without value makes the statement void",
        page: VARIABLES,
        rewrite: policies::void_without_value,
    },
    Difference {
        name: "an ARN is cut into its parts before its variables are filled in",
        page: SILENT,
        rewrite: conditions::cut_before_filling_in,
    },
    Difference {
        name: "a negated ARN operator does not hold of what is no ARN",
        page: SILENT,
        rewrite: conditions::fail_without_arn,
    },
    Difference { name: "* is no ARN", page: SILENT, rewrite: conditions::star_is_no_arn },
    Difference {
        name: "NotIpAddress does not hold of what is no address",
        page: SILENT,
        rewrite: conditions::fail_without_address,
    },
    Difference {
        name: "NotIpAddress of a lone address does not hold of one of the other kind",
        page: OPERATORS,
        rewrite: conditions::fail_with_other_kind,
    },
    Difference {
        name: "0.0.0.0/0 holds one address",
        page: OPERATORS,
        rewrite: conditions::shift_by_no_bits,
    },
    Difference {
        name: "digits alone are milliseconds, a year included",
        page: OPERATORS,
        rewrite: conditions::digits_are_milliseconds,
    },
    Difference {
        name: "an empty string is a member of a set",
        page: "Conditions with multiple context keys or values",
        rewrite: conditions::empty_is_a_member,
    },
    Difference {
        name: "a bare role id in aws:userid is no session's",
        page: "Disabling permissions for temporary security credentials",
        rewrite: policies::bare_role_ids_are_nobody,
    },
    Difference {
        name: "NotPrincipal spares whom it names in any way",
        page: "IAM JSON policy elements: NotPrincipal",
        rewrite: policies::spare_whom_it_names,
    },
    Difference {
        name: "a session policy's silence is final, even where the resource names the session or everybody",
        page: "How AWS enforcement code logic evaluates requests",
        rewrite: policies::session_is_a_guardrail,
    },
];

/// The case as it reads with these differences, in the order of the table.
fn read_with(differences: &[&Difference], case: &Case) -> Case {
    let mut read = Reading::of(case);
    for difference in differences {
        (difference.rewrite)(&mut read);
    }
    read.finish()
}

/// What our engine answers if it reads the case as the simulator does, in everything that is known.
pub(super) fn predicted(case: &Case) -> Option<Outcome> {
    let all: Vec<&Difference> = DIFFERENCES.iter().collect();
    ours(&read_with(&all, case))
}

/// The differences without which our engine would not answer as predicted: one alone, or those that are left of all
/// when every one is dropped that it takes not.
pub(super) fn reasons(case: &Case, answer: Outcome) -> Vec<&'static str> {
    let answers = |chosen: &[&Difference]| ours(&read_with(chosen, case)) == Some(answer);
    if let Some(one) = DIFFERENCES.iter().find(|difference| answers(&[difference])) {
        return vec![one.name];
    }
    let mut chosen: Vec<&Difference> = DIFFERENCES.iter().collect();
    let mut place = 0;
    while place < chosen.len() {
        let dropped = chosen.remove(place);
        if !answers(&chosen) {
            chosen.insert(place, dropped);
            place += 1;
        }
    }
    chosen.iter().map(|difference| difference.name).collect()
}
