"""The condition keys that a request carries: present with the right value, or truly absent."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN
from harness.expect import allowed, denied
from harness.raw import Raw
from harness.server import ACCOUNT

KINDS = ["user", "session token", "federated", "role"]


class Stage:
    """One principal of each kind whose only permission is the statement under test."""

    def __init__(self, account):
        self.account = account
        self.bucket = account.make_bucket("context")
        self.user = account.make_user("keyed", doc.policy(doc.allow("sts:*")), Tags=[{"Key": "desk", "Value": "7"}])
        trusted = doc.trust(ROOT_ARN, actions=["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"])
        self.role = account.make_role("keyed", trust=trusted, Path="/p/", Tags=[{"Key": "desk", "Value": "8"}])
        self.creds = {
            "user": self.user.creds,
            "session token": account.session_token(self.user.creds),
            "federated": account.federate(self.user.creds, "bob", doc.policy(doc.allow("s3:*"))),
            "role": account.assume(self.role, name="mary", SourceIdentity="jane"),
        }

    def grant(self, **condition) -> None:
        document = doc.policy(doc.allow("s3:GetObject", **condition), doc.allow("sts:*"))
        self.account.user_policy(self.user.name, document)
        self.account.role_policy(self.role.name, document)

    def who_may_read(self, **condition) -> list[str]:
        self.grant(**condition)
        found = []
        for kind in KINDS:
            read = self.account.reads(self.creds[kind], self.bucket)
            try:
                read()
                found.append(kind)
            except self.account.s3.exceptions.ClientError as refusal:
                assert refusal.response["Error"]["Code"] == "AccessDenied"
        return found


@pytest.fixture(scope="module")
def stage(account):
    return Stage(account)


TEMPORARY = ["session token", "federated", "role"]


@pytest.mark.parametrize(
    "key, present",
    [
        ("aws:PrincipalArn", KINDS),
        ("aws:PrincipalAccount", KINDS),
        ("aws:PrincipalType", KINDS),
        ("aws:userid", KINDS),
        ("aws:username", ["user", "session token"]),
        ("aws:TokenIssueTime", TEMPORARY),
        ("aws:SourceIdentity", ["role"]),
        ("aws:MultiFactorAuthAge", []),
        ("aws:CurrentTime", KINDS),
        ("aws:EpochTime", KINDS),
        ("aws:SourceIp", KINDS),
        ("aws:SecureTransport", KINDS),
        ("aws:RequestedRegion", KINDS),
        ("aws:UserAgent", KINDS),
        ("aws:referer", []),
        ("aws:ViaAWSService", KINDS),
        ("aws:PrincipalIsAWSService", KINDS),
        ("aws:ResourceAccount", KINDS),
        ("aws:PrincipalTag/desk", KINDS),
        ("aws:PrincipalTag/absent", []),
        ("aws:PrincipalOrgID", []),
        ("aws:FederatedProvider", []),
        ("aws:SourceVpc", []),
        ("identitystore:UserId", []),
        ("s3:authType", KINDS),
        ("s3:signatureversion", KINDS),
        ("s3:prefix", []),
    ],
)
def test_a_key_is_present_for_exactly_these(stage, key, present):
    assert stage.who_may_read(Null={key: "false"}) == present
    assert stage.who_may_read(Null={key: "true"}) == [kind for kind in KINDS if kind not in present]


def test_values_that_differ_by_kind(stage):
    role_id, user_id = stage.role.role_id, stage.user.user_id
    for key, value, kinds in (
        ("aws:userid", user_id, ["user", "session token"]),
        ("aws:userid", f"{ACCOUNT}:bob", ["federated"]),
        ("aws:userid", f"{role_id}:mary", ["role"]),
        ("aws:username", stage.user.name, ["user", "session token"]),
        ("aws:PrincipalType", "AssumedRole", ["role"]),
        ("aws:PrincipalType", "FederatedUser", ["federated"]),
        ("aws:PrincipalArn", stage.role.arn, ["role"]),
        ("aws:PrincipalArn", f"arn:aws:sts::{ACCOUNT}:federated-user/bob", ["federated"]),
        ("aws:SourceIdentity", "jane", ["role"]),
        ("aws:PrincipalTag/Desk", "7", ["user", "session token", "federated"]),
        ("aws:PrincipalTag/Desk", "8", ["role"]),
        ("aws:PrincipalAccount", ACCOUNT, KINDS),
        ("aws:ResourceAccount", ACCOUNT, KINDS),
        ("aws:RequestedRegion", "us-east-1", KINDS),
        ("s3:authType", "REST-HEADER", KINDS),
        ("s3:signatureversion", "AWS4-HMAC-SHA256", KINDS),
    ):
        assert stage.who_may_read(StringEquals={key: value}) == kinds, (key, value)


def test_multi_factor_is_false_for_sessions_and_absent_for_keys(stage):
    assert stage.who_may_read(Bool={"aws:MultiFactorAuthPresent": "true"}) == []
    assert "user" not in stage.who_may_read(Bool={"aws:MultiFactorAuthPresent": "false"})
    assert stage.who_may_read(BoolIfExists={"aws:MultiFactorAuthPresent": "true"}) == ["user"]


def test_times_addresses_and_transport(stage):
    now = doc.utc_now()
    for condition, works in (
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"NumericGreaterThan": {"aws:EpochTime": str(int(now.timestamp()) - 60)}}, True),
        ({"DateGreaterThan": {"aws:EpochTime": "2020-01-01"}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.1"}}, False),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::1"]}}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"StringLike": {"aws:UserAgent": "Boto3/*"}}, True),
    ):
        assert stage.who_may_read(**condition) == (KINDS if works else []), condition


def test_the_headers_of_the_caller_never_become_facts_about_it(account, stage, server):
    raw = Raw(server)
    stage.grant(StringEquals={"aws:username": "administrator"})
    forged = [("aws:username", "administrator"), ("username", "administrator"), ("x-aws-username", "administrator")]
    assert raw.signed("GET", f"/{stage.bucket}/a.txt", stage.user.creds, headers=forged[1:]).status == 403
    stage.grant(IpAddress={"aws:SourceIp": "10.1.2.3"})
    proxied = [("X-Forwarded-For", "10.1.2.3"), ("X-Real-Ip", "10.1.2.3"), ("Forwarded", "for=10.1.2.3")]
    assert raw.signed("GET", f"/{stage.bucket}/a.txt", stage.user.creds, headers=proxied).status == 403
    stage.grant(Bool={"aws:SecureTransport": "true"})
    secure = [("X-Forwarded-Proto", "https")]
    assert raw.signed("GET", f"/{stage.bucket}/a.txt", stage.user.creds, headers=secure).status == 403


def test_the_referer_is_what_the_client_says(stage, server):
    raw = Raw(server)
    stage.grant(StringLike={"aws:Referer": "https://intranet.example/*"})
    sent = [("Referer", "https://intranet.example/page")]
    assert raw.signed("GET", f"/{stage.bucket}/a.txt", stage.user.creds, headers=sent).status == 200
    assert raw.signed("GET", f"/{stage.bucket}/a.txt", stage.user.creds).status == 403


def test_variables_and_defaults(account):
    bucket = account.make_bucket("home", "home/jane/a.txt", "home/shared/a.txt", "literal/${x}/a.txt")
    own = doc.bucket_arn(bucket, "home/${aws:username}/*")
    shared = doc.bucket_arn(bucket, "home/${aws:PrincipalTag/team, 'shared'}/*")
    document = doc.policy(doc.allow("s3:GetObject", [own, shared]))
    jane = account.make_user(policy=document, name="jane")
    allowed(account.reads(jane.creds, bucket, "home/jane/a.txt"))
    allowed(account.reads(jane.creds, bucket, "home/shared/a.txt"))
    account.iam.tag_user(UserName=jane.name, Tags=[{"Key": "team", "Value": "other"}])
    denied(account.reads(jane.creds, bucket, "home/shared/a.txt"))
    denied(account.reads(jane.creds, bucket, "literal/${x}/a.txt"))


def test_not_action_and_not_resource(account):
    bucket = account.make_bucket("not", "open.txt", "closed.txt")
    document = doc.policy(
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": doc.bucket_arn(bucket, "open.txt")},
    )
    user = account.make_user("not", document)
    allowed(account.reads(user.creds, bucket, "open.txt"))
    denied(account.reads(user.creds, bucket, "closed.txt"))
    denied(account.sees_users(user.creds))


def test_not_principal_spares_only_those_listed(account):
    bucket = account.make_bucket("spared")
    everything = doc.policy(doc.allow("s3:*"))
    listed, other = account.make_user("listed", everything), account.make_user("other", everything)
    statement = doc.deny("s3:GetObject", doc.bucket_arn(bucket, "*"))
    statement["NotPrincipal"] = {"AWS": [listed.arn, ROOT_ARN]}
    account.bucket_policy(bucket, statement)
    allowed(account.reads(listed.creds, bucket))
    denied(account.reads(other.creds, bucket))
    account.s3.delete_bucket_policy(Bucket=bucket)
