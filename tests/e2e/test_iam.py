"""IAM: users, groups, access keys and tags: what each call does, refuses and says."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from harness import documents as doc
from harness.account import Account, fresh
from harness.expect import allowed, denied, refused
from harness.raw import Raw
from harness.server import ACCOUNT, Server

EVERYTHING = doc.policy(doc.allow("*"))
ID = "[A-Z2-7]{17}$"


@pytest.fixture
def iam(account):
    return account.iam


@pytest.fixture(scope="module")
def unchecked(account):
    """IAM without the client's own checks."""
    return account.client("iam", parameter_validation=False)


# -- users -----------------------------------------------------------------------------------


def test_a_user_is_made_shown_renamed_and_deleted(iam):
    name = fresh("user")
    made = iam.create_user(UserName=name, Path="/a/b/", Tags=[{"Key": "team", "Value": "blue"}])["User"]
    assert (made["UserName"], made["Path"]) == (name, "/a/b/")
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/a/b/{name}"
    assert re.match("^AIDA" + ID, made["UserId"])
    assert abs(made["CreateDate"] - doc.utc_now()) < timedelta(seconds=10)
    shown = iam.get_user(UserName=name)["User"]
    assert shown["Tags"] == [{"Key": "team", "Value": "blue"}] and shown["UserId"] == made["UserId"]
    iam.update_user(UserName=name, NewUserName=name + "-new", NewPath="/c/")
    moved = iam.get_user(UserName=name + "-new")["User"]
    assert (moved["UserId"], moved["Arn"]) == (made["UserId"], f"arn:aws:iam::{ACCOUNT}:user/c/{name}-new")
    iam.delete_user(UserName=name + "-new")
    refused(lambda: iam.get_user(UserName=name + "-new"), "NoSuchEntity", 404, f"The user with name {name}-new cannot be found.")


def test_user_names_are_unique_whatever_their_case(iam):
    name = fresh("Case")
    iam.create_user(UserName=name)
    refused(lambda: iam.create_user(UserName=name), "EntityAlreadyExists", 409, f"User with name {name} already exists.")
    refused(lambda: iam.create_user(UserName=name.upper(), Path="/x/"), "EntityAlreadyExists", 409)
    other = fresh("case")
    iam.create_user(UserName=other)
    refused(lambda: iam.update_user(UserName=other, NewUserName=name.lower()), "EntityAlreadyExists", 409)
    iam.update_user(UserName=other, NewUserName=other.upper())


@pytest.mark.parametrize("name", ["a b", "a/b", "a:b", "", "x" * 65, "ä"])
def test_a_user_name_that_is_no_name_is_a_validation_error(unchecked, name):
    message = refused(lambda: unchecked.create_user(UserName=name), "ValidationError", 400)
    assert "userName" in message


@pytest.mark.parametrize("path", ["x", "/x", "x/", "/a b/", "/" + "p" * 511 + "/", ""])
def test_a_path_that_is_no_path_is_a_validation_error(unchecked, path):
    refused(lambda: unchecked.create_user(UserName=fresh("u"), Path=path), "ValidationError", 400)


def test_several_constraints_are_reported_together(unchecked):
    call = lambda: unchecked.create_user(UserName="a b", Path="x")  # noqa: E731
    message = refused(call, "ValidationError", 400, "2 validation errors detected: ")
    assert "Value 'a b' at 'userName' failed to satisfy constraint" in message


def test_a_missing_parameter_is_a_validation_error(unchecked):
    refused(lambda: unchecked.delete_user(), "ValidationError", 400, "userName")


