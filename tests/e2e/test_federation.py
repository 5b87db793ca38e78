"""People who sign in at an OpenID Connect issuer take roles with its tokens."""

from __future__ import annotations

import json
import secrets
import time

import pytest

from harness import documents as doc
from harness.audit import event_of, event_of_refusal
from harness.clock import Clock
from harness.account import Account
from harness.expect import NO_IDENTITY, allowed, denied, refused
from harness.issuer import CLIENT, Issuers
from harness.oidc_provider import OidcProvider
from harness.server import Server
from harness.sessions import Sessions

TAGS = "https://aws.amazon.com/tags"
SOURCE = "https://aws.amazon.com/source_identity"
READ = doc.policy(doc.allow("s3:GetObject"))
ASSUME = "sts:AssumeRoleWithWebIdentity"
ALL = (ASSUME, "sts:TagSession", "sts:SetSourceIdentity")
PEOPLE = {
    "tagged": {TAGS: {"principal_tags": {"team": ["blue"]}, "transitive_tag_keys": ["team"]}},
    "much-said": {TAGS: {"principal_tags": {f"tag-{n}": [secrets.token_hex(60)] for n in range(20)}}},
    "named": {SOURCE: "mary@example.com"},
}
NO_KEY = "Couldn't retrieve verification key"


@pytest.fixture(scope="module")
def idp():
    with OidcProvider(PEOPLE) as running:
        yield running


@pytest.fixture(scope="module")
def issuers():
    with Issuers() as running:
        yield running


@pytest.fixture
def clock(tmp_path):
    with Clock(tmp_path / "clock") as running:
        yield running


@pytest.fixture(scope="module")
def server(idp):
    with Server(flags=idp.flags) as running:
        yield running


@pytest.fixture(scope="module")
def provider(idp, account) -> str:
    return idp.provider(account)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket()


def test_whoever_signs_in_gets_a_session(account, idp, provider, bucket):
    role = account.make_role("web", READ, trust=idp.trust())
    answer = idp.assume(account, role, idp.token("alice-of-example"), name="alice", DurationSeconds=900)
    assert answer["SubjectFromWebIdentityToken"] == "alice-of-example"
    assert (answer["Audience"], answer["Provider"]) == (CLIENT, idp.url)
    assert answer["AssumedRoleUser"]["Arn"] == role.session_arn("alice")
    assert answer["AssumedRoleUser"]["AssumedRoleId"] == f"{role.role_id}:alice"
    creds = idp.session(account, role, idp.token("alice-of-example"))
    allowed(account.reads(creds, bucket))
    denied(account.lists(creds, bucket), NO_IDENTITY)
    assert account.whoami(creds)["Arn"] == creds.arn


def test_the_aws_cli_takes_a_role_with_a_token_in_a_file(account, idp, provider, cli, bucket, tmp_path):
    role = account.make_role("cli", READ, trust=idp.trust())
    file = tmp_path / "token"
    file.write_text(idp.token())
    cli.profile("web", role_arn=role.arn, web_identity_token_file=str(file), role_session_name="from-the-cli")
    assert cli.ok("sts", "get-caller-identity", profile="web")["Arn"] == role.session_arn("from-the-cli")
    cli.ok("s3api", "get-object", "--bucket", bucket, "--key", "a.txt", str(tmp_path / "out"), profile="web")
    file.write_text(idp.token()[:-9])
    other = account.make_role("cli-other", READ, trust=idp.trust())
    cli.profile("bad", role_arn=other.arn, web_identity_token_file=str(file), role_session_name="x-x")
    cli.fails("sts", "get-caller-identity", profile="bad", code="InvalidIdentityToken")


def test_events_say_who_it_was_as_cloudtrail_does(account, idp, provider):
    role = account.make_role("seen", trust=idp.trust())
    answer = idp.assume(account, role, idp.token("seen-person"), name="seen")
    event = event_of(account, answer)
    who = event["userIdentity"]
    assert who == {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:{CLIENT}:seen-person",
        "userName": "seen-person",
        "identityProvider": provider,
    }
    assert event["requestParameters"]["roleSessionName"] == "seen"
    assert "webIdentityToken" not in json.dumps(event).replace("subjectFromWebIdentityToken", "")
    unwilling = account.make_role("unwilling")
    event = event_of_refusal(account, lambda: idp.assume(account, unwilling, idp.token("seen-person")))
    assert event["errorCode"] == "AccessDenied" and event["userIdentity"]["userName"] == "seen-person"


