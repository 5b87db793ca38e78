"""`portcullis sessions`: every live temporary credential is there to be seen, and found by whatever one has of it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from harness import documents as doc
from harness.account import Account, Role, User, federated_arn
from harness.audit import lookup
from harness.clients import Creds
from harness.expect import denied
from harness.organization import Organization
from harness.server import ACCOUNT, Server
from harness.sessions import Sessions

EVERYTHING = doc.policy(doc.allow("*"))


@dataclass
class Scene:
    account: Account
    alice: User
    role: Role
    second: Role
    #: alice's key -> own -> first -> chained, and alice's key -> federated; root's key -> root
    own: Creds
    first: Creds
    chained: Creds
    federated: Creds
    root: Creds

    @property
    def all(self) -> set[str]:
        return {it.access_key for it in (self.own, self.first, self.chained, self.federated, self.root)}


@pytest.fixture(scope="module")
def sessions(server: Server) -> Sessions:
    return Sessions(server)


@pytest.fixture(scope="module")
def org(account: Account) -> Organization:
    return Organization(account)


@pytest.fixture(scope="module")
def scene(account: Account) -> Scene:
    alice = account.make_user("alice", EVERYTHING)
    trust = doc.policy(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}
    )
    role, second = (account.make_role(stem, EVERYTHING, trust) for stem in ("first", "second"))
    own = account.session_token(alice.creds)
    first = account.assume(role, own, "deploy", SourceIdentity="mary")
    chained = account.assume(second, first, "deeper")
    federated = account.federate(alice.creds, "bob", EVERYTHING)
    root = account.session_token(account.root)
    return Scene(account, alice, role, second, own, first, chained, federated, root)


def test_every_kind_is_listed_with_what_is_known_of_it(sessions: Sessions, scene: Scene):
    listed = {it["AccessKeyId"]: it for it in sessions.list()}
    assert scene.all <= set(listed)
    alice, key = scene.alice, scene.alice.creds.access_key
    root_arn = f"arn:aws:iam::{ACCOUNT}:root"
    mine, deeper = scene.role.session_arn("deploy"), scene.second.session_arn("deeper")
    for creds, kind, principal, user_id, arn, name, caller, parent in [
        (scene.own, "GetSessionToken", alice.arn, alice.user_id, alice.arn, None, alice.arn, key),
        (scene.first, "AssumeRole", scene.role.arn, f"{scene.role.role_id}:deploy", mine, "deploy", alice.arn, scene.own.access_key),
        (scene.chained, "AssumeRole", scene.second.arn, f"{scene.second.role_id}:deeper", deeper, "deeper", mine, scene.first.access_key),
        (scene.federated, "GetFederationToken", alice.arn, f"{ACCOUNT}:bob", federated_arn("bob"), "bob", alice.arn, key),
        (scene.root, "GetSessionToken", root_arn, ACCOUNT, root_arn, None, root_arn, scene.account.root.access_key),
    ]:
        it = listed[creds.access_key]
        told = [it["Kind"], it["Principal"], it["UserId"], it["Arn"], it.get("SessionName"), it["CallerArn"], it["Parent"]]
        assert told == [kind, principal, user_id, arn, name, caller, parent]
        assert (it["AccountId"], it["CallerAccount"], it["SourceIp"]) == (ACCOUNT, ACCOUNT, "127.0.0.1")
        assert "Boto3" in it["UserAgent"]
        assert it["Issued"] < it["Expires"]
    assert listed[scene.first.access_key]["SourceIdentity"] == listed[scene.chained.access_key]["SourceIdentity"] == "mary"
    assert "SourceIdentity" not in listed[scene.own.access_key]


def test_no_answer_has_a_secret_or_a_token(sessions: Sessions, scene: Scene):
    for answer in (
        sessions.call("ListSessions", {}).text,
        sessions.call("DescribeSession", {"AccessKeyId": scene.first.access_key}).text,
        sessions.told("--output", "text"),
    ):
        assert scene.first.access_key in answer
        for creds in (scene.own, scene.first, scene.chained, scene.federated, scene.root):
            assert creds.secret not in answer and creds.token[:60] not in answer


def test_each_filter_leaves_what_fits(sessions: Sessions, scene: Scene):
    first = sessions.describe(scene.first)["Session"]
    for given, expected in [
        ({"Kind": "GetFederationToken"}, {scene.federated}),
        ({"Kind": "AssumeRole"}, {scene.first, scene.chained}),
        ({"Principal": scene.role.arn}, {scene.first}),
        ({"Principal": scene.role.role_id}, {scene.first}),
        ({"Principal": scene.role.name}, {scene.first}),
        ({"Principal": scene.alice.arn}, {scene.own, scene.federated}),
        ({"Principal": f"arn:aws:iam::{ACCOUNT}:root"}, {scene.root}),
        ({"SessionName": "deploy"}, {scene.first}),
        ({"SessionName": "bob"}, {scene.federated}),
        ({"SourceIdentity": "mary"}, {scene.first, scene.chained}),
        ({"CallerArn": scene.role.session_arn("deploy")}, {scene.chained}),
        ({"Parent": scene.alice.creds.access_key}, {scene.own, scene.federated}),
        ({"Parent": scene.first.access_key}, {scene.chained}),
        ({"Ancestor": scene.own.access_key}, {scene.first, scene.chained}),
        ({"Ancestor": scene.alice.creds.access_key, "Kind": "AssumeRole"}, {scene.first, scene.chained}),
        ({"SourceIp": "127.0.0.1", "SessionName": "deploy"}, {scene.first}),
        ({"SourceIp": "10.1.2.3"}, set()),
        ({"UserAgent": "bOTO3", "SessionName": "deploy"}, {scene.first}),
        ({"UserAgent": "curl/"}, set()),
        ({"AccountId": ACCOUNT, "SessionName": "deploy"}, {scene.first}),
        ({"AccountId": "999999999999"}, set()),
        ({"Principal": "no-such-role"}, set()),
        ({"SourceIdentity": "mary", "Kind": "AssumeRole", "Principal": scene.second.name}, {scene.chained}),
        ({"SessionName": "deploy", "IssuedAfter": first["Issued"]}, {scene.first}),
        ({"SessionName": "deploy", "IssuedBefore": first["Issued"]}, set()),
        ({"SessionName": "deploy", "IssuedAfter": first["Issued"] + 1}, set()),
        ({"SessionName": "deploy", "ExpiresBefore": first["Expires"]}, set()),
        ({"SessionName": "deploy", "ExpiresBefore": first["Expires"] + 1}, {scene.first}),
        ({"SessionName": "deploy", "ExpiresAfter": first["Expires"]}, {scene.first}),
        ({"SessionName": "deploy", "ExpiresAfter": first["Expires"] + 1}, set()),
    ]:
        assert sessions.keys(**given) == {it.access_key for it in expected}, given


def test_what_cannot_be_asked_is_refused(sessions: Sessions, scene: Scene):
    for given, part in [
        ({"Kind": "Magic"}, "Kind must be one of AssumeRole"),
        ({"SourceIp": "nowhere"}, "SourceIp must be an IP address"),
        ({"NextToken": "made-up"}, "NextToken"),
        ({"NextToken": "c2Vzc2lvbnMKeHl6"}, "NextToken"),
    ]:
        answer = sessions.call("ListSessions", given)
        assert (answer.status, answer.code) == (400, "InvalidInputException"), given
        assert part in answer.text
    for given in ({"MaxResults": 0}, {"MaxResults": 1001}, {"AccountId": "12"}, {"Handle": ""}):
        assert sessions.call("ListSessions", given).status == 400, given
    absent = sessions.call("DescribeSession", {"AccessKeyId": "ASIANOSUCHKEY2345678"})
    assert (absent.status, absent.code) == (400, "NoSuchSessionException")
    long_term = sessions.call("DescribeSession", {"AccessKeyId": scene.alice.creds.access_key})
    assert long_term.code == "NoSuchSessionException"


def presigned(scene: Scene, creds: Creds) -> str:
    s3 = scene.account.client("s3", creds)
    return s3.generate_presigned_url("get_object", Params={"Bucket": "some-bucket", "Key": "k"})


def test_each_handle_finds_its_session(sessions: Sessions, scene: Scene):
    link = presigned(scene, scene.first)
    token = next(part for part in link.partition("?")[2].split("&") if part.startswith("X-Amz-Security-Token="))
    for handle, expected in [
        (scene.first.access_key, {scene.first}),
        (f" {scene.first.access_key}\n", {scene.first}),
        (scene.alice.creds.access_key, {scene.own, scene.first, scene.chained, scene.federated}),
        (scene.account.root.access_key, {scene.root}),
        (scene.role.session_arn("deploy"), {scene.first}),
        (federated_arn("bob"), {scene.federated}),
        (scene.role.arn, {scene.first}),
        (scene.alice.arn, {scene.own, scene.federated}),
        (f"arn:aws:iam::{ACCOUNT}:root", {scene.root}),
        (f"{scene.role.role_id}:deploy", {scene.first}),
        (f"{scene.role.role_id}:other", set()),
        (f"{ACCOUNT}:bob", {scene.federated}),
        (scene.alice.user_id, {scene.own, scene.federated}),
        ("mary", {scene.first, scene.chained}),
        ("deploy", {scene.first}),
        (scene.role.name, {scene.first}),
        (link, {scene.first}),
        (token, {scene.first}),
        (scene.first.token, {scene.first}),
        ("nobody-knows-this", set()),
    ]:
        found = sessions.keys(Handle=handle)
        if handle == scene.account.root.access_key:
            assert scene.root.access_key in found
        else:
            assert found == {it.access_key for it in expected}, handle


def test_a_request_id_finds_who_signed_and_what_was_issued(sessions: Sessions, scene: Scene):
    sts = scene.account.client("sts", scene.chained)
    used = sts.get_caller_identity()["ResponseMetadata"]["RequestId"]
    assert sessions.keys(Handle=used) == {scene.chained.access_key}
    issued = scene.account.client("sts", scene.alice.creds).get_session_token()
    key = issued["Credentials"]["AccessKeyId"]
    assert sessions.keys(Handle=issued["ResponseMetadata"]["RequestId"]) == {key}
    [event] = [event for event in lookup(scene.account, EventName="GetCallerIdentity") if event["requestID"] == used]
    assert sessions.keys(Handle=event["eventID"]) == {scene.chained.access_key}
    assert sessions.keys(Handle="0d3c8e6e-5b7a-4b5b-8c3a-0123456789ab") == set()
    s3 = scene.account.client("s3", scene.first)
    used = s3.list_buckets()["ResponseMetadata"]["RequestId"]
    assert sessions.keys(Handle=used) == {scene.first.access_key}


def test_a_link_is_not_in_the_event_history(sessions: Sessions, scene: Scene):
    link = presigned(scene, scene.own)
    sessions.list(Handle=link)
    sessions.list(Handle=scene.own.token)
    told = [event for event in lookup(scene.account, EventName="ListSessions")]
    text = json.dumps(told)
    assert "X-Amz-Signature" not in text and scene.own.token[:60] not in text
    handles = [event["additionalEventData"].get("handle") for event in told]
    assert scene.own.access_key in handles and "a session token" in handles


def test_lineage_goes_up_to_the_long_term_key_and_down_to_what_was_made(sessions: Sessions, scene: Scene):
    told = sessions.describe(scene.first)
    assert [it["AccessKeyId"] for it in told["Ancestors"]] == [scene.alice.creds.access_key, scene.own.access_key]
    assert told["Ancestors"][0]["Arn"] == scene.alice.arn
    assert [it["AccessKeyId"] for it in told["Descendants"]] == [scene.chained.access_key]
    down = {it["AccessKeyId"] for it in sessions.describe(scene.own)["Descendants"]}
    assert down == {scene.first.access_key, scene.chained.access_key}


def test_use_is_seen_with_its_verdicts(sessions: Sessions, scene: Scene):
    account = scene.account
    role = account.make_role("used", doc.policy(doc.allow("s3:ListAllMyBuckets")))
    creds = account.assume(role, name="used")
    fresh = sessions.describe(creds)["Session"]
    assert (fresh["Allowed"], fresh["Denied"]) == (0, 0) and "LastUsed" not in fresh
    account.client("s3", creds).list_buckets()
    account.client("s3", creds).list_buckets()
    denied(account.sees_users(creds))
    seen = sessions.describe(creds)["Session"]
    assert (seen["Allowed"], seen["Denied"]) == (2, 1)
    assert (seen["LastUsedService"], seen["LastUsedFrom"]) == ("iam", "127.0.0.1")
    assert sorted(seen["UsedServices"]) == ["iam", "s3"]
    assert seen["LastUsed"] >= seen["Issued"]
    assert creds.access_key in sessions.keys(UsedService="iam")
    assert creds.access_key in sessions.keys(UsedService="s3.amazonaws.com")
    used, at = {creds.access_key}, seen["LastUsed"]
    for given, expected in [
        ({"UsedService": "organizations"}, set()),
        ({"UsedFrom": "127.0.0.1"}, used),
        ({"UsedFrom": "10.1.2.3"}, set()),
        ({"UsedAfter": at}, used),
        ({"UsedAfter": at + 1}, set()),
        ({"UsedBefore": at + 1}, used),
        ({"UsedBefore": at}, set()),
        ({"AllowedAtLeast": 2, "DeniedAtLeast": 1}, used),
        ({"AllowedAtLeast": 3}, set()),
        ({"DeniedAtLeast": 2}, set()),
    ]:
        assert sessions.keys(SessionName="used", **given) == expected, given
    account.delete_role(role.name)
    [dead] = sessions.list(SessionName="used")
    assert "Principal" not in dead and dead["UserId"] == f"{role.role_id}:used"


def test_pages_follow_one_another_whatever_comes_between(sessions: Sessions, scene: Scene):
    account = scene.account
    role = account.make_role("paged", EVERYTHING)
    made = [account.assume(role, name="paged").access_key for _ in range(7)]
    given = {"Principal": role.arn, "MaxResults": 3}
    page = sessions.ok("ListSessions", given)
    found = [it["AccessKeyId"] for it in page["Sessions"]]
    account.assume(role, name="between")
    while "NextToken" in page:
        assert len(page["Sessions"]) == 3
        page = sessions.ok("ListSessions", given | {"NextToken": page["NextToken"]})
        found += [it["AccessKeyId"] for it in page["Sessions"]]
    assert sorted(found) == sorted(made) and found[0] in made[-1:]
    everything = [it["Issued"] for it in sessions.list(MaxResults=2)]
    assert everything == sorted(everything, reverse=True) and len(everything) > 8


def test_the_permissions_are_asked(sessions: Sessions, scene: Scene):
    lister = scene.account.make_user("lister", doc.policy(doc.allow("portcullis:ListSessions")))
    nobody = scene.account.make_user("nobody", doc.policy(doc.allow(["iam:*", "sts:*", "s3:*"])))
    assert scene.all <= sessions.keys(lister.creds)
    for creds, operation in [(nobody.creds, "ListSessions"), (nobody.creds, "DescribeSession"), (lister.creds, "DescribeSession")]:
        given = {"AccessKeyId": scene.first.access_key} if operation == "DescribeSession" else {}
        answer = sessions.call(operation, given, creds)
        assert (answer.status, answer.code) == (400, "AccessDeniedException")
        assert f"portcullis:{operation} on resource: *" in answer.text
    assert sessions.run(creds=nobody.creds).returncode == 1


def test_the_command_prints_a_table_and_a_tree(sessions: Sessions, scene: Scene):
    table = sessions.told("--kind", "AssumeRole", "--source-identity", "mary", "--output", "text").splitlines()
    assert table[0].split()[:3] == ["ACCESS", "KEY", "KIND"] and len(table) == 3
    assert {line.split()[0] for line in table[1:]} == {scene.first.access_key, scene.chained.access_key}
    listed = json.loads(sessions.told("--principal", scene.role.name))
    assert [it["AccessKeyId"] for it in listed["Sessions"]] == [scene.first.access_key]
    assert listed["Sessions"][0]["Issued"].endswith("Z")
    told = sessions.told(scene.role.session_arn("deploy"), "--output", "text")
    tree = told.partition("Lineage\n")[2].splitlines()
    depths = [(len(line) - len(line.lstrip()), line.split()[0]) for line in tree]
    keys = [scene.alice.creds.access_key, scene.own.access_key, scene.first.access_key, scene.chained.access_key]
    assert depths == [(2 * depth, key) for depth, key in enumerate(keys, 1)]
    one = json.loads(sessions.told(presigned(scene, scene.first)))
    assert one["Session"]["AccessKeyId"] == scene.first.access_key
    few = sessions.run("--max-items", "2")
    assert few.returncode == 0 and len(json.loads(few.stdout)["Sessions"]) == 2 and "there are more" in few.stderr
    assert sessions.run("--issued-after", "yesterday").returncode == 2


def test_another_account_sees_its_own_and_the_first_sees_all(org: Organization, account: Account, sessions: Sessions, scene: Scene):
    one, two = org.make_account(), org.make_account()
    reader = one.make_user("reader", EVERYTHING)
    theirs = Creds.issued(two.client("sts", two.make_user("other", EVERYTHING).creds).get_session_token())
    own = Creds.issued(one.client("sts", reader.creds).get_session_token())
    across = Creds.issued(
        account.client("sts", org.operator.creds).assume_role(
            RoleArn=f"arn:aws:iam::{one.id}:role/OrganizationAccountAccessRole", RoleSessionName="across"
        )
    )
    seen = sessions.keys(reader.creds)
    assert {own.access_key, across.access_key} <= seen
    assert not seen & (scene.all | {theirs.access_key})
    everything = sessions.keys()
    assert {own.access_key, across.access_key, theirs.access_key} | scene.all <= everything
    assert own.access_key in sessions.keys(AccountId=one.id) and theirs.access_key not in sessions.keys(AccountId=one.id)
    # Another's session is answered as what nobody has, by whatever it is asked for.
    absent = sessions.call("DescribeSession", {"AccessKeyId": "ASIANOSUCHKEY2345678"}, reader.creds)
    foreign = sessions.call("DescribeSession", {"AccessKeyId": theirs.access_key}, reader.creds)
    assert foreign.code == absent.code == "NoSuchSessionException"
    assert foreign.text == absent.text.replace("ASIANOSUCHKEY2345678", theirs.access_key)
    for given in (
        {"AccountId": two.id},
        {"Handle": theirs.access_key},
        {"Handle": theirs.token},
        {"Handle": scene.alice.creds.access_key},
        {"Handle": org.operator.creds.access_key},
        {"Parent": org.operator.creds.access_key},
        {"Ancestor": org.operator.creds.access_key},
        {"CallerArn": org.operator.arn},
        {"Handle": scene.role.arn},
        {"SourceIdentity": "mary"},
    ):
        assert sessions.keys(reader.creds, **given) == set(), given
    # Who came in from outside is told by account, and no more of it.
    told = sessions.describe(across, reader.creds)
    assert told["Session"]["CallerAccount"] == ACCOUNT
    assert "CallerArn" not in told["Session"] and "Parent" not in told["Session"] and told["Ancestors"] == []
    assert sessions.describe(across)["Session"]["CallerArn"] == org.operator.arn


def test_a_root_session_for_a_task_is_a_kind_of_its_own(org: Organization, account: Account, sessions: Sessions):
    member = org.make_account()
    org.api.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    account.client("iam", org.operator.creds).enable_organizations_root_sessions()
    task = {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}
    sts = account.client("sts", org.operator.creds)
    root = Creds.issued(sts.assume_root(TargetPrincipal=member.id, TaskPolicyArn=task))
    [it] = sessions.list(Kind="AssumeRoot")
    assert (it["AccessKeyId"], it["AccountId"]) == (root.access_key, member.id)
    assert it["Arn"] == f"arn:aws:iam::{member.id}:root"
