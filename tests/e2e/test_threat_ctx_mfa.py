"""CTX-4: a code is good once, for its own device, and cannot be guessed; and what policies make of it.

Codes in other spellings, half of what is needed and devices that are not there: `test_threat_ctx.py`. Ten thousand
guesses against the clock of a test: `crates/service/src/actions/sts/tests/mfa.rs`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import ROOT_ARN
from harness.attack import Watched
from harness.audit import event_of
from harness.clients import Creds
from harness.expect import allowed, denied, refused
from harness.mfa import Device

PRESENT, AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"
INVALID = "MultiFactorAuthentication failed with invalid MFA one time pass code."
UNKNOWN = "unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
ASSUME = doc.policy(doc.allow("sts:AssumeRole"))


@pytest.fixture
def account(clocked):
    return clocked[0]


@pytest.fixture
def clock(clocked):
    return clocked[1]


@pytest.fixture
def watched(account):
    return Watched(account)


@pytest.fixture
def user(account):
    return account.make_user("coded", ASSUME)


@pytest.fixture
def device(account, clock, user):
    return Device(account, clock).enable(user.name)


@pytest.fixture
def near(moved):
    """A server, a user and a device of their own, whose clock is less than a quarter of an hour from the real one: under
    many requests at once libfaketime now and then gives a thread the real time, by which signatures must be good."""
    account, clock = moved
    user = account.make_user("coded", ASSUME)
    return account, clock, user, Device(account, clock).enable(user.name)


@pytest.fixture
def role(account):
    """A role that is open to whoever shows a code."""
    return account.make_role("strict", trust=doc.trust(ROOT_ARN, Bool={PRESENT: "true"}))


def token(account, user, **code):
    return lambda: account.client("sts", user.creds).get_session_token(**code)


def assume(account, creds, role, **code):
    return lambda: account.client("sts", creds).assume_role(RoleArn=role.arn, RoleSessionName="coded", **code)


# -- once -------------------------------------------------------------------------------------------


def test_ctx_4_a_code_is_good_once_whatever_it_is_for(account, watched, user, device, role):
    for first, second in [
        (token, lambda code: assume(account, user.creds, role, **code)),
        (lambda *_, **code: assume(account, user.creds, role, **code), lambda code: token(account, user, **code)),
        (token, lambda code: token(account, user, **code)),
    ]:
        code = device.proof()
        allowed(first(account, user, **code))
        watched.repelled(second(code), "AccessDenied", 403, INVALID)
        # Nor one of an earlier step, though nobody used it.
        watched.repelled(second(device.proof(device.code(-1))), "AccessDenied", 403, INVALID)
        allowed(second(device.proof()))


def test_ctx_4_codes_that_enabled_the_device_are_used(account, clock, user):
    device = Device(account, clock).enable(user.name)
    for steps in (-1, 0):
        denied(token(account, user, **device.proof(device.code(steps))), INVALID)
    allowed(token(account, user, **device.proof(device.code(1))))


def test_ctx_4_of_many_at_once_one_wins(near):
    account, _, user, device = near
    role = account.make_role("strict", trust=doc.trust(ROOT_ARN, Bool={PRESENT: "true"}))
    for _ in range(5):
        code = device.proof()
        calls = [token(account, user, **code), assume(account, user.creds, role, **code)] * 8

        def outcome(call):
            try:
                return call()["Credentials"]["AccessKeyId"]
            except ClientError as error:
                # A request that was overtaken too often is asked to come again.
                assert error.response["Error"]["Code"] in ("AccessDenied", "ServiceUnavailable"), error
                return None

        with ThreadPoolExecutor(16) as pool:
            won = [key for key in pool.map(outcome, calls) if key]
        assert len(won) == 1, won


# -- of its own device ------------------------------------------------------------------------------


def test_ctx_4_another_device_or_another_user_does_not_count(account, clock, watched, user, device, role):
    other = account.make_user("other", ASSUME)
    theirs = Device(account, clock).enable(other.name)
    loose = Device(account, clock)
    clock.forward(60)
    for held in (theirs, loose):
        for call in (token(account, user, **held.proof()), assume(account, user.creds, role, **held.proof())):
            watched.repelled(call, "AccessDenied", 403, UNKNOWN)
    # A second device of the same user has codes of its own.
    second = Device(account, clock).enable(user.name)
    mixed = {"SerialNumber": device.serial, "TokenCode": second.next()}
    watched.repelled(token(account, user, **mixed), "AccessDenied", 403, INVALID)
    allowed(token(account, user, **second.proof()))
    allowed(token(account, user, **device.proof()))
    # Neither the role nor a session of it has a device, nor has root this one.
    session = account.assume(account.make_role("chained", ASSUME), by=account.operator.creds)
    denied(assume(account, session, role, **device.proof()), UNKNOWN)
    denied(lambda: account.client("sts", account.root).get_session_token(**device.proof()), UNKNOWN)


@pytest.mark.parametrize("spelling", [" {}", "{} ", "{}\n", "\t{}", "{}\0", "+{}"])
def test_ctx_4_nothing_stands_around_a_code(account, watched, user, device, spelling):
    good = device.next()
    call = token(account, user, **device.proof(spelling.format(good)))
    refused(call, "ValidationError", 400)
    short = token(account, user, **device.proof(spelling.format(good[1:])))
    with pytest.raises(ClientError):
        short()
    allowed(token(account, user, **device.proof(good)))


def test_ctx_4_a_device_taken_away_or_deleted_proves_nothing(account, user, device, role):
    account.iam.deactivate_mfa_device(UserName=user.name, SerialNumber=device.serial)
    denied(assume(account, user.creds, role, **device.proof()), UNKNOWN)
    account.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    denied(token(account, user, **device.proof()), UNKNOWN)
    # A namesake has another seed.
    again = Device(account, device.clock, device.serial.rsplit("/", 1)[1]).enable(user.name)
    assert again.serial == device.serial and again.text != device.text
    denied(token(account, user, **device.proof()), INVALID)
    allowed(token(account, user, **again.proof()))


# -- not guessed ------------------------------------------------------------------------------------


def test_ctx_4_wrong_codes_lock_the_device_for_all_its_uses(account, clock, watched, user, device, role):
    clock.forward(60)
    wrong = device.wrong()
    calls = [token(account, user, **device.proof(wrong)), assume(account, user.creds, role, **device.proof(wrong))]
    resync = {"AuthenticationCode1": wrong, "AuthenticationCode2": wrong}
    before = watched.state()
    for call in calls * 2:
        denied(call, INVALID)
    again = lambda **codes: lambda: account.iam.resync_mfa_device(UserName=user.name, SerialNumber=device.serial, **codes)  # noqa: E731
    refused(again(**resync), "InvalidAuthenticationCode", 403)
    # Locked: right codes are refused in the same words.
    denied(token(account, user, **device.proof(device.code())), INVALID)
    denied(assume(account, user.creds, role, **device.proof(device.code())), INVALID)
    refused(again(**device.two()), "InvalidAuthenticationCode", 403)
    for number in range(300):
        denied(token(account, user, **device.proof(f"{number:06}")), INVALID)
    assert watched.state() == before and account.server.alive()
    # Nobody else is locked out, nor is the user without a code, nor is another device of the user.
    allowed(token(account, user))
    second = Device(account, clock).enable(user.name)
    allowed(token(account, user, **second.proof()))
    clock.forward(300)
    allowed(token(account, user, **device.proof()))
    # A good code begins the count anew.
    for _ in range(4):
        denied(token(account, user, **device.proof(device.wrong())), INVALID)
    allowed(token(account, user, **device.proof()))


def test_ctx_4_guesses_sent_at_once_are_counted_one_by_one(near):
    account, clock, user, device = near
    clock.forward(60)
    wrong = device.wrong()

    def guess(_):
        with pytest.raises(ClientError) as caught:
            token(account, user, **device.proof(wrong))()
        return caught.value.response["Error"]["Code"]

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(guess, range(64))) <= {"AccessDenied", "ServiceUnavailable"}
    denied(token(account, user, **device.proof(device.code())), INVALID)
    # Five were looked at and no more: the lock is the first one, of five minutes.
    clock.forward(300)
    allowed(token(account, user, **device.proof()))


# -- what policies make of it ------------------------------------------------------------------------

# For each caller: absent (long-term key), false (session without MFA), true (session with MFA).
CONDITIONS = [
    ({"Bool": {PRESENT: "true"}}, [False, False, True]),
    ({"Bool": {PRESENT: "false"}}, [False, True, False]),
    ({"BoolIfExists": {PRESENT: "true"}}, [True, False, True]),
    ({"BoolIfExists": {PRESENT: "false"}}, [True, True, False]),
    ({"Null": {PRESENT: "true"}}, [True, False, False]),
    ({"Null": {PRESENT: "false"}}, [False, True, True]),
    ({"Null": {AGE: "true"}}, [True, True, False]),
    ({"NumericLessThan": {AGE: "60"}}, [False, False, True]),
    ({"NumericLessThanIfExists": {AGE: "60"}}, [True, True, True]),
    ({"NumericGreaterThan": {AGE: "3000"}}, [False, False, False]),
]


@pytest.fixture(scope="module")
def three(clocked):
    """One user without a session, with one, and with one that has a code behind it."""
    account, clock = clocked
    user = account.make_user("three")
    device = Device(account, clock).enable(user.name)
    proved = lambda: account.session_token(user.creds, **device.proof())  # noqa: E731
    return user, lambda: [user.creds, account.session_token(user.creds), proved()]


@pytest.mark.parametrize("condition, expected", CONDITIONS, ids=[str(condition) for condition, _ in CONDITIONS])
def test_ctx_4_what_a_condition_sees(account, three, condition, expected):
    user, callers = three
    bucket = account.make_bucket("mfa")
    callers = callers()
    account.user_policy(user.name, doc.policy(doc.allow("s3:*", **condition)))
    for creds, holds in zip(callers, expected):
        (allowed if holds else denied)(account.reads(creds, bucket))
    account.user_policy(user.name, doc.policy(doc.allow("s3:*"), doc.deny("s3:*", **condition)))
    for creds, holds in zip(callers, expected):
        (denied if holds else allowed)(account.reads(creds, bucket))


@pytest.mark.parametrize("condition, expected", CONDITIONS, ids=[str(condition) for condition, _ in CONDITIONS])
def test_ctx_4_what_a_trust_policy_sees(account, clock, user, device, condition, expected):
    role = account.make_role("seen", trust=doc.trust(ROOT_ARN, **condition))
    absent, false, true = expected
    plain, proved = account.session_token(user.creds), account.session_token(user.creds, **device.proof())
    for creds, holds in [(user.creds, absent), (plain, false), (proved, true)]:
        (allowed if holds else denied)(assume(account, creds, role))
    # A code that comes with the request counts like a session that has one, whoever brings it.
    for creds in (user.creds, plain):
        (allowed if true else denied)(assume(account, creds, role, **device.proof()))


def test_ctx_4_the_age_grows_and_is_nothing_for_a_fresh_code(account, clock, user, device):
    role = account.make_role("fresh", trust=doc.trust(ROOT_ARN, NumericLessThan={AGE: "300"}, NumericGreaterThanEquals={AGE: "0"}))
    proved = account.session_token(user.creds, **device.proof())
    allowed(assume(account, proved, role))
    clock.forward(301)
    denied(assume(account, proved, role))
    allowed(assume(account, proved, role, **device.proof()))
    now = account.make_role("now", trust=doc.trust(ROOT_ARN, NumericEquals={AGE: "0"}))
    denied(assume(account, proved, now))
    allowed(assume(account, user.creds, now, **device.proof()))


def test_ctx_4_a_role_session_has_no_mfa_of_its_own(account, user, device, role):
    account.role_policy(role.name, doc.policy(doc.allow("s3:*", Bool={PRESENT: "true"}), doc.allow("sts:AssumeRole")))
    bucket = account.make_bucket("mfa")
    answer = assume(account, user.creds, role, **device.proof())()
    session = Creds.issued(answer)
    denied(account.reads(session, bucket))
    denied(assume(account, session, role))
    # The event says nothing of the code.
    event = event_of(account, answer, EventName="AssumeRole")
    assert event["requestParameters"]["serialNumber"] == device.serial
    assert "tokenCode" not in event["requestParameters"] and not {*device.said} & {str(event)}
    assert device.said[-1] not in str(event["requestParameters"])


def test_ctx_4_iam_opens_to_a_session_with_mfa(account, user, device):
    account.user_policy(user.name, doc.policy(doc.allow("iam:*")))
    denied(account.sees_users(account.session_token(user.creds)))
    proved = account.session_token(user.creds, **device.proof())
    allowed(account.sees_users(proved))
    # A deny of all that is done without MFA leaves GetSessionToken, as AWS's own example has it.
    without = doc.deny("*", BoolIfExists={PRESENT: "false"})
    del without["Action"]
    without["NotAction"] = ["sts:GetSessionToken"]
    account.user_policy(user.name, doc.policy(doc.allow("*"), without))
    denied(account.sees_users(user.creds))
    allowed(account.sees_users(account.session_token(user.creds, **device.proof())))
