"""Who may do what in an organization: its management account, its members, administrators of services, and delegates."""

from __future__ import annotations


from harness import documents as doc
from harness.account import fresh
from harness.expect import allowed
from harness.organization import FULL, SCP, pages, refusal
from harness.server import ACCOUNT


def test_a_member_sees_its_organization_and_nothing_else_of_it(org, api):
    member = org.make_account()
    own = member.client("organizations")
    assert own.describe_organization()["Organization"]["Id"] == org.id
    for call in (
        own.list_accounts,
        own.list_roots,
        lambda: own.describe_account(AccountId=member.id),
        lambda: own.create_account(Email="x@example.com", AccountName="x"),
        lambda: own.list_policies(Filter=SCP),
        lambda: own.detach_policy(PolicyId=FULL, TargetId=member.id),
        lambda: own.move_account(AccountId=member.id, SourceParentId=org.root, DestinationParentId=org.root),
        own.delete_organization,
    ):
        refusal(call, "AccessDeniedException")


def test_a_delegated_administrator_reads_and_changes_nothing(org, api):
    member, service = org.make_account(), "config.amazonaws.com"
    register = lambda: api.register_delegated_administrator(AccountId=member.id, ServicePrincipal=service)
    refusal(register, "ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED")
    api.enable_aws_service_access(ServicePrincipal=service)
    assert service in [
        held["ServicePrincipal"]
        for held in pages(api, "list_aws_service_access_for_organization", "EnabledServicePrincipals")
    ]
    register()
    refusal(register, "AccountAlreadyRegisteredException")
    [held] = api.list_delegated_administrators(ServicePrincipal=service)["DelegatedAdministrators"]
    assert held["Id"] == member.id
    [held] = api.list_delegated_services_for_account(AccountId=member.id)["DelegatedServices"]
    assert held["ServicePrincipal"] == service
    own = member.client("organizations")
    assert member.id in [held["Id"] for held in pages(own, "list_accounts", "Accounts", 20)]
    allowed(lambda: own.describe_account(AccountId=member.id))
    refusal(lambda: own.create_organizational_unit(ParentId=org.root, Name="x"), "AccessDeniedException")
    refusal(
        lambda: api.remove_account_from_organization(AccountId=member.id),
        "ConstraintViolationException",
        "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
    )
    api.deregister_delegated_administrator(AccountId=member.id, ServicePrincipal=service)
    refusal(own.list_accounts, "AccessDeniedException")
    refusal(lambda: api.list_delegated_services_for_account(AccountId=member.id), "AccountNotRegisteredException")
    refusal(
        lambda: api.register_delegated_administrator(AccountId=ACCOUNT, ServicePrincipal=service),
        "ConstraintViolationException",
        "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
    )
    api.disable_aws_service_access(ServicePrincipal=service)
    refusal(
        lambda: api.enable_aws_service_access(ServicePrincipal="example.com"),
        "InvalidInputException",
        "UNRECOGNIZED_SERVICE_PRINCIPAL",
    )