def test_without_a_name_the_caller_is_meant(account):
    user = account.make_user("self", EVERYTHING)
    iam = account.client("iam", user.creds)
    assert iam.get_user()["User"]["Arn"] == user.arn
    assert [key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]] == [user.creds.access_key]
    root = account.iam.get_user()["User"]
    assert (root["Arn"], root["UserId"]) == (f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    session = account.client("iam", account.assume(account.make_role("nameless", EVERYTHING)))
    refused(session.get_user, "ValidationError", 400, "Must specify userName when calling with non-User credentials")


def test_users_are_listed_by_path(iam):
    names = sorted(fresh("listed") for _ in range(3))
    for name in names:
        iam.create_user(UserName=name, Path="/listed/")
    found = iam.list_users(PathPrefix="/listed/")["Users"]
    assert sorted(user["UserName"] for user in found) == names
    assert all("Tags" not in user for user in found)
    assert not iam.list_users(PathPrefix="/listed/deeper/")["Users"]


def test_lists_are_paged(iam):
    for _ in range(5):
        iam.create_user(UserName=fresh("paged"), Path="/paged/")
    first = iam.list_users(PathPrefix="/paged/", MaxItems=2)
    assert first["IsTruncated"] and len(first["Users"]) <= 2
    names, marker = [user["UserName"] for user in first["Users"]], first["Marker"]
    while marker:
        page = iam.list_users(PathPrefix="/paged/", MaxItems=2, Marker=marker)
        names += [user["UserName"] for user in page["Users"]]
        marker = page.get("Marker")
        assert bool(marker) == page["IsTruncated"]
    assert len(names) == len(set(names)) == 5


def test_a_made_up_marker_and_odd_page_sizes_are_refused(unchecked):
    for call in (
        lambda: unchecked.list_users(Marker="made up"),
        lambda: unchecked.list_users(MaxItems=0),
        lambda: unchecked.list_users(MaxItems=1001),
    ):
        with pytest.raises(unchecked.exceptions.ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] in ("ValidationError", "InvalidInput")


def test_a_user_that_still_holds_something_is_not_deleted(account, iam):
    user = account.make_user("holder", EVERYTHING)
    arn = account.make_managed(EVERYTHING)
    group = fresh("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    delete = lambda: iam.delete_user(UserName=user.name)  # noqa: E731
    for undo in (
        lambda: iam.detach_user_policy(UserName=user.name, PolicyArn=arn),
        lambda: iam.delete_user_policy(UserName=user.name, PolicyName="main"),
        lambda: iam.remove_user_from_group(GroupName=group, UserName=user.name),
        lambda: iam.delete_access_key(UserName=user.name, AccessKeyId=user.creds.access_key),
    ):
        refused(delete, "DeleteConflict", 409, "Cannot delete entity, must ")
        undo()
    allowed(delete)


def test_the_words_of_each_conflict(account, iam):
    attached, keyed, inline = fresh("c"), fresh("c"), fresh("c")
    for name in (attached, keyed, inline):
        iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=attached, PolicyArn=account.make_managed(EVERYTHING))
    iam.create_access_key(UserName=keyed)
    account.user_policy(inline, EVERYTHING)
    for name, words in (
        (attached, "must detach all policies first."),
        (keyed, "must delete access keys first."),
        (inline, "must delete policies first."),
    ):
        refused(lambda name=name: iam.delete_user(UserName=name), "DeleteConflict", 409, f"Cannot delete entity, {words}")


def test_the_quota_of_users_is_a_limit():
    with Server(flags=("--quota", "users=2")) as server:
        iam = Account(server).iam
        iam.create_user(UserName="one")
        iam.create_user(UserName="two")
        refused(lambda: iam.create_user(UserName="three"), "LimitExceeded", 409, "Cannot exceed quota for UsersPerAccount: 2")
        iam.delete_user(UserName="one")
        iam.create_user(UserName="three")


# -- access keys -------------------------------------------------------------------------------


def test_access_keys_come_two_at_most_and_show_their_secret_once(account, iam):
    name = fresh("keys")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    assert re.match(r"^AKIA[A-Z2-7]{16}$", key["AccessKeyId"]) and re.match(r"^[A-Za-z0-9/+]{40}$", key["SecretAccessKey"])
    assert key["Status"] == "Active"
    second = iam.create_access_key(UserName=name)["AccessKey"]
    refused(lambda: iam.create_access_key(UserName=name), "LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2")
    listed = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    assert {item["AccessKeyId"] for item in listed} == {key["AccessKeyId"], second["AccessKeyId"]}
    assert all("SecretAccessKey" not in item for item in listed)
    refused(lambda: iam.delete_access_key(UserName=name, AccessKeyId="AKIAAAAAAAAAAAAAAAAA"), "NoSuchEntity", 404)


def test_the_key_id_tells_the_account(account):
    key = account.make_user("known").creds.access_key
    assert account.client("sts").get_access_key_info(AccessKeyId=key)["Account"] == ACCOUNT


def test_last_use_of_a_key(account, iam):
    user = account.make_user("used", EVERYTHING)
    never = iam.get_access_key_last_used(AccessKeyId=user.creds.access_key)
    assert never["UserName"] == user.name
    assert never["AccessKeyLastUsed"]["ServiceName"] == never["AccessKeyLastUsed"]["Region"] == "N/A"
    account.sees_users(user.creds)()
    used = iam.get_access_key_last_used(AccessKeyId=user.creds.access_key)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("iam", "us-east-1")


# -- groups ---------------------------------------------------------------------------------------


def test_a_group_is_made_filled_renamed_and_deleted(account, iam):
    name, user = fresh("group"), account.make_user("member")
    made = iam.create_group(GroupName=name, Path="/g/")["Group"]
    assert re.match("^AGPA" + ID, made["GroupId"])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/g/{name}"
    iam.add_user_to_group(GroupName=name, UserName=user.name)
    iam.add_user_to_group(GroupName=name, UserName=user.name)
    shown = iam.get_group(GroupName=name)
    assert [member["UserName"] for member in shown["Users"]] == [user.name] and not shown["IsTruncated"]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName=user.name)["Groups"]] == [name]
    refused(lambda: iam.delete_group(GroupName=name), "DeleteConflict", 409, "must remove users from group first.")
    iam.update_group(GroupName=name, NewGroupName=name + "-new")
    iam.remove_user_from_group(GroupName=name + "-new", UserName=user.name)
    iam.put_group_policy(GroupName=name + "-new", PolicyName="p", PolicyDocument=EVERYTHING)
    refused(lambda: iam.delete_group(GroupName=name + "-new"), "DeleteConflict", 409, "must delete policies first.")
    iam.delete_group_policy(GroupName=name + "-new", PolicyName="p")
    iam.delete_group(GroupName=name + "-new")
    refused(lambda: iam.get_group(GroupName=name), "NoSuchEntity", 404, f"The group with name {name} cannot be found.")


