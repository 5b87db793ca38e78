"""`PreviewPolicyChange`, `portcullis preview` and `revoke --dry-run`: what a change would do is told before it is made,
and what is told is what then happens."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account
from harness.audit import lookup
from harness.command import Revoker
from harness.expect import allowed
from harness.revoking import everybody, works
from harness.server import Server

ALL = doc.policy(doc.allow("*"))
S3 = doc.policy(doc.allow("s3:*"))


class Previewer(Revoker):
    """Previews, root's unless other credentials are given."""

    def preview(self, service: str, action: str, creds=None, **parameters) -> dict:
        given = json.dumps(parameters)
        return self.json("preview", service, action, "--parameters", given, creds=creds)


@pytest.fixture
def scene(server: Server, account: Account, tmp_path):
    return Scene(account, Previewer(server, tmp_path))


class Scene:
    """A role with two sessions, another with one, a bucket that all read."""

    def __init__(self, account: Account, previewer: Previewer) -> None:
        self.account, self.previewer = account, previewer
        self.role, self.other = account.make_role("worker", S3), account.make_role("other", S3)
        self.bucket = account.make_bucket("previewed", "a.txt")
        self.one, self.two = (account.assume(self.role, name=name) for name in ("one", "two"))
        self.three = account.assume(self.other, name="three")

    def put(self, *statements: dict, creds=None) -> dict:
        return self.previewer.preview(
            "iam", "put-role-policy", creds,
            RoleName=self.role.name, PolicyName="deny", PolicyDocument=json.loads(doc.policy(*statements)),
        )


def keys(sessions: list[dict]) -> set[str]:
    return {session["AccessKeyId"] for session in sessions}


def lost(told: dict, creds) -> set[tuple[str, str]]:
    [session] = [session for session in told["Sessions"] if session["AccessKeyId"] == creds.access_key]
    return {(turn["Action"], turn["Resource"]) for turn in session["Loses"]}


def reads(scene: Scene, creds) -> bool:
    try:
        scene.account.reads(creds, scene.bucket)()
    except ClientError:
        return False
    return True


def test_who_is_told_to_lose_something_loses_it_and_nobody_else(scene):
    statement = doc.deny("s3:GetObject", StringLike={"aws:userid": "*:one"})
    assert reads(scene, scene.one)
    told = scene.put(statement)
    assert keys(told["Sessions"]) == {scene.one.access_key}
    assert ("s3:GetObject", f"arn:aws:s3:::{scene.bucket}/a.txt") in lost(told, scene.one)
    [request] = [held for held in told["Requests"] if held["Resource"].endswith("/a.txt")]
    assert (request["Before"], request["After"]) == ("Allow", "ExplicitDeny")
    assert request["Arn"].endswith("/one") and request["Times"] == 1 and request["RequestId"]
    assert all(reads(scene, creds) for creds in (scene.one, scene.two, scene.three)), "it was only a preview"
    scene.account.role_policy(scene.role.name, doc.policy(statement), "deny")
    assert [reads(scene, creds) for creds in (scene.one, scene.two, scene.three)] == [False, True, True]


@pytest.mark.parametrize("service", ["iam", "s3"])
def test_session_policies_and_source_identity_are_known(scene, service):
    account = scene.account
    trusted = doc.trust("*", actions=["sts:AssumeRole", "sts:SetSourceIdentity"])
    account.client("iam").update_assume_role_policy(RoleName=scene.role.name, PolicyDocument=trusted)
    by = account.make_user("maker", ALL).creds
    only_list = doc.policy(doc.allow("s3:ListBucket"))
    small = account.assume(scene.role, by=by, name="small", Policy=only_list)
    jane = account.assume(scene.role, by=by, name="jane", SourceIdentity=f"jane-{service}")
    if service == "iam":
        told = scene.put(doc.deny("s3:GetObject"))
        assert keys(told["Sessions"]) >= {scene.one.access_key, jane.access_key}
        assert small.access_key not in keys(told["Sessions"])
    else:
        policy = doc.policy(
            doc.deny("s3:GetObject", f"arn:aws:s3:::{scene.bucket}/*", "*",
                     StringEquals={"aws:SourceIdentity": "jane-s3"})
        )
        told = scene.previewer.preview("s3api", "put-bucket-policy", Bucket=scene.bucket, Policy=policy)
        assert keys(told["Sessions"]) == {jane.access_key}
        assert told["Findings"] == []


