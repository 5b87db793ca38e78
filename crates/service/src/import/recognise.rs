//! Which kind a file is, told from what is in it.

use serde_json::Value;

use super::File;
use super::details;
use super::field;
use super::found::{Found, FoundBucket, From};
use super::listing::{self, Listing};
use super::report::Report;
use crate::actions::s3::is_bucket_name;

/// What a file holds, as reports call it.
enum Holds {
    Details,
    Listing(Listing),
    BucketPolicy,
}

impl Holds {
    fn word(&self) -> &'static str {
        match self {
            Self::Details => "account-authorization-details",
            Self::Listing(Listing::Organization) => "organization",
            Self::Listing(Listing::Roots) => "roots",
            Self::Listing(Listing::Accounts) => "accounts",
            Self::Listing(Listing::Units) => "organizational-units",
            Self::Listing(Listing::Policies) => "organization-policies",
            Self::Listing(Listing::Targets) => "policy-targets",
            Self::Listing(Listing::Policy) => "organization-policy",
            Self::Listing(Listing::Delegation) => "organization-resource-policy",
            Self::Listing(Listing::Tags) => "organization-tags",
            Self::BucketPolicy => "bucket-policy",
        }
    }
}

/// Reads all files. What is wrong with one is in the report, and the next one is read all the same.
pub fn read(files: &[File], report: &mut Report) -> Found {
    let mut found = Found::default();
    for (at, file) in files.iter().enumerate() {
        let value = match super::json::read(&file.text) {
            Ok(value) => value,
            Err(reason) => {
                report.problem(&file.name, "", reason);
                continue;
            }
        };
        let Some(holds) = recognised(&value) else {
            report.problem(&file.name, "", UNKNOWN);
            continue;
        };
        *report.files.entry(holds.word()).or_default() += 1;
        let place = (at, file.name.as_str());
        match holds {
            Holds::Details => details::read(&value, place, &mut found, report),
            Holds::Listing(listing) => listing::read(listing, &value, place, &mut found, report),
            Holds::BucketPolicy => bucket(&value, file, at, &mut found, report),
        }
    }
    found
}

const UNKNOWN: &str = "is no output of get-account-authorization-details, of a listing of aws organizations, or of \
                       get-bucket-policy that is known here";

fn recognised(value: &Value) -> Option<Holds> {
    let has = |member: &str| value.get(member).is_some();
    if details::is_page(value) {
        return Some(Holds::Details);
    }
    let listing = [
        ("Organization", Listing::Organization),
        ("Roots", Listing::Roots),
        ("Accounts", Listing::Accounts),
        ("OrganizationalUnits", Listing::Units),
        ("Policies", Listing::Policies),
        ("Targets", Listing::Targets),
        ("ResourcePolicy", Listing::Delegation),
    ];
    if let Some((_, listing)) = listing.iter().find(|(member, _)| has(member)) {
        return Some(Holds::Listing(*listing));
    }
    // Lists of tags in IAM say whether they go on.
    if has("Tags") && !has("IsTruncated") {
        return Some(Holds::Listing(Listing::Tags));
    }
    match value.get("Policy") {
        Some(Value::String(_)) => return Some(Holds::BucketPolicy),
        Some(policy) if policy.get("PolicySummary").is_some() => {
            return Some(Holds::Listing(Listing::Policy));
        }
        _ => {}
    }
    has("Statement").then_some(Holds::BucketPolicy)
}

fn bucket(value: &Value, file: &File, at: usize, found: &mut Found, report: &mut Report) {
    let last = file.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = last.strip_suffix(".json").unwrap_or(last);
    if !is_bucket_name(name) {
        return report.problem(
            &file.name,
            name,
            "is a bucket's policy, but the file is not called BUCKET.json",
        );
    }
    // A bare policy is the file as it is.
    let policy = field::text_if_any(value, "Policy").unwrap_or_else(|| file.text.trim());
    let it = FoundBucket { name: name.to_owned(), policy: policy.to_owned() };
    found.buckets.push(From { file: at, it });
}