def test_a_user_is_in_ten_groups_at_most(account, iam):
    user = account.make_user("joiner")
    groups = [fresh("many") for _ in range(11)]
    for group in groups:
        iam.create_group(GroupName=group)
    for group in groups[:10]:
        iam.add_user_to_group(GroupName=group, UserName=user.name)
    refused(lambda: iam.add_user_to_group(GroupName=groups[10], UserName=user.name), "LimitExceeded", 409)


def test_attached_and_inline_policies_of_a_group_reach_its_members(account, iam):
    group, user = fresh("granting"), account.make_user("member")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    denied(account.sees_users(user.creds))
    arn = account.make_managed(doc.policy(doc.allow("iam:ListUsers")))
    iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    allowed(account.sees_users(user.creds))
    assert [p["PolicyArn"] for p in iam.list_attached_group_policies(GroupName=group)["AttachedPolicies"]] == [arn]
    iam.detach_group_policy(GroupName=group, PolicyArn=arn)
    denied(account.sees_users(user.creds))


def test_a_group_is_no_principal(account, iam):
    group = fresh("nobody")
    arn = iam.create_group(GroupName=group)["Group"]["Arn"]
    call = lambda: account.make_role("odd", trust=doc.trust(arn))  # noqa: E731
    refused(call, "MalformedPolicyDocument", 400, "Invalid principal in policy")


# -- tags --------------------------------------------------------------------------------------------


