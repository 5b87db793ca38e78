"""ADM-1 and ADM-6: what anybody finds who walks through every door, and that none leads out of the server."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from urllib.parse import quote, urlencode

import boto3
import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.attack import Watched
from harness.account import Account, fresh
from harness.audit import recent_events_with
from harness.burst import Burst
from harness.raw import FORM, PREFIXES, VERSIONS, Answer, Raw, Request
from harness.server import Server, binary
from harness.services import CALLED

TRAVERSAL = "../../../../../../etc/passwd"
OWN_PATHS = [
    f"/_portcullis/{rest}"
    for rest in (
        "", "health/", "health/x", "Health", "metrics", "console", "console/", "portal/", "admin", "debug", "debug/pprof",
        "env", "config", "version", "info", "status", "snapshot", "store", "audit", "log", "root-credentials", "master.key",
        "../master.key", "..%2fmaster.key", "%2e%2e/master.key", "....//master.key", "health/../../master.key",
        "health%00", "health%2f..%2f..%2fstore.redb", "api/users", "cluster", "recover", "unlock", "bootstrap",
    )
]  # fmt: skip
WELL_KNOWN = [
    f"/.well-known/{rest}"
    for rest in ("", "openid-configuration", "jwks.json", "security.txt", "acme-challenge/x", "../etc/passwd", "oauth-authorization-server")
]  # fmt: skip
OTHERS = [
    "/metrics", "/healthz", "/health", "/debug/pprof/", "/env", "/actuator/env", "/server-status", "/version", "/status",
    "/minio/health/live", "/minio/bootstrap/v1/verify", "/minio/admin/v3/info", "/rustfs/console/", "/v1/sys/health", "/.env",
    "/.git/config", "/latest/meta-data/iam/security-credentials/", "/console", "/admin", "/token", "/federation/credentials",
    "/oauth2/token", "/device_authorization", "/client/register", "/assignment/roles", "/logout", "/authorize", "/robots.txt",
    "/favicon.ico", "/" + TRAVERSAL, "/" + quote(TRAVERSAL, ""), "/etc/passwd", "/proc/self/environ", "//etc/passwd", "/?Action=",
]  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")
# Where people sign in: to whoever has not, the pages say that alone.
PAGES = ("/_portcullis/portal/", "/authorize")
# Had by a token of the portal: test_rest_json.py asks each without one.
BY_TOKEN = ("awsssoportal", "sso-oauth")
REFUSED = (400, 401, 403, 404, 405, 501)
NOT_SERVED = {"InvalidAction", "UnknownOperationException", "NotImplemented", "MethodNotAllowed", "InvalidRequest"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    marked = {"E2E_MARKED_VARIABLE": "environment-canary"}
    with Server(data=tmp_path_factory.mktemp("data"), env=marked, flags=("--quota", "accounts=100")) as running:
        yield running


@pytest.fixture(scope="module")
def raw(server) -> Raw:
    return Raw(server)


@pytest.fixture(scope="module")
def nobody(account):
    return account.make_user("nobody").creds


@pytest.fixture(scope="module")
def telling(server) -> list[str]:
    """What no answer may hold: environment, places, versions and what the server is made of."""
    version = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    return [version, "environment-canary", str(server.data), server.scratch.name, "root:x:0", "panicked", ".rs:", "/crates/", "hyper",
            "redb", "rustc", "LD_PRELOAD", "RUST_", "CARGO", server.root.secret]  # fmt: skip


def leaks(answer: Answer, telling: list[str]) -> list[str]:
    text = answer.text + "\n".join(f"{name}: {value}" for name, value in answer.headers)
    names = {name.lower() for name, _ in answer.headers}
    return [word for word in telling if word in text] + [n for n in ("server", "x-powered-by", "via") if n in names]


# -- ADM-1 -----------------------------------------------------------------------------------------


def test_adm_1_health_is_one_word(raw, telling):
    for method in ("GET", "HEAD", "POST"):
        answer = raw.send(Request(method, "/_portcullis/health", [("Host", raw.host)], b""))
        assert answer.status in (200, 405), answer
        assert re.fullmatch(r"(ready|)\s*", answer.text), answer
        assert not leaks(answer, telling)
    for more in ("?verbose=1", "?debug", "?file=/etc/passwd"):
        answer = raw.send(Request("GET", f"/_portcullis/health{more}", [("Host", raw.host)], b""))
        assert answer.text.strip() == "ready"


@pytest.mark.parametrize("caller", ["unsigned", "zero policy"])
def test_adm_1_no_path_says_anything_to_anybody(account, raw, nobody, telling, caller):
    watched = Watched(account)
    before, wrong = watched.state(), []
    for path in (*OWN_PATHS, *WELL_KNOWN, *OTHERS):
        for method in METHODS:
            target, _, query = path.partition("?")
            if caller == "unsigned":
                request = Request(method, path, [("Host", raw.host)], b"")
            else:
                request = raw.request(method, target, nobody, query=query)
            answer = raw.send(request)
            if path in PAGES and method in ("GET", "HEAD") and answer.status == 303:
                assert not answer.text and not leaks(answer, telling), answer
                assert answer.header("location").startswith("/_portcullis/portal/sign-in"), answer
            elif answer.status not in REFUSED or leaks(answer, telling):
                wrong.append(f"{method} {path}: {answer.status} {leaks(answer, telling)} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)
    assert watched.state() == before and account.server.alive()


def every_action() -> dict[str, list[str]]:
    printed = subprocess.run([binary(), "actions", "--output", "json"], capture_output=True, check=True, text=True).stdout
    return {service: [row["action"] for row in rows] for service, rows in json.loads(printed).items()}


def asked(raw: Raw, service: str, action: str, creds, value: str) -> Request:
    """The action with every text member of its input set to the value."""
    names, prefix = [], PREFIXES.get(service, "")
    if service != "portcullis":
        model = CLIENTS[service].meta.service_model
        shape, prefix = model.operation_model(action).input_shape, model.metadata.get("targetPrefix")
        names = [name for name, held in shape.members.items() if held.type_name == "string"] if shape else []
    fields = {name: value for name in names} if value else {}
    if service in VERSIONS:
        body = urlencode({"Action": action, "Version": VERSIONS[service], **fields}).encode()
        headers = [("Content-Type", FORM)]
    else:
        body = json.dumps(fields).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", f"{prefix}.{action}")]
    if creds is None:
        return Request("POST", "/", [("Host", raw.host), *headers], body)
    return raw.request("POST", "/", creds, service, headers=headers, body=body)


CLIENTS = {
    name: boto3.Session("unused", "unused", region_name="us-east-1").client(CALLED.get(name, name))
    for name in ("iam", "sts", "organizations", "cloudtrail", "identitystore", "sso")
}


@pytest.mark.parametrize("value", ["", TRAVERSAL, "/etc/passwd", "file:///etc/passwd"], ids=["no input", "up", "absolute", "file"])
def test_adm_1_every_action_of_every_model_is_shut(account, raw, nobody, telling, value):
    watched, wrong, last = Watched(account), [], None
    before = watched.state()
    free = {"GetCallerIdentity", "GetSessionToken"}
    with Burst(account.server) as burst:
        for service, actions in every_action().items():
            for action in actions if service not in ("s3", *BY_TOKEN) else ():
                for creds in (None, nobody):
                    answer = burst.send(asked(raw, service, action, creds, value))
                    is_free = action in free and creds is not None
                    if (answer.status not in REFUSED and not is_free) or leaks(answer, telling) or (not answer.code and not is_free):
                        wrong.append(f"{service}:{action}: {answer.status} {leaks(answer, telling)} {answer.text[:200]}")
                    last = answer
    assert not wrong, "\n".join(wrong)
    assert watched.state() == before and account.server.alive()
    assert len(recent_events_with(account, last.request_id)) == 1


def test_adm_1_control_an_administrator_is_answered_without_telling_either(account, raw, telling):
    admin = account.make_user("admin", doc.policy(doc.allow("*"))).creds
    for service, action in (("iam", "ListUsers"), ("sts", "GetCallerIdentity"), ("cloudtrail", "LookupEvents")):
        answer = raw.send(asked(raw, service, action, admin, ""))
        assert answer.status == 200 and "server" not in {name.lower() for name, _ in answer.headers}
        assert "environment-canary" not in answer.text


# -- ADM-6 -----------------------------------------------------------------------------------------


@pytest.fixture
def listener():
    """An address inside that nobody may be led to."""
    with socket.socket() as waiting:
        waiting.bind(("127.0.0.1", 0))
        waiting.listen()
        waiting.setblocking(False)
        yield waiting


def was_called(waiting: socket.socket) -> bool:
    try:
        waiting.accept()
    except BlockingIOError:
        return False
    return True


DESTINATIONS = ("../../etc/cron.d/x", "/tmp/outside", "#!/bin/sh\nid", "http://{address}/hook", "arn:aws:s3:::{bucket}")
TRAILS = {
    "CreateTrail": {"Name": "trail-x", "S3BucketName": "{to}"},
    "UpdateTrail": {"Name": "trail-x", "S3BucketName": "{to}", "S3KeyPrefix": "{to}", "SnsTopicName": "{to}"},
    "StartLogging": {"Name": "{to}"},
    "StopLogging": {"Name": "{to}"},
    "DeleteTrail": {"Name": "{to}"},
    "PutEventSelectors": {"TrailName": "{to}", "EventSelectors": []},
    "PutInsightSelectors": {"TrailName": "{to}", "InsightSelectors": []},
    "CreateEventDataStore": {"Name": "{to}"},
    "CreateChannel": {"Name": "c", "Source": "Custom", "Destinations": [{"Type": "EVENT_DATA_STORE", "Location": "{to}"}]},
    "StartImport": {"Destinations": ["{to}"], "ImportSource": {"S3": {"S3LocationUri": "{to}", "S3BucketRegion": "r", "S3BucketAccessRoleArn": "{to}"}}},
    "StartQuery": {"QueryStatement": "SELECT 1", "DeliveryS3Uri": "{to}"},
    "PutResourcePolicy": {"ResourceArn": "{to}", "ResourcePolicy": "{}"},
}  # fmt: skip
BUCKETS = {
    "put_bucket_logging": {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "{to}", "TargetPrefix": "{to}"}}},
    "put_bucket_notification_configuration": {"NotificationConfiguration": {"QueueConfigurations": [{"QueueArn": "{to}", "Events": ["s3:ObjectCreated:*"]}]}},
    "put_bucket_replication": {"ReplicationConfiguration": {"Role": "{to}", "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "{to}"}}]}},
    "put_bucket_inventory_configuration": {"Id": "i", "InventoryConfiguration": {"Id": "i", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"}, "Destination": {"S3BucketDestination": {"Bucket": "{to}", "Format": "CSV"}}}},
    "put_bucket_analytics_configuration": {"Id": "a", "AnalyticsConfiguration": {"Id": "a", "StorageClassAnalysis": {"DataExport": {"OutputSchemaVersion": "V_1", "Destination": {"S3BucketDestination": {"Format": "CSV", "Bucket": "{to}"}}}}}},
    "put_bucket_website": {"WebsiteConfiguration": {"RedirectAllRequestsTo": {"HostName": "{to}"}}},
}  # fmt: skip


def filled(value, to: str):
    if isinstance(value, dict):
        return {key: filled(held, to) for key, held in value.items()}
    if isinstance(value, list):
        return [filled(held, to) for held in value]
    return to if value == "{to}" else value


def files(server: Server) -> set[str]:
    return {str(path) for path in server.data.parent.rglob("*") if server.data not in path.parents}


def destinations(account: Account, listener: socket.socket) -> list[str]:
    bucket, address = account.make_bucket("sink"), f"127.0.0.1:{listener.getsockname()[1]}"
    return [text.format(address=address, bucket=bucket) for text in DESTINATIONS]


def test_adm_6_no_trail_or_export_is_configured_by_the_api(account, raw, listener):
    watched, outside = Watched(account), files(account.server)
    targets = destinations(account, listener)
    before = watched.state()
    for action, fields in TRAILS.items():
        for to in targets:
            prefix = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"
            text = json.dumps(filled(fields, to))
            answer = raw.send(raw.json_call("cloudtrail", action, account.root, text, prefix))
            assert answer.code in NOT_SERVED and 400 <= answer.status < 600, (action, to, answer)
            watched.unharmed(before, answer.request_id, answer.code)
    assert files(account.server) == outside and not was_called(listener)
    assert account.client("cloudtrail").lookup_events(MaxResults=1)["Events"]


def test_adm_6_no_bucket_sends_anything_anywhere(account, listener):
    watched, outside, bucket = Watched(account), files(account.server), account.make_bucket("source")
    s3 = account.client("s3", parameter_validation=False)
    targets = destinations(account, listener)
    before = watched.state()
    for call, fields in BUCKETS.items():
        for to in targets:
            with pytest.raises(ClientError) as caught:
                getattr(s3, call)(Bucket=bucket, **filled(fields, to))
            answer = caught.value.response
            assert answer["Error"]["Code"] in {*NOT_SERVED, "MalformedXML"}, (call, to, answer)
            watched.unharmed(before, answer["ResponseMetadata"]["RequestId"], answer["Error"]["Code"])
    account.s3.put_object(Bucket=bucket, Key="after.txt", Body=b"told to nobody")
    assert files(account.server) == outside and not was_called(listener)


def test_adm_6_a_provider_that_is_named_is_not_visited(account, listener):
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    for url in (f"https://{address}", f"https://{address}/path", "https://169.254.169.254/latest"):
        try:
            account.iam.create_open_id_connect_provider(Url=url, ThumbprintList=["a" * 40])
        except ClientError as refusal:
            assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    for text in (f'<!DOCTYPE x SYSTEM "http://{address}/x.dtd"><x/>', f'<!DOCTYPE x [<!ENTITY e SYSTEM "http://{address}/">]><x>&e;</x>'):
        with pytest.raises(ClientError):
            account.iam.create_saml_provider(Name=fresh("saml"), SAMLMetadataDocument=text + " " * 1000)
    assert not was_called(listener) and account.server.alive()
