//! Pages of `aws iam get-account-authorization-details`.

use portcullis_base::{AccountId, UniqueIdKind};
use serde_json::Value;

use super::field;
use super::found::{Found, FoundProfile, From, Holder, Managed};
use super::report::{Kind, Report};

/// One of the lists of users, groups and roles.
struct List {
    member: &'static str,
    kind: Kind,
    name: &'static str,
    id: (&'static str, UniqueIdKind),
    inline: &'static str,
    name_max: usize,
}

/// The lists of a page.
const LISTS: [List; 3] = [
    List {
        member: "UserDetailList",
        kind: Kind::User,
        name: "UserName",
        id: ("UserId", UniqueIdKind::User),
        inline: "UserPolicyList",
        name_max: 64,
    },
    List {
        member: "GroupDetailList",
        kind: Kind::Group,
        name: "GroupName",
        id: ("GroupId", UniqueIdKind::Group),
        inline: "GroupPolicyList",
        name_max: 128,
    },
    List {
        member: "RoleDetailList",
        kind: Kind::Role,
        name: "RoleName",
        id: ("RoleId", UniqueIdKind::Role),
        inline: "RolePolicyList",
        name_max: 64,
    },
];
/// How the ARNs of AWS's own policies begin.
pub const OF_AWS: &str = "arn:aws:iam::aws:policy/";

/// Whether an object is such a page.
pub fn is_page(page: &Value) -> bool {
    let is_list = |list: &List| page.get(list.member).is_some();
    let first = page.get("Policies").and_then(|policies| policies.get(0));
    LISTS.iter().any(is_list) || first.is_some_and(|policy| policy.get("PolicyName").is_some())
}

/// Takes a page over.
pub fn read(page: &Value, file: (usize, &str), found: &mut Found, report: &mut Report) {
    let goes_on = page.get("IsTruncated").and_then(Value::as_bool) == Some(true)
        || ["Marker", "NextToken"].iter().any(|member| page.get(*member).is_some_and(Value::is_string));
    let mut accounts = std::collections::BTreeSet::new();
    for list in &LISTS {
        for (at, item) in items(page, list.member, file.1, report).iter().enumerate() {
            match holder(item, list) {
                Ok(holder) => {
                    accounts.insert(holder.account);
                    found.holders.push(From { file: file.0, it: holder });
                }
                Err(reason) => report.problem(file.1, entity(item, list.member, at), reason),
            }
        }
    }
    for (at, item) in items(page, "Policies", file.1, report).iter().enumerate() {
        let taken = match of_aws(item) {
            Some(read) => read.map(|(arn, text)| {
                found.of_aws.insert(arn, text);
            }),
            None => managed(item).map(|policy| {
                accounts.insert(policy.account);
                found.managed.push(From { file: file.0, it: policy });
            }),
        };
        if let Err(reason) = taken {
            report.problem(file.1, entity(item, "Policies", at), reason);
        }
    }
    for account in accounts {
        let seen = found.pages.entry(account.to_string()).or_default();
        *(if goes_on { &mut seen.0 } else { &mut seen.1 }) = true;
    }
}

fn items<'a>(page: &'a Value, member: &str, file: &str, report: &mut Report) -> &'a [Value] {
    field::list(page, member).unwrap_or_else(|reason| {
        report.problem(file, member, reason);
        &[]
    })
}

/// What a broken item is called.
fn entity(item: &Value, list: &str, at: usize) -> String {
    field::text_if_any(item, "Arn").map_or_else(|| format!("{list}[{at}]"), str::to_owned)
}

