"""Identity Store by boto3: people and groups of the organization's own directory, and who may see and change them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account, fresh
from harness.audit import lookup
from harness.expect import refused
from harness.server import ACCOUNT, Server

UNIQUE = "UNIQUENESS_CONSTRAINT_VIOLATION"
ENTERPRISE = "aws:identitystore:enterprise"


class Store:
    """The identity store, seen by somebody who may use it."""

    def __init__(self, account: Account, creds=None, store: str = "") -> None:
        self.account = account
        self.api = account.client("identitystore", creds, parameter_validation=False)
        self.id = store or account.client("sso").list_instances()["Instances"][0]["IdentityStoreId"]

    def call(self, operation: str, **given) -> dict:
        return getattr(self.api, operation)(IdentityStoreId=self.id, **given)

    def user(self, name: str | None = None, **more) -> str:
        name, person = fresh("person") if name is None else name, {"GivenName": "Some", "FamilyName": "Body"}
        return self.call("create_user", UserName=name, DisplayName="Some Body", Name=person, **more)["UserId"]

    def group(self, name: str = "") -> str:
        return self.call("create_group", DisplayName=name or fresh("people"))["GroupId"]

    def join(self, group: str, user: str) -> str:
        return self.call("create_group_membership", GroupId=group, MemberId={"UserId": user})["MembershipId"]

    def update(self, user: str, *operations: tuple) -> dict:
        given = [
            {"AttributePath": path} | ({"AttributeValue": value[0]} if value else {}) for path, *value in operations
        ]
        return self.call("update_user", UserId=user, Operations=given)

    def described(self, user: str) -> dict:
        return self.call("describe_user", UserId=user, Extensions=[ENTERPRISE])

    def found(self, path: str, value: str) -> str:
        unique = {"AttributePath": path, "AttributeValue": value}
        return self.call("get_user_id", AlternateIdentifier={"UniqueAttribute": unique})["UserId"]


def refusal(call, code: str, **members) -> dict:
    """The call must fail with this code, status 400 and these members of the error."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    found = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
    assert found == (code, 400), answer["Error"]
    assert {name: answer.get(name) for name in members} == members
    return answer


@pytest.fixture(scope="module")
def store(account) -> Store:
    return Store(account)


# -- people -----------------------------------------------------------------------------------------


def test_a_person_is_made_found_changed_and_gone(store):
    name, mail = fresh("Alice"), f"{fresh('Alice')}@example.com"
    extension = {"department": "Tools", "manager": {"value": "7"}}
    made = store.call(
        "create_user",
        UserName=name,
        DisplayName="Alice B.",
        Name={"GivenName": "Alice", "FamilyName": "B"},
        Emails=[{"Value": mail, "Type": "work", "Primary": True}],
        Extensions={ENTERPRISE: extension},
    )
    user = made["UserId"]
    assert made["UserArn"] == f"arn:aws:identitystore:::user/{user}" and made["Revision"] == "1"
    held = store.described(user)
    assert (held["UserName"], held["UserStatus"], held["Extensions"]) == (name, "ENABLED", {ENTERPRISE: extension})
    assert held["CreatedBy"] == f"arn:aws:iam::{ACCOUNT}:root" and held["CreatedAt"] == held["UpdatedAt"]
    assert "Extensions" not in store.call("describe_user", UserId=made["UserArn"])
    assert store.found("userName", name.upper()) == store.found("emails.value", mail.upper()) == user
    renamed = fresh("alice")
    answer = store.update(
        user,
        ("userName", renamed),
        ("name.givenName", "Alicia"),
        ("emails", [{"value": f"new-{mail}", "type": "home"}]),
        ("title", "Engineer"),
        (f"{ENTERPRISE}.department", "Sales"),
        ("externalIds", [{"Issuer": "https://idp.example.com", "Id": "u-1"}]),
    )
    assert answer["Revision"] == "2"
    held = store.described(user)
    assert (held["UserName"], held["Title"], held["Name"]["GivenName"]) == (renamed, "Engineer", "Alicia")
    assert held["Emails"] == [{"Value": f"new-{mail}", "Type": "home"}]
    assert held["Extensions"][ENTERPRISE] == {"department": "Sales", "manager": {"value": "7"}}
    external = {"ExternalId": {"Issuer": "https://idp.example.com", "Id": "u-1"}}
    assert held["ExternalIds"] == [external["ExternalId"]]
    assert store.call("get_user_id", AlternateIdentifier=external)["UserId"] == user
    listed = store.call("list_users", Filters=[{"AttributePath": "UserName", "AttributeValue": renamed.upper()}])
    assert [one["UserId"] for one in listed["Users"]] == [user]
    store.update(user, ("title",), ("emails",), ("externalIds",))
    assert not {"Title", "Emails", "ExternalIds"} & set(store.described(user))
    store.call("delete_user", UserId=user, Revision="3")
    gone = refusal(lambda: store.described(user), "ResourceNotFoundException", ResourceType="USER", ResourceId=user)
    assert gone["Error"]["Message"] == "USER not found."


