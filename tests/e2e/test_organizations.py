"""Organizations: accounts, units and what each call does, refuses and says."""

from __future__ import annotations

import json
import re

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import fresh
from harness.expect import allowed, refused
from harness.organization import ACCESS_ROLE, FULL, SCP, pages, refusal
from harness.server import ACCOUNT, Server

FLAGS = ("--quota", "accounts=60")


# -- the organization ------------------------------------------------------------------------


def test_without_an_organization_everything_says_so(account):
    with Server() as other:
        api = other.client("organizations")
        for call in (
            api.describe_organization,
            api.list_accounts,
            api.list_roots,
            lambda: api.create_account(Email="a@example.com", AccountName="a"),
            lambda: api.list_policies(Filter=SCP),
            lambda: api.describe_account(AccountId=ACCOUNT),
        ):
            refusal(call, "AWSOrganizationsNotInUseException")
        refusal(
            lambda: api.create_organization(FeatureSet="CONSOLIDATED_BILLING"),
            "ConstraintViolationException",
            "CREATE_ORGANIZATION_IN_BILLING_MODE_UNSUPPORTED_REGION",
        )
        made = api.create_organization()["Organization"]
        assert api.describe_organization()["Organization"] == made
        refusal(api.create_organization, "AlreadyInOrganizationException")
        unit = api.create_organizational_unit(ParentId=api.list_roots()["Roots"][0]["Id"], Name="gone")
        allowed(api.delete_organization)
        refusal(api.describe_organization, "AWSOrganizationsNotInUseException")
        again = api.create_organization()["Organization"]
        assert again["Id"] != made["Id"]
        refusal(
            lambda: api.describe_organizational_unit(OrganizationalUnitId=unit["OrganizationalUnit"]["Id"]),
            "OrganizationalUnitNotFoundException",
        )


def test_an_organization_is_shown_as_aws_shows_it(org, api):
    shown = api.describe_organization()["Organization"]
    assert re.fullmatch("o-[a-z0-9]{10,32}", shown["Id"])
    assert shown["Arn"] == f"arn:aws:organizations::{ACCOUNT}:organization/{org.id}"
    assert (shown["FeatureSet"], shown["MasterAccountId"]) == ("ALL", ACCOUNT)
    assert shown["MasterAccountArn"] == org.arn("account", ACCOUNT)
    assert shown["AvailablePolicyTypes"] == [{"Type": SCP, "Status": "ENABLED"}]
    [root] = api.list_roots()["Roots"]
    assert re.fullmatch("r-[0-9a-z]{4,32}", root["Id"])
    assert root["Arn"] == org.arn("root", root["Id"]) and root["Name"] == "Root"
    assert root["PolicyTypes"] == [{"Type": SCP, "Status": "ENABLED"}]
    org.make_account()
    refusal(api.delete_organization, "OrganizationNotEmptyException")
    refusal(api.enable_all_features, "HandshakeConstraintViolationException", "ORGANIZATION_ALREADY_HAS_ALL_FEATURES")


# -- accounts --------------------------------------------------------------------------------


