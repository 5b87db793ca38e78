"""Class IDY: a name is not an identity. Who is made again under an old name gets nothing of what the old one had."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness import documents as doc
from harness.account import Account, fresh
from harness.attack import Watched
from harness.audit import recent_events_with
from harness.clients import Creds
from harness.clock import Clock
from harness.expect import allowed, refused
from harness.organization import Member
from harness.raw import Raw
from harness.server import Server

EVERYTHING = doc.policy(doc.allow("*"))
ENTERING = doc.policy(doc.allow("sts:*"), doc.allow("s3:*"))
FLAGS = ("--quota", "accounts=60")


def named(arn: str) -> str:
    return arn.rpartition("/")[2]


def entered(member: Member, arn: str, by: Creds) -> Creds:
    return Creds.issued(member.client("sts", by).assume_role(RoleArn=arn, RoleSessionName=fresh("session")))


def make_again(member: Member, arn: str, trust: str) -> str:
    """Deletes a role and makes one of its name with the same rights."""
    iam, name = member.iam, named(arn)
    iam.delete_role_policy(RoleName=name, PolicyName="main")
    iam.delete_role(RoleName=name)
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="main", PolicyDocument=ENTERING)
    assert made == arn
    return made


def delete_user(member: Member, name: str) -> None:
    for key in member.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        member.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in member.iam.list_user_policies(UserName=name)["PolicyNames"]:
        member.iam.delete_user_policy(UserName=name, PolicyName=policy)
    member.iam.delete_user(UserName=name)


# -- IDY-1 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_foreign", [False, True], ids=["own account", "another account"])
def test_idy_1_a_trust_in_a_role_is_not_one_in_its_name(one, two, is_foreign):
    home = two if is_foreign else one
    door = doc.trust(f"arn:aws:iam::{home.id}:root")
    issuer = home.make_user("issuer", EVERYTHING)
    trusted = home.make_role(door, ENTERING, stem="trusted")
    role = one.make_role(doc.trust(trusted), EVERYTHING, stem="entered")
    bucket = one.make_bucket({"AWS": trusted})
    old = entered(home, trusted, issuer.creds)
    first = entered(home, role, old)
    allowed(one.reads(bucket, old))
    make_again(home, trusted, door)
    new = entered(home, trusted, issuer.creds)
    assume = lambda creds: lambda: home.client("sts", creds).assume_role(RoleArn=role, RoleSessionName="again")  # noqa: E731
    watched = Watched(one, told=home)
    watched.repelled(assume(new), "AccessDenied", 403)
    if is_foreign:
        watched.repelled(one.reads(bucket, new), "AccessDenied", 403)
    refused(assume(old), "InvalidClientTokenId", 403)
    refused(one.reads(bucket, old), "InvalidAccessKeyId", 403)
    # What the old one had got from the trusting role is a session of that role.
    allowed(lambda: one.client("iam", first).list_users())
    shown = one.iam.get_role(RoleName=named(role))["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
    assert re.fullmatch("AROA[A-Z2-7]{17}", shown if isinstance(shown, str) else shown[0]), shown
    held = json.loads(one.s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]["Principal"]["AWS"]
    assert re.fullmatch("AROA[A-Z2-7]{17}", held if isinstance(held, str) else held[0]), held
    # The twin: trust that is given to the new one holds.
    one.iam.update_assume_role_policy(RoleName=named(role), PolicyDocument=doc.trust(trusted))
    allowed(assume(new))
    one.bucket_policy(bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": trusted}))
    allowed(one.reads(bucket, new))


def test_idy_1_a_deny_of_a_role_that_is_gone_does_not_reach_its_namesake_or_free_others(one, two):
    """A bucket's deny by id stays with whom it meant: as in AWS the namesake is another."""
    door = doc.trust(f"arn:aws:iam::{two.id}:root")
    issuer = two.make_user("issuer", EVERYTHING)
    role = two.make_role(door, ENTERING, stem="denied")
    bucket = one.make_bucket()
    objects = doc.bucket_arn(bucket, "*")
    one.bucket_policy(
        bucket,
        doc.allow("s3:GetObject", objects, {"AWS": f"arn:aws:iam::{two.id}:root"}),
        doc.deny("s3:GetObject", objects, {"AWS": role}),
    )
    Watched(one, told=two).repelled(one.reads(bucket, entered(two, role, issuer.creds)), "AccessDenied", 403)
    make_again(two, role, door)
    allowed(one.reads(bucket, entered(two, role, issuer.creds)))


