//! Listings of `aws organizations`. Those that do not say what they were asked about take it from the file's name.

use portcullis_base::{AccountId, Arn, Tags};
use serde_json::Value;

use super::field;
use super::found::{Found, FoundAccount, FoundPolicy, From};
use super::named::{
    TAGGED, is_account, is_delegation, is_id, is_policy, is_root, is_unit, named, named_alone,
};
use super::report::Report;

/// What a listing is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// describe-organization
    Organization,
    /// list-roots
    Roots,
    /// list-accounts, list-accounts-for-parent
    Accounts,
    /// list-organizational-units-for-parent
    Units,
    /// list-policies, list-policies-for-target
    Policies,
    /// list-targets-for-policy
    Targets,
    /// describe-policy
    Policy,
    /// describe-resource-policy
    Delegation,
    /// list-tags-for-resource
    Tags,
}

/// Takes a listing over.
pub fn read(listing: Listing, page: &Value, file: (usize, &str), found: &mut Found, report: &mut Report) {
    let about = named(file.1, &TAGGED).unwrap_or_default();
    let seen = found.pages.entry(format!("{listing:?} {about}")).or_default();
    let goes_on = page.get("NextToken").is_some_and(Value::is_string);
    *(if goes_on { &mut seen.0 } else { &mut seen.1 }) = true;
    if listing == Listing::Tags {
        return tags(page, file, found)
            .unwrap_or_else(|reason| report.problem(file.1, about.as_str(), reason));
    }
    let items: Vec<&Value> = match listing {
        Listing::Organization => page.get("Organization").into_iter().collect(),
        Listing::Policy => page.get("Policy").into_iter().collect(),
        Listing::Delegation => page.get("ResourcePolicy").into_iter().collect(),
        _ => {
            let member = match listing {
                Listing::Roots => "Roots",
                Listing::Accounts => "Accounts",
                Listing::Units => "OrganizationalUnits",
                Listing::Policies => "Policies",
                _ => "Targets",
            };
            match field::list(page, member) {
                Ok(items) => items.iter().collect(),
                Err(reason) => return report.problem(file.1, member, reason),
            }
        }
    };
    for item in items {
        let taken = match listing {
            Listing::Organization => organization(item, found),
            Listing::Roots => root(item, found),
            Listing::Accounts => account(item, file, found),
            Listing::Units => unit(item, file, found),
            Listing::Policies => policy_summary(item, file, found),
            Listing::Targets => target(item, file, found),
            Listing::Policy => policy(item, file, found),
            Listing::Delegation => delegation(item, file.0, found),
            Listing::Tags => Ok(()),
        };
        if let Err(reason) = taken {
            let entity = ["Arn", "Id", "TargetId"].iter().find_map(|name| field::text_if_any(item, name));
            report.problem(file.1, entity.unwrap_or("a listed item"), reason);
        }
    }
}

/// Sets what may be said once, or often the same.
fn agree<T: PartialEq>(place: &mut Option<T>, value: T, what: &str) -> Result<(), String> {
    match place {
        Some(held) if *held != value => Err(format!("says another {what} than another file")),
        _ => {
            *place = Some(value);
            Ok(())
        }
    }
}

fn of_arn(item: &Value, found: &mut Found) -> Result<(), String> {
    let Some(arn) = field::text_if_any(item, "Arn") else { return Ok(()) };
    let parsed: Arn = arn.parse().map_err(|_| format!("has the Arn {arn:?}, which is none"))?;
    // `arn:aws:organizations::MANAGEMENT:root/o-…/r-…`; AWS's own policies have no account.
    let (Some(management), Some(id)) = (parsed.account_id(), parsed.resource().split('/').nth(1)) else {
        return Ok(());
    };
    if parsed.service() != "organizations" || !is_id(id, "o-", 10, 32) {
        return Err(format!("has the Arn {arn:?}, which is of no organization"));
    }
    agree(&mut found.listings.organization, (id.to_owned(), management), "organization")
}

