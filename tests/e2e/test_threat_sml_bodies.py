"""SML-6 in every body of S3 that is XML: nothing is expanded, nothing fetched, and what was asked for is not done."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import dataclass

import pytest

from harness.account import Account, fresh
from harness.hostile import Listener, bombs, resident_kib
from harness.raw import Answer, Raw

ROUNDS = 20
LIMIT_S = 0.010
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class Body:
    """A request of S3 with a body of XML: its root, and what a good one has in it."""

    method: str
    path: str
    query: str
    root: str
    good: str

    def send(self, account: Account, markup: str) -> Answer:
        digest = base64.b64encode(hashlib.md5(markup.encode()).digest()).decode()
        raw = Raw(account.server)
        return raw.signed(
            self.method, self.path, account.root, query=self.query, body=markup.encode(), headers=[("Content-MD5", digest)]
        )

    def markup(self, before: str = "", text: str | None = None) -> str:
        return f'{before}<{self.root} xmlns="{NAMESPACE}">{self.good if text is None else text}</{self.root}>'


TAG = "<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>"
BLOCK = "<BlockPublicAcls>true</BlockPublicAcls>"


def acl(owner: str) -> str:
    return (
        f"<Owner><ID>{owner}</ID></Owner><AccessControlList><Grant>"
        f'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>{owner}</ID></Grantee>'
        "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList>"
    )


def completed(account: Account, bucket: str) -> Body:
    upload = {"Bucket": bucket, "Key": "upload"}
    upload["UploadId"] = account.s3.create_multipart_upload(**upload)["UploadId"]
    etag = account.s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"].strip('"')
    part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    return Body("POST", f"/{bucket}/upload", f"uploadId={upload['UploadId']}", "CompleteMultipartUpload", part)


def body_of(account: Account, name: str) -> Body:
    if name == "CreateBucket":
        return Body("PUT", f"/{fresh('made')}", "", "CreateBucketConfiguration", "<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>")
    bucket = account.make_bucket("bodies")
    if name == "CompleteMultipartUpload":
        return completed(account, bucket)
    owner = account.s3.list_buckets()["Owner"]["ID"]
    there, key = f"/{bucket}", f"/{bucket}/a.txt"
    return {
        "DeleteObjects": Body("POST", there, "delete", "Delete", "<Object><Key>a.txt</Key></Object>"),
        "PutBucketTagging": Body("PUT", there, "tagging", "Tagging", TAG),
        "PutObjectTagging": Body("PUT", key, "tagging", "Tagging", TAG),
        "PutBucketAcl": Body("PUT", there, "acl", "AccessControlPolicy", acl(owner)),
        "PutObjectAcl": Body("PUT", key, "acl", "AccessControlPolicy", acl(owner)),
        "PutPublicAccessBlock": Body("PUT", there, "publicAccessBlock", "PublicAccessBlockConfiguration", BLOCK),
    }[name]


READ = [
    "CreateBucket", "CompleteMultipartUpload", "DeleteObjects", "PutBucketTagging", "PutObjectTagging", "PutBucketAcl",
    "PutObjectAcl", "PutPublicAccessBlock",
]  # fmt: skip
NOT_SERVED = {
    "cors": "CORSConfiguration", "lifecycle": "LifecycleConfiguration", "versioning": "VersioningConfiguration",
    "website": "WebsiteConfiguration", "encryption": "ServerSideEncryptionConfiguration", "logging": "BucketLoggingStatus",
    "notification": "NotificationConfiguration", "replication": "ReplicationConfiguration",
    "ownershipControls": "OwnershipControls", "object-lock": "ObjectLockConfiguration",
}  # fmt: skip


@pytest.fixture
def listener():
    with Listener() as running:
        yield running


@pytest.fixture(autouse=True)
def alive(server):
    yield
    assert server.alive() and server.healthy()


def hostile(body: Body, url: str) -> dict[str, str]:
    """The bombs, and a good request with one in front of it or in the middle."""
    entity = f'<!DOCTYPE {body.root} [<!ENTITY e SYSTEM "{url}">]>'
    return bombs(url, body.root) | {
        "in front": body.markup(f'<!DOCTYPE {body.root} SYSTEM "{url}">'),
        "unused": body.markup(f'<!DOCTYPE {body.root} [<!ENTITY e "x">]>'),
        "in the middle": body.markup(entity, body.good.replace("</", "&e;</", 1)),
        "no declaration": body.markup(text=body.good.replace("</", "&e;</", 1)),
        "style sheet": body.markup(f'<?xml-stylesheet href="{url}"?>'),
    }


@pytest.mark.parametrize("name", READ)
def test_sml_6_no_body_is_expanded_or_fetched(server, account, listener, name):
    body = body_of(account, name)
    texts = hostile(body, listener.url)
    fastest = dict.fromkeys(texts, 10.0)

    def all_of_them() -> None:
        for kind, markup in texts.items():
            begins = time.monotonic()
            answer = body.send(account, markup)
            fastest[kind] = min(fastest[kind], time.monotonic() - begins)
            assert (answer.status, answer.code) == (400, "MalformedXML"), (kind, answer.text)
            assert "root:" not in answer.text and "boom" not in answer.text

    for _ in range(ROUNDS):
        all_of_them()
    before = resident_kib(server)
    for _ in range(ROUNDS):
        all_of_them()
    assert resident_kib(server) - before < 1024 * ROUNDS
    assert max(fastest.values()) < LIMIT_S, fastest
    assert listener.nobody_came()


@pytest.mark.parametrize("name", READ)
def test_sml_6_the_same_without_the_bomb_is_taken(account, listener, name):
    body = body_of(account, name)
    for kind, markup in hostile(body, listener.url).items():
        assert body.send(account, markup).status == 400, kind
    answer = body.send(account, body.markup('<?xml version="1.0" encoding="UTF-8"?>'))
    assert answer.status in (200, 204), answer.text


@pytest.mark.parametrize("name", READ)
def test_sml_6_an_inclusion_is_an_element_that_nobody_knows(account, listener, name):
    body = body_of(account, name)
    inclusion = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{listener.url}" parse="text"/>'
    answer = body.send(account, body.markup(text=body.good + inclusion))
    assert answer.status in (200, 204), answer.text
    in_text = body.markup(text=re.sub(r">([^<>]+)</", rf">\1{inclusion}</", body.good, count=1))
    assert inclusion in in_text
    assert body.send(account, in_text).code == "MalformedXML"
    assert listener.nobody_came()


@pytest.mark.parametrize("query", NOT_SERVED)
def test_sml_6_bodies_that_nobody_reads_are_not_read(account, listener, query):
    body = Body("PUT", f"/{account.make_bucket()}", query, NOT_SERVED[query], "")
    for kind, markup in hostile(body, listener.url).items():
        answer = body.send(account, markup)
        assert (answer.status, answer.code) == (501, "NotImplemented"), (kind, answer.text)
    assert listener.nobody_came()


def test_sml_6_a_bomb_deletes_and_makes_nothing(account, listener):
    body = body_of(account, "DeleteObjects")
    for kind, markup in hostile(body, listener.url).items():
        assert body.send(account, markup).status == 400, kind
    assert account.s3.get_object(Bucket=body.path[1:], Key="a.txt")["Body"].read() == b"content of a.txt"
    made = body_of(account, "CreateBucket")
    for kind, markup in hostile(made, listener.url).items():
        assert made.send(account, markup).status == 400, kind
    assert made.path[1:] not in [held["Name"] for held in account.s3.list_buckets()["Buckets"]]