fn holder(item: &Value, list: &List) -> Result<Holder, String> {
    let (name, path) = (field::name(item, list.name, list.name_max)?, field::path(item)?);
    let inline = |policy: &Value| -> Result<(String, String), String> {
        Ok((field::name(policy, "PolicyName", 128)?, field::document(policy, "PolicyDocument")?))
    };
    let inline: Vec<_> = field::list(item, list.inline)?.iter().map(inline).collect::<Result<_, _>>()?;
    let attached = field::list(item, "AttachedManagedPolicies")?.iter();
    let groups = field::list(item, "GroupList")?.iter();
    let boundary = match item.get("PermissionsBoundary") {
        None | Some(Value::Null) => None,
        Some(held) => Some(field::text(held, "PermissionsBoundaryArn")?.to_owned()),
    };
    let account = field::account(item, list.kind.word(), &path, &name)?;
    let holder = Holder {
        kind: list.kind,
        id: field::id(item, list.id.0, list.id.1)?,
        account,
        created: field::instant(item, "CreateDate")?,
        tags: field::tags(item)?,
        boundary,
        attached: attached
            .map(|policy| field::text(policy, "PolicyArn").map(str::to_owned))
            .collect::<Result<_, _>>()?,
        inline,
        groups: groups
            .map(|group| group.as_str().map(str::to_owned).ok_or("has a group that is no text"))
            .collect::<Result<_, _>>()?,
        trust: match list.kind {
            Kind::Role => Some(field::document(item, "AssumeRolePolicyDocument")?),
            _ => None,
        },
        profiles: field::list(item, "InstanceProfileList")?
            .iter()
            .map(|held| {
                profile(held, account, &name)
                    .map_err(|reason| format!("is in an instance profile that {reason}"))
            })
            .collect::<Result<_, _>>()?,
        name,
        path,
    };
    let repeated = twice(holder.attached.iter())
        .or_else(|| twice(holder.groups.iter()))
        .or_else(|| twice(holder.inline.iter().map(|(name, _)| name)));
    match repeated {
        Some(name) => Err(format!("has {name} twice")),
        None => Ok(holder),
    }
}

/// An instance profile of this role's.
fn profile(item: &Value, account: AccountId, role: &str) -> Result<FoundProfile, String> {
    let (name, path) = (field::name(item, "InstanceProfileName", 128)?, field::path(item)?);
    let roles = field::list(item, "Roles")?;
    if roles.iter().any(|held| field::text_if_any(held, "RoleName") != Some(role)) {
        return Err(format!("holds another role than {role}"));
    }
    if field::account(item, "instance-profile", &path, &name)? != account {
        return Err("is of another account".to_owned());
    }
    Ok(FoundProfile {
        id: field::id(item, "InstanceProfileId", UniqueIdKind::InstanceProfile)?,
        account,
        created: field::instant(item, "CreateDate")?,
        tags: field::tags(item)?,
        name,
        path,
    })
}

fn twice<'a>(names: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let mut seen = std::collections::HashSet::new();
    let mut names = names;
    names.find(|name| !seen.insert(name.to_lowercase()))
}

/// A policy of AWS's own: its ARN and the text in force.
fn of_aws(item: &Value) -> Option<Result<(String, String), String>> {
    let arn = field::text_if_any(item, "Arn")?;
    if !arn.starts_with(OF_AWS) {
        return None;
    }
    Some((|| {
        let default = field::text(item, "DefaultVersionId")?;
        let versions = field::list(item, "PolicyVersionList")?;
        let held = versions.iter().find(|held| field::text_if_any(held, "VersionId") == Some(default));
        let held = held.ok_or("has no version that is in force")?;
        Ok((arn.to_owned(), field::document(held, "Document")?))
    })())
}

fn number(text: &str) -> Result<u32, String> {
    let number = text.strip_prefix('v').and_then(|digits| digits.parse().ok());
    number.filter(|number| *number > 0).ok_or_else(|| format!("has a version {text:?}"))
}

fn managed(item: &Value) -> Result<Managed, String> {
    let (name, path) = (field::name(item, "PolicyName", 128)?, field::path(item)?);
    let mut versions = Vec::new();
    for held in field::list(item, "PolicyVersionList")? {
        let number = number(field::text(held, "VersionId")?)?;
        if versions.iter().any(|(other, _, _)| *other == number) {
            return Err(format!("has the version v{number} twice"));
        }
        versions.push((number, field::document(held, "Document")?, field::instant(held, "CreateDate")?));
    }
    versions.sort_by_key(|(number, _, _)| *number);
    let default = number(field::text(item, "DefaultVersionId")?)?;
    if !versions.iter().any(|(number, _, _)| *number == default) {
        return Err("has no version that is in force".to_owned());
    }
    Ok(Managed {
        id: field::id(item, "PolicyId", UniqueIdKind::Policy)?,
        account: field::account(item, "policy", &path, &name)?,
        created: field::instant(item, "CreateDate")?,
        updated: field::instant(item, "UpdateDate").or_else(|_| field::instant(item, "CreateDate"))?,
        description: field::label_if_any(item, "Description", 1000)?,
        default,
        versions,
        name,
        path,
    })
}
