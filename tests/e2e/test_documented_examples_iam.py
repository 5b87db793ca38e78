"""Policies of the kinds that the IAM User Guide teaches, each with what it must let through and what it must stop.

The policies are ours, in the shape that the guide describes. Those of the S3 User Guide are in
`test_documented_examples.py`.
"""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.account import federated_arn, fresh
from harness.clients import Creds
from harness.expect import BY_IDENTITY, BY_RESOURCE, NO_BOUNDARY, allowed, denied
from harness.server import ACCOUNT

IAM = f"arn:aws:iam::{ACCOUNT}:"


# -- identity-based policies -----------------------------------------------------------------------


def test_who_did_not_sign_in_with_mfa_may_only_set_it_up(account):
    user = account.make_user(
        "mfa",
        doc.policy(
            doc.allow(["s3:ListAllMyBuckets", "iam:ListMFADevices"]),
            {
                "Effect": "Deny",
                "NotAction": ["iam:ListMFADevices", "sts:GetSessionToken"],
                "Resource": "*",
                "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
            },
        ),
    )
    for creds in (user.creds, account.session_token(user.creds)):
        denied(lambda creds=creds: account.client("s3", creds).list_buckets(), BY_IDENTITY)
    allowed(lambda: account.client("iam", user.creds).list_mfa_devices())
    # The same with plain Bool spares long-term keys, for which the key is absent: the guides warn of it.
    keyed = account.make_user(
        "bool", doc.policy(doc.allow("s3:*"), doc.deny("s3:*", Bool={"aws:MultiFactorAuthPresent": "false"}))
    )
    allowed(lambda: account.client("s3", keyed.creds).list_buckets())
    denied(lambda: account.client("s3", account.session_token(keyed.creds)).list_buckets(), BY_IDENTITY)


def test_users_rotate_their_own_keys(account):
    own = doc.policy(
        doc.allow("iam:ListUsers"),
        doc.allow(["iam:*AccessKey*", "iam:GetUser"], IAM + "user/${aws:username}"),
    )
    user, other = account.make_user("own", own), account.make_user("other")
    iam = account.client("iam", user.creds)
    allowed(iam.list_users)
    new = allowed(iam.create_access_key)["AccessKey"]["AccessKeyId"]
    allowed(lambda: iam.update_access_key(UserName=user.name, AccessKeyId=new, Status="Inactive"))
    allowed(lambda: iam.delete_access_key(UserName=user.name, AccessKeyId=new))
    denied(lambda: iam.create_access_key(UserName=other.name))
    denied(lambda: iam.delete_access_key(UserName=other.name, AccessKeyId=other.creds.access_key))


def test_a_grant_has_a_time(account):
    bucket = account.make_bucket("dated")
    within = {
        "DateGreaterThan": {"aws:CurrentTime": "2020-04-01T00:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2099-06-30T23:59:59Z"},
    }
    over = within | {"DateLessThan": {"aws:CurrentTime": "2020-06-30T23:59:59Z"}}
    for condition, check in ((within, allowed), (over, denied)):
        user = account.make_user("dated", doc.policy(doc.allow("s3:GetObject", **condition)))
        check(account.reads(user.creds, bucket))


def test_regions_that_were_not_asked_for_are_denied(account):
    elsewhere = {
        "Effect": "Deny",
        "NotAction": ["iam:*", "sts:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1"]}},
    }
    user = account.make_user("regional", doc.policy(doc.allow("*"), elsewhere))
    denied(lambda: account.client("s3", user.creds).list_buckets(), BY_IDENTITY)
    allowed(lambda: account.client("iam", user.creds).list_users())


