"""`portcullis whoami --why` and `portcullis explain REQUEST-ID`: why something is or was decided so, from the live
state, and nothing of what lies in other accounts."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account
from harness.command import Revoker
from harness.expect import request_id
from harness.raw import Raw
from harness.server import Server

ALL = doc.policy(doc.allow("*"))
LIMITED = doc.policy(doc.allow("*"), doc.deny("iam:CreateUser") | {"Sid": "NoUsers"})


@pytest.fixture
def asker(server: Server, tmp_path) -> Revoker:
    return Revoker(server, tmp_path)


def why(asker: Revoker, creds, *words: str) -> dict:
    return asker.json("whoami", *words, creds=creds)


def texts(answer: dict) -> list[dict]:
    return [json.loads(held["Text"])["Statement"][0] for held in answer["Statements"] if "Text" in held]


# -- who ------------------------------------------------------------------------------------------


def test_everybody_is_told_who_they_are(account: Account, asker):
    user = account.make_user("plain")
    assert why(asker, user.creds)["Caller"] == {
        "Account": "123456789012", "Arn": user.arn, "UserId": user.user_id,
    }


def test_a_session_is_told_what_it_is(account: Account, asker):
    maker = account.make_user("maker", ALL)
    role = account.make_role("told", ALL, trust=doc.trust("*", actions=["sts:AssumeRole", "sts:SetSourceIdentity"]))
    session = account.assume(role, by=maker.creds, name="one", SourceIdentity="jane")
    caller = why(asker, session)["Caller"]
    assert (caller["Arn"], caller["SourceIdentity"]) == (role.session_arn("one"), "jane")
    assert caller["AccessKeyId"] == session.access_key and caller["Chain"] == [maker.creds.access_key]
    assert caller["Issued"] < caller["Expires"] and caller["MultiFactorAuth"] is False
    said = asker.command.ok("whoami", "--output", "text", creds=session)
    assert role.session_arn("one") in said and "jane" in said


# -- why ------------------------------------------------------------------------------------------


def test_the_statement_that_denies_is_told_in_full(account: Account, asker):
    user = account.make_user("limited", LIMITED)
    told = why(asker, user.creds, "--why", "iam:CreateUser")
    assert (told["Verdict"], told["Because"]) == ("ExplicitDeny", "with an explicit deny in an identity-based policy")
    [statement] = told["Statements"]
    assert (statement["Policy"], statement["Sid"], statement["Layer"]) == ("main", "NoUsers", "identity")
    assert texts(told)[0]["Action"] == "iam:CreateUser"
    told = why(asker, user.creds, "--why", "iam:ListUsers")
    assert told["Verdict"] == "Allow" and texts(told)[0]["Action"] == "*"
    said = asker.command.ok("whoami", "--why", "iam:CreateUser", "--output", "text", creds=user.creds)
    assert "NoUsers" in said and "What each kind of policy says" in said


def test_the_answer_is_that_of_the_request(account: Account, asker):
    bucket = account.make_bucket("asked", "a.txt")
    account.bucket_policy(bucket, doc.deny("s3:GetObject", doc.bucket_arn(bucket, "*"), "*",
                                           StringEquals={"aws:SourceIdentity": "jane"}))
    user = account.make_user("asker", ALL)
    trust = doc.trust("*", actions=["sts:AssumeRole", "sts:SetSourceIdentity"])
    role = account.make_role("asked", ALL, trust=trust)
    jane = account.assume(role, by=user.creds, name="jane", SourceIdentity="jane")
    small = account.assume(role, by=user.creds, name="small", Policy=doc.policy(doc.allow("s3:List*", "*"), doc.allow("portcullis:*")))
    for creds, layer in ((jane, "resource"), (small, None), (user.creds, None)):
        try:
            account.reads(creds, bucket)()
            may = True
        except ClientError:
            may = False
        told = why(asker, creds, "--why", "s3:GetObject", f"arn:aws:s3:::{bucket}/a.txt")
        assert (told["Verdict"] == "Allow") is may, told
        if layer:
            assert told["Statements"][0]["Layer"] == layer
        others = why(asker, asker.root, "--of", creds.access_key, "--why", "s3:GetObject", f"arn:aws:s3:::{bucket}/a.txt")
        assert others["Verdict"] == told["Verdict"]


def test_it_needs_a_permission_on_whom_it_is_about(account: Account, asker):
    role = account.make_role("about", ALL)
    itself = account.make_user("itself")
    account.user_policy(itself.name, doc.policy(doc.allow("portcullis:ExplainAccess", itself.arn)))
    assert why(asker, itself.creds, "--why", "s3:ListAllMyBuckets")["Verdict"] == "ImplicitDeny"
    asker.refused("whoami", "--of", role.arn, "--why", "s3:ListAllMyBuckets", creds=itself.creds)
    nobody = account.make_user("nobody")
    asker.refused("whoami", "--why", "s3:ListAllMyBuckets", creds=nobody.creds)
    asker.refused("whoami", "--why", "s3:*", code="InvalidInputException")
    asker.refused("whoami", "--of", "ASIANOSUCHKEY2345678", code="ResourceNotFoundException")


def test_who_was_cut_off_is_told_by_whom_and_why(account: Account, asker):
    role = account.make_role("cut", ALL)
    session = account.assume(role, name="cut")
    receipt = asker.revoke("session", session.access_key, "--reason", "stolen laptop")
    told = why(asker, asker.root, "--of", session.access_key, "--why", "s3:GetObject", "arn:aws:s3:::x/y")
    assert told["Verdict"] == "ExplicitDeny"
    assert told["Revocation"]["RevocationId"] == receipt["RevocationId"]
    assert told["Revocation"]["Reason"] == "stolen laptop"
    said = asker.command.ok(
        "whoami", "--of", session.access_key, "--why", "s3:GetObject", "--output", "text", creds=asker.root
    )
    assert "revoked by arn:aws:iam::123456789012:root" in said


# -- requests that were made ------------------------------------------------------------------------


def test_a_request_is_explained_then_and_now(account: Account, asker):
    user = account.make_user("maker", LIMITED)
    with pytest.raises(ClientError) as refusal:
        account.client("iam", user.creds).create_user(UserName="new")
    asked = request_id(refusal.value.response)
    told = asker.json("explain", asked, "--output", "json")
    assert (told["EventName"], told["ErrorCode"], told["Arn"]) == ("CreateUser", "AccessDenied", user.arn)
    [decision] = told["Decisions"]
    assert (decision["Then"], decision["ThenLayer"]) == ("ExplicitDeny", "identity")
    [statement] = decision["ThenStatements"]
    assert (statement["Policy"], statement["Sid"]) == ("main", "NoUsers")
    assert json.loads(statement["Text"])["Statement"][0]["Action"] == "iam:CreateUser"
    assert decision["Now"]["Verdict"] == "ExplicitDeny"
    account.user_policy(user.name, ALL)
    [decision] = asker.json("explain", asked, "--output", "json")["Decisions"]
    assert (decision["Then"], decision["Now"]["Verdict"]) == ("ExplicitDeny", "Allow")
    assert "Text" not in decision["ThenStatements"][0], "the statement is not there any more"
    said = asker.command.ok("explain", asked, creds=asker.root)
    assert "then  ExplicitDeny" in said and "now   Allow" in said and "statement NoUsers" in said


def test_a_presigned_read_is_explained_without_its_signature(account: Account, asker):
    bucket, role = account.make_bucket("presigned", "a.txt"), account.make_role("reader", ALL)
    session, raw = account.assume(role), Raw(account.server)
    answer = raw.send(raw.presigned("GET", f"/{bucket}/a.txt", session))
    assert answer.status == 200
    told = asker.command.ok("explain", answer.request_id, "--output", "json", creds=asker.root)
    assert json.loads(told)["Decisions"][0]["Now"]["Verdict"] == "Allow"
    assert "Signature" not in told and session.token not in told
    asker.revoke("session", session.access_key)
    [decision] = asker.json("explain", answer.request_id, "--output", "json")["Decisions"]
    assert decision["Now"]["Verdict"] == "ExplicitDeny" and "Revocation" in decision["Now"]


def test_a_request_that_there_was_not(account: Account, asker):
    asked = "01234567-89ab-cdef-0123-456789abcdef"
    asker.refused("explain", asked, code="ResourceNotFoundException")
    asker.refused("explain", asked, creds=account.make_user("nobody").creds)


# -- other accounts -----------------------------------------------------------------------------------


def test_what_lies_in_other_accounts_is_not_told(org, one, two, tmp_path):
    asker = Revoker(org.account.server, tmp_path)
    user, stranger = one.make_user(policy=ALL), two.make_user(policy=ALL)
    bucket = two.make_bucket()
    two.bucket_policy(bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": f"arn:aws:iam::{one.id}:root"}),
                      doc.deny("s3:PutObject", doc.bucket_arn(bucket, "*"), "*") | {"Sid": "Hidden"})
    resource = f"arn:aws:s3:::{bucket}/a.txt"
    told = why(asker, user.creds, "--why", "s3:PutObject", resource)
    assert told["Verdict"] == "ExplicitDeny" and "Explanation" not in told
    assert "Hidden" not in json.dumps(told) and told["Statements"] == [{"Layer": "resource", "Effect": "Deny"}]
    assert texts(why(asker, stranger.creds, "--why", "s3:PutObject", resource))[0]["Sid"] == "Hidden"
    for principal in (stranger.arn, stranger.creds.access_key, f"arn:aws:iam::{two.id}:user/nobody"):
        said = asker.refused("whoami", "--of", principal, creds=user.creds, code="ResourceNotFoundException")
        assert f"{principal} was not found" in said
    there, nowhere = two.make_role(doc.trust(f"arn:aws:iam::{two.id}:root"), ALL), f"arn:aws:iam::{two.id}:role/nowhere"
    answers = [why(asker, user.creds, "--why", "sts:AssumeRole", arn) for arn in (there, nowhere)]
    assert [{**answer, "Resource": ""} for answer in answers][0] == {**answers[1], "Resource": ""}
    # The deployment's own account reads all of it.
    assert texts(why(asker, asker.root, "--of", user.creds.access_key, "--why", "s3:PutObject", resource))
    # Nor does a preview tell of sessions of other accounts.
    role = two.make_role(doc.trust(f"arn:aws:iam::{two.id}:root"), ALL)
    client = two.client("sts", stranger.creds)
    client.assume_role(RoleArn=role, RoleSessionName="theirs")
    policy = doc.policy(doc.deny("s3:*", "*"))
    mine = one.make_role(doc.trust(f"arn:aws:iam::{one.id}:root"), ALL)
    given = {"RoleName": mine.rsplit("/")[-1], "PolicyName": "p", "PolicyDocument": policy}
    told = asker.json("preview", "iam", "put-role-policy", "--parameters", json.dumps(given), creds=user.creds)
    assert {session["Arn"].split(":")[4] for session in told["Keeping"]} == {one.id}
    assert two.id not in json.dumps(told)