@pytest.mark.parametrize(
    "operator, key, value, is_in",
    [
        ("StringEquals", "sub", "repo:octo/hello:ref:refs/heads/main", True),
        ("StringLike", "sub", "repo:octo/*", True),
        ("StringLike", "sub", "repo:other/*", False),
        ("StringEquals", "aud", CLIENT, True),
        ("StringEquals", "aud", "sts.amazonaws.com", False),
        ("ForAnyValue:StringEquals", "amr", "mfa", True),
        ("ForAnyValue:StringEquals", "amr", "sms", False),
        ("StringEquals", "oaud", CLIENT, False),
    ],
)
def test_trust_policies_ask_about_what_the_token_says(account, idp, provider, operator, key, value, is_in):
    trust = idp.trust(**{operator: {f"{idp.host}:{key}": value}})
    role = account.make_role("asks", trust=trust)
    call = lambda: idp.assume(account, role, idp.token("repo:octo/hello:ref:refs/heads/main"))
    allowed(call) if is_in else denied(call, f"Not authorized to perform {ASSUME}")


def test_trust_policies_ask_about_the_request(account, idp, provider):
    role = account.make_role("named", trust=idp.trust(StringEquals={"sts:RoleSessionName": "this-one"}))
    idp.assume(account, role, idp.token(), name="this-one")
    denied(lambda: idp.assume(account, role, idp.token(), name="another"))
    other = account.make_role("other-provider", trust=doc.trust("arn:aws:iam::123456789012:root", actions=ASSUME))
    denied(lambda: idp.assume(account, other, idp.token()))


def test_the_session_keeps_what_policies_ask_about(account, idp, provider, bucket):
    mine = doc.policy(doc.allow("s3:GetObject", StringEquals={f"{idp.host}:sub": "one-person", f"{idp.host}:aud": CLIENT}))
    role = account.make_role("keeps", mine, trust=idp.trust())
    allowed(account.reads(idp.session(account, role, idp.token("one-person")), bucket))
    denied(account.reads(idp.session(account, role, idp.token("other-person")), bucket))
    federated = account.make_role("whence", doc.policy(doc.allow("s3:GetObject", StringEquals={"aws:FederatedProvider": provider})), trust=idp.trust())
    allowed(account.reads(idp.session(account, federated, idp.token()), bucket))


def test_a_session_policy_limits_it_and_the_role_says_how_long_it_lasts(account, idp, provider, bucket):
    role = account.make_role("limited", doc.policy(doc.allow("s3:*")), trust=idp.trust(*ALL), MaxSessionDuration=7200)
    creds = idp.session(account, role, idp.token(), Policy=READ, DurationSeconds=7200)
    allowed(account.reads(creds, bucket))
    denied(account.lists(creds, bucket))
    refused(lambda: idp.assume(account, role, idp.token(), DurationSeconds=7201), "ValidationError", 400, "MaxSessionDuration")
    refused(lambda: idp.assume(account, role, idp.token(), Policy='{"Version": 1}'), "MalformedPolicyDocument", 400)
    wide = json.dumps({"Version": doc.VERSION, "Statement": [doc.allow("s3:GetObject", f"arn:aws:s3:::{secrets.token_hex(900)}")]})
    refused(lambda: idp.assume(account, role, idp.token("much-said"), Policy=wide), "PackedPolicyTooLarge", 400)