def test_managed_policies_are_attached_from_a_list_only(account):
    listed, other = account.make_managed(doc.policy(doc.allow("s3:*"))), account.make_managed(doc.policy(doc.allow("*")))
    target = account.make_user("target")
    limited = account.make_user(
        "limited",
        doc.policy(doc.allow(["iam:AttachUserPolicy", "iam:DetachUserPolicy"], ArnEquals={"iam:PolicyARN": [listed]})),
    )
    iam = account.client("iam", limited.creds)
    allowed(lambda: iam.attach_user_policy(UserName=target.name, PolicyArn=listed))
    denied(lambda: iam.attach_user_policy(UserName=target.name, PolicyArn=other))
    denied(lambda: iam.put_user_policy(UserName=target.name, PolicyName="p", PolicyDocument=doc.policy(doc.allow("*"))))


# -- permissions boundaries: delegating to others ----------------------------------


def test_a_delegate_administers_within_a_boundary_and_cannot_leave_it(account):
    iam = account.iam
    bounds = account.make_managed(doc.policy(doc.allow(["s3:*", "cloudtrail:*"])), "bounds")
    delegates_bounds = account.make_managed(
        doc.policy(
            doc.allow(
                ["iam:CreateUser", "iam:DeleteUserPolicy", "iam:AttachUserPolicy", "iam:DetachUserPolicy",
                 "iam:PutUserPermissionsBoundary", "iam:PutUserPolicy"],
                StringEquals={"iam:PermissionsBoundary": bounds},
            ),
            doc.allow(["s3:*", "iam:Get*", "iam:List*", "iam:CreatePolicy*", "iam:SetDefaultPolicyVersion"]),
            doc.allow(["iam:CreateAccessKey", "iam:DeleteUser", "iam:DeleteAccessKey", "iam:UpdateUser"]),
            doc.deny(["iam:CreatePolicyVersion", "iam:DeletePolicy*", "iam:SetDefaultPolicyVersion"],
                     [bounds, IAM + "policy/delegates-*"]),
            doc.deny("iam:DeleteUserPermissionsBoundary"),
        ),
        "delegates",
    )
    delegate = account.make_user("delegate", doc.policy(doc.allow("*")), PermissionsBoundary=delegates_bounds)
    hers = account.client("iam", delegate.creds)
    # Only with the boundary, and only that one.
    denied(lambda: hers.create_user(UserName=fresh("new")), NO_BOUNDARY)
    denied(lambda: hers.create_user(UserName=fresh("new"), PermissionsBoundary=delegates_bounds), NO_BOUNDARY)
    name = fresh("new")
    allowed(lambda: hers.create_user(UserName=name, PermissionsBoundary=bounds))
    everything = doc.policy(doc.allow("*"))
    allowed(lambda: hers.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=everything))
    # What she makes is never more than the boundary.
    key = allowed(lambda: hers.create_access_key(UserName=name))["AccessKey"]
    made = Creds(key["AccessKeyId"], key["SecretAccessKey"])
    allowed(lambda: account.client("s3", made).list_buckets())
    denied(lambda: account.client("iam", made).list_users(), NO_BOUNDARY)
    denied(lambda: account.client("iam", made).put_user_policy(UserName=name, PolicyName="x", PolicyDocument=everything))
    # The ways out are closed.
    free = account.make_user("free")
    refusals = [
        lambda: hers.put_user_policy(UserName=free.name, PolicyName="p", PolicyDocument=everything),
        lambda: hers.put_user_policy(UserName=delegate.name, PolicyName="p", PolicyDocument=everything),
        lambda: hers.delete_user_permissions_boundary(UserName=name),
        lambda: hers.delete_user_permissions_boundary(UserName=delegate.name),
        lambda: hers.put_user_permissions_boundary(UserName=delegate.name, PermissionsBoundary=delegates_bounds),
        lambda: hers.create_policy_version(PolicyArn=bounds, PolicyDocument=everything, SetAsDefault=True),
        lambda: hers.create_role(RoleName="way-out", AssumeRolePolicyDocument=doc.trust(delegate.arn)),
    ]
    for refusal in refusals:
        denied(refusal)
    assert iam.get_user(UserName=name)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == bounds


# -- access control by tags --------------------------------------------------


