"""Class CTX, CTX-2 and CTX-6: what operators make of a key that is absent, empty or cannot be read.

Every operator on its own stands in `corpus/condition`, run by `crates/policy/tests/corpus.rs`; here it is a real tag of
a real caller, under an Allow and under a Deny.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account, User
from harness.attack import Watched
from harness.audit import recent_events_with
from harness.expect import allowed, header, request_id

S3_ALL = doc.allow("s3:*")


@pytest.fixture(scope="module")
def watched(account):
    return Watched(account)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("ctx")


@pytest.fixture(scope="module")
def tagged(account):
    """Whose tag is tested."""
    return account.make_user("tagged")


@pytest.fixture(scope="module")
def user(account):
    return account.make_user("ctx")


# -- CTX-2: absent, empty, there ------------------------------------------------------------------

# Per operator: the policy's value, a value that fits, one that does not; a negated operator fits where its twin does not.
POSITIVE = {
    "StringEquals": ("red", "red", "Red"),
    "StringEqualsIgnoreCase": ("RED", "red", "blue"),
    "StringLike": ("r*", "red", "blue"),
    "ArnEquals": ("arn:aws:s3:::b*", "arn:aws:s3:::bu", "arn:aws:s3:::c"),
    "ArnLike": ("arn:aws:s3:::b*", "arn:aws:s3:::bu", "arn:aws:s3:::c"),
    "NumericEquals": ("10", "10.0", "11"),
    "NumericLessThan": ("10", "9", "10"),
    "NumericLessThanEquals": ("10", "10", "11"),
    "NumericGreaterThan": ("10", "11", "10"),
    "NumericGreaterThanEquals": ("10", "10", "9"),
    "DateEquals": ("2024", "2024-01-01T00:00:00Z", "2025"),
    "DateLessThan": ("2024", "2023-12-31", "2024"),
    "DateLessThanEquals": ("2024", "2024", "2025"),
    "DateGreaterThan": ("2024", "2025", "2024"),
    "DateGreaterThanEquals": ("2024", "2024", "2023"),
    "Bool": ("true", "True", "false"),
    "BinaryEquals": ("AAEC", "AAEC", "AAED"),
    "IpAddress": ("10.0.0.0/8", "10.1.1.1", "192.0.2.1"),
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
# What cannot be read satisfies neither an operator nor its negation; an empty text is no number and no date.
UNREADABLE_WHEN_EMPTY = {"NumericNotEquals", "DateNotEquals"}
KEY = "aws:PrincipalTag/tested"


def rows(operator: str) -> list[tuple[str, str, str | None, bool]]:
    """AWS's table for an operator: how it is written, the policy's value, the tag's value or none, what is true."""
    is_negated = operator in NEGATED
    wanted, fits, fails = POSITIVE[NEGATED.get(operator, operator)]
    found = []
    for suffix in ("", "IfExists"):
        found += [
            (operator + suffix, wanted, None, is_negated or suffix == "IfExists"),
            (operator + suffix, wanted, "", is_negated and operator not in UNREADABLE_WHEN_EMPTY),
            (operator + suffix, wanted, fits, not is_negated),
            (operator + suffix, wanted, fails, is_negated),
        ]
    for prefix in ("ForAllValues:", "ForAnyValue:"):
        found += [
            (prefix + operator, wanted, None, prefix == "ForAllValues:"),
            # "A null data set, such as an empty string": no value at all.
            (prefix + operator, wanted, "", prefix == "ForAllValues:"),
            (prefix + operator, wanted, fits, not is_negated),
            (prefix + operator, wanted, fails, is_negated),
        ]
    return found


@pytest.mark.parametrize("value", [None, "", "other"], ids=["absent", "empty", "there"])
def test_ctx_2_null_asks_whether_a_key_is_there(account, tagged, bucket, value):
    assert holds_under_both(account, tagged, bucket, "Null", "true", value) == (value is None)
    assert holds_under_both(account, tagged, bucket, "Null", "false", value) == (value is not None)


@pytest.mark.parametrize("operator", [*POSITIVE, *NEGATED])
def test_ctx_2_absent_empty_and_there_under_allow_and_deny(account, tagged, bucket, operator):
    for written, wanted, value, holds in rows(operator):
        found = holds_under_both(account, tagged, bucket, written, wanted, value)
        assert found == holds, (written, wanted, value)
    assert account.server.alive()


def holds_under_both(account: Account, tagged: User, bucket: str, operator: str, wanted: str, value: str | None) -> bool:
    """Whether the condition is true of a user with this tag or none; the same under an Allow and under a Deny."""
    account.iam.untag_user(UserName=tagged.name, TagKeys=["tested"])
    if value is not None:
        account.iam.tag_user(UserName=tagged.name, Tags=[{"Key": "tested", "Value": value}])
    condition = {operator: {KEY: wanted}}
    found = []
    for statements in ([doc.allow("s3:*", **condition)], [S3_ALL, doc.deny("s3:*", **condition)]):
        account.user_policy(tagged.name, doc.policy(*statements))
        try:
            account.reads(tagged.creds, bucket)()
            found.append(True)
        except ClientError as refusal:
            assert refusal.response["Error"]["Code"] == "AccessDenied"
            found.append(False)
    assert found[0] != found[1], f"Allow and Deny see {condition} of {value!r} alike"
    return found[0]


