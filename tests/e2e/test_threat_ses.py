"""Class SES: a session is never stronger than what made it, and says who that was."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN, fresh
from harness.audit import event_of, event_of_refusal
from harness.expect import NO_SESSION, allowed, denied, refused
from harness.raw import FORM, Raw

EVERYTHING = doc.policy(doc.allow("*"))
READ_ONLY = doc.policy(doc.allow("s3:GetObject"))
TAGGING = ["sts:AssumeRole", "sts:TagSession"]
SOURCING = ["sts:AssumeRole", "sts:SetSourceIdentity"]


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket()


def assuming(account, creds, role, **more):
    client = account.client("sts", creds, parameter_validation=False)
    name = more.pop("RoleSessionName", "attempt")
    return lambda: client.assume_role(RoleArn=role.arn, RoleSessionName=name, **more)


# -- SES-1: no way out of a session policy --------------------------------------------------


def test_ses_1_a_limited_session_cannot_make_itself_other_credentials(account, bucket):
    admin = account.make_role("admin", EVERYTHING)
    user = account.make_user("admin", EVERYTHING)
    limited = account.assume(admin, Policy=READ_ONLY)
    iam, sts = account.client("iam", limited), account.client("sts", limited)
    allowed(account.reads(limited, bucket))
    denied(lambda: iam.create_access_key(UserName=user.name), NO_SESSION)
    denied(lambda: iam.create_user(UserName=fresh("escaped")), NO_SESSION)
    denied(assuming(account, limited, admin))
    denied(lambda: sts.get_session_token())
    denied(lambda: sts.get_federation_token(Name="escaped", Policy=EVERYTHING))


def test_ses_1_a_limited_federated_user_cannot_either(account, bucket):
    user = account.make_user("admin", EVERYTHING)
    limited = account.federate(user.creds, "limited", READ_ONLY)
    iam, sts = account.client("iam", limited), account.client("sts", limited)
    allowed(account.reads(limited, bucket))
    denied(lambda: iam.create_access_key(UserName=user.name))
    denied(assuming(account, limited, account.make_role("admin", EVERYTHING)))
    denied(lambda: sts.get_session_token())
    denied(lambda: sts.get_federation_token(Name="escaped", Policy=EVERYTHING))


def test_ses_1_session_policies_of_a_chain_do_not_leak_into_each_other(account, bucket):
    first = account.make_role("first", EVERYTHING)
    second = account.make_role("second", EVERYTHING)
    hop = account.assume(first, Policy=doc.policy(doc.allow("sts:AssumeRole")))
    denied(account.reads(hop, bucket), NO_SESSION)
    allowed(account.reads(account.assume(second, by=hop), bucket))
    denied(account.reads(account.assume(second, by=hop, Policy=doc.policy(doc.allow("iam:*"))), bucket), NO_SESSION)


# -- SES-2: acting on another's behalf ---------------------------------------------------------


def test_ses_2_a_plain_user_cannot_act_on_another_user(account):
    target = account.make_user("administrator", EVERYTHING)
    own = "arn:aws:iam::*:user/${aws:username}"
    plain = account.make_user("plain", doc.policy(doc.allow("iam:*", own)))
    iam = account.client("iam", plain.creds)
    allowed(lambda: iam.list_access_keys(UserName=plain.name))
    allowed(lambda: iam.create_access_key(UserName=plain.name))
    for call in (
        lambda: iam.create_access_key(UserName=target.name),
        lambda: iam.put_user_policy(UserName=target.name, PolicyName="p", PolicyDocument=EVERYTHING),
        lambda: iam.delete_user(UserName=target.name),
        lambda: iam.update_access_key(UserName=target.name, AccessKeyId=target.creds.access_key, Status="Inactive"),
        lambda: iam.update_access_key(UserName=plain.name, AccessKeyId=target.creds.access_key, Status="Inactive"),
        lambda: iam.delete_access_key(UserName=plain.name, AccessKeyId=target.creds.access_key),
    ):
        with pytest.raises(iam.exceptions.ClientError):
            call()
    event = event_of_refusal(account, lambda: iam.create_access_key(UserName=target.name))
    assert event["additionalEventData"]["decisions"][0]["resource"] == target.arn
    assert len(account.iam.list_access_keys(UserName=target.name)["AccessKeyMetadata"]) == 1
    account.whoami(target.creds)


# -- SES-3: what session tokens and federated users may not call -------------------------------


def test_ses_3_a_session_token_without_mfa_may_not_administer(account):
    session = account.session_token(account.make_user("admin", EVERYTHING).creds)
    iam, sts = account.client("iam", session), account.client("sts", session)
    for call in (iam.list_users, iam.get_user, lambda: iam.create_user(UserName=fresh("x"))):
        denied(call)
    denied(sts.get_session_token)
    denied(lambda: sts.get_federation_token(Name="guest", Policy=EVERYTHING))
    denied(lambda: sts.get_access_key_info(AccessKeyId=session.access_key))
    allowed(sts.get_caller_identity)
    allowed(assuming(account, session, account.make_role("open")))


def test_ses_3_a_federated_user_may_only_ask_who_it_is(account):
    federated = account.federate(account.make_user("admin", EVERYTHING).creds, "guest", EVERYTHING)
    iam, sts = account.client("iam", federated), account.client("sts", federated)
    denied(iam.list_users)
    denied(iam.get_user)
    denied(assuming(account, federated, account.make_role("open", trust=doc.trust("*"))))
    denied(sts.get_session_token)
    denied(lambda: sts.get_access_key_info(AccessKeyId=federated.access_key))
    allowed(sts.get_caller_identity)


def test_ses_3_a_role_session_makes_no_session_tokens(account):
    session = account.assume(account.make_role("admin", EVERYTHING))
    sts = account.client("sts", session)
    denied(sts.get_session_token, "Cannot call GetSessionToken with session credentials")
    denied(
        lambda: sts.get_federation_token(Name="guest", Policy=EVERYTHING),
        "Cannot call GetFederationToken with session credentials",
    )


# -- SES-4: one kind of token is no other --------------------------------------------------------


def test_ses_4_a_session_token_opens_nothing_but_its_own_signature(account, server, bucket):
    raw = Raw(server)
    mine = account.assume(account.make_role("mine", EVERYTHING))
    other = account.assume(account.make_role("other", EVERYTHING))
    for path in (f"/{bucket}/a.txt", "/_portcullis/console/", "/_portcullis/portal/", "/_portcullis/metrics"):
        head = f"GET {path} HTTP/1.1\r\nHost: {raw.host}\r\nAuthorization: Bearer {mine.token}\r\n"
        head += f"X-Amz-Security-Token: {mine.token}\r\nCookie: session={mine.token}\r\nConnection: close\r\n\r\n"
        answer = raw.exchange(head.encode())
        if path == "/_portcullis/portal/":
            assert answer.status == 303 and answer.header("location").startswith("/_portcullis/portal/sign-in?"), answer
        else:
            assert answer.status in (400, 401, 403, 404), path
    mixed = type(mine)(mine.access_key, mine.secret, other.token)
    refused(lambda: account.whoami(mixed), "InvalidClientTokenId", 403)
    refused(account.reads(mixed, bucket), "InvalidToken", 400)


@pytest.mark.parametrize("spoil", ["", "x", "cut", "changed", "missing", "longer"])
def test_ses_4_a_spoiled_token_is_refused(account, bucket, spoil):
    creds = account.assume(account.make_role("mine", EVERYTHING))
    middle = len(creds.token) // 2
    other = "A" if creds.token[middle] != "A" else "B"
    token = {
        "": " ",
        "x": "x",
        "cut": creds.token[:middle],
        "changed": creds.token[:middle] + other + creds.token[middle + 1 :],
        "missing": None,
        "longer": creds.token + "AAAA",
    }[spoil]
    broken = type(creds)(creds.access_key, creds.secret, token)
    refused(lambda: account.whoami(broken), "InvalidClientTokenId", 403)
    probe = account.reads(broken, bucket)
    with pytest.raises(account.s3.exceptions.ClientError) as caught:
        probe()
    found = caught.value.response
    assert (found["Error"]["Code"], found["ResponseMetadata"]["HTTPStatusCode"]) in [
        ("InvalidToken", 400),
        ("InvalidAccessKeyId", 403),
    ]


def test_ses_4_a_token_on_a_long_term_key_is_refused(account):
    session = account.assume(account.make_role("mine", EVERYTHING))
    user = account.make_user("user", EVERYTHING)
    mixed = type(session)(user.creds.access_key, user.creds.secret, session.token)
    refused(lambda: account.whoami(mixed), "InvalidClientTokenId", 403)


# -- SES-5: who may assume ------------------------------------------------------------------------

MAY = doc.policy(doc.allow("sts:AssumeRole"))


@pytest.mark.parametrize(
    "identity, trusts, works",
    [
        (MAY, "account", True),
        (None, "account", False),
        (MAY, "user", True),
        (None, "user", True),
        (MAY, "somebody else", False),
        (None, "somebody else", False),
        (None, "everyone", True),
        (doc.policy(doc.deny("sts:AssumeRole")), "user", False),
    ],
)
def test_ses_5_identity_and_trust_decide_together(account, identity, trusts, works):
    user = account.make_user("caller", identity)
    named = {
        "account": ROOT_ARN,
        "user": user.arn,
        "somebody else": account.operator.arn,
        "everyone": "*",
    }[trusts]
    role = account.make_role("target", trust=doc.trust(named))
    call = assuming(account, user.creds, role)
    allowed(call) if works else denied(call)


def test_ses_5_trust_in_one_session_excludes_the_other_sessions(account):
    first = account.make_role("first")
    mary, john = (account.assume(first, name=name) for name in ("mary", "john"))
    second = account.make_role("second", trust=doc.trust(mary.arn))
    allowed(assuming(account, mary, second))
    denied(assuming(account, john, second))


def test_ses_5_trust_in_a_role_includes_its_sessions(account):
    first = account.make_role("first")
    second = account.make_role("second", trust=doc.trust(first.arn))
    allowed(assuming(account, account.assume(first), second))
    denied(assuming(account, account.assume(account.make_role("third")), second))


def test_ses_5_a_role_does_not_trust_itself_unless_it_says_so(account):
    role = account.make_role("self", MAY, doc.trust(account.operator.arn))
    session = account.assume(role)
    denied(assuming(account, session, role))
    document = doc.trust(account.operator.arn, role.arn)
    account.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=document)
    allowed(assuming(account, session, role))


def test_ses_5_the_external_id_must_be_right(account, server):
    condition = {"StringEquals": {"sts:ExternalId": "contract-17"}}
    role = account.make_role("partner", trust=doc.trust(account.operator.arn, **condition))
    by = account.operator.creds
    allowed(assuming(account, by, role, ExternalId="contract-17"))
    for wrong in ({}, {"ExternalId": "contract-18"}, {"ExternalId": "CONTRACT-17"}):
        denied(assuming(account, by, role, **wrong))
    refused(assuming(account, by, role, ExternalId="x"), "ValidationError", 400)
    raw = Raw(server)
    twice = raw.query_call("sts", "AssumeRole", by, RoleArn=role.arn, RoleSessionName="ab", ExternalId="contract-17")
    body = twice.body + b"&ExternalId=contract-18"
    again = raw.request("POST", "/", by, "sts", headers=[("Content-Type", FORM)], body=body)
    assert raw.send(again).status in (400, 403)


def test_ses_5_a_missing_role_and_a_refused_role_answer_alike(account):
    hidden = account.make_role("hidden", trust=doc.trust(account.operator.arn))
    stranger = account.make_user("stranger").creds
    real = denied(assuming(account, stranger, hidden))
    missing_arn = hidden.arn.replace("hidden", "absent")
    client = account.client("sts", stranger)
    absent = denied(lambda: client.assume_role(RoleArn=missing_arn, RoleSessionName="attempt"))
    assert real.replace("hidden", "absent") == absent


def test_ses_5_a_deny_by_the_tags_of_the_role_does_not_tell_which_roles_there_are(account):
    role = account.make_role("tagged")
    account.iam.tag_role(RoleName=role.name, Tags=[{"Key": "team", "Value": "red"}])
    by_tag = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    user = account.make_user("curious", doc.policy(doc.allow("sts:*"), doc.deny("sts:AssumeRole", **by_tag)))
    sts = account.client("sts", user.creds)
    for arn in (role.arn, f"{role.arn}-absent"):
        message = denied(lambda arn=arn: sts.assume_role(RoleArn=arn, RoleSessionName="who"))
        assert message == f"User: {user.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"



# -- SES-6: session tags ----------------------------------------------------------------------------


def tags(**pairs: str) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


@pytest.fixture
def tagged_role(account):
    return account.make_role("tagged", EVERYTHING, doc.trust(ROOT_ARN, actions=TAGGING))


@pytest.mark.parametrize(
    "given",
    [
        tags(Team="a", team="b"),
        tags(Team="a") * 2,
        [{"Key": "aws:team", "Value": "a"}],
        [{"Key": "AWS:team", "Value": "a"}],
        [{"Key": f"k{n}", "Value": "v"} for n in range(51)],
        [{"Key": "k" * 129, "Value": "v"}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": "k<", "Value": "v"}],
        [{"Key": "k", "Value": "v*"}],
    ],
    ids=["case", "twice", "aws:", "AWS:", "51", "long key", "long value", "bad key", "bad value"],
)
def test_ses_6_bad_tags_are_refused(account, tagged_role, given):
    call = assuming(account, account.operator.creds, tagged_role, Tags=given)
    with pytest.raises(account.s3.exceptions.ClientError) as caught:
        call()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_ses_6_tagging_a_session_needs_the_trust_policy_to_allow_it(account):
    plain = account.make_role("untagged", trust=doc.trust(ROOT_ARN))
    denied(assuming(account, account.operator.creds, plain, Tags=tags(team="a")))
    allowed(assuming(account, account.operator.creds, plain))


def test_ses_6_transitive_tags_cannot_be_replaced_down_the_chain(account, bucket):
    trusted = doc.trust(ROOT_ARN, actions=TAGGING)
    by_team = doc.policy(
        doc.allow("s3:*", StringEquals={"aws:PrincipalTag/team": "blue"}), doc.allow("sts:*")
    )
    roles = [account.make_role(f"hop{n}", by_team, trusted) for n in range(3)]
    first = account.assume(roles[0], Tags=tags(team="blue", desk="7"), TransitiveTagKeys=["team"])
    allowed(account.reads(first, bucket))
    with pytest.raises(account.s3.exceptions.ClientError):
        account.assume(roles[1], by=first, Tags=tags(team="red"))
    with pytest.raises(account.s3.exceptions.ClientError):
        account.assume(roles[1], by=first, Tags=tags(TEAM="red"))
    second = account.assume(roles[1], by=first)
    third = account.assume(roles[2], by=second, Tags=tags(desk="8"))
    for creds in (second, third):
        allowed(account.reads(creds, bucket))


def test_ses_6_other_tags_vanish_down_the_chain(account, bucket):
    trusted = doc.trust(ROOT_ARN, actions=TAGGING)
    by_team = doc.policy(doc.allow("s3:*", StringEquals={"aws:PrincipalTag/team": "blue"}), doc.allow("sts:*"))
    roles = [account.make_role(f"hop{n}", by_team, trusted) for n in range(2)]
    first = account.assume(roles[0], Tags=tags(team="blue"))
    allowed(account.reads(first, bucket))
    denied(account.reads(account.assume(roles[1], by=first), bucket))


# -- SES-7: source identity ---------------------------------------------------------------------------


def test_ses_7_source_identity_is_set_once_and_inherited(account, bucket):
    trusted = doc.trust(ROOT_ARN, actions=SOURCING)
    only_jane = doc.policy(doc.allow("s3:*", StringEquals={"aws:SourceIdentity": "jane"}), doc.allow("sts:*"))
    roles = [account.make_role(f"hop{n}", only_jane, trusted) for n in range(3)]
    first = account.assume(roles[0], SourceIdentity="jane")
    denied(assuming(account, first, roles[1], SourceIdentity="john"))
    answer = assuming(account, first, roles[1])()
    assert answer["SourceIdentity"] == "jane"
    second = type(first).issued(answer)
    third = account.assume(roles[2], by=second, SourceIdentity="jane")
    for creds in (first, second, third):
        read = allowed(account.reads(creds, bucket))
        event = event_of(account, read, AccessKeyId=creds.access_key)
        assert event["userIdentity"]["sessionContext"]["sourceIdentity"] == "jane"


def test_ses_7_setting_it_needs_the_trust_policy_to_allow_it(account):
    plain = account.make_role("plain", trust=doc.trust(ROOT_ARN))
    denied(assuming(account, account.operator.creds, plain, SourceIdentity="jane"))


def test_ses_7_inheriting_it_needs_the_next_role_to_allow_it(account):
    first = account.make_role("first", doc.policy(doc.allow("sts:*")), doc.trust(ROOT_ARN, actions=SOURCING))
    second = account.make_role("second", trust=doc.trust(ROOT_ARN))
    denied(assuming(account, account.assume(first, SourceIdentity="jane"), second))
    allowed(assuming(account, account.assume(first), second))


@pytest.mark.parametrize("value", ["x", "aws:jane", "j ane", "j" * 65])
def test_ses_7_a_malformed_one_is_refused(account, value):
    role = account.make_role("any", trust=doc.trust(ROOT_ARN, actions=SOURCING))
    call = assuming(account, account.operator.creds, role, SourceIdentity=value)
    refused(call, "ValidationError", 400)