fn organization(item: &Value, found: &mut Found) -> Result<(), String> {
    let (id, management) = (field::text(item, "Id")?, field::text(item, "MasterAccountId")?);
    let management = management.parse().map_err(|_| format!("has the account {management:?}"))?;
    if !is_id(id, "o-", 10, 32) {
        return Err(format!("has the id {id:?}"));
    }
    agree(&mut found.listings.organization, (id.to_owned(), management), "organization")
}

fn root(item: &Value, found: &mut Found) -> Result<(), String> {
    of_arn(item, found)?;
    let id = field::text(item, "Id")?;
    if !is_root(id) {
        return Err(format!("has the id {id:?}"));
    }
    let enabled = field::list(item, "PolicyTypes")?
        .iter()
        .filter(|kind| field::text_if_any(kind, "Status") == Some("ENABLED"))
        .filter_map(|kind| field::text_if_any(kind, "Type").map(str::to_owned));
    let mut enabled: Vec<String> = enabled.collect();
    enabled.sort();
    agree(&mut found.listings.root, (id.to_owned(), enabled), "root")
}

fn lies_in(child: &str, parent: &str, found: &mut Found) -> Result<(), String> {
    let before = found.listings.parents.insert(child.to_owned(), parent.to_owned());
    match before {
        Some(before) if before != parent => {
            Err(format!("lies in {parent}, but another file has it in {before}"))
        }
        _ => Ok(()),
    }
}

/// The node above the last one of `o-…/r-…/ou-…/…/`.
fn above(path: &str) -> Option<&str> {
    path.trim_end_matches('/').rsplit('/').nth(1)
}

fn account(item: &Value, file: (usize, &str), found: &mut Found) -> Result<(), String> {
    of_arn(item, found)?;
    let id = field::text(item, "Id")?;
    let account: AccountId = id.parse().map_err(|_| format!("has the id {id:?}"))?;
    let status = ["State", "Status"].iter().find_map(|name| field::text_if_any(item, name));
    let listed = FoundAccount {
        // The longest of the API reference of Organizations, as with all that follow.
        name: field::label(item, "Name", 50)?,
        email: field::label_if_any(item, "Email", 64)?.unwrap_or_default(),
        joined: field::instant(item, "JoinedTimestamp").ok(),
        is_invited: field::text_if_any(item, "JoinedMethod") == Some("INVITED"),
        is_closed: status.is_some_and(|status| status != "ACTIVE"),
    };
    let path = field::list(item, "Paths")?.first().and_then(Value::as_str).and_then(above);
    if let Some(parent) = path.map(str::to_owned).or_else(|| named(file.1, &[is_unit, is_root])) {
        lies_in(id, &parent, found)?;
    }
    match found.listings.accounts.get(&account) {
        Some(held) if held.it != listed => Err("is listed otherwise in another file".to_owned()),
        Some(_) => Ok(()),
        None => {
            found.listings.accounts.insert(account, From { file: file.0, it: listed });
            Ok(())
        }
    }
}

fn unit(item: &Value, file: (usize, &str), found: &mut Found) -> Result<(), String> {
    of_arn(item, found)?;
    let (id, name) = (field::text(item, "Id")?, field::label(item, "Name", 128)?);
    if !is_unit(id) {
        return Err(format!("has the id {id:?}"));
    }
    let path = field::text_if_any(item, "Path").and_then(above).map(str::to_owned);
    let parent = path.or_else(|| named(file.1, &[is_unit, is_root]));
    let parent =
        parent.ok_or("has no Path, and the file's name does not say in which unit or root it lies")?;
    lies_in(id, &parent, found)?;
    match found.listings.units.get(id) {
        Some(held) if held.it != name => Err("is listed otherwise in another file".to_owned()),
        _ => {
            found.listings.units.insert(id.to_owned(), From { file: file.0, it: name });
            Ok(())
        }
    }
}

