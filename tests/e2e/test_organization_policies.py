"""Service control and resource control policies: attached, inherited and enforced at every level, on every request."""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.account import fresh
from harness.expect import allowed, denied, refused
from harness.organization import FULL, RCP, RCP_FULL, SCP, Organization, pages, refusal
from harness.server import ACCOUNT, Server

BY_SCP = "with an explicit deny in a service control policy"
NO_SCP = "because no service control policy allows the"
BY_RCP = "with an explicit deny in a resource control policy"
FLAGS = ("--quota", "accounts=60")


@pytest.fixture(scope="module")
def org(account):
    made = Organization(account)
    made.api.enable_policy_type(RootId=made.root, PolicyType=RCP)
    return made


@pytest.fixture
def line(org):
    """root ─ outer ─ inner ─ member: gives the three below the root."""
    outer = org.make_unit()
    inner = org.make_unit(outer)
    return outer, inner, org.make_account(inner)


# -- policies themselves ---------------------------------------------------------------------


def test_a_policy_is_made_changed_attached_and_deleted(org, api):
    name, content = fresh("scp"), doc.policy(doc.deny("ec2:*"))
    made = api.create_policy(Name=name, Description="no machines", Type=SCP, Content=content)["Policy"]
    summary = made["PolicySummary"]
    assert summary["Arn"] == org.arn("policy", f"service_control_policy/{summary['Id']}")
    assert (summary["AwsManaged"], summary["Type"], made["Content"]) == (False, SCP, content)
    assert api.describe_policy(PolicyId=summary["Id"])["Policy"] == made
    create = lambda **more: api.create_policy(**({"Name": fresh("p"), "Description": "", "Type": SCP, "Content": content} | more))
    refusal(lambda: create(Name=name), "DuplicatePolicyException")
    for content_now in ("{", '{"Version":"2012-10-17"}', doc.policy(doc.allow("s3:*", "*", "*")), "[]"):
        refusal(lambda: create(Content=content_now), "MalformedPolicyDocumentException")
    too_long = doc.policy(*[doc.deny([f"ec2:Run{number}" + "x" * 90]) for number in range(60)])
    refusal(lambda: create(Content=too_long), "ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED")
    refusal(lambda: create(Type="CHATBOT_POLICY"), "PolicyTypeNotAvailableForOrganizationException")
    changed = api.update_policy(PolicyId=summary["Id"], Name=name + "-new", Description="other")["Policy"]
    assert (changed["PolicySummary"]["Name"], changed["Content"]) == (name + "-new", content)
    refusal(lambda: api.update_policy(PolicyId=summary["Id"], Content="{"), "MalformedPolicyDocumentException")
    unit = org.make_unit()
    org.attach(summary["Id"], unit)
    refusal(lambda: org.attach(summary["Id"], unit), "DuplicatePolicyAttachmentException")
    refusal(lambda: api.delete_policy(PolicyId=summary["Id"]), "PolicyInUseException")
    [target] = api.list_targets_for_policy(PolicyId=summary["Id"])["Targets"]
    assert (target["TargetId"], target["Type"]) == (unit, "ORGANIZATIONAL_UNIT")
    attached = api.list_policies_for_target(TargetId=unit, Filter=SCP)["Policies"]
    assert {held["Id"] for held in attached} == {FULL, summary["Id"]}
    org.detach(summary["Id"], unit)
    refusal(lambda: org.detach(summary["Id"], unit), "PolicyNotAttachedException")
    api.delete_policy(PolicyId=summary["Id"])
    refusal(lambda: api.describe_policy(PolicyId=summary["Id"]), "PolicyNotFoundException")
    refusal(lambda: org.attach(summary["Id"], unit), "PolicyNotFoundException")
    refusal(lambda: org.attach(FULL, "ou-zzzz-zzzzzzzz"), "TargetNotFoundException")


def test_full_access_is_there_and_stays(org, api, line):
    outer, inner, member = line
    for target in (org.root, outer, inner, member.id, ACCOUNT):
        for kind, policy in ((SCP, FULL), (RCP, RCP_FULL)):
            held = api.list_policies_for_target(TargetId=target, Filter=kind)["Policies"]
            assert [one["Id"] for one in held] == [policy] and held[0]["AwsManaged"]
    assert api.describe_policy(PolicyId=FULL)["Policy"]["PolicySummary"]["Arn"] == (
        "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
    )
    refusal(
        lambda: org.detach(FULL, member.id), "ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
    )
    refusal(lambda: org.detach(RCP_FULL, member.id), "InvalidInputException", "NON_DETACHABLE_POLICY")
    for call in (api.update_policy, api.delete_policy):
        refusal(lambda: call(PolicyId=FULL), "InvalidInputException", "IMMUTABLE_POLICY")


