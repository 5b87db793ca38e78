"""The protocol of the access portal and of its sign-in: what real clients send is understood, and refused in their words.

What the operations themselves answer is tested with them; here nobody has an access token.
"""

from __future__ import annotations

import json

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from harness.audit import file_events
from harness.expect import refused
from harness.raw import Raw, Request
from harness.server import Server
from harness.sigv4 import Scope
from harness.table import served

SECRET = "nobody-should-read-this"
BEARER = "x-amz-sso_bearer_token"
ACCOUNT = "111122223333"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CLIENT = {"clientId": "c", "clientSecret": SECRET}

CALLS = {
    "ListAccounts": ("awsssoportal", lambda portal: portal.list_accounts(accessToken=SECRET)),
    "ListAccountRoles": ("awsssoportal", lambda portal: portal.list_account_roles(accessToken=SECRET, accountId=ACCOUNT)),
    "GetRoleCredentials": (
        "awsssoportal",
        lambda portal: portal.get_role_credentials(accessToken=SECRET, accountId=ACCOUNT, roleName="r"),
    ),
    "Logout": ("awsssoportal", lambda portal: portal.logout(accessToken=SECRET)),
    "StartDeviceAuthorization": (
        "sso-oauth",
        lambda oidc: oidc.start_device_authorization(**CLIENT, startUrl="https://elsewhere.example/"),
    ),
    "CreateToken": ("sso-oauth", lambda oidc: oidc.create_token(**CLIENT, grantType=DEVICE, deviceCode=SECRET)),
    "RegisterClient": ("sso-oauth", lambda oidc: oidc.register_client(clientName="c", clientType="nonsense")),
}


def test_every_action_that_is_had_by_a_token_is_asked_here():
    by_token = {service for service, _ in CALLS.values()}
    assert {action.name for action in served() if action.service in by_token} == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_boto3_reads_the_refusal_of_each_unsigned_operation(server, name):
    service, call = CALLS[name]
    with pytest.raises(ClientError) as caught:
        call(server.client(service, server.root, signature_version=UNSIGNED))
    answer = caught.value.response
    error, about = answer["Error"], answer["ResponseMetadata"]
    assert error["Code"] == about["HTTPHeaders"]["x-amzn-errortype"] and error["Code"].endswith("Exception")
    assert 400 <= about["HTTPStatusCode"] < 500
    assert about["HTTPHeaders"]["content-type"] == "application/json"
    assert about["HTTPHeaders"]["cache-control"] == "no-store"
    assert SECRET not in json.dumps(answer)
    assert error["Message"] or answer["error_description"]
    assert server.healthy()


def test_what_needs_a_signature_needs_it_and_is_said_not_to_be_served(server):
    oidc = server.client("sso-oauth")
    call = lambda: oidc.create_token_with_iam(clientId="c", grantType="refresh_token", refreshToken=SECRET)
    refused(call, "UnknownOperationException", 400, "The operation CreateTokenWithIAM is not served here.")
    raw = Raw(server)
    body = json.dumps({"clientId": "c", "grantType": "refresh_token", "refreshToken": SECRET}).encode()
    signed = raw.request("POST", "/token", server.root, "sso-oauth", query="aws_iam=t", body=body)
    assert json.loads(raw.send(signed).text)["error"] == "unknown_operation"
    # Without a signature it is a bucket's path, and no bucket can have this name.
    assert raw.send(signed.without_header("Authorization")).status in (403, 405)
    changed = raw.send(Request(signed.method, signed.target, signed.headers, body + b" "))
    assert (changed.status, changed.header("x-amzn-ErrorType")) == (403, "InvalidSignatureException")
    assert json.loads(changed.text)["error"] == "invalid_signature"
    elsewhere = Scope(server.root, "sso-oauth", region="eu-west-1")
    foreign = raw.request("POST", "/token", server.root, query="aws_iam=t", body=body, scope=elsewhere)
    assert raw.send(foreign).status == 403


def test_a_path_is_the_portals_only_as_it_is_written(server):
    raw = Raw(server)
    token = [("Host", raw.host), (BEARER, SECRET)]
    for method, target in [
        ("GET", "/assignment/accounts/"),
        ("GET", "/assignment/%61ccounts"),
        ("PUT", "/assignment/accounts"),
        ("POST", "/%6cogout"),
        ("POST", "/token/"),
    ]:
        answer = raw.send(Request(method, target, token, b""))
        assert answer.header("x-amz-id-2"), f"{method} {target} is not S3's: {answer}"
        assert answer.status in (403, 404, 405), (method, target, answer)
    for headers in (token, token[:1]):
        answer = raw.send(Request("GET", "/assignment/accounts", headers, b""))
        is_portal = len(headers) == 2
        assert (answer.header("content-type") == "application/json") == is_portal
        assert bool(answer.header("x-amz-id-2")) != is_portal


def test_a_signed_request_of_s3_stays_one(server):
    s3 = server.client("s3")
    refused(lambda: s3.get_object(Bucket="assignment", Key="accounts"), "NoSuchBucket", 404)


@pytest.mark.parametrize("name", ["assignment", "authorize", "client", "federation", "logout", "token"])
def test_no_bucket_is_called_as_a_path_of_the_portal(server, name):
    s3 = server.client("s3")
    refused(lambda: s3.create_bucket(Bucket=name), "InvalidBucketName", 400, f"/{name} is a path of the access portal")


def test_no_bucket_is_called_device_authorization(server):
    answer = Raw(server).signed("PUT", "/device_authorization", server.root)
    assert (answer.status, answer.code) == (400, "InvalidBucketName")
    assert "is a path of the access portal" in answer.text


def test_each_is_on_record_once_and_no_secret_with_it(tmp_path):
    data = tmp_path / "data"
    requests = []
    with Server(data=data) as running:
        for service, call in CALLS.values():
            with pytest.raises(ClientError) as caught:
                call(running.client(service, running.root, signature_version=UNSIGNED))
            requests.append(caught.value.response["ResponseMetadata"]["RequestId"])
        log = running.log()
    events = file_events(data)
    assert all(sum(event.get("requestID") == asked for event in events) == 1 for asked in requests), events
    assert SECRET not in log and SECRET not in json.dumps(events)
