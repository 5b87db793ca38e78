"""STS: what each call answers, what a session carries, and what is refused."""

from __future__ import annotations

import random
import re

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import ROOT_ARN, fresh
from harness.expect import BY_SESSION, NO_IDENTITY, NO_SESSION, allowed, denied, refused
from harness.raw import Raw
from harness.server import ACCOUNT

EVERYTHING = doc.policy(doc.allow("*"))
READ = doc.policy(doc.allow("s3:GetObject"))
TAGGING = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket()


@pytest.fixture(scope="module")
def role(account):
    return account.make_role("role", EVERYTHING, doc.trust(ROOT_ARN, actions=TAGGING), Path="/r/")


def sts_of(account, creds=None, **config):
    return account.client("sts", creds or account.operator.creds, **config)


def assume(account, role, creds=None, **more):
    sts = sts_of(account, creds, parameter_validation=False)
    fields = {"RoleArn": role.arn, "RoleSessionName": "session"} | more
    return lambda: sts.assume_role(**fields)


# -- answers -------------------------------------------------------------------------------------


def test_who_each_kind_of_caller_is(account, role):
    user = account.make_user("who", EVERYTHING, Path="/who/")
    expected = {
        account.root: (ACCOUNT, ROOT_ARN),
        user.creds: (user.user_id, user.arn),
        account.session_token(user.creds): (user.user_id, user.arn),
        account.federate(user.creds, "bob", READ): (f"{ACCOUNT}:bob", f"arn:aws:sts::{ACCOUNT}:federated-user/bob"),
        account.assume(role, name="mary"): (f"{role.role_id}:mary", f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/mary"),
    }
    for creds, (user_id, arn) in expected.items():
        found = account.whoami(creds)
        assert (found["UserId"], found["Arn"], found["Account"]) == (user_id, arn, ACCOUNT)


def test_the_answer_of_assume_role(account, role):
    answer = assume(account, role)()
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role.role_id}:session", "Arn": role.session_arn("session")}
    given = answer["Credentials"]
    assert re.match(r"^ASIA[A-Z2-7]{16}$", given["AccessKeyId"])
    assert re.match(r"^[A-Za-z0-9/+]{40}$", given["SecretAccessKey"])
    assert len(given["SessionToken"]) <= 4096
    assert "PackedPolicySize" not in answer and "SourceIdentity" not in answer


def test_every_session_has_credentials_of_its_own(account, role):
    made = [account.assume(role, name="same") for _ in range(20)]
    assert len({creds.access_key for creds in made}) == len({creds.secret for creds in made}) == 20


def test_the_account_of_any_key_is_told(account, role):
    sts = sts_of(account)
    for key in (account.assume(role).access_key, account.operator.creds.access_key):
        assert sts.get_access_key_info(AccessKeyId=key)["Account"] == ACCOUNT
    stranger = sts_of(account, account.make_user("stranger").creds)
    denied(lambda: stranger.get_access_key_info(AccessKeyId="AKIAAAAAAAAAAAAAAAAA"), NO_IDENTITY)


def test_get_caller_identity_by_get_and_without_permission(account, server):
    nobody = account.make_user("nobody", doc.policy(doc.deny()))
    assert account.whoami(nobody.creds)["Arn"] == nobody.arn
    raw = Raw(server)
    request = raw.request("GET", "/", nobody.creds, "sts", query="Action=GetCallerIdentity&Version=2011-06-15")
    answer = raw.send(request)
    assert answer.status == 200 and nobody.arn in answer.text
    assert answer.header("content-type").startswith("text/xml")


def test_a_session_token_obeys_an_explicit_deny_only(account):
    user = account.make_user("plain")
    account.session_token(user.creds)
    account.user_policy(user.name, doc.policy(doc.deny("sts:GetSessionToken")))
    denied(lambda: account.session_token(user.creds))


# -- parameters -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"RoleSessionName": "x"},
        {"RoleSessionName": "x" * 65},
        {"RoleSessionName": "a b"},
        {"RoleSessionName": "a/b"},
        {"RoleSessionName": "a:b"},
        {"RoleArn": "arn:aws:iam"},
        {"RoleArn": "arn:aws:s3:::not-a-role-at-all"},
        {"RoleArn": f"arn:aws:iam::{ACCOUNT}:user/not-a-role"},
        {"DurationSeconds": "many"},
        {"ExternalId": "x"},
        {"ExternalId": "a b"},
        {"TokenCode": "12345"},
        {"PolicyArns": [{"arn": "short"}]},
    ],
    ids=repr,
)
def test_parameters_out_of_bounds_are_refused(account, role, fields):
    call = assume(account, role, **fields)
    with pytest.raises(ClientError) as caught:
        call()
    found = caught.value.response
    assert (found["Error"]["Code"], found["ResponseMetadata"]["HTTPStatusCode"]) in [
        ("ValidationError", 400),
        ("MalformedInput", 400),
        ("AccessDenied", 403),
    ]
    if "RoleSessionName" in fields:
        assert "roleSessionName" in found["Error"]["Message"]