def by_team(bucket: str) -> str:
    """Objects of one's own project and team, told by tags."""
    own = {f"s3:ExistingObjectTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in ("access-project", "access-team")}
    given = {f"s3:RequestObjectTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in ("access-project", "access-team")}
    return doc.policy(
        doc.allow(["s3:GetObject", "s3:GetObjectTagging"], doc.bucket_arn(bucket, "*"), StringEquals=own),
        doc.allow(["s3:PutObject", "s3:PutObjectTagging"], doc.bucket_arn(bucket, "*"), StringEquals=given),
        *(
            doc.deny(["s3:PutObjectTagging", "s3:DeleteObjectTagging"], Null={key: "false"}, StringNotEquals={key: value})
            for key, value in own.items()
        ),
    )


def test_sessions_reach_what_carries_the_tags_of_their_project_and_team(account):
    bucket = account.make_bucket("abac")
    abac = account.make_managed(by_team(bucket))

    def worker(project: str, team: str):
        tags = [{"Key": "access-project", "Value": project}, {"Key": "access-team", "Value": team}]
        role = account.make_role(f"{project}-{team}", Tags=tags)
        account.iam.attach_role_policy(RoleName=role.name, PolicyArn=abac)
        return account.client("s3", account.assume(role))

    workers = {(p, t): worker(p, t) for p in ("peg", "uni") for t in ("eng", "qas")}
    for (project, team), s3 in workers.items():
        for (of_project, of_team) in workers:
            put = lambda s3=s3, p=of_project, t=of_team: s3.put_object(  # noqa: E731
                Bucket=bucket, Key=f"{p}-{t}", Tagging=f"access-project={p}&access-team={t}"
            )
            (allowed if (project, team) == (of_project, of_team) else denied)(put)
    for own, s3 in workers.items():
        for project, team in workers:
            key = {"Bucket": bucket, "Key": f"{project}-{team}"}
            check = allowed if own == (project, team) else denied
            check(lambda s3=s3, key=key: s3.get_object(**key))
            # Nobody takes over what is another's by tagging it anew.
            tagging = [{"Key": name, "Value": value} for name, value in zip(("access-project", "access-team"), own)]
            check(lambda s3=s3, key=key, tags=tagging: s3.put_object_tagging(**key, Tagging={"TagSet": tags}))


def test_session_tags_are_those_that_the_trust_policy_takes(account):
    own = {f"aws:RequestTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in ("Project", "Department")}
    trust = json.dumps({"Version": doc.VERSION, "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:TagSession",
         "Condition": {"StringLike": own, "ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["Project"]}}},
    ]})
    role = account.make_role("tagged", doc.policy(doc.allow("s3:*")), trust=trust)
    tags = [{"Key": "Project", "Value": "red"}, {"Key": "Department", "Value": "ops"}]
    user = account.make_user("tagged", doc.policy(doc.allow("sts:*")), Tags=tags)
    take = lambda tags, **more: account.assume(role, by=user.creds, Tags=tags, **more)  # noqa: E731
    take(tags)
    take(tags, TransitiveTagKeys=["Project"])
    other = [{"Key": "Project", "Value": "blue"}, tags[1]]
    denied(lambda: take(other))
    denied(lambda: take(tags[:1]))
    denied(lambda: take(tags, TransitiveTagKeys=["Department"]))
    account.assume(role, by=user.creds)


# -- the confused deputy, and who may assume ----------------------------------------


def test_a_third_party_must_give_the_external_id(account):
    vendor, rival = (account.make_user(n, doc.policy(doc.allow("sts:AssumeRole"))) for n in ("vendor", "rival"))
    role = account.make_role("customer", trust=doc.trust(vendor.arn, StringEquals={"sts:ExternalId": "12345"}))
    account.assume(role, by=vendor.creds, ExternalId="12345")
    for more in ({}, {"ExternalId": "54321"}, {"ExternalId": "123456"}):
        denied(lambda more=more: account.assume(role, by=vendor.creds, **more))
    denied(lambda: account.assume(role, by=rival.creds, ExternalId="12345"))


def test_a_session_bears_its_users_name_and_its_source_identity(account):
    named = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
    role = account.make_role("named", trust=doc.trust(ACCOUNT, **named))
    user = account.make_user("named", doc.policy(doc.allow("sts:*")))
    account.assume(role, by=user.creds, name=user.name)
    denied(lambda: account.assume(role, by=user.creds, name="somebody"))
    source = {"StringEquals": {"sts:SourceIdentity": "${aws:username}"}}
    audited = account.make_role(
        "audited", trust=doc.trust(ACCOUNT, actions=["sts:AssumeRole", "sts:SetSourceIdentity"], **source)
    )
    account.assume(audited, by=user.creds, SourceIdentity=user.name)
    denied(lambda: account.assume(audited, by=user.creds, SourceIdentity="somebody"))
    denied(lambda: account.assume(audited, by=user.creds))


# -- data perimeters ---------------------------------------------------------------------------------


def test_only_trusted_identities_reach_the_bucket_and_only_own_resources_are_reached(account):
    bucket = account.make_bucket("perimeter")
    everything = [doc.bucket_arn(bucket), doc.bucket_arn(bucket, "*")]
    trusted = account.make_role("trusted", doc.policy(doc.allow("s3:*")))
    inside = {"aws:PrincipalAccount": ACCOUNT}
    account.bucket_policy(
        bucket,
        doc.deny("s3:*", everything, "*", StringNotEqualsIfExists=inside, BoolIfExists={"aws:PrincipalIsAWSService": "false"}),
        doc.deny("s3:GetObject", everything[1], "*", ArnNotEquals={"aws:PrincipalArn": [trusted.arn, IAM + "root"]}),
    )
    allowed(account.reads(account.assume(trusted), bucket))
    denied(account.reads(account.make_user("other", doc.policy(doc.allow("s3:*"))).creds, bucket), BY_RESOURCE)
    allowed(lambda: account.s3.get_object(Bucket=bucket, Key="a.txt"))
    # Resource perimeter, on the identity: only what this account owns.
    own = account.make_user("own", doc.policy(doc.allow("s3:*"), doc.deny("*", StringNotEquals={"aws:ResourceAccount": ACCOUNT})))
    foreign = account.make_user(
        "foreign", doc.policy(doc.allow("s3:*"), doc.deny("*", StringNotEquals={"aws:ResourceAccount": "999999999999"}))
    )
    second = account.make_bucket("second")
    allowed(account.reads(own.creds, second))
    denied(account.reads(foreign.creds, second), BY_IDENTITY)


def test_a_deny_for_all_but_some_names_session_role_and_account(account):
    bucket = account.make_bucket("notprincipal")
    role = account.make_role("kept", doc.policy(doc.allow("s3:*")))
    other = account.make_user("other", doc.policy(doc.allow("s3:*")))
    session = account.assume(role, name="known")
    stranger = account.assume(role, name="unknown")
    statement = doc.deny("s3:GetObject", doc.bucket_arn(bucket, "*"))
    statement["NotPrincipal"] = {"AWS": [role.session_arn("known"), role.arn, IAM + "root"]}
    account.bucket_policy(bucket, statement)
    allowed(account.reads(session, bucket))
    denied(account.reads(stranger, bucket), BY_RESOURCE)
    denied(account.reads(other.creds, bucket), BY_RESOURCE)


@pytest.mark.parametrize("passed", [None, "s3:GetObject"])
def test_a_federated_user_has_what_its_maker_and_its_session_policy_both_allow(account, passed):
    bucket = account.make_bucket("federated", "a.txt")
    maker = account.make_user("maker", doc.policy(doc.allow(["s3:*", "sts:GetFederationToken"])))
    name = fresh("fed")
    creds = account.federate(maker.creds, name, passed and doc.policy(doc.allow(passed)))
    assert creds.arn == federated_arn(name)
    (denied if passed is None else allowed)(account.reads(creds, bucket))
    denied(lambda: account.client("s3", creds).delete_object(Bucket=bucket, Key="a.txt"))
    # A bucket policy that names the federated user grants what the session policy did not.
    account.bucket_policy(bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": creds.arn}))
    allowed(account.reads(creds, bucket))