def test_a_preview_takes_the_permissions_of_the_change(scene):
    account, statement = scene.account, doc.deny("s3:GetObject")
    only_preview = account.make_user("onlooker", doc.policy(doc.allow("portcullis:*")))
    only_change = account.make_user("changer", doc.policy(doc.allow("iam:*")))
    both = account.make_user("both", doc.policy(doc.allow(["portcullis:PreviewPolicyChange", "iam:PutRolePolicy"])))
    for user, wanted in ((only_preview, "iam:PutRolePolicy"), (only_change, "portcullis:PreviewPolicyChange")):
        said = scene.previewer.command.fails(
            "preview", "iam", "put-role-policy", "--role-name", scene.role.name, "--policy-name", "p",
            "--policy-document", doc.policy(statement), creds=user.creds,
        )
        assert "AccessDenied" in said and wanted in said and scene.one.access_key not in said
    assert keys(scene.put(statement, creds=both.creds)["Sessions"]) >= {scene.one.access_key}


@pytest.mark.parametrize(
    ("service", "action", "parameters", "code"),
    [
        ("iam", "put-role-policy", {"RoleName": "nobody", "PolicyName": "p", "PolicyDocument": S3}, "NoSuchEntity"),
        ("iam", "put-user-policy", {"UserName": "x", "PolicyName": "p"}, "ValidationError"),
        ("iam", "list-users", {}, "InvalidInputException"),
        ("iam", "enable-mfa-device", {"UserName": "u", "SerialNumber": "arn:aws:iam::1:mfa/aa",
                                      "AuthenticationCode1": "123456", "AuthenticationCode2": "123456"},
         "InvalidInputException"),
        ("sts", "assume-role", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "ss"},
         "InvalidInputException"),
        ("s3", "put-object", {"Bucket": "b", "Key": "k"}, "InvalidInputException"),
        ("portcullis", "revoke", {"Kind": "role", "Target": "nobody"}, "ResourceNotFoundException"),
        ("portcullis", "import", {"Bundle": "aaaa"}, "InvalidInputException"),
    ],
)
def test_what_cannot_be_done_is_refused_in_the_words_of_the_change(scene, service, action, parameters, code):
    scene.previewer.refused("preview", service, action, "--parameters", json.dumps(parameters), code=code)


def test_what_matches_nobody_is_told_with_its_reason(scene):
    told = scene.put(
        doc.deny("s3:*", f"arn:aws:s3:::no-such-{scene.bucket}/*",
                 StringLike={"aws:userid": "*:nobody-of-this-name"}) | {"Sid": "Cut"},
    )
    reasons = {finding["Reason"] for finding in told["Findings"] if "Code" not in finding}
    assert reasons == {"no such bucket", "no live session has this name"}
    assert all("Cut" in finding["Part"] for finding in told["Findings"] if "Code" not in finding)
    told = scene.put(doc.deny("s3:*", f"arn:aws:s3:::{scene.bucket}"))
    assert "BUCKET_WITHOUT_OBJECTS" in {finding.get("Code") for finding in told["Findings"]}


@pytest.mark.parametrize("kind, target", [("role", "{role}"), ("session", "{key_one}"), ("user", "{alice}"),
                                          ("access-key", "{key_alice}"), ("source-identity", "jane")])
