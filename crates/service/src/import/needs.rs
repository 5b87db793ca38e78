//! What making by single calls what an import brings would ask of the caller. An import asks for all of it besides its
//! own permission, so that nobody gets by a file what he could not make.
//!
//! What lies in other accounts is asked of the caller's own policies alone, by its ARN there.

use portcullis_base::Tags;

use super::found::{FoundBucket, FoundProfile, Holder, Managed};
use super::plan::Desk;
use super::report::Kind;
use crate::action::Need;
use crate::actions::iam::RESERVED_PATHS;

/// The permissions of one kind of holder.
struct Asks {
    make: &'static str,
    tag: &'static str,
    put: &'static str,
    attach: &'static str,
}

/// Roles that AWS makes for its services, which nobody makes by CreateRole.
const LINKED: Asks = Asks { make: "iam:CreateServiceLinkedRole", ..ROLE };
const ROLE: Asks = Asks {
    make: "iam:CreateRole",
    tag: "iam:TagRole",
    put: "iam:PutRolePolicy",
    attach: "iam:AttachRolePolicy",
};
const USER: Asks = Asks {
    make: "iam:CreateUser",
    tag: "iam:TagUser",
    put: "iam:PutUserPolicy",
    attach: "iam:AttachUserPolicy",
};
const GROUP: Asks = Asks {
    make: "iam:CreateGroup",
    // Groups have no tags.
    tag: "iam:CreateGroup",
    put: "iam:PutGroupPolicy",
    attach: "iam:AttachGroupPolicy",
};

/// Every permission that an import can ask for.
pub const NAMES: &[&str] = &[
    "portcullis:Import",
    "iam:AddRoleToInstanceProfile",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateGroup",
    "iam:CreateInstanceProfile",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateServiceLinkedRole",
    "iam:CreateUser",
    "iam:PassRole",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:TagInstanceProfile",
    "iam:TagRole",
    "iam:TagUser",
    "organizations:AttachPolicy",
    "organizations:CreateAccount",
    "organizations:CreateOrganization",
    "organizations:CreateOrganizationalUnit",
    "organizations:CreatePolicy",
    "organizations:EnablePolicyType",
    "organizations:PutResourcePolicy",
    "organizations:TagResource",
    "s3:CreateBucket",
    "s3:PutBucketPolicy",
];

fn of_request(mut need: Need, tags: &Tags) -> Need {
    for tag in tags {
        need = need.key(format!("aws:RequestTag/{}", tag.key), tag.value.as_str());
    }
    if tags.is_empty() {
        need
    } else {
        need.keys("aws:TagKeys", tags.iter().map(|tag| tag.key.clone()).collect())
    }
}

fn of_resource(mut need: Need, tags: &Tags) -> Need {
    for tag in tags {
        need = need.key(format!("aws:ResourceTag/{}", tag.key), tag.value.as_str());
        need = need.key(format!("iam:ResourceTag/{}", tag.key), tag.value.as_str());
    }
    need
}

/// A user, group or role: made, tagged, given its policies, put into its groups.
pub fn holder(found: &Holder, group_arn: &dyn Fn(&str) -> String, desk: &Desk<'_>, needs: &mut Vec<Need>) {
    let asks = match found.kind {
        Kind::User => &USER,
        Kind::Group => &GROUP,
        // Nobody could change or delete such a role again.
        _ if RESERVED_PATHS.iter().any(|path| found.path.starts_with(path)) => &LINKED,
        _ => &ROLE,
    };
    let arn = found.arn();
    let need = |action| {
        Need::new(action, arn.as_str(), desk.home)
            .owned_by(found.account)
            .key_some("iam:PermissionsBoundary", found.boundary.as_deref())
    };
    needs.push(of_request(need(asks.make), &found.tags));
    if !found.tags.is_empty() {
        needs.push(of_request(need(asks.tag), &found.tags));
    }
    if !found.inline.is_empty() {
        needs.push(of_resource(need(asks.put), &found.tags));
    }
    for policy in &found.attached {
        needs.push(of_resource(need(asks.attach).key("iam:PolicyARN", policy.as_str()), &found.tags));
    }
    for name in &found.groups {
        needs.push(Need::new("iam:AddUserToGroup", group_arn(name), desk.home).owned_by(found.account));
    }
}

/// An instance profile: made, tagged, and given its role, which its caller must be allowed to hand to a machine.
pub fn profile(found: &FoundProfile, role: &Holder, desk: &Desk<'_>, needs: &mut Vec<Need>) {
    let need = |action, arn: String| Need::new(action, arn, desk.home).owned_by(found.account);
    needs.push(of_request(need("iam:CreateInstanceProfile", found.arn()), &found.tags));
    if !found.tags.is_empty() {
        needs.push(of_request(need("iam:TagInstanceProfile", found.arn()), &found.tags));
    }
    needs.push(of_resource(need("iam:AddRoleToInstanceProfile", found.arn()), &found.tags));
    let pass = need("iam:PassRole", role.arn()).key("iam:PassedToService", "ec2.amazonaws.com");
    needs.push(of_resource(pass, &role.tags));
}

/// A managed policy with all its versions.
pub fn policy(found: &Managed, desk: &Desk<'_>, needs: &mut Vec<Need>) {
    let mut ask = |action| needs.push(Need::new(action, found.arn(), desk.home).owned_by(found.account));
    ask("iam:CreatePolicy");
    if found.versions.len() > 1 {
        ask("iam:CreatePolicyVersion");
        ask("iam:SetDefaultPolicyVersion");
    }
}

/// A bucket with its policy.
pub fn bucket(found: &FoundBucket, desk: &Desk<'_>, needs: &mut Vec<Need>) {
    for action in ["s3:CreateBucket", "s3:PutBucketPolicy"] {
        let owner = desk.options.bucket_account.unwrap_or(desk.home);
        needs.push(Need::new(action, format!("arn:aws:s3:::{}", found.name), desk.home).owned_by(owner));
    }
}

/// The permission to tag something of the organization.
pub fn tagging(resource: &str, tags: &Tags, desk: &Desk<'_>) -> Need {
    of_request(organization("organizations:TagResource", resource, None, desk), tags)
}

/// A permission of the organization.
pub fn organization(action: &'static str, resource: &str, kind: Option<&str>, desk: &Desk<'_>) -> Need {
    Need::new(action, resource, desk.home).key_some("organizations:PolicyType", kind)
}
