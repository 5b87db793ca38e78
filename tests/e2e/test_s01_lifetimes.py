"""S1: how long temporary credentials live, what shortens or refuses it, and that they end."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.expect import allowed, denied, refused

PERMITTED = doc.policy(doc.allow(["sts:*", "s3:*", "iam:ListUsers"]))
PASSED = doc.policy(doc.allow("s3:*"))
HOUR, HALF_DAY, LONGEST = 3600, 43200, 129600
SLACK_S = 5
TOO_SHORT = "Member must have value greater than or equal to 900"
TOO_LONG = "Member must have value less than or equal to {}"
OVER_ROLE = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
OVER_CHAIN = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."


@pytest.fixture(scope="module")
def user(account):
    return account.make_user("lasting", PERMITTED)


@pytest.fixture(scope="module")
def long_role(account):
    return account.make_role("long", PERMITTED, MaxSessionDuration=HALF_DAY)


def unchecked(account, creds):
    """STS without the client's own check of minimum values."""
    return account.client("sts", creds, parameter_validation=False)


def session_token(account, creds):
    return lambda **more: unchecked(account, creds).get_session_token(**more)


def federation_token(account, creds):
    return lambda **more: unchecked(account, creds).get_federation_token(Name="bob", Policy=PASSED, **more)


def assume_role(account, creds, role):
    sts = unchecked(account, creds)
    return lambda **more: sts.assume_role(RoleArn=role.arn, RoleSessionName="timed", **more)


def assert_lives(answer: dict, seconds: int) -> None:
    left = (answer["Credentials"]["Expiration"] - doc.utc_now()).total_seconds()
    assert seconds - SLACK_S < left <= seconds + 1


ISSUERS = pytest.mark.parametrize("issuer", [session_token, federation_token])


@ISSUERS
@pytest.mark.parametrize("seconds", [900, 901, HALF_DAY, LONGEST])
def test_a_user_may_ask_for_15_minutes_to_36_hours(account, user, issuer, seconds):
    assert_lives(issuer(account, user.creds)(DurationSeconds=seconds), seconds)


@ISSUERS
def test_a_user_gets_12_hours_by_default(account, user, issuer):
    assert_lives(issuer(account, user.creds)(), HALF_DAY)


@ISSUERS
@pytest.mark.parametrize(
    "seconds, text", [(899, TOO_SHORT), (0, TOO_SHORT), (LONGEST + 1, TOO_LONG.format(LONGEST))]
)
def test_outside_the_range_is_a_validation_error(account, user, issuer, seconds, text):
    call = issuer(account, user.creds)
    message = refused(lambda: call(DurationSeconds=seconds), "ValidationError", 400, text)
    assert f"Value '{seconds}' at 'durationSeconds'" in message


@ISSUERS
@pytest.mark.parametrize("seconds", [HOUR + 1, HALF_DAY, LONGEST])
def test_root_asking_for_more_than_an_hour_gets_an_hour(account, issuer, seconds):
    assert_lives(issuer(account, account.root)(DurationSeconds=seconds), HOUR)


@ISSUERS
def test_root_gets_an_hour_by_default_and_less_when_asked(account, issuer):
    assert_lives(issuer(account, account.root)(), HOUR)
    assert_lives(issuer(account, account.root)(DurationSeconds=900), 900)


@ISSUERS
def test_root_is_held_to_the_range_too(account, issuer):
    call = issuer(account, account.root)
    refused(lambda: call(DurationSeconds=899), "ValidationError", 400, TOO_SHORT)


def test_a_role_session_lives_an_hour_by_default_whatever_the_role_maximum(account, long_role):
    assert_lives(assume_role(account, account.operator.creds, long_role)(), HOUR)


@pytest.mark.parametrize("seconds", [900, HOUR, HALF_DAY])
def test_a_role_session_lives_as_long_as_asked_within_the_role_maximum(account, long_role, seconds):
    assert_lives(assume_role(account, account.operator.creds, long_role)(DurationSeconds=seconds), seconds)


def test_above_the_role_maximum_is_a_validation_error(account):
    role = account.make_role("short", MaxSessionDuration=7200)
    call = assume_role(account, account.operator.creds, role)
    assert_lives(call(DurationSeconds=7200), 7200)
    refused(lambda: call(DurationSeconds=7201), "ValidationError", 400, OVER_ROLE)


