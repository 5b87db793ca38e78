"""Class SIG: nothing but a complete, fresh and unbroken signature gets a request executed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harness import documents as doc
from harness.account import Account
from harness.clients import Creds
from harness.expect import allowed, gone, refused
from harness.operations import QUERY_OPERATIONS, S3_OPERATIONS
from harness.raw import FORM, Raw
from harness.server import Server
from harness.sigv4 import Scope, encode

ZEROS = "0" * 64
UNSIGNED_HEADERS = "There were headers present in the request which were not signed"


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


@pytest.fixture(scope="module")
def admin(account):
    return account.make_user("admin", doc.policy(doc.allow("*"))).creds


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("signed", "a.txt", "secret.txt")


@pytest.fixture
def unchanged(account, bucket):
    """Compares what exists before and after the attack."""

    def state():
        found = account.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        objects = [(item["Key"], item["ETag"]) for item in found]
        uploads = account.s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        names = [
            {item[key] for item in account.iam.get_paginator(call).paginate().build_full_result()[kind]}
            for call, kind, key in (
                ("list_users", "Users", "UserName"),
                ("list_roles", "Roles", "RoleName"),
                ("list_groups", "Groups", "GroupName"),
            )
        ]
        return objects, uploads, names

    before = state()
    yield
    assert state() == before


def forged(request):
    head, _, _ = request.authorization.rpartition("Signature=")
    return request.replaced("Authorization", f"{head}Signature={ZEROS}")


def is_mismatch(answer) -> None:
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch"), answer


# -- SIG-1: a real key id with a made-up signature ---------------------------------------


@pytest.mark.parametrize("operation", QUERY_OPERATIONS, ids=lambda o: o.action)
def test_sig_1_no_query_operation_runs_with_a_forged_signature(raw, admin, operation):
    fields = dict(operation.fields)
    is_mismatch(raw.send(forged(raw.query_call(operation.service, operation.action, admin, **fields))))


def test_sig_1_forged_query_operations_changed_nothing(raw, admin, unchanged):
    for operation in QUERY_OPERATIONS:
        raw.send(forged(raw.query_call(operation.service, operation.action, admin, **dict(operation.fields))))


@pytest.mark.parametrize("name, method, path, query", S3_OPERATIONS, ids=lambda v: v if v.isalnum() else "")
def test_sig_1_no_s3_operation_runs_with_a_forged_signature(raw, admin, bucket, unchanged, name, method, path, query):
    target = f"/{bucket}{path}"
    query = query.format(id="x")
    in_header = raw.send(forged(raw.request(method, target, admin, query=query, body=body_for(method))))
    request = raw.presigned(method, target, admin, query=query, body=body_for(method))
    request.target = request.target[:-64] + ZEROS
    for answer in (in_header, raw.send(request)):
        assert answer.status == 403
        assert answer.code == ("" if method == "HEAD" else "SignatureDoesNotMatch")


def body_for(method: str) -> bytes:
    return b"stolen" if method in ("PUT", "POST") else b""


def test_sig_1_a_forged_query_string_signature_on_sts_is_refused(raw, admin):
    scope = Scope(admin, "sts")
    fields = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": scope.algorithm,
        "X-Amz-Credential": f"{admin.access_key}/{scope.text}",
        "X-Amz-Date": scope.stamp,
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": ZEROS,
    }
    text = "&".join(f"{encode(k)}={encode(v)}" for k, v in fields.items())
    is_mismatch(raw.exchange(f"GET /?{text} HTTP/1.1\r\nHost: {raw.host}\r\nConnection: close\r\n\r\n".encode()))
    body = text.encode()
    head = f"POST / HTTP/1.1\r\nHost: {raw.host}\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n"
    answer = raw.exchange(head.encode() + b"Connection: close\r\n\r\n" + body)
    assert 400 <= answer.status < 500


def test_sig_1_control_the_same_request_with_its_signature_runs(raw, admin):
    assert raw.send(raw.query_call("sts", "GetCallerIdentity", admin)).status == 200


# -- SIG-2, SIG-3: headers that the signature does not cover -----------------------------


def test_sig_2_a_copy_source_added_to_a_signed_put_is_refused(raw, admin, bucket, unchanged):
    put = raw.request("PUT", f"/{bucket}/a.txt", admin, body=b"mine")
    answer = raw.send(put.with_header("x-amz-copy-source", f"/{bucket}/secret.txt"))
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert UNSIGNED_HEADERS in answer.text


@pytest.mark.parametrize(
    "name, value",
    [
        ("x-amz-tagging", "a=b"),
        ("x-amz-acl", "public-read"),
        ("x-amz-meta-x", "y"),
        ("x-amz-website-redirect-location", "/elsewhere"),
        ("x-amz-copy-source", "/b/k"),
        ("x-amz-server-side-encryption", "AES256"),
    ],
)
def test_sig_3_unsigned_amz_headers_on_a_presigned_put_are_refused(raw, admin, bucket, unchanged, name, value):
    put = raw.presigned("PUT", f"/{bucket}/a.txt", admin, body=b"mine")
    answer = raw.send(put.with_header(name, value))
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert UNSIGNED_HEADERS in answer.text


def test_sig_3_control_an_unsigned_content_type_is_taken(account, raw, admin, bucket):
    put = raw.presigned("PUT", f"/{bucket}/typed.txt", admin, body=b"mine")
    assert raw.send(put.with_header("Content-Type", "text/csv")).status == 200
    assert account.s3.head_object(Bucket=bucket, Key="typed.txt")["ContentType"] == "text/csv"


# -- SIG-4: two ways of signing at once ---------------------------------------------------


@pytest.mark.parametrize("query_valid", [True, False])
@pytest.mark.parametrize("header_valid", [True, False])
def test_sig_4_header_and_query_signature_together_are_refused(raw, admin, bucket, query_valid, header_valid):
    query = raw.presigned("GET", f"/{bucket}/a.txt", admin)
    signed = raw.request("GET", f"/{bucket}/a.txt", admin, query=query.target.partition("?")[2])
    request = signed if header_valid else forged(signed)
    if not query_valid:
        request.target = request.target[:-64] + ZEROS
    answer = raw.send(request)
    assert (answer.status, answer.code) == (400, "InvalidArgument")
    assert "Only one auth mechanism allowed" in answer.text


# -- SIG-5: one canonical query -----------------------------------------------------------


def test_sig_5_any_order_of_the_same_query_verifies_and_any_change_fails(raw, admin, bucket):
    parts = ["list-type=2", "prefix=a%26b%3D", "a", "a=", "a=1", "A=2", "%61=3"]
    for order in (parts, parts[::-1], parts[3:] + parts[:3]):
        request = raw.request("GET", f"/{bucket}", admin, query="&".join(parts))
        request.target = f"/{bucket}?{'&'.join(order)}"
        answer = raw.send(request)
        assert answer.status == 200, answer.text
        assert "<Prefix>a&amp;b=</Prefix>" in answer.text
    for old, new in [("A=2", "A=3"), ("prefix=a%26b%3D", "prefix=a&b="), ("a=1", "a=1&a=1"), ("&a=1", "")]:
        request = raw.request("GET", f"/{bucket}", admin, query="&".join(parts))
        request.target = request.target.replace(old, new)
        is_mismatch(raw.send(request))


# -- SIG-6: the scope ---------------------------------------------------------------------


@pytest.mark.parametrize("scope_of, service", [("sts", "iam"), ("s3", "iam"), ("iam", "sts"), ("s3", "sts")])
def test_sig_6_an_action_never_runs_under_the_scope_of_another_service(raw, admin, unchanged, scope_of, service):
    action = "CreateUser" if service == "iam" else "GetSessionToken"
    fields = {"UserName": "intruder"} if service == "iam" else {}
    answer = raw.send(raw.query_call(service, action, admin, scope=Scope(admin, scope_of), **fields))
    assert 400 <= answer.status < 500
    assert "SecretAccessKey" not in answer.text


@pytest.mark.parametrize("service", ["iam", "s3"])
@pytest.mark.parametrize("change", ["region", "date", "terminator"])
def test_sig_6_a_scope_of_another_region_day_or_terminator_is_refused(raw, admin, bucket, service, change):
    scope = Scope(admin, service)
    yesterday = (scope.moment - timedelta(days=1)).strftime("%Y%m%d")
    scope = scope.but(
        **{
            "region": {"region": "mars-north-1"},
            "date": {"scope_date": yesterday},
            "terminator": {"terminator": "aws4_requestx"},
        }[change]
    )
    if service == "s3":
        answer = raw.signed("GET", f"/{bucket}/a.txt", admin, scope=scope)
    else:
        answer = raw.send(raw.query_call("iam", "ListUsers", admin, scope=scope))
    assert (answer.status, answer.code) in [
        (403, "SignatureDoesNotMatch"),
        (400, "AuthorizationHeaderMalformed"),
        (400, "IncompleteSignature"),
    ], answer
    if change == "region":
        assert "us-east-1" in answer.text, "the refusal names the region that is served"


# -- SIG-7: the clock ---------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-14, 14])
def test_sig_7_a_quarter_of_an_hour_of_skew_is_tolerated(raw, admin, bucket, minutes):
    moment = doc.utc_now() + timedelta(minutes=minutes)
    for service in ("iam", "sts", "s3"):
        assert skewed(raw, admin, bucket, service, moment).status == 200, service


@pytest.mark.parametrize("minutes", [-16, 16])
def test_sig_7_more_is_refused(raw, admin, bucket, minutes):
    moment = doc.utc_now() + timedelta(minutes=minutes)
    answer = skewed(raw, admin, bucket, "s3", moment)
    assert (answer.status, answer.code) == (403, "RequestTimeTooSkewed")
    for service in ("iam", "sts"):
        answer = skewed(raw, admin, bucket, service, moment)
        is_mismatch(answer)
        assert ("Signature expired" if minutes < 0 else "Signature not yet current") in answer.text


def skewed(raw, creds, bucket, service, moment):
    scope = Scope(creds, service, moment=moment)
    if service == "s3":
        return raw.signed("GET", f"/{bucket}/a.txt", creds, scope=scope)
    action = {"iam": "ListUsers", "sts": "GetCallerIdentity"}[service]
    return raw.send(raw.query_call(service, action, creds, scope=scope))


# -- SIG-8: the list of signed headers ----------------------------------------------------

S3_LIST = ["host", "x-amz-content-sha256", "x-amz-date"]


@pytest.mark.parametrize(
    "listed",
    [
        S3_LIST[1:],
        ["x-amz-date", "host", "x-amz-content-sha256"],
        ["Host", "x-amz-content-sha256", "x-amz-date"],
        ["host", *S3_LIST],
        ["host"],
        [],
    ],
    ids=["without host", "unsorted", "upper case", "duplicate", "without the amz headers", "empty"],
)
def test_sig_8_a_list_that_is_not_canonical_is_refused(raw, admin, bucket, listed):
    answer = raw.signed("GET", f"/{bucket}/a.txt", admin, signed=listed)
    assert answer.status in (400, 403)
    assert b"content of" not in answer.body


def test_sig_8_a_listed_header_that_is_absent_counts_as_empty_or_is_refused(raw, admin, bucket):
    listed = sorted([*S3_LIST, "x-amz-absent"])
    request = raw.request("GET", f"/{bucket}/a.txt", admin, signed=listed)
    answer = raw.send(request.with_header("x-amz-absent", "smuggled"))
    assert answer.status in (400, 403)


def test_sig_8_two_values_of_a_signed_header_are_not_exchanged_for_one(raw, admin, bucket):
    request = raw.request("GET", f"/{bucket}/a.txt", admin)
    assert raw.send(request.with_header("X-Amz-Date", "20200101T000000Z")).status in (400, 403)
    assert raw.send(request.with_header("Host", "elsewhere.example")).status in (400, 403)


# -- SIG-9: other algorithms ----------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA1", "AWS4-HMAC-SHA512", "aws4-hmac-sha256"])
def test_sig_9_other_algorithms_are_refused(raw, admin, bucket, algorithm):
    answer = raw.signed("GET", f"/{bucket}/a.txt", admin, scope=Scope(admin, "s3", algorithm=algorithm))
    assert answer.status in (400, 403) and b"content of" not in answer.body


def test_sig_9_version_2_bearer_and_basic_are_refused(account, raw, admin, bucket):
    session = account.assume(account.make_role("s", doc.policy(doc.allow("*"))))
    for value in (
        f"AWS {admin.access_key}:c2lnbmF0dXJl",
        f"Bearer {session.token}",
        f"Basic {admin.access_key}",
        f"AWS4-HMAC-SHA256 Credential={admin.access_key}",
        "AWS4-HMAC-SHA256",
    ):
        head = f"GET /{bucket}/a.txt HTTP/1.1\r\nHost: {raw.host}\r\nAuthorization: {value}\r\n"
        answer = raw.exchange(head.encode() + b"Connection: close\r\n\r\n")
        assert answer.status in (400, 403), value
        assert b"content of" not in answer.body


def test_sig_9_a_version_2_presigned_url_is_refused_and_told_why(raw, admin, bucket):
    target = f"/{bucket}/a.txt?AWSAccessKeyId={admin.access_key}&Signature=c2ln&Expires=9999999999"
    answer = raw.exchange(f"GET {target} HTTP/1.1\r\nHost: {raw.host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.status in (400, 403)
    assert "AWS4-HMAC-SHA256" in answer.text


# -- SIG-10: keys that are gone ------------------------------------------------------------


def test_sig_10_the_signature_of_a_deleted_key_fails_whatever_key_follows(account, raw, bucket):
    user = account.make_user("rotating", doc.policy(doc.allow("*")))
    request = raw.request("GET", f"/{bucket}/a.txt", user.creds)
    assert raw.send(request).status == 200
    account.iam.delete_access_key(UserName=user.name, AccessKeyId=user.creds.access_key)
    account.make_key(user.name)
    answer = raw.send(request)
    assert (answer.status, answer.code) == (403, "InvalidAccessKeyId")


def test_sig_10_a_root_key_replaced_under_the_same_id_kills_the_old_secret(tmp_path):
    old = Creds("AKIAROTATEDROOTKEY22", "o" * 40)
    new = Creds(old.access_key, "n" * 40)
    with Server(data=tmp_path, root=old) as server:
        account = Account(server)
        allowed(lambda: account.whoami(old))
        server.stop()
        server.root = new
        server.start()
        refused(lambda: account.whoami(old), "SignatureDoesNotMatch", 403)
        allowed(lambda: account.whoami(new))


def test_sig_10_a_root_key_replaced_by_another_id_is_unknown(tmp_path):
    old, new = Creds("AKIAROTATEDROOTKEY22", "o" * 40), Creds("AKIAROTATEDROOTKEY33", "n" * 40)
    with Server(data=tmp_path, root=old) as server:
        server.stop()
        server.root = new
        server.start()
        account = Account(server)
        gone(query_call=lambda: account.whoami(old))
        allowed(lambda: account.whoami(new))


def test_the_server_is_alive_after_all_of_this(server, account):
    assert server.alive() and server.healthy()
    allowed(lambda: account.whoami(account.root))
