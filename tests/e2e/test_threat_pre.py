"""Class PRE: a presigned URL has the signer's permissions at the moment it is used, no more."""

from __future__ import annotations

import time
from urllib.request import urlopen
from urllib.error import HTTPError

import pytest

from harness import documents as doc
from harness.expect import BY_IDENTITY, BY_RESOURCE
from harness.raw import Raw

READ = doc.policy(doc.allow(["s3:GetObject", "s3:PutObject", "sts:*"]))
PASSED = doc.policy(doc.allow("s3:*"))
WEEK = 604800


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("presigned")


@pytest.fixture
def user(account):
    return account.make_user("signer", READ)


def url_of(account, creds, bucket, expires=WEEK, call="get_object"):
    fields = {"Bucket": bucket, "Key": "a.txt"}
    return account.client("s3", creds).generate_presigned_url(call, Params=fields, ExpiresIn=expires)


def opens(url: str) -> None:
    with urlopen(url, timeout=10) as answer:
        assert answer.read() == b"content of a.txt"


def closed(url: str, status: int, code: str, contains: str = "") -> None:
    with pytest.raises(HTTPError) as caught:
        urlopen(url, timeout=10)
    text = caught.value.read().decode()
    assert (caught.value.code, f"<Code>{code}</Code>" in text) == (status, True), text
    assert contains in text, text


# -- PRE-1: everything that takes the permission away takes it from the URL -------------------


def test_pre_1_a_deleted_key_kills_its_urls(account, bucket, user):
    url = url_of(account, user.creds, bucket)
    opens(url)
    account.iam.delete_access_key(UserName=user.name, AccessKeyId=user.creds.access_key)
    closed(url, 403, "InvalidAccessKeyId")


def test_pre_1_an_inactive_key_pauses_its_urls(account, bucket, user):
    url = url_of(account, user.creds, bucket)
    key = {"UserName": user.name, "AccessKeyId": user.creds.access_key}
    account.iam.update_access_key(**key, Status="Inactive")
    closed(url, 403, "InvalidAccessKeyId")
    account.iam.update_access_key(**key, Status="Active")
    opens(url)


def test_pre_1_a_deleted_user_kills_the_urls_of_its_keys_and_sessions(account, bucket, user):
    held = [user.creds, account.session_token(user.creds), account.federate(user.creds, "bob", PASSED)]
    urls = [url_of(account, creds, bucket) for creds in held]
    for url in urls:
        opens(url)
    account.delete_user(user.name)
    for url in urls:
        closed(url, 403, "InvalidAccessKeyId")


def test_pre_1_a_removed_policy_kills_the_urls(account, bucket, user):
    url = url_of(account, user.creds, bucket)
    account.iam.delete_user_policy(UserName=user.name, PolicyName="main")
    closed(url, 403, "AccessDenied")
    account.user_policy(user.name, READ)
    opens(url)


def test_pre_1_a_revoked_session_kills_its_urls_and_a_new_session_signs_new_ones(account, bucket):
    role = account.make_role("signer", READ)
    old = url_of(account, account.assume(role), bucket)
    opens(old)
    time.sleep(0.002)
    account.role_policy(role.name, doc.revoke_older(doc.utc_now()), doc.REVOKE_NAME)
    closed(old, 403, "AccessDenied", BY_IDENTITY)
    opens(url_of(account, account.assume(role), bucket))


def test_pre_1_a_bucket_deny_kills_the_urls(account, bucket, user):
    url = url_of(account, user.creds, bucket)
    account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": user.arn}))
    closed(url, 403, "AccessDenied", BY_RESOURCE)
    account.s3.delete_bucket_policy(Bucket=bucket)
    opens(url)


def test_pre_1_the_urls_of_others_go_on_working(account, bucket, user):
    other = account.make_user("other", READ)
    url = url_of(account, other.creds, bucket)
    account.delete_user(user.name)
    opens(url)


def test_pre_1_a_presigned_put_is_refused_after_the_policy_is_gone(account, raw, bucket, user):
    put = raw.presigned("PUT", f"/{bucket}/put.txt", user.creds, body=b"one")
    assert raw.send(put).status == 200
    account.iam.delete_user_policy(UserName=user.name, PolicyName="main")
    put.body = b"two"
    assert raw.send(put).status == 403
    assert account.s3.get_object(Bucket=bucket, Key="put.txt")["Body"].read() == b"one"


