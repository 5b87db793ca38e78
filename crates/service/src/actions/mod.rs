//! The registry: every action that is served, one line each, by service and in alphabetical order.

pub mod cloudtrail;
pub mod iam;
pub mod identitystore;
#[cfg(test)]
mod model;
pub mod organizations;
mod paging;
pub mod portal;
pub mod portcullis;
pub mod s3;
pub mod sso;
pub mod sso_oauth;
pub mod sts;
#[cfg(test)]
pub(crate) mod testing;

use crate::action::Row;
use crate::error::{ApiError, Family};
use crate::port::Target;

/// Every action that is served.
pub fn all() -> impl Iterator<Item = &'static Row> {
    [
        cloudtrail::ROWS,
        iam::ROWS,
        identitystore::ROWS,
        organizations::ROWS,
        portal::ROWS,
        portcullis::ROWS,
        s3::ROWS,
        sso::ROWS,
        sso_oauth::ROWS,
        sts::ROWS,
    ]
    .into_iter()
    .flat_map(|rows| rows.iter().copied())
}

/// The row of an action.
pub fn row(service: &str, name: &str) -> Option<&'static Row> {
    let rows = match service {
        "cloudtrail" => cloudtrail::ROWS,
        "iam" => iam::ROWS,
        "identitystore" => identitystore::ROWS,
        "organizations" => organizations::ROWS,
        "portcullis" => portcullis::ROWS,
        "s3" => s3::ROWS,
        "awsssoportal" => portal::ROWS,
        "sso" => sso::ROWS,
        "sso-oauth" => sso_oauth::ROWS,
        "sts" => sts::ROWS,
        _ => return None,
    };
    rows.binary_search_by(|row| row.name.cmp(name)).ok().and_then(|at| rows.get(at).copied())
}

/// The name of a service that is served.
pub fn service(name: &str) -> Option<&'static str> {
    all().map(|row| row.service).find(|service| *service == name)
}

/// The answer to an action that AWS knows and this product does not serve.
pub fn not_served(target: &Target) -> ApiError {
    let name = &target.operation;
    match target.family() {
        Family::Query => ApiError::caller(
            "InvalidAction",
            400,
            format!("The action {name} is not valid for this endpoint."),
        ),
        Family::S3 => ApiError::caller(
            "NotImplemented",
            501,
            format!("A header or query you provided implies functionality that is not implemented: {name}."),
        ),
        Family::Json | Family::RestJson => ApiError::caller(
            "UnknownOperationException",
            400,
            format!("The operation {name} is not served here."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_found_by_name() {
        let mut count = 0;
        for expected in all() {
            let found = row(expected.service, expected.name).unwrap();
            assert_eq!(found.name, expected.name, "rows of {} are out of order", expected.service);
            count += 1;
        }
        assert!(count > 0);
    }

    #[test]
    fn every_action_asks_for_a_permission() {
        for row in all() {
            assert!(!row.permission.names().is_empty(), "{} asks for nothing", row.name);
        }
    }
}