def test_tags_are_added_replaced_listed_and_removed(account, iam):
    name = account.make_user("tagged").name
    iam.tag_user(UserName=name, Tags=[{"Key": "Team", "Value": "blue"}, {"Key": "desk", "Value": ""}])
    iam.tag_user(UserName=name, Tags=[{"Key": "Team", "Value": "red"}])
    found = iam.list_user_tags(UserName=name)["Tags"]
    assert sorted((tag["Key"], tag["Value"]) for tag in found) == [("Team", "red"), ("desk", "")]
    iam.untag_user(UserName=name, TagKeys=["desk", "absent"])
    assert [tag["Key"] for tag in iam.list_user_tags(UserName=name)["Tags"]] == ["Team"]


def test_bad_tags_are_refused(account, unchecked):
    name = account.make_user("tagged").name
    pair = lambda key, value="v": {"Key": key, "Value": value}  # noqa: E731
    twice = lambda: unchecked.tag_user(UserName=name, Tags=[pair("a"), pair("A")])  # noqa: E731
    refused(twice, "InvalidInput", 400, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    for tags in ([pair("aws:x")], [pair("k" * 129)], [pair("k", "v" * 257)], [pair("")], [pair("k<>")]):
        with pytest.raises(unchecked.exceptions.ClientError) as caught:
            unchecked.tag_user(UserName=name, Tags=tags)
        assert caught.value.response["Error"]["Code"] in ("ValidationError", "InvalidInput")
    assert not unchecked.list_user_tags(UserName=name)["Tags"]


def test_fifty_tags_are_the_most(account, iam):
    name = account.make_user("tagged").name
    iam.tag_user(UserName=name, Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(50)])
    refused(lambda: iam.tag_user(UserName=name, Tags=[{"Key": "k50", "Value": "v"}]), "LimitExceeded", 409)
    iam.tag_user(UserName=name, Tags=[{"Key": "K49", "Value": "again"}])


def test_tags_of_a_user_are_principal_tags(account):
    by_tag = doc.policy(doc.allow("iam:ListUsers", StringEquals={"aws:PrincipalTag/team": "blue"}))
    user = account.make_user("tagged", by_tag)
    denied(account.sees_users(user.creds))
    account.iam.tag_user(UserName=user.name, Tags=[{"Key": "Team", "Value": "blue"}])
    allowed(account.sees_users(user.creds))
    account.iam.untag_user(UserName=user.name, TagKeys=["team"])
    denied(account.sees_users(user.creds))


def test_tags_of_the_target_are_resource_tags(account):
    only_blue = doc.policy(doc.allow("iam:GetUser", StringEquals={"iam:ResourceTag/team": "blue"}))
    iam = account.client("iam", account.make_user("looker", only_blue).creds)
    blue = account.make_user("blue", Tags=[{"Key": "team", "Value": "blue"}])
    red = account.make_user("red", Tags=[{"Key": "team", "Value": "red"}])
    allowed(lambda: iam.get_user(UserName=blue.name))
    denied(lambda: iam.get_user(UserName=red.name))


def test_tags_of_the_request_can_be_demanded(account):
    document = doc.policy(doc.allow(["iam:CreateUser", "iam:TagUser"], StringEquals={"aws:RequestTag/team": "blue"}))
    iam = account.client("iam", account.make_user("maker", document).creds)
    allowed(lambda: iam.create_user(UserName=fresh("made"), Tags=[{"Key": "team", "Value": "blue"}]))
    denied(lambda: iam.create_user(UserName=fresh("made"), Tags=[{"Key": "team", "Value": "red"}]))
    denied(lambda: iam.create_user(UserName=fresh("made")))


def test_an_unknown_action_is_named(account, server):
    raw = Raw(server)
    answer = raw.send(raw.query_call("iam", "MakeCoffee", account.root))
    assert (answer.status, answer.code) == (400, "InvalidAction")
    assert "Could not find operation MakeCoffee for version 2010-05-08" in answer.text
