"""The history: one CloudTrail event for each request, true about who asked and what came of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import ROOT_ARN, Account, fresh
from harness.audit import counted, event_of, event_of_refusal, file_events, log_files, lookup
from harness.clients import Creds
from harness.expect import refused, request_id
from harness.raw import Raw
from harness.server import ACCOUNT, REGION, Server

EVERYTHING = doc.policy(doc.allow("*"))
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("audited")


@pytest.fixture(scope="module")
def user(account):
    return account.make_user("auditee", EVERYTHING, Path="/team/")


@pytest.fixture(scope="module")
def role(account):
    trusted = doc.trust(ROOT_ARN, actions=["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"])
    return account.make_role("audited", EVERYTHING, trusted, Path="/team/")


# -- one event for each request ----------------------------------------------------------------


def attempt(call) -> str:
    """The request id, whatever came of the call."""
    try:
        return request_id(call())
    except ClientError as refusal:
        return request_id(refusal.response)


def test_every_request_allowed_or_refused_has_exactly_one_event(account, server, bucket, user):
    stranger = account.make_user("stranger").creds
    broken = Creds(stranger.access_key, "x" * 40)
    unknown = Creds("AKIAUNKNOWNUNKNOWN22", "x" * 40)
    iam, s3 = account.iam, account.s3
    calls = [
        lambda: iam.create_user(UserName=fresh("made")),
        lambda: iam.get_user(UserName=user.name),
        lambda: iam.get_user(UserName="absent"),
        lambda: iam.list_roles(),
        lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"x"),
        lambda: s3.head_object(Bucket=bucket, Key="k"),
        lambda: s3.head_object(Bucket=bucket, Key="absent"),
        lambda: s3.list_objects_v2(Bucket=bucket),
        lambda: s3.get_object(Bucket="no-such-bucket-here", Key="k"),
        lambda: s3.delete_object(Bucket=bucket, Key="k"),
        account.reads(stranger, bucket),
        account.sees_users(stranger),
        account.reads(broken, bucket),
        account.sees_users(unknown),
        lambda: account.whoami(broken),
        lambda: account.whoami(stranger),
        lambda: account.client("sts", stranger).get_session_token(),
        lambda: account.client("cloudtrail", stranger).lookup_events(),
        lambda: account.client("cloudtrail").lookup_events(MaxResults=1),
    ]
    asked = [attempt(call) for call in calls]
    assert len(set(asked)) == len(asked), "request ids are unique"
    raw = Raw(server)
    for data in (f"GET /{bucket}/a.txt", "POST /", "GET /?Action=GetCallerIdentity"):
        answer = raw.exchange(f"{data} HTTP/1.1\r\nHost: {raw.host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        assert answer.status >= 400
        asked.append(answer.request_id)
    counts = counted(list(lookup(account)))
    assert {request: counts.get(request) for request in asked} == {request: 1 for request in asked}
    assert all(count == 1 for count in counts.values())


def test_event_ids_are_unique(account):
    ids = [event["eventID"] for event in lookup(account)]
    assert len(ids) == len(set(ids)) and all(UUID.match(one) for one in ids)


def test_the_servers_own_paths_are_not_events(account, server):
    before = {event["eventID"] for event in lookup(account)}
    assert server.healthy()
    after = [event for event in lookup(account) if event["eventID"] not in before]
    assert {event["eventName"] for event in after} == {"LookupEvents"}


# -- the envelope --------------------------------------------------------------------------------


def test_the_envelope_of_a_change(account, user):
    before = doc.utc_now() - timedelta(seconds=1)
    name = fresh("enveloped")
    event = event_of(account, account.client("iam", user.creds).create_user(UserName=name, Path="/p/"), EventName="CreateUser")
    assert event["eventVersion"] >= "1.08"
    assert (event["eventSource"], event["eventName"]) == ("iam.amazonaws.com", "CreateUser")
    assert event["awsRegion"] == REGION
    assert event["sourceIPAddress"] == "127.0.0.1"
    assert "Boto3" in event["userAgent"]
    assert before.strftime("%Y-%m-%dT%H:%M:%SZ") <= event["eventTime"] <= doc.utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert event["requestParameters"]["userName"] == name
    assert event["responseElements"]["user"]["userName"] == name
    assert event["readOnly"] is False
    assert (event["eventType"], event["managementEvent"], event["eventCategory"]) == ("AwsApiCall", True, "Management")
    assert event["recipientAccountId"] == ACCOUNT
    assert "sharedEventID" not in event and "errorCode" not in event


def test_a_read_has_no_response_elements(account):
    event = event_of(account, account.iam.list_users(), EventName="ListUsers")
    assert event["readOnly"] is True and event["responseElements"] is None


def test_a_refusal_has_the_code_and_words_of_the_wire(account):
    stranger = account.make_user("stranger")
    with pytest.raises(ClientError) as caught:
        account.client("iam", stranger.creds).create_user(UserName="never")
    event = event_of(account, caught.value.response, Username=stranger.name)
    assert event["errorCode"] == "AccessDenied"
    assert event["errorMessage"] == caught.value.response["Error"]["Message"]
    assert event["responseElements"] is None
    assert event["requestParameters"]["userName"] == "never"


def test_a_refusal_names_the_statement_that_decided(account, bucket):
    denied_user = account.make_user("denied", json.dumps({
        "Version": doc.VERSION,
        "Statement": [doc.allow("s3:*"), {"Sid": "NoReading", **doc.deny("s3:GetObject")}],
    }))  # fmt: skip
    event = event_of_refusal(account, account.reads(denied_user.creds, bucket), Username=denied_user.name)
    assert "NoReading" in json.dumps(event["additionalEventData"])


def test_a_forged_signature_is_recorded_with_the_claimed_key_and_no_identity(account):
    claimed = account.make_user("claimed").creds
    forged = Creds(claimed.access_key, "x" * 40)
    event = event_of_refusal(account, account.sees_users(forged), EventName="ListUsers")
    assert event["errorCode"] == "SignatureDoesNotMatch"
    assert event["userIdentity"]["accessKeyId"] == claimed.access_key
    assert "arn" not in event["userIdentity"], "nothing of an unproven caller is believed"


def test_not_found_is_recorded_with_its_code(account):
    event = event_of_refusal(account, lambda: account.iam.get_role(RoleName="absent"), EventName="GetRole")
    assert event["errorCode"] in ("NoSuchEntity", "NoSuchEntityException")


def test_a_data_event_names_bucket_key_and_resources(account, bucket):
    event = event_of(account, account.reads(account.root, bucket)(), EventName="GetObject")
    assert event["eventSource"] == "s3.amazonaws.com"
    assert (event["managementEvent"], event["eventCategory"]) == (False, "Data")
    assert event["requestParameters"]["bucketName"] == bucket
    assert event["requestParameters"]["key"] == "a.txt"
    resources = {item["type"]: item["ARN"] for item in event["resources"]}
    assert resources["AWS::S3::Object"] == doc.bucket_arn(bucket, "a.txt")
    assert resources["AWS::S3::Bucket"] == doc.bucket_arn(bucket)
    assert event["additionalEventData"]["AuthenticationMethod"] == "AuthHeader"
    assert event["additionalEventData"]["SignatureVersion"] == "SigV4"


def test_a_presigned_request_is_recorded_as_such_without_its_signature(account, server, bucket, user):
    raw = Raw(server)
    answer = raw.send(raw.presigned("GET", f"/{bucket}/a.txt", user.creds))
    event = next(e for e in lookup(account, EventName="GetObject") if e.get("requestID") == answer.request_id)
    assert event["additionalEventData"]["AuthenticationMethod"] == "QueryString"
    assert "X-Amz-Signature" not in json.dumps(event)


def test_a_bucket_policy_is_recorded_as_an_object(account):
    bucket = account.make_bucket("policy")
    answer = account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": ROOT_ARN}))
    event = event_of(account, answer, EventName="PutBucketPolicy")
    assert event["requestParameters"]["bucketPolicy"]["Statement"][0]["Effect"] == "Deny"
    account.s3.delete_bucket_policy(Bucket=bucket)


# -- issuing events --------------------------------------------------------------------------------


def test_assume_role_is_recorded_with_what_it_issued_but_no_secret(account, role, user):
    sts = account.client("sts", user.creds)
    answer = sts.assume_role(
        RoleArn=role.arn, RoleSessionName="mary", DurationSeconds=1200, SourceIdentity="jane",
        ExternalId="contract", Policy=EVERYTHING, Tags=[{"Key": "Email", "Value": "m@x"}], TransitiveTagKeys=["Email"],
    )  # fmt: skip
    event = event_of(account, answer, EventName="AssumeRole")
    asked, given = event["requestParameters"], event["responseElements"]
    assert {key: asked[key] for key in ("roleArn", "roleSessionName", "durationSeconds", "sourceIdentity", "externalId")} == {
        "roleArn": role.arn, "roleSessionName": "mary", "durationSeconds": 1200, "sourceIdentity": "jane", "externalId": "contract",
    }  # fmt: skip
    assert asked["tags"] == [{"key": "Email", "value": "m@x"}] and asked["transitiveTagKeys"] == ["Email"]
    credentials = answer["Credentials"]
    assert given["credentials"]["accessKeyId"] == credentials["AccessKeyId"]
    assert re.match(r"^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d{2}:\d{2}.[AP]M$", given["credentials"]["expiration"])
    assert given["assumedRoleUser"] == {
        "assumedRoleId": f"{role.role_id}:mary",
        "arn": role.session_arn("mary"),
    }
    assert given["sourceIdentity"] == "jane"
    assert credentials["SecretAccessKey"] not in json.dumps(event)
    assert credentials["SessionToken"] not in json.dumps(event)
    assert {"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": role.arn} in event["resources"]


def test_a_refused_assume_role_is_recorded_with_the_caller(account, user):
    other = account.make_role("closed", trust=doc.trust(account.operator.arn))
    event = event_of_refusal(account, lambda: account.assume(other, by=user.creds), EventName="AssumeRole")
    assert event["errorCode"] == "AccessDenied"
    assert event["userIdentity"]["arn"] == user.arn
    assert event["requestParameters"]["roleArn"] == other.arn


def test_the_duration_is_recorded_only_when_it_was_sent(account, role):
    answer = account.client("sts", account.operator.creds).assume_role(RoleArn=role.arn, RoleSessionName="plain")
    assert "durationSeconds" not in event_of(account, answer, EventName="AssumeRole")["requestParameters"]


def test_federation_is_recorded(account, user):
    answer = account.client("sts", user.creds).get_federation_token(Name="Bob", Policy=EVERYTHING)
    event = event_of(account, answer, EventName="GetFederationToken")
    assert event["requestParameters"]["name"] == "Bob"
    assert event["responseElements"]["federatedUser"] == {
        "federatedUserId": f"{ACCOUNT}:Bob",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/Bob",
    }


def test_a_new_access_key_is_recorded_without_its_secret(account, user):
    name = account.make_user("keyed").name
    answer = account.iam.create_access_key(UserName=name)
    event = event_of(account, answer, EventName="CreateAccessKey")
    key = event["responseElements"]["accessKey"]
    assert (key["userName"], key["accessKeyId"]) == (name, answer["AccessKey"]["AccessKeyId"])
    assert answer["AccessKey"]["SecretAccessKey"] not in json.dumps(event)


def test_the_revoking_policy_is_recorded_in_plain_text(account):
    role = account.make_role("revoked")
    text = doc.revoke_older(doc.utc_now())
    event = event_of(account, account.role_policy(role.name, text, doc.REVOKE_NAME), EventName="PutRolePolicy")
    assert event["requestParameters"] == {
        "roleName": role.name,
        "policyName": doc.REVOKE_NAME,
        "policyDocument": text,
    }


# -- LookupEvents --------------------------------------------------------------------------------------


def test_lookup_by_each_attribute(account, role):
    creds = account.assume(role, name="finder")
    answer = account.whoami(creds)
    event = event_of(account, answer)
    for key, value in {
        "EventId": event["eventID"],
        "EventName": "GetCallerIdentity",
        "Username": "finder",
        "AccessKeyId": creds.access_key,
        "EventSource": "sts.amazonaws.com",
        "ReadOnly": "true",
    }.items():
        assert event["eventID"] in [e["eventID"] for e in lookup(account, **{key: value})], key
    assert any(e["eventName"] == "CreateRole" for e in lookup(account, ResourceName=role.name)) or any(
        e["eventName"] == "AssumeRole" for e in lookup(account, ResourceName=role.arn)
    )
    assert not list(lookup(account, EventName="getcalleridentity")), "values are case-sensitive"


def test_lookup_gives_newest_first_in_pages(account):
    for _ in range(5):
        account.whoami(account.root)
    trail = account.client("cloudtrail")
    pages = trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2, "MaxItems": 8})
    shown = [event for page in pages for event in page["Events"]]
    assert len({event["EventId"] for event in shown}) == len(shown) == 8
    times = [event["EventTime"] for event in shown]
    assert times == sorted(times, reverse=True)
    assert all(event["ReadOnly"] in ("true", "false") for event in shown)
    assert all(json.loads(event["CloudTrailEvent"])["eventID"] == event["EventId"] for event in shown)
    assert len(trail.lookup_events(MaxResults=2)["Events"]) <= 2


def test_lookup_is_held_to_a_time_range(account):
    now = doc.utc_now()
    trail = account.client("cloudtrail")
    account.whoami(account.root)
    assert trail.lookup_events(StartTime=now - timedelta(minutes=1), EndTime=now + timedelta(minutes=1))["Events"]
    assert not trail.lookup_events(EndTime=now - timedelta(days=1))["Events"]
    assert not trail.lookup_events(StartTime=now + timedelta(days=1))["Events"]
    refused(
        lambda: trail.lookup_events(StartTime=now, EndTime=now - timedelta(hours=1)), "InvalidTimeRangeException", 400
    )


def test_lookup_refuses_bad_input(account):
    trail = account.client("cloudtrail", parameter_validation=False)
    two = [{"AttributeKey": "EventName", "AttributeValue": "X"}, {"AttributeKey": "Username", "AttributeValue": "Y"}]
    refused(lambda: trail.lookup_events(LookupAttributes=two), "InvalidLookupAttributesException", 400)
    refused(lambda: trail.lookup_events(MaxResults=51), "InvalidMaxResultsException", 400)
    refused(lambda: trail.lookup_events(NextToken="made up"), "InvalidNextTokenException", 400)


def test_lookup_needs_its_permission(account):
    stranger = account.client("cloudtrail", account.make_user("stranger").creds)
    refused(stranger.lookup_events, "AccessDeniedException", 400, "cloudtrail:LookupEvents")


# -- the files --------------------------------------------------------------------------------------------


def test_events_are_in_gzip_files_in_the_layout_of_cloudtrail(tmp_path):
    with Server(data=tmp_path) as server:
        account = Account(server)
        asked = [request_id(account.iam.create_user(UserName=fresh("filed"))), request_id(account.iam.list_users())]
        asked.append(attempt(lambda: account.iam.get_user(UserName="absent")))
        told = {event["eventID"]: event for event in lookup(account)}
        server.stop()
    pattern = re.compile(
        rf"^audit/AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/\d{{4}}/\d\d/\d\d/"
        rf"{ACCOUNT}_CloudTrail_{REGION}_\d{{8}}T\d{{4}}Z_[A-Za-z0-9]{{16}}\.json\.gz$"
    )
    files = log_files(tmp_path)
    assert files
    for path in files:
        assert pattern.match(str(path.relative_to(tmp_path))), path
    events = file_events(tmp_path)
    assert {request: counted(events)[request] for request in asked} == dict.fromkeys(asked, 1)
    filed = {event["eventID"]: event for event in events}
    assert {one: filed[one] for one in told} == told, "the files and the lookup tell the same"