# -- IDY-2 -----------------------------------------------------------------------------------------


def test_idy_2_a_user_made_again_gives_no_old_credential_life(one, two, server):
    raw, user = Raw(server), one.make_user("alice", ENTERING)
    role = two.make_role(doc.trust(user.arn), EVERYTHING, stem="entered")
    bucket = two.make_bucket({"AWS": user.arn})
    sts = one.client("sts", user.creds)
    session = Creds.issued(sts.get_session_token())
    federated = Creds.issued(sts.get_federation_token(Name="guest", Policy=ENTERING))
    url = raw.presigned("GET", f"/{bucket}/a.txt", user.creds)
    assert raw.send(url).status == 200
    delete_user(one, user.name)
    made = one.iam.create_user(UserName=user.name)["User"]
    assert made["Arn"] == user.arn and made["UserId"] != user.user_id
    one.iam.put_user_policy(UserName=user.name, PolicyName="main", PolicyDocument=ENTERING)
    key = one.iam.create_access_key(UserName=user.name)["AccessKey"]
    new = Creds(key["AccessKeyId"], key["SecretAccessKey"])
    state = Watched(two)
    before = state.state()
    for creds in (user.creds, session, federated):
        refused(lambda: one.client("sts", creds).get_caller_identity(), "InvalidClientTokenId", 403)
        refused(one.reads(bucket, creds), "InvalidAccessKeyId", 403)
        answer = raw.send(raw.json_call("organizations", "DescribeOrganization", creds, "{}"))
        assert (answer.status, answer.code) == (403, "UnrecognizedClientException"), answer
    assert raw.send(url).status == 403
    watched = Watched(two, told=one)
    watched.repelled(one.reads(bucket, new), "AccessDenied", 403)
    watched.repelled(
        lambda: one.client("sts", new).assume_role(RoleArn=role, RoleSessionName="again"), "AccessDenied", 403
    )
    assert state.state() == before
    allowed(one.client("sts", new).get_caller_identity)


def test_idy_2_ids_do_not_repeat_when_the_clock_is_set_back_and_the_store_opened_again(tmp_path):
    """The same names made at the same moments, before and after a restart, have other ids and keys each time."""
    seen: list[str] = []
    with Clock(tmp_path / "clock") as clock, Server(data=tmp_path / "data", clock_file=clock.path) as server:
        for _ in range(3):
            account = Account(server)
            for number in range(20):
                user = account.make_user(name=f"repeated-{number}")
                role = account.make_role(name=f"repeated-{number}")
                seen += [user.user_id, user.creds.access_key, role.role_id]
                account.delete_user(user.name)
                account.delete_role(role.name)
            clock.forward(-3600)
            server.restart()
    assert len(set(seen)) == len(seen) == 180


def test_idy_2_an_account_id_is_given_once(org):
    """Also when the account that had it is closed, and whoever asks."""
    gone = [org.make_account() for _ in range(3)]
    user = gone[0].make_user("left", EVERYTHING)
    for member in gone:
        org.api.close_account(AccountId=member.id)
    refused(lambda: gone[0].client("sts", user.creds).get_caller_identity(), "InvalidClientTokenId", 403)
    made = [org.make_account().id for _ in range(12)]
    listed = [held["Id"] for page in org.api.get_paginator("list_accounts").paginate() for held in page["Accounts"]]
    assert len(set(listed)) == len(listed)
    assert not {member.id for member in gone} & set(made) and len(set(made)) == len(made)


# -- IDY-3 -----------------------------------------------------------------------------------------