def test_a_name_is_one_person_s_in_whatever_case(store):
    stem = fresh("Bob")
    bob, mail = store.user(stem, Emails=[{"Value": f"{stem}@example.com"}]), f"{stem}@EXAMPLE.com"
    for name in (stem, stem.lower(), stem.upper()):
        refusal(lambda: store.user(name), "ConflictException", Reason=UNIQUE)
    refusal(lambda: store.user(fresh("x"), Emails=[{"Value": mail}]), "ConflictException", Reason=UNIQUE)
    # Letters of another width are other letters; blanks and letters that are not seen are none.
    wide = store.user("\uff22" + stem[1:])
    for name in (f"{stem} ", f" {stem}", "two words", "nul\0", "\u202eboB", "zero\u200bwidth", "", "x" * 129):
        refusal(lambda: store.user(name), "ValidationException")
        refusal(lambda: store.update(bob, ("userName", name)), "ValidationException")
    for name in ("Administrator", "awsadministrators"):
        refusal(lambda: store.user(name), "ValidationException")
        refusal(lambda: store.call("create_group", DisplayName=name), "ValidationException")
    refusal(lambda: store.update(wide, ("userName", stem.upper())), "ConflictException", Reason=UNIQUE)
    store.update(bob, ("userName", stem.swapcase()))
    assert store.found("userName", stem) == bob
    # A name that is free again is somebody else's then, under another id.
    store.call("delete_user", UserId=bob)
    assert store.user(stem) != bob


def test_of_many_who_want_a_name_at_once_one_gets_it(store):
    name = fresh("race")

    def make(number: int) -> str:
        try:
            return store.user(name.upper() if number % 2 else name)
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(make, range(16)))
    made = [answer for answer in answers if answer != "ConflictException"]
    assert made == [store.found("userName", name)]


def test_a_change_is_whole_or_not_at_all(store):
    user = store.user()
    before = store.described(user)
    for operation in (
        ("userName",),
        ("userStatus", "DISABLED"),
        ("userId", "x"),
        ("name", "Alice"),
        ("emails", "a@example.com"),
        ("emails", [{"value": "a@example.com"}] * 2),
        ("externalIds", [{"issuer": "x"}]),
        ("displayName", {"a": [1, 2.5, None]}),
    ):
        refusal(lambda: store.update(user, ("nickName", "Al"), operation), "ValidationException")
    old = {"UserId": user, "Revision": "7", "Operations": [{"AttributePath": "nickName"}]}
    refusal(lambda: store.call("update_user", **old), "ConflictException", Reason="CONCURRENT_MODIFICATION")
    stale = lambda: store.call("delete_user", UserId=user, Revision="0")  # noqa: E731
    refusal(stale, "ConflictException", Reason="CONCURRENT_MODIFICATION")
    named = {"ResponseMetadata": None}
    assert store.described(user) | named == before | named


# -- groups -----------------------------------------------------------------------------------------


def test_people_are_in_groups(store):
    one, two = store.user(), store.user()
    group, other = store.group(), store.group()
    membership = store.join(group, one)
    again = lambda: store.join(group, one)  # noqa: E731
    refusal(again, "ConflictException", Reason=UNIQUE)
    store.join(other, one)
    held = store.call("describe_group_membership", MembershipId=membership)
    assert (held["GroupId"], held["MemberId"]) == (group, {"UserId": one})
    found = store.call("get_group_membership_id", GroupId=group, MemberId={"UserId": one})
    assert found["MembershipArn"] == f"arn:aws:identitystore:::membership/{membership}"
    told = store.call("is_member_in_groups", MemberId={"UserId": one}, GroupIds=[group, other])["Results"]
    assert [(it["GroupId"], it["MembershipExists"]) for it in told] == [(group, True), (other, True)]
    told = store.call("is_member_in_groups", MemberId={"UserId": two}, GroupIds=[group])["Results"]
    assert told == [{"GroupId": group, "MemberId": {"UserId": two}, "MembershipExists": False}]
    of_one = store.api.get_paginator("list_group_memberships_for_member").paginate(
        IdentityStoreId=store.id, MemberId={"UserId": one}, PaginationConfig={"PageSize": 1}
    )
    assert {it["GroupId"] for page in of_one for it in page["GroupMemberships"]} == {group, other}
    store.call("delete_group", GroupId=other)
    left = store.call("list_group_memberships_for_member", MemberId={"UserId": one})["GroupMemberships"]
    assert [it["MembershipId"] for it in left] == [membership]
    store.call("delete_user", UserId=one)
    assert store.call("list_group_memberships", GroupId=group)["GroupMemberships"] == []
    gone = lambda: store.call("describe_group_membership", MembershipId=membership)  # noqa: E731
    refusal(gone, "ResourceNotFoundException", ResourceType="GROUP_MEMBERSHIP")


def test_a_group_of_hundreds_is_deleted(store):
    group = store.group()
    people = [store.user() for _ in range(150)]
    for user in people:
        store.join(group, user)
    store.call("delete_group", GroupId=group)
    assert all(
        store.call("list_group_memberships_for_member", MemberId={"UserId": user})["GroupMemberships"] == []
        for user in people[::50]
    )