def test_the_resource_policy_lets_a_member_do_what_it_says(org, api):
    member = org.make_account()
    own = member.client("organizations")
    refusal(api.describe_resource_policy, "ResourcePolicyNotFoundException")
    content = doc.policy(
        doc.allow(["organizations:List*", "organizations:CreatePolicy"], "*", {"AWS": member.id})
    )
    put = api.put_resource_policy(Content=content, Tags=[{"Key": "a", "Value": "b"}])["ResourcePolicy"]
    assert put["Content"] == content and put["ResourcePolicySummary"]["Arn"].startswith("arn:aws:organizations::")
    assert api.describe_resource_policy()["ResourcePolicy"] == put
    allowed(own.list_accounts)
    name = fresh("delegated")
    made = own.create_policy(Name=name, Description="", Type=SCP, Content=doc.policy(doc.deny("ec2:*")))["Policy"]
    refusal(lambda: own.delete_policy(PolicyId=made["PolicySummary"]["Id"]), "AccessDeniedException")
    # What cannot be delegated: accounts, units, and the delegation itself.
    for action in ("organizations:*", "organizations:PutResource*", "organizations:CloseAccount", "*"):
        wide = doc.policy(doc.allow(action, "*", {"AWS": member.id}))
        refusal(
            lambda: api.put_resource_policy(Content=wide), "InvalidInputException", "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"
        )
    refusal(lambda: api.put_resource_policy(Content="{"), "InvalidInputException", "INVALID_RESOURCE_POLICY_JSON")
    missing = doc.policy(doc.allow("organizations:List*", "*", {"AWS": f"arn:aws:iam::{member.id}:role/none"}))
    refusal(lambda: api.put_resource_policy(Content=missing), "InvalidInputException", "INVALID_PRINCIPAL")
    api.delete_resource_policy()
    refusal(own.list_accounts, "AccessDeniedException")
    refusal(api.delete_resource_policy, "ResourcePolicyNotFoundException")


def test_each_part_has_its_permission(org, api, account):
    """The permission is asked on the parts that a request names, with their tags and the type of policy."""
    unit, other = org.make_unit(), org.make_unit()
    api.tag_resource(ResourceId=other, Tags=[{"Key": "team", "Value": "red"}])
    user = account.make_user(
        policy=doc.policy(
            doc.allow("organizations:DescribeOrganizationalUnit", org.arn("ou", unit)),
            doc.allow("organizations:DescribeOrganizationalUnit", StringEquals={"aws:ResourceTag/team": "red"}),
            doc.allow("organizations:ListPolicies", StringEquals={"organizations:PolicyType": SCP}),
        )
    )
    own = account.client("organizations", user.creds)
    for held in (unit, other):
        allowed(lambda: own.describe_organizational_unit(OrganizationalUnitId=held))
    refusal(lambda: own.describe_organizational_unit(OrganizationalUnitId=org.make_unit()), "AccessDeniedException")
    allowed(lambda: own.list_policies(Filter=SCP))
    refusal(lambda: own.list_policies(Filter="TAG_POLICY"), "AccessDeniedException")


def test_an_administrator_reads_by_its_own_policies_only(org, api):
    """A delegation to everybody does not stand in for the policies of who is in an administrator's account."""
    member, service = org.make_account(), "backup.amazonaws.com"
    api.enable_aws_service_access(ServicePrincipal=service)
    api.register_delegated_administrator(AccountId=member.id, ServicePrincipal=service)
    everybody = doc.policy(doc.allow("organizations:List*", "*", "*", StringEquals={"aws:PrincipalOrgID": org.id}))
    api.put_resource_policy(Content=everybody)
    bare = member.make_user()
    refusal(member.client("organizations", bare.creds).list_accounts, "AccessDeniedException")
    may = member.make_user(policy=doc.policy(doc.allow("organizations:List*")))
    allowed(member.client("organizations", may.creds).list_accounts)
    api.delete_resource_policy()


def test_nobody_learns_by_simulation_who_is_in_another_account(org):
    one, two = org.make_account(), org.make_account()
    there = two.make_user()
    policy = doc.policy(doc.allow("s3:GetObject", StringLike={"aws:userid": "*"}))
    ask = lambda arn: one.client("iam").simulate_custom_policy(  # noqa: E731
        PolicyInputList=[policy], ActionNames=["s3:GetObject"], CallerArn=arn
    )["EvaluationResults"][0]
    found, absent = ask(there.arn), ask(there.arn + "-absent")
    assert (found["EvalDecision"], found["MissingContextValues"]) == (absent["EvalDecision"], absent["MissingContextValues"])


def test_the_advice_on_a_policy_of_aws_is_everybodys_own(org):
    member = org.make_account()
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    allowed(lambda: member.client("iam").generate_service_last_accessed_details(Arn=arn))