def test_ctx_2_every_question_has_one_event(account, bucket):
    asked = account.client("s3", account.make_user("asked", doc.policy(S3_ALL)).creds)
    answers = [asked.get_object(Bucket=bucket, Key="a.txt") for _ in range(5)]
    for answer in answers:
        [event] = recent_events_with(account, request_id(answer))
        assert event["eventName"] == "GetObject"


def test_ctx_2_an_allow_under_for_all_values_is_wide_and_a_finding_says_so(account, watched, bucket, user):
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": "red"}}
    saved = account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", **condition)))
    assert int(header(saved, "x-portcullis-findings")) >= 1
    assert any("ForAllValues" in finding for finding in findings(account, saved))
    allowed(account.reads(user.creds, bucket))
    guarded = doc.policy(doc.allow("s3:GetObject", **condition, Null={"aws:TagKeys": "false"}))
    saved = account.user_policy(user.name, guarded)
    assert not any("ForAllValues" in finding for finding in findings(account, saved))
    watched.repelled(account.reads(user.creds, bucket), "AccessDenied", 403)


def findings(account: Account, saved: dict) -> list[str]:
    [event] = recent_events_with(account, request_id(saved))
    return [str(finding) for finding in event.get("additionalEventData", {}).get("findings", [])]


def test_ctx_2_null_is_no_value_of_a_policy(account, watched, user):
    text = doc.policy(doc.allow("s3:*", StringEquals={KEY: None}))
    watched.repelled(lambda: account.user_policy(user.name, text), "MalformedPolicyDocument", 400, "null")


# -- CTX-6: what is no date and no number ---------------------------------------------------------

NO_DATES = ["1704067200000", "2026-02-30", "2026-02-29T00:00:00Z", "2016-12-31T23:59:60Z", "2026-13-01", "2026-1-1",
            "2026-01-01 00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T24:00:00Z", "now", "-1", "1e9", " 2026", ""]  # fmt: skip
NO_NUMBERS = ["1e400", "NaN", "Infinity", "-Infinity", "0x10", " 5", "5 ", "+5", "1_000", "1,000", "5.", ".5", "--5", "ten", ""]


@pytest.mark.parametrize("text", NO_DATES)
def test_ctx_6_what_is_no_date_is_refused_at_save(account, watched, user, text):
    for operator in ("DateLessThan", "DateNotEquals"):
        bad = doc.policy(doc.allow("s3:*", **{operator: {"aws:CurrentTime": text}}))
        watched.repelled(lambda bad=bad: account.user_policy(user.name, bad), "MalformedPolicyDocument", 400, operator)
    allowed(lambda: account.user_policy(user.name, doc.policy(doc.deny("s3:*", DateLessThan={"aws:CurrentTime": "2026-02-28"}))))


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_ctx_6_what_is_no_number_is_refused_at_save(account, watched, user, text):
    for operator in ("NumericLessThan", "NumericNotEquals"):
        bad = doc.policy(doc.allow("s3:*", **{operator: {"s3:max-keys": text}}))
        watched.repelled(lambda bad=bad: account.user_policy(user.name, bad), "MalformedPolicyDocument", 400, operator)
    allowed(lambda: account.user_policy(user.name, doc.policy(doc.allow("s3:*", NumericLessThan={"s3:max-keys": "5"}))))


@pytest.mark.parametrize("text", ["1e400", "NaN", "Infinity", "0x10", " 5", "5 ", "+5", ".5", "5.", "--5"])
def test_ctx_6_a_value_that_is_no_number_never_matches(account, tagged, bucket, text):
    for operator in ("NumericLessThan", "NumericGreaterThan", "NumericEquals", "NumericNotEquals"):
        assert not holds_under_both(account, tagged, bucket, operator, "10", text), operator
    assert holds_under_both(account, tagged, bucket, "NumericLessThan", "10", "5")


@pytest.mark.parametrize("text", ["1704067200000", "2026-02-30", "2016-12-31T23:59:60Z", "2024-01-01T00:00:00", "yesterday"])
def test_ctx_6_a_value_that_is_no_date_never_matches(account, tagged, bucket, text):
    for operator in ("DateLessThan", "DateGreaterThan", "DateEquals", "DateNotEquals"):
        assert not holds_under_both(account, tagged, bucket, operator, "2025", text), operator
    assert holds_under_both(account, tagged, bucket, "DateLessThan", "2025", "1704067200")


def test_ctx_6_numbers_are_compared_exactly_at_any_length(account, tagged, bucket):
    long = "9" * 200
    assert holds_under_both(account, tagged, bucket, "NumericGreaterThan", long[:-1] + "8", long)
    assert not holds_under_both(account, tagged, bucket, "NumericEquals", long[:-1] + "8", long)
    assert holds_under_both(account, tagged, bucket, "NumericEquals", "0.1", "0.10")