fn summary(item: &Value, file: usize, found: &mut Found) -> Result<String, String> {
    of_arn(item, found)?;
    let id = field::text(item, "Id")?;
    if !is_policy(id) {
        return Err(format!("has the id {id:?}"));
    }
    let read = FoundPolicy {
        name: field::label(item, "Name", 128)?,
        description: field::label_if_any(item, "Description", 512)?.unwrap_or_default(),
        kind: field::text(item, "Type")?.to_owned(),
        is_aws_managed: item.get("AwsManaged").and_then(Value::as_bool) == Some(true),
        text: None,
    };
    match found.listings.policies.get(id) {
        Some(held) if held.it != (FoundPolicy { text: held.it.text.clone(), ..read.clone() }) => {
            return Err("is listed otherwise in another file".to_owned());
        }
        Some(_) => {}
        None => {
            found.listings.policies.insert(id.to_owned(), From { file, it: read });
        }
    }
    Ok(id.to_owned())
}

fn policy_summary(item: &Value, file: (usize, &str), found: &mut Found) -> Result<(), String> {
    let id = summary(item, file.0, found)?;
    // `list-policies` of an account whose number stands in the file's name is no list of what is attached there.
    if file.1.contains("list-policies") && !file.1.contains("target") {
        return Ok(());
    }
    if let Some(target) = named(file.1, &[is_unit, is_root, is_account]) {
        found.listings.attached.insert((target, id));
    }
    Ok(())
}

fn target(item: &Value, file: (usize, &str), found: &mut Found) -> Result<(), String> {
    of_arn(item, found)?;
    let id = field::text(item, "TargetId")?;
    if !(is_root(id) || is_unit(id) || is_account(id)) {
        return Err(format!("has the id {id:?}"));
    }
    let policy = named(file.1, &[is_policy]);
    let policy = policy.ok_or("is a target, and the file's name does not say of which policy (p-…)")?;
    found.listings.attached.insert((id.to_owned(), policy));
    Ok(())
}

fn policy(item: &Value, file: (usize, &str), found: &mut Found) -> Result<(), String> {
    let held = item.get("PolicySummary").ok_or("has no PolicySummary")?;
    let text = field::document(item, "Content")?;
    let id = summary(held, file.0, found)?;
    let place = found.listings.policies.get_mut(&id).ok_or("is lost")?;
    agree(&mut place.it.text, text, "content")
}

fn delegation(item: &Value, file: usize, found: &mut Found) -> Result<(), String> {
    let summary = item.get("ResourcePolicySummary").ok_or("has no ResourcePolicySummary")?;
    of_arn(summary, found)?;
    let id = field::text(summary, "Id")?;
    if !is_delegation(id) {
        return Err(format!("has the id {id:?}"));
    }
    let it = (id.to_owned(), field::document(item, "Content")?);
    match &found.listings.delegation {
        Some(held) if held.it != it => Err("is another than in another file".to_owned()),
        Some(_) => Ok(()),
        None => {
            found.listings.delegation = Some(From { file, it });
            Ok(())
        }
    }
}

fn tags(page: &Value, file: (usize, &str), found: &mut Found) -> Result<(), String> {
    let tags = field::tags(page)?;
    let id = named_alone(file.1, &TAGGED);
    let id = id.ok_or(
        "is a list of tags, and the file's name does not say of what: it must hold the id of one root, unit, \
         account, policy or resource policy (r-…, ou-…, twelve digits, p-…, rp-…) and no other",
    )?;
    let held = found.listings.tags.entry(id).or_insert_with(|| From { file: file.0, it: Tags::new() });
    for tag in &tags {
        if held.it.value(&tag.key).is_some_and(|value| value != tag.value) {
            return Err(format!("has another value of the tag {:?} in another file", tag.key));
        }
        held.it.set(tag.clone());
    }
    Ok(())
}
