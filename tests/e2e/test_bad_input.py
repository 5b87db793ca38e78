"""Bad input: AWS's error with words that name what is wrong, nothing stored, the process alive."""

from __future__ import annotations

import base64
import hashlib
import json
import time

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import fresh
from harness.raw import FORM, Raw
from harness.server import ACCOUNT

TYPED = [("Content-Type", FORM)]
JSON = [("Content-Type", "application/x-amz-json-1.1")]
TARGET = ("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents")


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("input")


@pytest.fixture(autouse=True)
def alive(server, account):
    yield
    assert server.alive() and server.healthy()
    assert account.whoami(account.root)["Account"] == ACCOUNT


# -- query bodies ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"Action=CreateUser&Version=2010-05-08&UserName=%ff%fe",
        b"Action=CreateUser&Version=2010-05-08&UserName=%zz",
        b"Action=CreateUser&Version=2010-05-08&UserName=a%00b",
        b"Action=CreateUser&Version=2010-05-08&UserName=one&UserName=two",
        b"Action=CreateUser&Version=2010-05-08&UserName.member.1=x",
        b"Action=CreateUser&Version=2010-05-08&UserName=x&Tags.member.0.Key=a&Tags.member.0.Value=b",
        b"Action=CreateUser&Version=2010-05-08&UserName=x&Tags.member.99999999999.Key=a",
        b"Action=CreateUser&Version=2010-05-08&UserName=x&Tags.member.1=notastruct",
        b"Action=CreateUser&Action=DeleteUser&Version=2010-05-08&UserName=x",
        b"Action=CreateRole&Version=2010-05-08&RoleName=x&AssumeRolePolicyDocument=%7B%7D&MaxSessionDuration=1e3",
        b"\x00\xff\xfe",
        b"",
        b"=&=&=",
        b"Action=",
    ],
    ids=lambda body: body.decode("latin-1")[:70],
)
def test_a_query_body_that_makes_no_sense_is_refused(account, raw, body):
    before = {user["UserName"] for user in account.iam.list_users()["Users"]}
    answer = raw.send(raw.request("POST", "/", account.root, "iam", headers=TYPED, body=body))
    assert 400 <= answer.status < 500, answer
    assert answer.code
    assert {user["UserName"] for user in account.iam.list_users()["Users"]} == before


def test_an_oversize_query_body_is_refused_without_being_kept(account, raw):
    body = b"Action=CreateUser&Version=2010-05-08&UserName=x&Pad=" + b"p" * (4 * 1024 * 1024)
    answer = raw.send(raw.request("POST", "/", account.root, "iam", headers=TYPED, body=body))
    assert answer.status in (0, 400, 413)


def test_a_very_deep_or_wide_query_is_refused(account, raw):
    fields = "".join(f"&Tags.member.{n}.Key=k{n}&Tags.member.{n}.Value=v" for n in range(1, 3000))
    body = f"Action=CreateUser&Version=2010-05-08&UserName={fresh('wide')}{fields}".encode()
    answer = raw.send(raw.request("POST", "/", account.root, "iam", headers=TYPED, body=body))
    assert 400 <= answer.status < 500


# -- XML bodies --------------------------------------------------------------------------------------

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@pytest.mark.parametrize(
    "body",
    [
        "<Tagging>",
        "<Tagging><TagSet><Tag><Key>a</Key></Tagging>",
        "not xml",
        "",
        "<Other/>",
        f"<Tagging {NAMESPACE}><TagSet><Tag><Key>a</Key><Key>b</Key><Value>c</Value></Tag></TagSet></Tagging>",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Tagging><TagSet><Tag><Key>&e;</Key><Value>v</Value></Tag></TagSet></Tagging>',
        "<!DOCTYPE x [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x"}">' for n in range(10)) + "]><Tagging><TagSet><Tag><Key>&e9;</Key><Value>v</Value></Tag></TagSet></Tagging>",
        "<a>" * 100_000,
        "<Tagging><TagSet><Tag><Key>\udcff</Key><Value>v</Value></Tag></TagSet></Tagging>",
    ],
    ids=["open", "crossed", "text", "empty", "other root", "twice", "external entity", "entity bomb", "deep", "broken UTF-8"],
)  # fmt: skip
def test_malformed_xml_is_refused_and_nothing_is_stored(account, raw, bucket, body):
    data = body.encode("utf-8", "surrogateescape")
    answer = raw.signed("PUT", f"/{bucket}/a.txt", account.root, query="tagging", body=data, headers=md5(data))
    assert (answer.status, answer.code) in [(400, "MalformedXML"), (400, "InvalidTag"), (400, "MissingRequestBodyError")], answer
    assert "root:" not in answer.text
    assert account.s3.get_object_tagging(Bucket=bucket, Key="a.txt")["TagSet"] == []


