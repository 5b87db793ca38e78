"""Class SIG, the request target: what is authorised is what is executed, however it is spelled."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.raw import Raw


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("target", "secret.txt", "open/a.txt")


@pytest.fixture(scope="module")
def reader(account, bucket):
    return account.make_user("reader", doc.policy(doc.allow("s3:*", doc.bucket_arn(bucket, "open/*")))).creds



@pytest.mark.parametrize(
    "target",
    ["/{b}/open/../secret.txt", "//{b}/secret.txt", "/./{b}/secret.txt", "/{b}//secret.txt", "/{b}/open/%2e%2e/secret.txt",
     "/{b}/open%2f..%2fsecret.txt", "/{b}\\secret.txt", "{b}/secret.txt", "*", "/{b}/SECRET.TXT", "/{b}/secret.txt/",
     "/{b}/secret.txt%00", "/{b}/open/;/../secret.txt"],
)  # fmt: skip
def test_sig_11_odd_targets_never_reach_an_object_that_is_not_permitted(raw, bucket, reader, target):
    path = target.format(b=bucket)
    answer = raw.signed("GET", path, reader)
    assert answer.status in (0, 400, 403, 404), answer
    assert b"content of secret" not in answer.body
    assert raw.signed("GET", f"/{bucket}/open/a.txt", reader).body == b"content of open/a.txt"


def test_sig_11_a_target_in_absolute_form_is_refused_or_authorised_as_its_path(raw, bucket, reader):
    for key, fine in (("secret.txt", False), ("open/a.txt", True)):
        request = raw.request("GET", f"/{bucket}/{key}", reader)
        request.target = f"http://{raw.host}{request.target}"
        answer = raw.send(request)
        assert answer.status in ((200, 400) if fine else (400, 403))


def test_sig_11_a_signature_for_one_path_does_not_open_another(account, raw, bucket):
    request = raw.request("GET", f"/{bucket}/open/a.txt", account.root)
    request.target = f"/{bucket}/secret.txt"
    answer = raw.send(request)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")


def test_the_server_is_alive_after_all_of_this(server):
    assert server.alive() and server.healthy()