def test_lists_of_policies_come_in_pages(org, api):
    made = {org.make_policy(doc.allow("*")) for _ in range(4)}
    unit = org.make_unit()
    for policy in sorted(made):
        org.attach(policy, unit)
    assert made | {FULL} <= {held["Id"] for held in pages(api, "list_policies", "Policies", Filter=SCP)}
    held = [one["Id"] for one in pages(api, "list_policies_for_target", "Policies", TargetId=unit, Filter=SCP)]
    assert set(held) == made | {FULL} and len(held) == 5
    one_more = org.make_policy(doc.allow("*"))
    refusal(
        lambda: org.attach(one_more, unit), "ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
    )
    units = [org.make_unit() for _ in range(3)]
    for target in units:
        org.attach(one_more, target)
    targets = pages(api, "list_targets_for_policy", "Targets", PolicyId=one_more)
    assert {target["TargetId"] for target in targets} == set(units)


# -- enforcement -----------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(4))
def test_a_deny_counts_from_every_level_down(org, line, level):
    outer, inner, member = line
    user = member.make_user(policy=doc.policy(doc.allow("*")))
    iam = member.client("iam", user.creds)
    outsider = org.make_account()
    others = outsider.client("iam", outsider.make_user(policy=doc.policy(doc.allow("*"))).creds)
    allowed(iam.list_users)
    policy = org.make_policy(doc.deny("iam:ListUsers"))
    target = (org.root, outer, inner, member.id)[level]
    org.attach(policy, target)
    try:
        denied(iam.list_users, BY_SCP)
        allowed(iam.list_roles)
        # The whole organization if it is the root's, otherwise nobody outside that line; never the management account.
        (lambda: denied(others.list_users, BY_SCP) if level == 0 else allowed(others.list_users))()
        allowed(org.account.iam.list_users)
        allowed(org.account.client("iam", org.operator.creds).list_users)
    finally:
        org.detach(policy, target)
    allowed(iam.list_users)


@pytest.mark.parametrize("level", range(1, 4))
def test_every_level_must_allow(org, line, level):
    outer, inner, member = line
    user = member.make_user(policy=doc.policy(doc.allow("*")))
    iam, s3 = member.client("iam", user.creds), member.client("s3", user.creds)
    target = (org.root, outer, inner, member.id)[level]
    org.attach(org.make_policy(doc.allow("s3:*")), target)
    # Beside full access it adds nothing and takes nothing.
    allowed(iam.list_users)
    org.detach(FULL, target)
    denied(iam.list_users, NO_SCP)
    allowed(s3.list_buckets)
    org.attach(FULL, target)
    allowed(iam.list_users)


def test_an_account_that_moves_changes_its_guardrails(org, line):
    outer, inner, member = line
    strict = org.make_unit()
    org.attach(org.make_policy(doc.deny("iam:ListUsers")), strict)
    iam = member.client("iam", member.make_user(policy=doc.policy(doc.allow("*"))).creds)
    allowed(iam.list_users)
    org.move(member.id, strict)
    denied(iam.list_users, BY_SCP)
    org.move(member.id, inner)
    allowed(iam.list_users)
    org.move(member.id, strict)
    org.api.remove_account_from_organization(AccountId=member.id)
    allowed(iam.list_users)


def test_an_edit_counts_at_once(org, line):
    _, _, member = line
    iam = member.client("iam", member.make_user(policy=doc.policy(doc.allow("*"))).creds)
    policy = org.make_policy(doc.deny("ec2:*"))
    org.attach(policy, member.id)
    for _ in range(20):
        org.api.update_policy(PolicyId=policy, Content=doc.policy(doc.deny("iam:ListUsers")))
        denied(iam.list_users, BY_SCP)
        org.api.update_policy(PolicyId=policy, Content=doc.policy(doc.deny("ec2:*")))
        allowed(iam.list_users)