def test_a_dry_run_tells_whose_session_would_end(tmp_path, kind, target):
    with Server() as own:
        account = Account(own)
        people, previewer = everybody(account), Previewer(own, tmp_path)
        words = people.target(target)
        dry = previewer.revoke(kind, words, "--dry-run")
        told = previewer.preview("portcullis", "revoke", Kind=kind, Target=words)
        assert all(works(account, creds) for creds in people.sessions.values())
        previewer.revoke(kind, words)
        ended = {creds.access_key for creds in people.sessions.values() if creds.token and not works(account, creds)}
        for answer in (dry, told):
            assert keys(answer["Sessions"]) == ended, answer
            assert all(session["Ends"] for session in answer["Sessions"])
        assert keys(dry["SessionsHit"]) | keys(dry["Descendants"]) == ended


def test_people_read_a_table(scene):
    command, root = scene.previewer.command, scene.previewer.root
    allowed(scene.account.reads(scene.one, scene.bucket))
    said = command.ok(
        "preview", "iam", "put-role-policy", "--role-name", scene.role.name, "--policy-name", "p",
        "--policy-document", doc.policy(doc.deny("s3:GetObject")), "--output", "text", creds=root,
    )
    rows = [line.split() for line in said.splitlines()]
    assert [scene.one.access_key, f"{scene.role.session_arn('one')}", "loses", "s3:GetObject"] in [r[:4] for r in rows]
    assert "Recent requests that would be decided otherwise" in said
    said = command.ok("revoke", "role", scene.role.name, "--dry-run", "--output", "text", creds=root)
    assert "Sessions that lose or gain something: 2;" in said
    said = command.fails("preview", "iam", "put-role-policy", "--role", "x", code=2, creds=root)
    assert "PutRolePolicy has no --role" in said


def test_recent_requests_are_known_after_a_restart(tmp_path):
    with Server(tmp_path / "data") as own:
        account = Account(own)
        scene = Scene(account, Previewer(own, tmp_path))
        assert reads(scene, scene.one)
        own.restart()
        told = scene.put(doc.deny("s3:GetObject"))
        assert [held["Action"] for held in told["Requests"]] == ["s3:GetObject"]
        assert keys(told["Sessions"]) == {scene.one.access_key, scene.two.access_key}


def test_the_event_has_no_parameters(scene):
    """The event of a preview tells that it was asked for, and none of its parameters."""
    scene.put(doc.deny("s3:GetObject") | {"Sid": "Secretly"})
    events = list(lookup(scene.account, EventName="PreviewPolicyChange"))
    assert events and "Secretly" not in json.dumps(events)
    assert {event["requestParameters"]["action"] for event in events} >= {"PutRolePolicy"}


def test_a_guardrail_takes_from_the_sessions_of_the_accounts_below(scene, org):
    one, two = org.make_account(), org.make_account()
    sessions = {}
    for member in (one, two):
        role = member.make_role(doc.trust(f"arn:aws:iam::{member.id}:root"), ALL)
        user = member.make_user(policy=ALL)
        issued = member.client("sts", user.creds).assume_role(RoleArn=role, RoleSessionName="member")["Credentials"]
        sessions[member.id] = issued["AccessKeyId"]
    policy = org.make_policy(doc.deny("iam:CreateUser"))
    told = scene.previewer.preview("organizations", "attach-policy", PolicyId=policy, TargetId=one.id)
    found = keys(told["Sessions"])
    assert sessions[one.id] in found and sessions[two.id] not in found
    assert {turn["AfterBecause"] for turn in told["Sessions"][0]["Loses"]} == {
        "with an explicit deny in a service control policy"
    }


def test_a_revocation_of_whoever_made_a_request_is_previewed_as_any_other(scene):
    asked = scene.account.client("sts", scene.one).get_caller_identity()["ResponseMetadata"]["RequestId"]
    told = scene.previewer.preview("portcullis", "revoke", Kind="session", Target=asked)
    assert keys(told["Sessions"]) == {scene.one.access_key}
    assert works(scene.account, scene.one)