def test_a_role_has_a_maximum_of_an_hour_unless_given(account):
    call = assume_role(account, account.operator.creds, account.make_role("plain"))
    refused(lambda: call(DurationSeconds=HOUR + 1), "ValidationError", 400, OVER_ROLE)


@pytest.mark.parametrize("seconds, text", [(899, TOO_SHORT), (HALF_DAY + 1, TOO_LONG.format(HALF_DAY))])
def test_a_role_session_outside_the_range_is_a_validation_error(account, long_role, seconds, text):
    call = assume_role(account, account.operator.creds, long_role)
    refused(lambda: call(DurationSeconds=seconds), "ValidationError", 400, text)


def test_lowering_the_role_maximum_does_not_shorten_live_sessions(account):
    role = account.make_role("lowered", PERMITTED, MaxSessionDuration=HALF_DAY)
    creds = account.assume(role, DurationSeconds=HALF_DAY)
    account.iam.update_role(RoleName=role.name, MaxSessionDuration=HOUR)
    allowed(account.sees_users(creds))


def test_a_chained_session_is_refused_more_than_an_hour(account, long_role):
    first = account.assume(account.make_role("first", PERMITTED))
    call = assume_role(account, first, long_role)
    assert_lives(call(DurationSeconds=HOUR), HOUR)
    refused(lambda: call(DurationSeconds=HOUR + 1), "ValidationError", 400, OVER_CHAIN)


def test_session_tokens_of_a_user_count_as_temporary_callers(account, user, long_role):
    call = assume_role(account, account.session_token(user.creds), long_role)
    assert_lives(call(DurationSeconds=HOUR), HOUR)
    refused(lambda: call(DurationSeconds=HOUR + 1), "ValidationError", 400, OVER_CHAIN)


@pytest.mark.parametrize("seconds", [HOUR - 1, HALF_DAY + 1])
def test_a_role_maximum_lies_between_1_and_12_hours(account, seconds):
    iam = account.client("iam", parameter_validation=False)
    call = lambda: iam.create_role(  # noqa: E731
        RoleName="odd", AssumeRolePolicyDocument=doc.trust(account.operator.arn), MaxSessionDuration=seconds
    )
    refused(call, "ValidationError", 400)


def test_duration_errors_come_only_after_authorisation(account, long_role):
    stranger = account.make_user("stranger")
    call = assume_role(account, stranger.creds, long_role)
    denied(lambda: call(DurationSeconds=HALF_DAY))


def expired(account, creds, bucket) -> None:
    refused(lambda: account.whoami(creds), "ExpiredToken", 403, "is expired")
    refused(account.sees_users(creds), "ExpiredToken", 403)
    refused(account.reads(creds, bucket), "ExpiredToken", 400, "The provided token has expired.")


def test_credentials_work_until_they_expire_and_not_a_moment_longer(moved):
    account, clock = moved
    bucket = account.make_bucket()
    user = account.make_user("ending", PERMITTED)
    role = account.make_role("ending", PERMITTED)
    short = [
        account.assume(role, DurationSeconds=900),
        account.session_token(user.creds, DurationSeconds=900),
        account.federate(user.creds, "bob", PASSED, DurationSeconds=900),
    ]
    longer = account.assume(role, DurationSeconds=1800)
    clock.forward(900 - 30)
    for creds in short:
        allowed(account.reads(creds, bucket))
    clock.forward(31)
    for creds in short:
        expired(account, creds, bucket)
    allowed(account.reads(longer, bucket))
    allowed(account.reads(user.creds, bucket))
    clock.forward(900)
    expired(account, longer, bucket)
    allowed(account.reads(account.assume(role), bucket))


def test_the_longest_session_lasts_36_hours(moved):
    account, clock = moved
    bucket = account.make_bucket()
    user = account.make_user("longest", PERMITTED)
    creds = account.session_token(user.creds, DurationSeconds=LONGEST)
    clock.forward(LONGEST - 60)
    allowed(account.reads(creds, bucket))
    clock.forward(61)
    expired(account, creds, bucket)


def test_an_expired_token_stays_expired_when_the_policy_is_changed(moved):
    account, clock = moved
    bucket = account.make_bucket()
    role = account.make_role("late", PERMITTED)
    creds = account.assume(role, DurationSeconds=900)
    clock.forward(1000)
    account.role_policy(role.name, doc.policy(doc.allow("*")))
    expired(account, creds, bucket)