def test_conditions_see_who_calls(org, line):
    _, _, member = line
    one = member.make_user(policy=doc.policy(doc.allow("*")))
    two = member.make_user(policy=doc.policy(doc.allow("*")))
    org.attach(org.make_policy(doc.deny(ArnEquals={"aws:PrincipalArn": one.arn})), member.id)
    denied(member.client("iam", one.creds).list_users, BY_SCP)
    allowed(member.client("iam", two.creds).list_users)
    # Who asks for itself is told, whatever any policy says.
    allowed(lambda: member.client("sts", one.creds).get_caller_identity())


def test_it_bounds_sessions_and_their_administrators_too(org, line):
    _, _, member = line
    org.attach(org.make_policy(doc.deny("iam:CreateUser")), member.id)
    # The access role may do everything otherwise.
    denied(lambda: member.client("iam").create_user(UserName="x"), BY_SCP)
    user = member.make_role(doc.trust(f"arn:aws:iam::{member.id}:root"), doc.policy(doc.allow("*")))
    session = org.account.assume(user, by=member.creds)
    denied(lambda: member.client("iam", session).create_user(UserName="x"), BY_SCP)
    federated = org.account.federate(
        _user_with_everything(org, member), "fed", doc.policy(doc.allow("*"))
    )
    org.attach(org.make_policy(doc.deny("s3:ListAllMyBuckets")), member.id)
    denied(member.client("s3", federated).list_buckets)


def _user_with_everything(org, member):
    org_policy = [held for held in org.api.list_policies_for_target(TargetId=member.id, Filter=SCP)["Policies"] if held["Id"] != FULL]
    for held in org_policy:
        org.detach(held["Id"], member.id)
    made = member.make_user(policy=doc.policy(doc.allow("*")))
    for held in org_policy:
        org.attach(held["Id"], member.id)
    return made.creds


def test_a_resource_control_policy_bounds_who_is_outside(org, line):
    _, _, member = line
    bucket = member.make_bucket({"AWS": [ACCOUNT, member.id]})
    inside = member.make_user(policy=doc.policy(doc.allow("s3:*")))
    foreign = org.account.make_user(policy=doc.policy(doc.allow("s3:*")))
    reads = {creds: member.reads(bucket, creds) for creds in (inside.creds, foreign.creds)}
    for call in reads.values():
        allowed(call)
    perimeter = org.make_policy(
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:PrincipalAccount": member.id}}},
        kind=RCP,
    )
    org.attach(perimeter, member.id)
    allowed(reads[inside.creds])
    refused(reads[foreign.creds], "AccessDenied", 403)
    # The same on roles: nobody outside assumes one.
    trusting = member.make_role(doc.trust(f"arn:aws:iam::{ACCOUNT}:root"))
    everywhere = org.make_policy(
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:PrincipalAccount": member.id}}},
        kind=RCP,
    )
    allowed(lambda: org.account.client("sts", org.operator.creds).assume_role(RoleArn=trusting, RoleSessionName="session"))
    org.attach(everywhere, member.id)
    denied(lambda: org.account.client("sts", org.operator.creds).assume_role(RoleArn=trusting, RoleSessionName="session"))


def test_a_resource_control_policy_bounds_the_unsigned_too(org, line, server):
    _, _, member = line
    bucket = member.make_bucket()
    s3 = member.client("s3")
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
        ),
    )
    member.bucket_policy(bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), "*"))
    from urllib.error import HTTPError
    from urllib.request import urlopen

    address = f"{server.url}/{bucket}/a.txt"
    assert urlopen(address).read() == b"content"
    perimeter = org.make_policy(
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": org.id}}},
        kind=RCP,
    )
    org.attach(perimeter, member.id)
    with pytest.raises(HTTPError) as caught:
        urlopen(address)
    assert caught.value.code == 403
    allowed(member.reads(bucket))


def test_the_grammar_of_resource_control_policies(org, api):
    create = lambda statement: api.create_policy(
        Name=fresh("rcp"), Description="", Type=RCP, Content=json.dumps({"Version": "2012-10-17", "Statement": statement})
    )
    good = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    allowed(lambda: create(good))
    for change in ({"Effect": "Allow"}, {"Principal": {"AWS": ACCOUNT}}, {"Action": "*"}):
        refusal(lambda: create(good | change), "MalformedPolicyDocumentException")


