"""FED-9 and FED-10: what a token says stays text and is written nowhere, and a call is whole or none."""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from harness.clients import Creds
from harness.federated import bad, issuers, role, server, site  # noqa: F401
from harness.raw import FORM, Raw

FORGED = "</Message></Error><GetCallerIdentityResponse><GetCallerIdentityResult><Arn>x</Arn>]]>{\"a\":1}&lt;"


def test_fed_9_what_a_token_says_is_reflected_as_text(server, account, site, role):
    fields = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": role.arn, "RoleSessionName": "one"}
    for token, is_good in ((site.token(sub=FORGED), True), (site.token(iss=f"https://{FORGED}"), False)):
        for accept in ("application/json", "text/xml", "application/json, text/xml"):
            body = urlencode(fields | {"WebIdentityToken": token}).encode()
            answer = post(server, body, ("Accept", accept))
            tree = xml.fromstring(answer.text)
            assert (answer.status == 200) is is_good, answer.text
            assert "GetCallerIdentityResponse" not in {part.tag.rpartition("}")[2] for part in tree.iter()}
            assert any(FORGED in (part.text or "") for part in tree.iter()), answer.text
            assert len(list(tree)) == 2, "one result"
            assert token not in answer.text


def test_fed_9_nothing_of_a_token_is_written_down(server, account, site, role):
    secret = "canary-of-a-claim"
    token = site.token(sub="visible-subject", nonce=secret)
    site.assume(account, role, token)
    bad(site, account, role, token[:-8] + "AAAAAAAA")
    log = server.log_path.read_text()
    events = json.dumps(account.client("cloudtrail").lookup_events(MaxResults=50), default=str)
    for text in (log, events):
        assert token not in text and token.split(".")[1] not in text and secret not in text
    assert "visible-subject" in events


# -- FED-10 --------------------------------------------------------------------------


def post(server, body: bytes, *headers: tuple[str, str]):
    raw = Raw(server)
    request = raw.request("POST", "/", Creds("a", "b"), "sts", headers=[("Content-Type", FORM), *headers], body=body)
    request.headers = [(name, value) for name, value in request.headers if not name.lower().startswith(("authorization", "x-amz-"))]
    return raw.send(request)


def test_fed_10_a_call_with_a_parameter_missing_empty_or_twice_is_no_call(server, account, site, role):
    good = {
        "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": role.arn,
        "RoleSessionName": "fed-ten", "WebIdentityToken": site.token(),
    }
    assert post(server, urlencode(good).encode()).status == 200
    wrong = {
        "RoleArn": ["nonsense-nonsense-nonsense", "arn:aws:iam:::role/x", role.arn + "*"],
        "RoleSessionName": ["a", "a b", "x" * 65],
        "WebIdentityToken": ["abc", good["WebIdentityToken"][:-9], "x" * 20001],
        "Version": ["2011-06-16"],
        "Action": ["AssumeRoleWithSAML", "AssumeRole", "AssumeRoleWithWebIdentityX"],
    }
    for name, values in wrong.items():
        bodies = [
            urlencode({key: value for key, value in good.items() if key != name}),
            urlencode(good | {name: ""}),
            urlencode(list(good.items()) + [(name, good[name])]),
            *(urlencode(good | {name: value}) for value in values),
        ]
        for body in bodies:
            answer = post(server, body.encode())
            assert 400 <= answer.status < 500, (name, body, answer.text)
            assert "AccessKeyId" not in answer.text
    for more in ({"ProviderId": "www.amazon.com"}, {"DurationSeconds": "1"}, {"DurationSeconds": "x"}, {"Policy": "{"}):
        answer = post(server, urlencode(good | more).encode())
        assert answer.status == 400, answer.text


def test_fed_10_a_signature_changes_nothing(account, site, role):
    """Good or bad, it is not looked at: the token alone says who it is."""
    for creds in (account.root, Creds("AKIAIOSFODNN7EXAMPLE", "wrong")):
        answer = account.client("sts", creds).assume_role_with_web_identity(
            RoleArn=role.arn, RoleSessionName="signed", WebIdentityToken=site.token()
        )
        assert answer["SubjectFromWebIdentityToken"] == "somebody"
    with pytest.raises(ClientError):
        account.client("sts", account.root).assume_role_with_web_identity(
            RoleArn=role.arn, RoleSessionName="signed", WebIdentityToken=site.token() + "x"
        )