@pytest.mark.parametrize("name", ["x", "n" * 33, "a b", "a/b", "a:b"])
def test_a_federated_name_out_of_bounds_is_a_validation_error(account, name):
    user = account.make_user("namer", EVERYTHING)
    sts = sts_of(account, user.creds, parameter_validation=False)
    refused(lambda: sts.get_federation_token(Name=name), "ValidationError", 400, "'name'")


def test_a_missing_role_or_session_name_is_a_validation_error(account):
    sts = sts_of(account, parameter_validation=False)
    refused(lambda: sts.assume_role(RoleSessionName="session"), "ValidationError", 400, "roleArn")
    refused(lambda: sts.assume_role(RoleArn=ROOT_ARN), "ValidationError", 400, "roleSessionName")


def test_an_empty_list_counts_as_absent(account, role, server):
    raw = Raw(server)
    fields = {"RoleArn": role.arn, "RoleSessionName": "empty", "Tags": "", "PolicyArns": "", "TransitiveTagKeys": ""}
    assert raw.send(raw.query_call("sts", "AssumeRole", account.operator.creds, **fields)).status == 200


@pytest.mark.parametrize("action, version", [("MakeCoffee", "2011-06-15"), ("GetCallerIdentity", "1999-01-01")])
def test_an_unknown_action_or_version_is_named(account, server, action, version):
    raw = Raw(server)
    body = f"Action={action}&Version={version}".encode()
    answer = raw.send(raw.request("POST", "/", account.root, "sts", body=body, headers=[("Content-Type", "application/x-www-form-urlencoded")]))
    assert (answer.status, answer.code) == (400, "InvalidAction")
    assert f"Could not find operation {action} for version {version}" in answer.text


def test_an_absent_action_is_missing(account, server):
    raw = Raw(server)
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    answer = raw.send(raw.request("POST", "/", account.root, "sts", body=b"Version=2011-06-15", headers=form))
    assert (answer.status, answer.code) == (400, "MissingAction")