def test_a_type_that_is_disabled_binds_nobody(account):
    with Server() as other:
        from harness.account import Account

        org = Organization(Account(other))
        member = org.make_account()
        iam = member.client("iam", member.make_user(policy=doc.policy(doc.allow("*"))).creds)
        policy = org.make_policy(doc.deny("iam:ListUsers"))
        org.attach(policy, member.id)
        denied(iam.list_users, BY_SCP)
        refusal(
            lambda: org.api.enable_policy_type(RootId=org.root, PolicyType=SCP), "PolicyTypeAlreadyEnabledException"
        )
        root = org.api.disable_policy_type(RootId=org.root, PolicyType=SCP)["Root"]
        assert root["PolicyTypes"] == []
        allowed(iam.list_users)
        assert org.api.list_policies_for_target(TargetId=member.id, Filter=SCP)["Policies"] == []
        refusal(lambda: org.attach(policy, member.id), "PolicyTypeNotEnabledException")
        refusal(lambda: org.api.disable_policy_type(RootId=org.root, PolicyType=SCP), "PolicyTypeNotEnabledException")
        refusal(lambda: org.api.enable_policy_type(RootId="r-zzzz", PolicyType=SCP), "RootNotFoundException")
        org.api.enable_policy_type(RootId=org.root, PolicyType=SCP)
        # Only full access is attached again.
        allowed(iam.list_users)
        assert [held["Id"] for held in org.api.list_policies_for_target(TargetId=member.id, Filter=SCP)["Policies"]] == [FULL]


def test_the_effective_policy_of_an_account(org, api, line):
    outer, _, member = line
    kind = "TAG_POLICY"
    refusal(
        lambda: api.describe_effective_policy(PolicyType=kind, TargetId=member.id), "EffectivePolicyNotFoundException"
    )
    api.enable_policy_type(RootId=org.root, PolicyType=kind)
    make = lambda value: api.create_policy(
        Name=fresh("tags"), Description="", Type=kind, Content=json.dumps({"tags": {"team": value}})
    )["Policy"]["PolicySummary"]["Id"]
    org.attach(make({"tag_key": {"@@assign": "Team"}, "tag_value": {"@@assign": ["red"]}}), org.root)
    org.attach(make({"tag_value": {"@@append": ["blue"]}}), outer)
    shown = api.describe_effective_policy(PolicyType=kind, TargetId=member.id)["EffectivePolicy"]
    assert json.loads(shown["PolicyContent"]) == {"tags": {"team": {"tag_key": "Team", "tag_value": ["red", "blue"]}}}
    assert shown["TargetId"] == member.id
    own = member.client("organizations").describe_effective_policy(PolicyType=kind)["EffectivePolicy"]
    assert own["PolicyContent"] == shown["PolicyContent"]
    refusal(
        lambda: api.create_policy(Name=fresh("t"), Description="", Type=kind, Content='{"tags": {"team": 1}}'),
        "MalformedPolicyDocumentException",
    )


def test_the_event_names_the_policy_that_denied(org, line, server):
    _, _, member = line
    user = member.make_user(policy=doc.policy(doc.allow("*")))
    policy = org.make_policy(doc.deny("iam:ListUsers"))
    org.attach(policy, member.id)
    denied(member.client("iam", user.creds).list_users, BY_SCP)
    trail = member.client("cloudtrail")
    found = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ListUsers"}]
    )["Events"]
    assert any(policy in event["CloudTrailEvent"] for event in found)


def test_the_simulator_knows_the_guardrails(org, line):
    outer, _, member = line
    user = member.make_user(policy=doc.policy(doc.allow("*")))
    iam = member.client("iam")
    ask = lambda: iam.simulate_principal_policy(PolicySourceArn=user.arn, ActionNames=["iam:ListUsers"])["EvaluationResults"][0]
    assert (ask()["EvalDecision"], ask()["OrganizationsDecisionDetail"]) == ("allowed", {"AllowedByOrganizations": True})
    policy = org.make_policy(doc.deny("iam:ListUsers"))
    org.attach(policy, outer)
    assert (ask()["EvalDecision"], ask()["OrganizationsDecisionDetail"]) == (
        "explicitDeny",
        {"AllowedByOrganizations": False},
    )
    denied(member.client("iam", user.creds).list_users, BY_SCP)
    # The management account has none.
    own = org.account.make_user(policy=doc.policy(doc.allow("*")))
    found = org.account.iam.simulate_principal_policy(PolicySourceArn=own.arn, ActionNames=["iam:ListUsers"])
    assert "OrganizationsDecisionDetail" not in found["EvaluationResults"][0]
