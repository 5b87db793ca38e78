//! Listings of `aws organizations`. Those that do not say what they were asked about take it from the file's name.

use portcullis_base::{AccountId, Arn};
use serde_json::Value;

use super::field;
use super::found::{Found, FoundAccount, FoundPolicy, From};
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
}

/// Takes a listing over.
pub fn read(listing: Listing, page: &Value, file: (usize, &str), found: &mut Found, report: &mut Report) {
    let about = named(file.1, &[is_unit, is_root, is_policy, is_account]).unwrap_or_default();
    let seen = found.pages.entry(format!("{listing:?} {about}")).or_default();
    let goes_on = page.get("NextToken").is_some_and(Value::is_string);
    *(if goes_on { &mut seen.0 } else { &mut seen.1 }) = true;
    let items: Vec<&Value> = match listing {
        Listing::Organization => page.get("Organization").into_iter().collect(),
        Listing::Policy => page.get("Policy").into_iter().collect(),
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

/// Ids: a letter or two, a hyphen, and so many letters and digits.
fn is_id(text: &str, prefix: &str, least: usize, most: usize) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (least..=most).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn is_unit(text: &str) -> bool {
    let parts = text.strip_prefix("ou-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(root, own)| is_id(root, "", 4, 32) && is_id(own, "", 8, 32))
}

fn is_root(text: &str) -> bool {
    is_id(text, "r-", 4, 32)
}

fn is_policy(text: &str) -> bool {
    // The API reference of Organizations, `PolicyId`; AWS's own have names.
    text.strip_prefix("p-").is_some_and(|rest| {
        (8..=128).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

fn is_account(text: &str) -> bool {
    text.parse::<AccountId>().is_ok()
}

/// The id in a file's name that is of one of these kinds: one that stands between other characters than letters and
/// digits.
fn named(file: &str, kinds: &[fn(&str) -> bool]) -> Option<String> {
    let file = file.rsplit(['/', '\\']).next()?;
    let bytes = file.as_bytes();
    let starts = (0..bytes.len()).filter(|at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        before.is_none_or(|byte| !byte.is_ascii_alphanumeric())
    });
    for start in starts {
        let rest = file.get(start..).unwrap_or_default();
        // A unit's id has two hyphens, the others' one, an account's none: the longest first.
        for hyphens in [2, 1, 0] {
            let mut seen = 0;
            let end = rest.bytes().position(|byte| {
                seen += usize::from(byte == b'-');
                !(byte.is_ascii_alphanumeric() || byte == b'-' && seen <= hyphens)
            });
            let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if kinds.iter().any(|is_kind| is_kind(word)) {
                return Some(word.to_owned());
            }
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_a_file_s_name_stands_alone() {
        let kinds: &[fn(&str) -> bool] = &[is_unit, is_root, is_policy, is_account];
        for (file, id) in [
            ("list-accounts-for-parent-r-ab12.json", Some("r-ab12")),
            ("accounts/ou-ab12-cdefgh34.json", Some("ou-ab12-cdefgh34")),
            ("targets_for-p-FullAWSAccess-1.json", Some("p-FullAWSAccess")),
            ("policies-111122223333.json", Some("111122223333")),
            ("targets_of_p-abcd1234_more.json", Some("p-abcd1234")),
            ("list-accounts-for-parent.json", None),
            ("1111222233334.json", None),
            ("111122223333/list-policies.json", None),
            ("xp-abcdefgh.json", None),
            ("é-r-ab12.json", Some("r-ab12")),
        ] {
            assert_eq!(named(file, kinds).as_deref(), id, "{file}");
        }
    }
}