def test_assignments_outlive_who_had_them(account, store):
    sso, user = account.client("sso"), store.user()
    instance = sso.list_instances()["Instances"][0]["InstanceArn"]
    made = sso.create_permission_set(InstanceArn=instance, Name=fresh("set"))
    permission_set = made["PermissionSet"]["PermissionSetArn"]
    about = {"InstanceArn": instance, "PermissionSetArn": permission_set}
    assigned = about | {"TargetId": ACCOUNT, "TargetType": "AWS_ACCOUNT", "PrincipalType": "USER", "PrincipalId": user}
    sso.create_account_assignment(**assigned)
    store.call("delete_user", UserId=user)
    listed = sso.list_account_assignments(**about, AccountId=ACCOUNT)["AccountAssignments"]
    assert [it["PrincipalId"] for it in listed] == [user]
    sso.delete_account_assignment(**assigned)
    assert sso.list_account_assignments(**about, AccountId=ACCOUNT)["AccountAssignments"] == []


# -- who may ----------------------------------------------------------------------------------------


def test_a_permission_is_for_the_store_and_for_whom_it_is_about(account, store):
    name = fresh("carol")
    carol, dave = store.user(name), store.user()
    arn = f"arn:aws:identitystore::{ACCOUNT}:identitystore/{store.id}"
    user = f"arn:aws:identitystore:::user/{carol}"
    clerk = account.make_user("clerk", doc.policy(doc.allow("identitystore:*", [arn, user])))
    asked = Store(account, clerk.creds, store.id)
    assert asked.described(carol)["UserName"] == name and asked.found("userName", name) == carol
    for call in (
        lambda: asked.described(dave),
        lambda: asked.call("list_users"),
        lambda: asked.call("delete_user", UserId=dave),
        lambda: asked.join(store.group(), carol),
    ):
        refusal(call, "AccessDeniedException")
    # What is found is not told to those who may not know it, nor whether it is there.
    told = [
        refused(lambda: asked.found("userName", name), "AccessDeniedException", 400)
        for name in (store.described(dave)["UserName"], fresh("nobody"))
    ]
    assert told[0] == told[1] and dave not in told[0] and "identitystore:::user/*" in told[0]


def test_other_accounts_have_no_store_unless_they_administer_it(account, org, store):
    member = org.make_account()
    user = store.user()
    theirs = Store(account, member.creds, store.id)
    for operation, given in (("describe_user", {"UserId": user}), ("list_users", {}), ("describe_identity_store", {})):
        call = lambda: theirs.call(operation, **given)  # noqa: E731
        refusal(call, "ResourceNotFoundException", ResourceType="IDENTITY_STORE", ResourceId=store.id)
    assert theirs.api.list_identity_stores()["IdentityStores"] == []
    org.api.enable_aws_service_access(ServicePrincipal="sso.amazonaws.com")
    org.api.register_delegated_administrator(AccountId=member.id, ServicePrincipal="sso.amazonaws.com")
    assert theirs.described(user)["UserId"] == user
    assert theirs.api.list_identity_stores()["IdentityStores"][0]["IdentityStoreId"] == store.id


def test_events_do_not_tell_who_people_are(account, store):
    name = fresh("canary")
    user = store.user(name, Emails=[{"Value": f"{name}@example.com"}])
    store.update(user, ("nickName", f"{name}-nick"))
    refusal(lambda: store.user(name), "ConflictException")
    events = [event for event in lookup(account, EventSource="identitystore.amazonaws.com") if user in str(event)]
    assert {event["eventName"] for event in events} == {"CreateUser", "UpdateUser"}
    for event in lookup(account, EventSource="identitystore.amazonaws.com"):
        assert name not in str(event), event


# -- over time --------------------------------------------------------------------------------------


def test_a_restart_keeps_people_and_there_are_quotas(tmp_path):
    flags = ("--quota", "directory-users=2", "--quota", "directory-groups=1", "--quota", "groups-per-directory-user=1")
    with Server(data=tmp_path, flags=flags) as server:
        store = Store(Account(server))
        user, group = store.user("alice", Emails=[{"Value": "alice@example.com"}]), store.group("staff")
        membership = store.join(group, user)
        store.update(user, ("externalIds", [{"Issuer": "corp", "Id": "1"}]))
        before = store.described(user)
        server.restart()
        store = Store(Account(server))
        assert {**store.described(user), "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}
        assert store.found("emails.value", "ALICE@example.com") == user
        external = {"ExternalId": {"Issuer": "corp", "Id": "1"}}
        assert store.call("get_user_id", AlternateIdentifier=external)["UserId"] == user
        assert store.call("describe_group_membership", MembershipId=membership)["GroupId"] == group
        refusal(lambda: store.user("ALICE"), "ConflictException", Reason=UNIQUE)
        store.user("bob")
        for call in (lambda: store.user("carol"), store.group):
            refusal(call, "ServiceQuotaExceededException")
        store.call("delete_user", UserId=user)
        store.user("Alice")