def md5(data: bytes) -> list[tuple[str, str]]:
    return [("Content-MD5", base64.b64encode(hashlib.md5(data).digest()).decode())]


def test_a_list_of_more_than_a_thousand_deletions_is_refused(account, raw, bucket):
    items = "".join(f"<Object><Key>k{n}</Key></Object>" for n in range(1001))
    data = f"<Delete {NAMESPACE}>{items}</Delete>".encode()
    answer = raw.signed("POST", f"/{bucket}", account.root, query="delete", body=data, headers=md5(data))
    assert (answer.status, answer.code) == (400, "MalformedXML")


def test_deleting_many_needs_a_checksum_of_the_list(account, raw, bucket):
    data = f"<Delete {NAMESPACE}><Object><Key>a.txt</Key></Object></Delete>".encode()
    assert raw.signed("POST", f"/{bucket}", account.root, query="delete", body=data).status == 400
    account.s3.head_object(Bucket=bucket, Key="a.txt")


@pytest.mark.parametrize("text", ["{", "[]", '{"Version":"2012-10-17","Statement":[]}', '{"Statement":{"Effect":"Deny"}}', "\x00", '{"a":"\udcff"}'])
def test_a_malformed_bucket_policy_is_refused(account, raw, bucket, text):
    data = text.encode("utf-8", "surrogateescape")
    answer = raw.signed("PUT", f"/{bucket}", account.root, query="policy", body=data, headers=md5(data))
    assert (answer.status, answer.code) in [(400, "MalformedPolicy"), (400, "InvalidRequest")], answer
    with pytest.raises(ClientError):
        account.s3.get_bucket_policy(Bucket=bucket)


# -- JSON bodies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"MaxResults":"ten"}',
        b'{"MaxResults":1.5}',
        b'{"MaxResults":1,"MaxResults":2}',
        b'{"LookupAttributes":{}}',
        b'{"StartTime":"yesterday"}',
        b'{"StartTime":1e400}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"LookupAttributes":[{"AttributeKey":"Nonsense","AttributeValue":"x"}]}',
    ],
    ids=lambda body: body.decode("latin-1")[:40],
)
def test_malformed_json_is_refused(account, raw, body):
    answer = raw.send(raw.request("POST", "/", account.root, "cloudtrail", headers=[*JSON, TARGET], body=body))
    assert answer.status == 400, answer
    assert json.loads(answer.text)["__type"]


@pytest.mark.parametrize("target", ["", "Nonsense", TARGET[1] + "x", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."])
def test_an_unknown_target_is_refused(account, raw, target):
    answer = raw.send(raw.request("POST", "/", account.root, "cloudtrail", headers=[*JSON, ("X-Amz-Target", target)], body=b"{}"))
    assert 400 <= answer.status < 500


# -- HTTP itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/9.9\r\n\r\n",
        "GARBAGE\r\n\r\n",
        "GET /\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: " + "a" * 100_000 + "\r\n\r\n",
        "GET /" + "p" * 200_000 + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n" + "".join(f"X-H{n}: v\r\n" for n in range(500)) + "\r\n",
    ],
    ids=["version", "garbage", "no version", "two lengths", "plus", "minus", "both lengths", "odd coding", "space in name",
         "space before colon", "long header", "long path", "many headers"],
)  # fmt: skip
def test_malformed_http_is_refused_and_the_connection_closed(raw, head):
    answer = raw.exchange(head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1).encode("latin-1") if "HTTP/1.1" in head else head.encode())
    assert answer.status == 0 or 400 <= answer.status <= 505, answer
    assert answer.body.count(b"HTTP/1.1 ") == 0, "never two answers to one request"


def test_hostile_wildcards_do_not_stall_a_decision(account):
    bucket = account.make_bucket("wild", "a" * 900)
    pattern = "a*" * 60 + "b"
    statements = [doc.deny("s3:*", f"arn:aws:s3:::{bucket}/{pattern}{n}") for n in range(30)]
    user = account.make_user("wild", doc.policy(doc.allow("s3:*")))
    for n in range(0, 30, 10):
        arn = account.make_managed(doc.policy(*statements[n : n + 10]))
        account.iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    read = account.reads(user.creds, bucket, "a" * 900)
    read()
    start = time.monotonic()
    for _ in range(10):
        read()
    assert time.monotonic() - start < 5
