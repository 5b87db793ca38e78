"""IAM: which services somebody's policies allow, and when each was last asked for."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account, fresh
from harness.expect import allowed, denied, refused
from harness.server import ACCOUNT, REGION, Server

SOME = doc.policy(doc.allow(["s3:*", "sts:Get*", "dynamodb:GetItem"]), doc.deny("s3:Delete*"))
NO_JOB = "00000000-0000-4000-8000-000000000000"
EVERYTHING = doc.policy(doc.allow("*"))


@pytest.fixture
def iam(account):
    return account.iam


def report(iam, arn: str, granularity: str = "SERVICE_LEVEL") -> dict:
    """The finished report on somebody, with the services by namespace."""
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity=granularity)["JobId"]
    assert len(job) == 36
    answer = iam.get_service_last_accessed_details(JobId=job)
    assert answer["JobStatus"] == "COMPLETED" and answer["JobType"] == granularity
    assert answer["JobCompletionDate"] >= answer["JobCreationDate"]
    answer["job"] = job
    answer["services"] = {one["ServiceNamespace"]: one for one in answer["ServicesLastAccessed"]}
    return answer


def is_recent(moment: datetime) -> bool:
    return abs(datetime.now(timezone.utc) - moment) < timedelta(minutes=5)


def test_a_user_is_told_every_service_its_policies_allow(account, iam):
    user = account.make_user(policy=SOME)
    services = report(iam, user.arn)["services"]
    assert {name: one["ServiceName"] for name, one in services.items()} == {
        "dynamodb": "Amazon DynamoDB",
        "s3": "Amazon S3",
        "sts": "AWS Security Token Service",
    }
    assert all(one["TotalAuthenticatedEntities"] == 0 and "LastAuthenticated" not in one for one in services.values())
    bucket = account.make_bucket()
    account.reads(user.creds, bucket)()
    denied(lambda: account.client("s3", user.creds).delete_object(Bucket=bucket, Key="a.txt"))
    denied(lambda: account.client("iam", user.creds).list_users())
    answer = report(iam, user.arn, "ACTION_LEVEL")
    s3 = answer["services"]["s3"]
    assert s3["LastAuthenticatedEntity"] == user.arn and s3["LastAuthenticatedRegion"] == REGION
    assert s3["TotalAuthenticatedEntities"] == 1 and is_recent(s3["LastAuthenticated"])
    actions = {one["ActionName"]: one for one in s3["TrackedActionsLastAccessed"]}
    # An attempt counts, whatever came of it.
    assert set(actions) == {"GetObject", "DeleteObject"}
    assert actions["GetObject"]["LastAccessedEntity"] == user.arn and actions["GetObject"]["LastAccessedRegion"] == REGION
    assert is_recent(actions["GetObject"]["LastAccessedTime"])
    assert "TrackedActionsLastAccessed" not in answer["services"]["dynamodb"]
    assert "TrackedActionsLastAccessed" not in report(iam, user.arn)["services"]["s3"]
    # What was asked for without being allowed by any policy is not in the list.
    assert "iam" not in answer["services"]


def test_a_role_is_used_by_its_sessions_and_a_deny_of_everything_takes_a_service_away(account, iam):
    role = account.make_role(policy=doc.policy(doc.allow(["iam:*", "s3:*"]), doc.deny("s3:*")))
    assert report(iam, role.arn)["services"]["iam"]["TotalAuthenticatedEntities"] == 0
    account.sees_users(account.assume(role))()
    services = report(iam, role.arn)["services"]
    assert set(services) == {"iam"} and services["iam"]["LastAuthenticatedEntity"] == role.arn
    assert is_recent(iam.get_role(RoleName=role.name)["Role"]["RoleLastUsed"]["LastUsedDate"])


def test_a_group_and_a_policy_are_used_by_those_who_have_them(account, iam):
    group, arn = fresh("group"), account.make_managed(SOME)
    first, second, role = account.make_user(), account.make_user(Path="/staff/"), account.make_role()
    iam.create_group(GroupName=group)
    for user in (first, second):
        iam.add_user_to_group(GroupName=group, UserName=user.name)
    iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    account.client("s3", first.creds).list_buckets()
    account.client("s3", second.creds).list_buckets()
    group_arn = f"arn:aws:iam::{ACCOUNT}:group/{group}"
    for subject in (group_arn, arn):
        answer = report(iam, subject)
        s3 = answer["services"]["s3"]
        assert s3["TotalAuthenticatedEntities"] == 2 and s3["LastAuthenticatedEntity"] == second.arn
        with_entities = iam.get_service_last_accessed_details_with_entities(JobId=answer["job"], ServiceNamespace="s3")
        assert with_entities["JobStatus"] == "COMPLETED" and with_entities["IsTruncated"] is False
        listed = [(one["EntityInfo"], "LastAuthenticated" in one) for one in with_entities["EntityDetailsList"]]
        wanted = [
            ({"Arn": one.arn, "Name": one.name, "Type": "USER", "Id": one.user_id, "Path": path}, True)
            for one, path in ((second, "/staff/"), (first, "/"))
        ]
        if subject == arn:
            wanted.append(({"Arn": role.arn, "Name": role.name, "Type": "ROLE", "Id": role.role_id, "Path": "/"}, False))
        assert listed == wanted
        page = iam.get_service_last_accessed_details_with_entities(JobId=answer["job"], ServiceNamespace="s3", MaxItems=1)
        assert page["IsTruncated"] is True
        rest = iam.get_service_last_accessed_details_with_entities(JobId=answer["job"], ServiceNamespace="s3", Marker=page["Marker"])
        assert [one["EntityInfo"] for one in page["EntityDetailsList"] + rest["EntityDetailsList"]] == [info for info, _ in wanted]
        # A service that is known and not allowed has nobody; one that is not known is refused.
        other = lambda name: iam.get_service_last_accessed_details_with_entities(JobId=answer["job"], ServiceNamespace=name)  # noqa: B023, E731
        assert other("ec2")["EntityDetailsList"] == []
        refused(lambda: other("nonesuch"), "InvalidInput", 400, "Invalid service namespace: nonesuch.")
    # A group lends its policies to its members, not to itself.
    iam.remove_user_from_group(GroupName=group, UserName=second.name)
    assert report(iam, group_arn)["services"]["s3"]["LastAuthenticatedEntity"] == first.arn


def test_a_report_stays_as_it_was_made_and_comes_in_pages(account, iam):
    user = account.make_user(policy=EVERYTHING)
    job = report(iam, user.arn)["job"]
    account.sees_users(user.creds)()
    names, marker = [], {}
    while True:
        page = iam.get_service_last_accessed_details(JobId=job, MaxItems=150, **marker)
        names += [one["ServiceNamespace"] for one in page["ServicesLastAccessed"]]
        assert all(one["TotalAuthenticatedEntities"] == 0 for one in page["ServicesLastAccessed"])
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert names == sorted(set(names)) and len(names) > 300 and {"iam", "s3", "ec2", "sts"} <= set(names)
    refused(lambda: iam.get_service_last_accessed_details(JobId=job, Marker="made up"), "ValidationError", 400)


def test_the_policies_that_allow_a_service_are_listed(account, iam):
    group, user = fresh("group"), account.make_user(policy=doc.policy(doc.allow("s3:GetObject")))
    managed = account.make_managed(SOME)
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="team", PolicyDocument=doc.policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}))
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    iam.attach_user_policy(UserName=user.name, PolicyArn=managed)
    listed = iam.list_policies_granting_service_access(Arn=user.arn, ServiceNamespaces=["s3", "sts", "iam"])
    assert listed["IsTruncated"] is False
    own = {"PolicyName": "main", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": user.name}
    of_group = {"PolicyName": "team", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": group}
    shared = {"PolicyName": managed.rpartition("/")[2], "PolicyType": "MANAGED", "PolicyArn": managed}
    found = {one["ServiceNamespace"]: one["Policies"] for one in listed["PoliciesGrantingServiceAccess"]}
    assert found == {"s3": [own, shared, of_group], "sts": [shared, of_group], "iam": []}
    group_arn = f"arn:aws:iam::{ACCOUNT}:group/{group}"
    [only] = iam.list_policies_granting_service_access(Arn=group_arn, ServiceNamespaces=["s3"])["PoliciesGrantingServiceAccess"]
    assert only["Policies"] == [of_group]
    call = lambda names: lambda: iam.list_policies_granting_service_access(Arn=user.arn, ServiceNamespaces=names)  # noqa: E731
    refused(call(["nonesuch"]), "InvalidInput", 400, "nonesuch")


def test_whoever_or_whatever_is_not_there_has_no_report(account, iam):
    generate = lambda arn: lambda: iam.generate_service_last_accessed_details(Arn=arn)  # noqa: E731
    grants = lambda arn: lambda: iam.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=["s3"])  # noqa: E731
    for kind in ("user", "group", "role"):
        for call in (generate, grants):
            refused(call(f"arn:aws:iam::{ACCOUNT}:{kind}/nobody"), "NoSuchEntity", 404, f"The {kind} with name nobody cannot be found.")
    refused(generate(f"arn:aws:iam::{ACCOUNT}:policy/none"), "NoSuchEntity", 404)
    for call in (generate, grants):
        refused(call(f"arn:aws:iam::{ACCOUNT}:root"), "InvalidInput", 400)
        denied(call("arn:aws:iam::444455556666:user/mallory"))
    refused(grants(account.make_managed(SOME)), "InvalidInput", 400)
    refused(lambda: iam.get_service_last_accessed_details(JobId=NO_JOB), "NoSuchEntity", 404, NO_JOB)
    entities = lambda: iam.get_service_last_accessed_details_with_entities(JobId=NO_JOB, ServiceNamespace="s3")  # noqa: E731
    refused(entities, "NoSuchEntity", 404, NO_JOB)
    with pytest.raises(ClientError) as caught:
        iam.get_service_last_accessed_details(JobId="x" * 40)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_a_report_is_found_by_whoever_asked_for_it_alone(account, iam):
    user = account.make_user(policy=doc.policy(doc.allow("iam:*")))
    own = account.client("iam", user.creds)
    job = report(iam, user.arn)["job"]
    refused(lambda: own.get_service_last_accessed_details(JobId=job), "NoSuchEntity", 404)
    assert report(own, user.arn)["services"]["iam"]["TotalAuthenticatedEntities"] == 1


def test_advice_needs_its_permission_on_whom_it_is_about(account, iam):
    alice, bob = account.make_user(), account.make_user()
    verbs = ["iam:GenerateServiceLastAccessedDetails", "iam:ListPoliciesGrantingServiceAccess"]
    asker = account.make_user(policy=doc.policy(doc.allow(verbs, alice.arn)))
    own = account.client("iam", asker.creds)
    job = allowed(lambda: own.generate_service_last_accessed_details(Arn=alice.arn))["JobId"]
    allowed(lambda: own.list_policies_granting_service_access(Arn=alice.arn, ServiceNamespaces=["s3"]))
    denied(lambda: own.generate_service_last_accessed_details(Arn=bob.arn), f"{verbs[0]} on resource: {bob.arn}")
    denied(lambda: own.list_policies_granting_service_access(Arn=bob.arn, ServiceNamespaces=["s3"]), f"{verbs[1]} on resource: {bob.arn}")
    denied(lambda: own.generate_service_last_accessed_details(Arn=account.make_managed(SOME)), verbs[0])
    denied(lambda: own.get_service_last_accessed_details(JobId=job), "iam:GetServiceLastAccessedDetails")
    entities = lambda: own.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="s3")  # noqa: E731
    denied(entities, "iam:GetServiceLastAccessedDetailsWithEntities")


def test_the_command_line_asks_for_advice(account, cli):
    user = account.make_user(policy=SOME)
    job = cli.ok("iam", "generate-service-last-accessed-details", "--arn", user.arn)["JobId"]
    services = cli.ok("iam", "get-service-last-accessed-details", "--job-id", job)["ServicesLastAccessed"]
    assert [one["ServiceNamespace"] for one in services] == ["dynamodb", "s3", "sts"]
    listed = cli.ok("iam", "list-policies-granting-service-access", "--arn", user.arn, "--service-namespaces", "s3")
    assert listed["PoliciesGrantingServiceAccess"][0]["Policies"][0]["PolicyName"] == "main"


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_last_uses_outlive_the_server(tmp_path, ending):
    with Server(data=tmp_path / "data") as server:
        account = Account(server)
        user, role = account.make_user(policy=SOME), account.make_role(policy=EVERYTHING)
        account.client("s3", user.creds).list_buckets()
        account.sees_users(account.assume(role))()
        gone = account.make_user(policy=SOME)
        account.client("s3", gone.creds).list_buckets()
        account.delete_user(gone.name)
        before = report(account.iam, user.arn)["services"]["s3"]
        getattr(server, ending)()
        server.start()
        after = report(account.iam, user.arn)["services"]["s3"]
        assert after == before and after["TotalAuthenticatedEntities"] == 1
        assert account.iam.get_role(RoleName=role.name)["Role"]["RoleLastUsed"]["Region"] == REGION