def test_tags_come_from_the_token_if_the_role_lets_them(account, idp, provider, bucket):
    blue = doc.policy(doc.allow("s3:GetObject", StringEquals={"aws:PrincipalTag/team": "blue"}))
    role = account.make_role("tagged", blue, trust=idp.trust(*ALL))
    allowed(account.reads(idp.session(account, role, idp.token("tagged")), bucket))
    denied(account.reads(idp.session(account, role, idp.token("plain")), bucket))
    strict = account.make_role("untagged", blue, trust=idp.trust())
    denied(lambda: idp.assume(account, strict, idp.token("tagged")), "sts:TagSession")
    red = account.make_role("red", blue, trust=idp.trust(*ALL, StringEquals={"aws:RequestTag/team": "red"}))
    denied(lambda: idp.assume(account, red, idp.token("tagged")))
    keyed = account.make_role("keyed", blue, trust=idp.trust(*ALL, **{"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["team"], "aws:TagKeys": ["team"]}}))
    idp.assume(account, keyed, idp.token("tagged"))


def test_the_source_identity_comes_from_the_token_if_the_role_lets_it(account, idp, provider, bucket):
    named = doc.policy(doc.allow("s3:GetObject", StringEquals={"aws:SourceIdentity": "mary@example.com"}))
    role = account.make_role("sourced", named, trust=idp.trust(*ALL))
    answer = idp.assume(account, role, idp.token("named"))
    assert answer["SourceIdentity"] == "mary@example.com"
    allowed(account.reads(idp.session(account, role, idp.token("named")), bucket))
    strict = account.make_role("unsourced", named, trust=idp.trust())
    denied(lambda: idp.assume(account, strict, idp.token("named")), "sts:SetSourceIdentity")
    other = account.make_role("other-source", named, trust=idp.trust(*ALL, StringEquals={"sts:SourceIdentity": "john"}))
    denied(lambda: idp.assume(account, other, idp.token("named")))


def test_without_its_provider_nobody_gets_in_and_whoever_is_in_stays(issuers):
    with Server(flags=issuers.flags) as server:
        account, site = Account(server), issuers.site()
        arn, bucket = site.provider(account), account.make_bucket()
        role = account.make_role("gone", READ, trust=site.trust())
        creds = site.session(account, role)
        account.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        refused(lambda: site.assume(account, role), "InvalidIdentityToken", 400, "No OpenIDConnect provider found")
        allowed(account.reads(creds, bucket))
        asked = len(site.asked)
        site.provider(account)
        site.assume(account, role)
        assert len(site.asked) > asked, "what was fetched for the old one is forgotten"


def test_whom_the_machine_trusts_needs_no_thumbprint(issuers):
    trusted = {"SSL_CERT_FILE": str(issuers.authority.file)}
    with Server(flags=issuers.flags, env=trusted) as server:
        account, site = Account(server), issuers.site()
        site.provider(account, thumbprint="0" * 40)
        site.assume(account, account.make_role("trusted", trust=site.trust()))


def test_a_session_is_listed_with_whoever_vouched_for_it(server, account, idp, provider):
    role = account.make_role("listed", trust=idp.trust())
    creds = idp.session(account, role, idp.token("listed-person"))
    held = Sessions(server).describe(creds)["Session"]
    assert (held["Kind"], held["Provider"]) == ("AssumeRoleWithWebIdentity", provider), held


@pytest.fixture
def aged(issuers, clock):
    with Server(flags=issuers.flags, clock_file=clock.path) as server:
        yield Account(server)


def test_a_key_that_its_issuer_takes_back_is_refused_within_five_minutes(aged, issuers, clock):
    site = issuers.site()
    site.provider(aged)
    role = aged.make_role("rotated", trust=site.trust())
    late = int(time.time()) + 10 * 24 * 3600
    old = site.token(exp=late)
    site.assume(aged, role, old)
    site.add("new", site.keys["rsa"])
    new = site.token("new", exp=late)
    refused(lambda: site.assume(aged, role, new), "InvalidIdentityToken", 400, NO_KEY)
    clock.forward(31)
    site.assume(aged, role, new)
    site.publish(without=("rsa",))
    clock.forward(301)
    refused(lambda: site.assume(aged, role, old), "InvalidIdentityToken", 400, NO_KEY)
    site.assume(aged, role, new)


def test_known_keys_go_on_for_an_hour_when_the_issuer_is_gone(aged, issuers, clock):
    site = issuers.site()
    site.provider(aged)
    role = aged.make_role("down", trust=site.trust())
    good = site.token(exp=int(time.time()) + 10 * 24 * 3600)
    site.assume(aged, role, good)
    site.documents.clear()
    clock.forward(1800)
    site.assume(aged, role, good)
    unknown = site.token(header={"kid": "unknown"}, exp=int(time.time()) + 10 * 24 * 3600)
    refused(lambda: site.assume(aged, role, unknown), "IDPCommunicationError", 400)
    clock.forward(1801)
    refused(lambda: site.assume(aged, role, good), "IDPCommunicationError", 400)
    site.publish()
    clock.forward(31)
    site.assume(aged, role, good)


def test_a_real_issuer_changes_its_keys(idp, clock):
    with Server(flags=idp.flags, clock_file=clock.path) as server:
        account = Account(server)
        idp.provider(account)
        role = account.make_role("real", trust=idp.trust())
        old = idp.token()
        idp.assume(account, role, old)
        idp.rotate("both")
        both = idp.token()
        clock.forward(31)
        for token in (both, old):
            idp.assume(account, role, token)
        idp.rotate()
        clock.forward(301)
        idp.assume(account, role, idp.token())
        for token in (both, old):
            refused(lambda: idp.assume(account, role, token), "InvalidIdentityToken", 400, NO_KEY)