def test_one_time_codes_need_a_device(account, role):
    denied(assume(account, role, SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/none", TokenCode="123456"), "MultiFactorAuthentication failed")
    with pytest.raises(ClientError):
        assume(account, role, TokenCode="123456")()


# -- session policies --------------------------------------------------------------------------------


def test_a_session_policy_narrows_and_never_widens(account, bucket):
    narrow = account.make_role("narrow", READ)
    wide = account.make_role("wide", EVERYTHING)
    session = account.assume(wide, Policy=READ)
    allowed(account.reads(session, bucket))
    denied(account.lists(session, bucket), NO_SESSION)
    denied(account.lists(account.assume(narrow, Policy=EVERYTHING), bucket), NO_IDENTITY)


def test_an_explicit_deny_in_a_session_policy_is_named(account, bucket, role):
    passed = doc.policy(doc.allow("s3:*"), doc.deny("s3:ListBucket"))
    denied(account.lists(account.assume(role, Policy=passed), bucket), BY_SESSION)


def test_inline_and_managed_session_policies_add_up(account, bucket, role):
    reading, listing = account.make_managed(READ), account.make_managed(doc.policy(doc.allow("s3:ListBucket")))
    only_managed = account.assume(role, PolicyArns=[{"arn": reading}])
    allowed(account.reads(only_managed, bucket))
    denied(account.lists(only_managed, bucket), NO_SESSION)
    both = account.assume(role, Policy=READ, PolicyArns=[{"arn": listing}])
    allowed(account.reads(both, bucket))
    allowed(account.lists(both, bucket))


def test_a_managed_session_policy_that_does_not_exist_is_refused(account, role):
    with pytest.raises(ClientError) as caught:
        account.assume(role, PolicyArns=[{"arn": f"arn:aws:iam::{ACCOUNT}:policy/absent"}])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404)


@pytest.mark.parametrize(
    "text", ["{", '{"Version":"2012-10-17"}', '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}']
)
def test_a_malformed_session_policy_is_refused(account, role, text):
    refused(assume(account, role, Policy=text), "MalformedPolicyDocument", 400)


def test_session_policies_have_a_plain_size_of_2048(account, role):
    fitting = doc.policy(doc.allow("s3:GetObject"))
    padded = fitting + " " * (2048 - len(fitting))
    account.assume(role, Policy=padded)
    refused(assume(account, role, Policy=padded + " "), "ValidationError", 400)


def test_eleven_managed_session_policies_are_too_many(account, role):
    arns = [{"arn": account.make_managed(READ)} for _ in range(11)]
    account.assume(role, PolicyArns=arns[:10])
    with pytest.raises(ClientError) as caught:
        account.assume(role, PolicyArns=arns)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_the_packed_size_is_told_and_limited(account, role):
    small = assume(account, role, Policy=READ)()["PackedPolicySize"]
    tags = [{"Key": f"k{n}", "Value": fresh("v") * 3} for n in range(20)]
    larger = assume(account, role, Policy=READ, Tags=tags)()["PackedPolicySize"]
    assert 0 < small < larger <= 100
    noise = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=.@-"
    huge = [{"Key": f"k{n}", "Value": "".join(noise.choices(letters, k=256))} for n in range(50)]
    message = refused(assume(account, role, Tags=huge), "PackedPolicyTooLarge", 400)
    assert "consumes" in message and "% of allotted space" in message


# -- tags and source identity --------------------------------------------------------------------------


def by_team(team: str) -> str:
    return doc.policy(doc.allow("s3:GetObject", StringEquals={"aws:PrincipalTag/team": team}))


def test_session_tags_override_the_tags_of_the_role(account, bucket):
    trusted = doc.trust(ROOT_ARN, actions=TAGGING)
    tagged = account.make_role("tagged", by_team("blue"), trusted, Tags=[{"Key": "Team", "Value": "red"}])
    denied(account.reads(account.assume(tagged), bucket))
    allowed(account.reads(account.assume(tagged, Tags=[{"Key": "team", "Value": "blue"}]), bucket))


def test_session_tags_override_the_tags_of_the_federating_user(account, bucket):
    document = doc.policy(doc.allow("s3:GetObject", StringEquals={"aws:PrincipalTag/team": "blue"}), doc.allow("sts:*"))
    user = account.make_user("tagged", document, Tags=[{"Key": "team", "Value": "red"}])
    denied(account.reads(account.federate(user.creds, "bob", READ), bucket))
    allowed(account.reads(account.federate(user.creds, "bob", READ, Tags=[{"Key": "team", "Value": "blue"}]), bucket))


def test_a_transitive_key_must_be_a_tag_of_the_request(account, role):
    with pytest.raises(ClientError) as caught:
        account.assume(role, Tags=[{"Key": "a", "Value": "b"}], TransitiveTagKeys=["other"])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_the_trust_policy_sees_tags_keys_and_source_identity(account):
    condition = {
        "StringEquals": {"aws:RequestTag/team": "blue", "sts:SourceIdentity": "jane"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"], "sts:TransitiveTagKeys": ["team"]},
    }
    picky = account.make_role("picky", trust=doc.trust(ROOT_ARN, actions=TAGGING, **condition))
    good = {"Tags": [{"Key": "team", "Value": "blue"}], "TransitiveTagKeys": ["team"], "SourceIdentity": "jane"}
    allowed(assume(account, picky, **good))
    denied(assume(account, picky, **good | {"Tags": [{"Key": "team", "Value": "red"}]}))
    denied(assume(account, picky, **good | {"SourceIdentity": "john"}))
    denied(assume(account, picky, **good | {"Tags": [*good["Tags"], {"Key": "more", "Value": "x"}]}))


def test_the_source_identity_is_echoed(account, role):
    assert assume(account, role, SourceIdentity="jane")()["SourceIdentity"] == "jane"


def test_the_principal_variables_of_a_session_are_filled_in(account):
    bucket = account.make_bucket("home", "home/mary/a.txt", "home/john/a.txt")
    document = doc.policy(doc.allow("s3:GetObject", doc.bucket_arn(bucket, "home/${aws:PrincipalTag/name}/*")))
    homed = account.make_role("homed", document, doc.trust(ROOT_ARN, actions=TAGGING))
    mary = account.assume(homed, Tags=[{"Key": "name", "Value": "mary"}])
    allowed(account.reads(mary, bucket, "home/mary/a.txt"))
    denied(account.reads(mary, bucket, "home/john/a.txt"))
    star = account.assume(homed, Tags=[{"Key": "name", "Value": "@"}])
    denied(account.reads(star, bucket, "home/mary/a.txt"))
    denied(account.reads(account.assume(homed), bucket, "home/mary/a.txt"))


# -- chaining ---------------------------------------------------------------------------------------------


def test_a_chain_of_sixteen_hops_works_and_the_next_is_refused(account):
    loop = account.make_role("loop", EVERYTHING)
    creds = account.assume(loop)
    hops = 1
    while hops < 20:
        try:
            creds = account.assume(loop, by=creds)
        except ClientError as refusal:
            assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
            break
        hops += 1
    assert 15 <= hops <= 17
    assert account.whoami(creds)["Arn"] == creds.arn


def test_the_older_hops_may_be_revoked_without_ending_the_last(account, bucket):
    """Each session answers for its own role and issue time, as in AWS."""
    first, second = account.make_role("first", EVERYTHING), account.make_role("second", EVERYTHING)
    last = account.assume(second, by=account.assume(first))
    account.role_policy(first.name, doc.policy(doc.deny()), "cut")
    allowed(account.reads(last, bucket))