def test_an_account_is_made_with_a_role_by_which_it_is_entered(org, api, account):
    email = f"{fresh('new')}@example.com"
    made = api.create_account(Email=email, AccountName="New One", Tags=[{"Key": "env", "Value": "test"}])
    status = made["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED" and re.fullmatch("car-[a-z0-9]{8,32}", status["Id"])
    assert api.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"] == status
    number = status["AccountId"]
    shown = api.describe_account(AccountId=number)["Account"]
    assert (shown["Id"], shown["Email"], shown["Name"]) == (number, email, "New One")
    assert (shown["Status"], shown["JoinedMethod"]) == ("ACTIVE", "CREATED")
    assert shown["Arn"] == org.arn("account", number)
    assert api.list_tags_for_resource(ResourceId=number)["Tags"] == [{"Key": "env", "Value": "test"}]
    assert api.list_parents(ChildId=number)["Parents"] == [{"Id": org.root, "Type": "ROOT"}]
    inside = org.enter(number)
    who = account.whoami(inside)
    assert who["Account"] == number
    assert re.fullmatch(f"arn:aws:sts::{number}:assumed-role/{ACCESS_ROLE}/.*", who["Arn"])
    # It may do everything there, and nothing outside.
    iam = account.client("iam", inside)
    user = iam.create_user(UserName="alice")["User"]
    assert user["Arn"] == f"arn:aws:iam::{number}:user/alice"
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == [ACCESS_ROLE]
    assert "alice" not in [held["UserName"] for held in account.iam.list_users()["Users"]]


def test_two_accounts_have_users_of_one_name(org):
    one, two = org.make_account(), org.make_account()
    ids = {member.client("iam").create_user(UserName="same")["User"]["UserId"] for member in (one, two)}
    assert len(ids) == 2
    one.client("iam").delete_user(UserName="same")
    allowed(lambda: two.client("iam").get_user(UserName="same"))


def test_the_role_can_have_another_name(org):
    email = f"{fresh('named')}@example.com"
    status = org.api.create_account(Email=email, AccountName="Named", RoleName="Landing")["CreateAccountStatus"]
    creds = org.enter(status["AccountId"], "Landing")
    assert org.account.whoami(creds)["Account"] == status["AccountId"]


def test_an_email_is_given_once(org, api):
    email = f"{fresh('twice')}@example.com"
    api.create_account(Email=email, AccountName="one")
    status = api.create_account(Email=email.upper(), AccountName="two")["CreateAccountStatus"]
    assert (status["State"], status["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS")
    assert "AccountId" not in status
    failed = [held["Id"] for held in pages(api, "list_create_account_status", "CreateAccountStatuses", States=["FAILED"])]
    assert status["Id"] in failed
    refusal(
        lambda: api.describe_create_account_status(CreateAccountRequestId="car-" + "a" * 32),
        "CreateAccountStatusNotFoundException",
    )


def test_lists_come_in_pages(org, api):
    unit = org.make_unit()
    made = {org.make_account(unit).id for _ in range(3)}
    everybody = [held["Id"] for held in pages(api, "list_accounts", "Accounts")]
    assert made | {ACCOUNT} <= set(everybody) and len(everybody) == len(set(everybody))
    assert everybody == [held["Id"] for held in pages(api, "list_accounts", "Accounts", 20)]
    assert {held["Id"] for held in pages(api, "list_accounts_for_parent", "Accounts", ParentId=unit)} == made
    children = pages(api, "list_children", "Children", ParentId=unit, ChildType="ACCOUNT")
    assert {child["Id"] for child in children} == made and {child["Type"] for child in children} == {"ACCOUNT"}
    below = {org.make_unit(unit) for _ in range(3)}
    units = pages(api, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=unit)
    assert {held["Id"] for held in units} == below
    children = pages(api, "list_children", "Children", ParentId=unit, ChildType="ORGANIZATIONAL_UNIT")
    assert {child["Id"] for child in children} == below
    refusal(lambda: api.list_accounts(NextToken="made-up"), "InvalidInputException", "INVALID_NEXT_TOKEN")


def test_the_quota_of_accounts_is_kept():
    with Server(flags=("--quota", "accounts=2")) as small:
        api = small.client("organizations")
        api.create_organization()
        first = api.create_account(Email="one@example.com", AccountName="one")["CreateAccountStatus"]
        second = api.create_account(Email="two@example.com", AccountName="two")["CreateAccountStatus"]
        assert (first["State"], second["State"]) == ("SUCCEEDED", "FAILED")
        assert second["FailureReason"] == "ACCOUNT_LIMIT_EXCEEDED"
        assert len(api.list_accounts()["Accounts"]) == 2


def test_a_large_organization_changes_as_a_whole():
    """More nodes than an ordinary change has records: policy types go on and off, and the organization goes."""
    with Server(flags=("--quota", "accounts=1000")) as big:
        api = big.client("organizations")
        api.create_organization()
        root, rcp = api.list_roots()["Roots"][0]["Id"], "RESOURCE_CONTROL_POLICY"
        made = [
            api.create_account(Email=f"{number}@example.com", AccountName="a")["CreateAccountStatus"]["AccountId"]
            for number in range(150)
        ]
        allowed(lambda: api.enable_policy_type(RootId=root, PolicyType=rcp))
        held = api.list_policies_for_target(TargetId=made[-1], Filter=rcp)["Policies"]
        assert [policy["Name"] for policy in held] == ["RCPFullAWSAccess"]
        allowed(lambda: api.disable_policy_type(RootId=root, PolicyType=rcp))
        assert api.list_policies_for_target(TargetId=made[0], Filter=rcp)["Policies"] == []
        for account in made:
            api.remove_account_from_organization(AccountId=account)
        allowed(api.delete_organization)
        refusal(api.describe_organization, "AWSOrganizationsNotInUseException")


def test_a_closed_account_is_dead(org, api, account):
    member = org.make_account()
    user = member.make_user(policy=doc.policy(doc.allow("*")))
    allowed(lambda: account.whoami(user.creds))
    bucket = member.make_bucket({"AWS": ACCOUNT})
    reads = member.reads(bucket, account.make_user(policy=doc.policy(doc.allow("s3:*"))).creds)
    allowed(reads)
    api.close_account(AccountId=member.id)
    refused(reads, "AccessDenied", 403)
    for creds in (user.creds, member.creds):
        refused(lambda: account.whoami(creds), "InvalidClientTokenId", 403)
    assert api.describe_account(AccountId=member.id)["Account"]["Status"] == "SUSPENDED"
    refusal(lambda: api.close_account(AccountId=member.id), "AccountAlreadyClosedException")
    refusal(lambda: api.close_account(AccountId=ACCOUNT), "ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT")
    # Its roles cannot be entered any more either.
    with pytest.raises(ClientError) as caught:
        org.enter(member.id)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_an_account_goes_and_comes_back_by_invitation(org, api, account):
    member = org.make_account()
    api.remove_account_from_organization(AccountId=member.id)
    refusal(lambda: api.describe_account(AccountId=member.id), "AccountNotFoundException")
    own = member.client("organizations")
    refusal(own.describe_organization, "AWSOrganizationsNotInUseException")
    # It lives on, alone.
    allowed(lambda: member.client("iam").list_users())
    sent = api.invite_account_to_organization(
        Target={"Type": "ACCOUNT", "Id": member.id}, Notes="come back", Tags=[{"Key": "again", "Value": "yes"}]
    )["Handshake"]
    assert (sent["State"], sent["Action"]) == ("OPEN", "INVITE")
    refusal(
        lambda: api.invite_account_to_organization(Target={"Type": "EMAIL", "Id": member.email}),
        "DuplicateHandshakeException",
    )
    assert [held["Id"] for held in own.list_handshakes_for_account()["Handshakes"]] == [sent["Id"]]
    assert sent["Id"] in [held["Id"] for held in pages(api, "list_handshakes_for_organization", "Handshakes")]
    refusal(lambda: api.accept_handshake(HandshakeId=sent["Id"]), "AccessDeniedException")
    api.cancel_handshake(HandshakeId=sent["Id"])
    refusal(lambda: own.accept_handshake(HandshakeId=sent["Id"]), "InvalidHandshakeTransitionException")
    refusal(lambda: api.cancel_handshake(HandshakeId=sent["Id"]), "HandshakeAlreadyInStateException")
    second = api.invite_account_to_organization(Target={"Type": "EMAIL", "Id": member.email})["Handshake"]
    assert own.decline_handshake(HandshakeId=second["Id"])["Handshake"]["State"] == "DECLINED"
    third = api.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": member.id})["Handshake"]
    assert own.accept_handshake(HandshakeId=third["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert api.describe_account(AccountId=member.id)["Account"]["JoinedMethod"] == "INVITED"
    assert own.describe_organization()["Organization"]["Id"] == org.id
    own.leave_organization()
    refusal(own.describe_organization, "AWSOrganizationsNotInUseException")
    refusal(api.leave_organization, "MasterCannotLeaveOrganizationException")
    refusal(
        lambda: api.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": "999988887777"}),
        "InvalidInputException",
        "TARGET_NOT_SUPPORTED",
    )
    refusal(lambda: api.describe_handshake(HandshakeId="h-" + "a" * 32), "HandshakeNotFoundException")


# -- units -----------------------------------------------------------------------------------


def test_units_are_made_renamed_and_deleted(org, api):
    name = fresh("unit")
    made = api.create_organizational_unit(ParentId=org.root, Name=name)["OrganizationalUnit"]
    assert re.fullmatch("ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}", made["Id"])
    assert made["Id"].split("-")[1] == org.root.split("-")[1]
    assert made["Arn"] == org.arn("ou", made["Id"])
    refusal(
        lambda: api.create_organizational_unit(ParentId=org.root, Name=name), "DuplicateOrganizationalUnitException"
    )
    inner = api.create_organizational_unit(ParentId=made["Id"], Name=name)["OrganizationalUnit"]
    assert inner["Path"] == f"{org.id}/{org.root}/{made['Id']}/{inner['Id']}/"
    refusal(lambda: api.delete_organizational_unit(OrganizationalUnitId=made["Id"]), "OrganizationalUnitNotEmptyException")
    renamed = api.update_organizational_unit(OrganizationalUnitId=inner["Id"], Name=name + "-new")
    assert renamed["OrganizationalUnit"]["Name"] == name + "-new"
    assert api.describe_organizational_unit(OrganizationalUnitId=inner["Id"]) ["OrganizationalUnit"]["Name"] == name + "-new"
    assert api.list_parents(ChildId=inner["Id"])["Parents"] == [{"Id": made["Id"], "Type": "ORGANIZATIONAL_UNIT"}]
    api.delete_organizational_unit(OrganizationalUnitId=inner["Id"])
    api.delete_organizational_unit(OrganizationalUnitId=made["Id"])
    refusal(
        lambda: api.describe_organizational_unit(OrganizationalUnitId=made["Id"]), "OrganizationalUnitNotFoundException"
    )
    refusal(lambda: api.create_organizational_unit(ParentId=made["Id"], Name="x"), "ParentNotFoundException")
    refusal(lambda: api.list_parents(ChildId=made["Id"]), "ChildNotFoundException")


def test_units_lie_five_deep_at_most(org, api):
    parent = org.root
    for _ in range(5):
        parent = org.make_unit(parent)
    refusal(
        lambda: api.create_organizational_unit(ParentId=parent, Name="sixth"),
        "ConstraintViolationException",
        "OU_DEPTH_LIMIT_EXCEEDED",
    )


def test_an_account_is_moved(org, api):
    one, two = org.make_unit(), org.make_unit()
    member = org.make_account(one)
    move = lambda source, target, number=member.id: api.move_account(
        AccountId=number, SourceParentId=source, DestinationParentId=target
    )
    refusal(lambda: move(two, one), "SourceParentNotFoundException")
    refusal(lambda: move(one, one), "DuplicateAccountException")
    refusal(lambda: move(one, "ou-zzzz-zzzzzzzz"), "DestinationParentNotFoundException")
    refusal(lambda: move(one, two, "999988887777"), "AccountNotFoundException")
    move(one, two)
    assert api.list_parents(ChildId=member.id)["Parents"][0]["Id"] == two
    refusal(lambda: api.delete_organizational_unit(OrganizationalUnitId=two), "OrganizationalUnitNotEmptyException")
    allowed(lambda: api.delete_organizational_unit(OrganizationalUnitId=one))


# -- tags ------------------------------------------------------------------------------------


def test_every_part_has_tags(org, api):
    policy = org.make_policy(doc.allow("*"))
    for resource in (org.root, org.make_unit(), org.make_account().id, policy):
        tags = [{"Key": f"k{number}", "Value": "v"} for number in range(3)]
        api.tag_resource(ResourceId=resource, Tags=tags)
        api.tag_resource(ResourceId=resource, Tags=[{"Key": "k1", "Value": "new"}])
        api.untag_resource(ResourceId=resource, TagKeys=["k0", "absent"])
        shown = {tag["Key"]: tag["Value"] for tag in pages(api, "list_tags_for_resource", "Tags", None, ResourceId=resource)}
        assert shown == {"k1": "new", "k2": "v"}
    tag = lambda tags: api.tag_resource(ResourceId=org.root, Tags=tags)
    twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    refusal(lambda: tag(twice), "InvalidInputException", "DUPLICATE_TAG_KEY")
    refusal(lambda: tag([{"Key": "aws:x", "Value": "1"}]), "InvalidInputException", "INVALID_SYSTEM_TAGS_PARAMETER")
    many = [{"Key": f"m{number}", "Value": ""} for number in range(51)]
    refusal(lambda: tag(many), "ConstraintViolationException", "MAX_TAG_LIMIT_EXCEEDED")
    refusal(lambda: api.list_tags_for_resource(ResourceId="ou-zzzz-zzzzzzzz"), "TargetNotFoundException")
    refusal(lambda: api.tag_resource(ResourceId=FULL, Tags=twice[:1]), "InvalidInputException", "IMMUTABLE_POLICY")


def test_the_cli_makes_an_account_and_enters_it(org, cli):
    email = f"{fresh('cli')}@example.com"
    status = cli.ok("organizations", "create-account", "--email", email, "--account-name", "By CLI")
    number = status["CreateAccountStatus"]["AccountId"]
    assert number in [held["Id"] for held in cli.ok("organizations", "list-accounts")["Accounts"]]
    cli.keys("operator", org.operator.creds)
    cli.profile("inside", role_arn=f"arn:aws:iam::{number}:role/{ACCESS_ROLE}", source_profile="operator")
    assert json.loads(cli.run("sts", "get-caller-identity", profile="inside").stdout)["Account"] == number