KINDS = {
    "user": ("UserName", {}, "User"),
    "group": ("GroupName", {}, "Group"),
    "role": ("RoleName", {"AssumeRolePolicyDocument": doc.trust("*")}, "Role"),
    "policy": ("PolicyName", {"PolicyDocument": EVERYTHING}, "Policy"),
    "instance_profile": ("InstanceProfileName", {}, "InstanceProfile"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_idy_3_a_name_is_taken_in_every_case_and_below_every_path(one, two, kind):
    given, more, shown = KINDS[kind]
    watched, name = Watched(one), fresh("Admin")
    make = getattr(one.iam, f"create_{kind}")
    stored = make(**{given: name}, **more)[shown]
    for variant in (name, name.lower(), name.upper(), name.swapcase()):
        for path in ({}, {"Path": "/other/"}, {"Path": "/OTHER/"}):
            watched.repelled(lambda: make(**{given: variant}, **path, **more), "EntityAlreadyExists", 409)
    if kind != "policy":
        found = getattr(one.iam, f"get_{kind}")(**{given: name})[shown]
        assert found["Arn"] == stored["Arn"] and found[given] == name
    # Another account is another place of names.
    other = getattr(two.iam, f"create_{kind}")(**{given: name.lower()}, **more)[shown]
    assert other["Arn"].split(":")[4] == two.id


def test_idy_3_a_name_in_another_case_finds_the_one_that_is_stored_or_nothing(one):
    name = fresh("Stored")
    made = one.iam.create_user(UserName=name)["User"]
    try:
        found = one.iam.get_user(UserName=name.upper())["User"]
    except one.iam.exceptions.NoSuchEntityException:
        return
    assert (found["UserName"], found["UserId"]) == (name, made["UserId"])


def test_idy_3_an_alias_is_of_one_account(one, two):
    alias = fresh("alias")
    one.iam.create_account_alias(AccountAlias=alias)
    Watched(two).repelled(lambda: two.iam.create_account_alias(AccountAlias=alias), "EntityAlreadyExists", 409)
    Watched(two).repelled(lambda: two.iam.create_account_alias(AccountAlias=alias.upper()), "ValidationError", 400)
    two.iam.create_account_alias(AccountAlias=alias + "-two")


def test_idy_3_an_identity_provider_in_another_case_is_the_same(account):
    metadata = Path(__file__).parent.joinpath("saml", "metadata.xml").read_text()
    name, watched = fresh("Provider"), Watched(account)
    account.iam.create_saml_provider(Name=name, SAMLMetadataDocument=metadata)
    watched.repelled(
        lambda: account.iam.create_saml_provider(Name=name.lower(), SAMLMetadataDocument=metadata), "EntityAlreadyExists", 409
    )


# -- IDY-4 -----------------------------------------------------------------------------------------


def spoiled(key: str) -> list[str]:
    # The last letter and not the last character: a digit in lower case is itself.
    letter = max(at for at, char in enumerate(key) if char.isalpha())
    one_lower = key[:letter] + key[letter].lower() + key[letter + 1 :]
    texts = [key.lower(), key[:-1], key + "A", one_lower, key + "%20", key + " ", " " + key, key.replace("A", "\u0410"),
             key[:16], "AKIA" + "A" * 16, key.swapcase(), key + "\u200b", "ASIA" + key[4:]]  # fmt: skip
    assert key not in texts
    return texts


def test_idy_4_a_key_id_is_exact(account, one, server):
    raw, watched = Raw(server), Watched(one)
    user = one.make_user("keyed", EVERYTHING)
    bucket = one.make_bucket()
    before = watched.state()
    for text in spoiled(user.creds.access_key):
        creds = Creds(text, user.creds.secret)
        for request in (
            raw.query_call("iam", "CreateUser", creds, UserName=fresh("made")),
            raw.json_call("organizations", "DescribeOrganization", creds, "{}"),
            raw.request("GET", f"/{bucket}/a.txt", creds),
            raw.presigned("GET", f"/{bucket}/a.txt", creds),
        ):
            answer = raw.send(request)
            assert answer.status in (400, 403) and b"content" != answer.body, (text, answer)
            if answer.request_id and answer.code in ("InvalidClientTokenId", "InvalidAccessKeyId"):
                assert len(recent_events_with(account, answer.request_id)) == 1, (text, answer)
    assert watched.state() == before and server.alive()
    for request in (raw.query_call("iam", "ListUsers", user.creds), raw.request("GET", f"/{bucket}/a.txt", user.creds)):
        assert raw.send(request).status == 200


def test_idy_4_an_unknown_key_id_is_answered_in_each_services_words(server):
    raw, creds = Raw(server), Creds("AKIAQQQQQQQQQQQQQQQQ", "x" * 40)
    assert raw.send(raw.query_call("sts", "GetCallerIdentity", creds)).code == "InvalidClientTokenId"
    assert raw.send(raw.request("GET", "/", creds)).code == "InvalidAccessKeyId"
