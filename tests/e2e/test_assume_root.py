"""AssumeRoot: the root user of a member account, for one task and no longer than a quarter of an hour."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.clients import Creds
from harness.expect import allowed, denied, refused
from harness.server import ACCOUNT

EVERYTHING = doc.policy(doc.allow("*"))


TASK = "arn:aws:iam::aws:policy/root-task/"


def assume_root(org, creds, target, task="S3UnlockBucketPolicy", **more):
    sts = org.account.client("sts", creds)
    return lambda: sts.assume_root(TargetPrincipal=target, TaskPolicyArn={"arn": TASK + task}, **more)


@pytest.fixture(scope="module")
def roots(org):
    """Root sessions are enabled; they are not before."""
    org.api.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    iam = org.account.client("iam", org.operator.creds)
    assert iam.list_organizations_features()["EnabledFeatures"] == []
    member = org.make_account()
    denied(assume_root(org, org.operator.creds, member.id), "root sessions are not enabled")
    on = iam.enable_organizations_root_sessions()
    assert (on["OrganizationId"], on["EnabledFeatures"]) == (org.id, ["RootSessions"])
    return member


def test_a_locked_bucket_is_unlocked_by_root(org, roots):
    bucket = roots.make_bucket()
    roots.bucket_policy(bucket, doc.deny("s3:*", [doc.bucket_arn(bucket), doc.bucket_arn(bucket, "*")], "*"))
    s3 = roots.client("s3")
    refused(lambda: s3.delete_bucket_policy(Bucket=bucket), "AccessDenied", 403)
    answer = assume_root(org, org.operator.creds, f"arn:aws:iam::{roots.id}:root")()
    root = Creds.issued(answer)
    assert org.account.whoami(root)["Arn"] == f"arn:aws:iam::{roots.id}:root"
    own = roots.client("s3", root)
    allowed(lambda: own.delete_bucket_policy(Bucket=bucket))
    allowed(roots.reads(bucket))
    # For this task and no other.
    refused(lambda: own.delete_object(Bucket=bucket, Key="a.txt"), "AccessDenied", 403)
    denied(roots.client("iam", root).list_users)
    for call in (
        roots.client("sts", root).get_session_token,
        lambda: roots.client("sts", root).get_federation_token(Name="more"),
    ):
        denied(call)


def test_a_bucket_that_names_the_account_gives_a_task_no_more(org, roots):
    bucket = roots.make_bucket()
    root_arn = f"arn:aws:iam::{roots.id}:root"
    own = [doc.bucket_arn(bucket), doc.bucket_arn(bucket, "*")]
    roots.bucket_policy(bucket, doc.allow("s3:*", own, {"AWS": root_arn}))
    root = Creds.issued(assume_root(org, org.operator.creds, roots.id, "IAMAuditRootUserCredentials")())
    s3 = roots.client("s3", root)
    for call in (
        lambda: s3.put_object(Bucket=bucket, Key="x", Body=b""),
        lambda: s3.get_object(Bucket=bucket, Key="a.txt"),
        lambda: s3.delete_bucket_policy(Bucket=bucket),
    ):
        refused(call, "AccessDenied", 403, "because no session policy allows")
    allowed(lambda: roots.client("iam", root).get_account_summary())


def test_root_sessions_are_for_those_who_may(org, one, roots):
    operator = org.operator.creds
    user = org.account.make_user(policy=doc.policy(doc.allow("s3:*")))
    denied(assume_root(org, user.creds, roots.id))
    denied(assume_root(org, org.account.root, roots.id), "root user credentials")
    denied(assume_root(org, one.make_user(policy=EVERYTHING).creds, roots.id), "does not administer IAM")
    denied(assume_root(org, operator, ACCOUNT), "no member account")
    denied(assume_root(org, operator, "999988887777"), "no member account")
    other = {"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    sts = org.account.client("sts", operator)
    refused(lambda: sts.assume_root(TargetPrincipal=roots.id, TaskPolicyArn=other), "ValidationError", 400)
    refused(lambda: assume_root(org, operator, roots.id, DurationSeconds=901)(), "ValidationError", 400)
    audit_only = org.account.make_user(
        policy=doc.policy(doc.allow("sts:AssumeRoot", StringEquals={"sts:TaskPolicyArn": TASK + "IAMAuditRootUserCredentials"}))
    )
    allowed(assume_root(org, audit_only.creds, roots.id, "IAMAuditRootUserCredentials"))
    denied(assume_root(org, audit_only.creds, roots.id))


def test_a_condition_sees_whose_root_it_is(org, roots):
    other = org.make_account()
    user = org.account.make_user(
        policy=doc.policy(doc.allow("sts:AssumeRoot"), doc.deny("sts:AssumeRoot", StringEquals={"aws:ResourceAccount": roots.id}))
    )
    denied(assume_root(org, user.creds, roots.id))
    allowed(assume_root(org, user.creds, other.id))
    # The account that was entered finds it in its own history.
    found = other.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRoot"}]
    )["Events"]
    assert len(found) == 1


def test_a_guardrail_binds_root_too(org, roots):
    root = Creds.issued(assume_root(org, org.operator.creds, roots.id)())
    s3 = roots.client("s3", root)
    allowed(s3.list_buckets)
    policy = org.make_policy(doc.deny("s3:ListAllMyBuckets"))
    org.attach(policy, roots.id)
    refused(s3.list_buckets, "AccessDenied", 403)
    org.detach(policy, roots.id)
    allowed(s3.list_buckets)