def test_pre_1_conditions_see_that_the_request_came_by_url(account, bucket, user):
    by_url = {"s3:authType": "REST-QUERY-STRING"}
    account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": user.arn}, StringEquals=by_url))
    closed(url_of(account, user.creds, bucket), 403, "AccessDenied", BY_RESOURCE)
    assert account.reads(user.creds, bucket)()["Body"].read() == b"content of a.txt"
    account.s3.delete_bucket_policy(Bucket=bucket)


# -- PRE-2: the expiry -------------------------------------------------------------------------


@pytest.mark.parametrize("expires", ["604801", "-1", "0", "1e3", "60 ", " 60", "+60", "", "abc", "9" * 20, "60.0"])
def test_pre_2_an_expiry_out_of_bounds_is_refused(raw, bucket, user, expires):
    answer = raw.send(raw.presigned("GET", f"/{bucket}/a.txt", user.creds, expires))
    assert (answer.status, answer.code) == (400, "AuthorizationQueryParametersError"), answer.text


@pytest.mark.parametrize("expires", ["1", "604800"])
def test_pre_2_control_the_bounds_themselves_are_taken(raw, bucket, user, expires):
    assert raw.send(raw.presigned("GET", f"/{bucket}/a.txt", user.creds, expires)).status == 200


@pytest.mark.parametrize("field", ["X-Amz-Expires", "X-Amz-Date", "X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Algorithm"])
def test_pre_2_a_missing_parameter_is_refused(raw, bucket, user, field):
    request = raw.presigned("GET", f"/{bucket}/a.txt", user.creds)
    path, _, query = request.target.partition("?")
    request.target = path + "?" + "&".join(p for p in query.split("&") if not p.startswith(field + "="))
    answer = raw.send(request)
    assert answer.status in (400, 403) and b"content of" not in answer.body


def test_pre_2_a_changed_expiry_breaks_the_signature(raw, bucket, user):
    request = raw.presigned("GET", f"/{bucket}/a.txt", user.creds, "60")
    request.target = request.target.replace("X-Amz-Expires=60", "X-Amz-Expires=6000")
    assert raw.send(request).code == "SignatureDoesNotMatch"


def test_pre_2_a_url_ends_with_its_expiry(moved):
    account, clock = moved
    bucket = account.make_bucket()
    url = url_of(account, account.make_user("signer", READ).creds, bucket, expires=60)
    opens(url)
    clock.forward(61)
    closed(url, 403, "AccessDenied", "Request has expired")


def identity_url(account, creds, expires: int) -> str:
    sts = account.client("sts", creds)
    return sts.generate_presigned_url("get_caller_identity", ExpiresIn=expires, HttpMethod="GET")


def test_pre_2_a_url_of_sts_ends_with_its_expiry_and_with_its_session(moved):
    """What clusters and vaults send as the proof of an identity."""
    account, clock = moved
    session = account.assume(account.make_role("proof", READ), DurationSeconds=900)
    short, long = identity_url(account, session, 60), identity_url(account, session, 3600)
    for url in (short, long):
        with urlopen(url, timeout=10) as answer:
            assert session.arn in answer.read().decode()
    clock.forward(61)
    with pytest.raises(HTTPError):
        urlopen(short, timeout=10)
    with urlopen(long, timeout=10) as answer:
        assert answer.status == 200
    clock.forward(900)
    with pytest.raises(HTTPError) as caught:
        urlopen(long, timeout=10)
    assert "ExpiredToken" in caught.value.read().decode()


def test_pre_2_a_url_ends_with_the_session_that_signed_it(moved):
    account, clock = moved
    bucket = account.make_bucket()
    role = account.make_role("signer", READ)
    url = url_of(account, account.assume(role, DurationSeconds=900), bucket)
    clock.forward(890)
    opens(url)
    clock.forward(20)
    closed(url, 400, "ExpiredToken")


def test_pre_2_a_url_is_not_valid_before_its_date(moved):
    account, clock = moved
    bucket = account.make_bucket()
    creds = account.make_user("signer", READ).creds
    clock.forward(3600)
    url = url_of(account, creds, bucket)
    clock.forward(-3600)
    with pytest.raises(HTTPError) as caught:
        urlopen(url, timeout=10)
    assert caught.value.code == 403
