"""IAM: the policy simulator answers what would be decided, and where in the text of the policies."""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.account import fresh
from harness.expect import allowed, denied, refused
from harness.server import ACCOUNT

OBJECT = "arn:aws:s3:::data/report.txt"
READ = doc.policy(doc.allow("s3:Get*", "arn:aws:s3:::data/*"))
OWNER = f"arn:aws:iam::{ACCOUNT}:root"
STRANGER = "arn:aws:iam::444455556666:user/mallory"


@pytest.fixture
def iam(account):
    return account.iam


def only(answer: dict) -> dict:
    [result] = answer["EvaluationResults"]
    return result


def entry(key: str, *values: str, kind: str = "string") -> dict:
    return {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": kind}


def custom(iam, *policies: str, action="s3:GetObject", resource=OBJECT, **more) -> dict:
    return only(iam.simulate_custom_policy(PolicyInputList=list(policies), ActionNames=[action], ResourceArns=[resource], **more))


# -- what decides ------------------------------------------------------------------


def test_each_action_is_answered_with_the_statement_that_decides(iam):
    text = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},\n'
    text += '    {\n      "Effect": "Deny",\n      "Action": "s3:Delete*",\n      "Resource": "*"\n    }\n  ]\n}'
    answer = iam.simulate_custom_policy(PolicyInputList=[text], ActionNames=["s3:GetObject", "s3:DeleteObject", "iam:GetUser"])
    read, delete, other = answer["EvaluationResults"]
    assert answer["IsTruncated"] is False
    assert [one["EvalDecision"] for one in (read, delete, other)] == ["allowed", "explicitDeny", "implicitDeny"]
    assert [one["EvalResourceName"] for one in (read, delete, other)] == ["*", "*", "*"]
    [allowing], [denying] = read["MatchedStatements"], delete["MatchedStatements"]
    assert allowing == {
        "SourcePolicyId": "PolicyInputList.1",
        "SourcePolicyType": "none",
        "StartPosition": {"Line": 4, "Column": 5},
        "EndPosition": {"Line": 4, "Column": 59},
    }
    assert denying["StartPosition"] == {"Line": 5, "Column": 5} and denying["EndPosition"] == {"Line": 9, "Column": 6}
    assert other["MatchedStatements"] == [] and other["MissingContextValues"] == []
    assert not {"ResourceSpecificResults", "EvalDecisionDetails", "OrganizationsDecisionDetail"} & set(read)


def test_an_action_on_several_resources_is_as_restricted_as_the_most_restricted(iam):
    deny = doc.policy(doc.deny("s3:*", "arn:aws:s3:::data/secret/*"))
    names = ["arn:aws:s3:::data/a", "arn:aws:s3:::data/secret/b", "arn:aws:s3:::logs/c"]
    result = only(iam.simulate_custom_policy(PolicyInputList=[READ, deny], ActionNames=["s3:GetObject"], ResourceArns=names))
    assert result["EvalDecision"] == "explicitDeny"
    assert result["EvalResourceName"] == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    assert [one["SourcePolicyId"] for one in result["MatchedStatements"]] == ["PolicyInputList.2"]
    each = result["ResourceSpecificResults"]
    assert [one["EvalResourceName"] for one in each] == names
    assert [one["EvalResourceDecision"] for one in each] == ["allowed", "explicitDeny", "implicitDeny"]
    assert [[s["SourcePolicyId"] for s in one["MatchedStatements"]] for one in each] == [["PolicyInputList.1"], ["PolicyInputList.2"], []]
    assert result["EvalDecisionDetails"] == {}


def test_keys_that_are_not_supplied_are_told_and_match_nothing(iam):
    policy = doc.policy(
        doc.allow("s3:*", "arn:aws:s3:::data/${aws:username}/*", IpAddress={"aws:SourceIp": "203.0.113.0/24"}),
        doc.deny("s3:*", "*", StringNotEquals={"aws:PrincipalTag/Team": "${aws:PrincipalTag/team}"}),
    )
    mine = "arn:aws:s3:::data/alice/x"
    bare = custom(iam, policy, resource=mine)
    assert bare["MissingContextValues"] == ["aws:PrincipalTag/Team", "aws:SourceIp", "aws:username"]
    assert bare["ResourceSpecificResults"][0]["MissingContextValues"] == bare["MissingContextValues"]
    given = [entry("aws:username", "alice"), entry("AWS:sourceip", "203.0.113.7", kind="ip"), entry("aws:PrincipalTag/team", "red")]
    whole = custom(iam, policy, resource=mine, ContextEntries=given)
    assert (whole["EvalDecision"], whole["MissingContextValues"]) == ("allowed", [])


@pytest.mark.parametrize(
    ("kind", "operator", "wanted", "good", "bad", "refused_value"),
    [
        ("string", "StringLike", "a*", ["abc"], ["b"], None),
        ("numeric", "NumericLessThan", "10", ["9.5"], ["10"], "ten"),
        ("boolean", "Bool", "true", ["true"], ["false"], "yes"),
        ("ip", "IpAddress", "2001:db8::/32", ["2001:db8::1"], ["2001:db9::1"], "here"),
        ("binary", "BinaryEquals", "QUJD", ["QUJD"], ["QUJE"], "%%"),
        ("date", "DateLessThan", "2024-05-07T23:00:00Z", ["2024-05-07T22:59:59Z"], ["2024-05-07T23:00:00Z"], "soon"),
    ],
)
def test_context_entries_have_types(iam, kind, operator, wanted, good, bad, refused_value):
    key = "aws:TokenIssueTime" if kind == "date" else "my:key"
    single = doc.policy(doc.allow("*", "*", **{operator: {key: wanted}}))
    several = doc.policy(doc.allow("*", "*", **{f"ForAllValues:{operator}": {key: wanted}}))
    for policy, suffix in ((single, ""), (several, "List")):
        ask = lambda values: custom(iam, policy, ContextEntries=[entry(key, *values, kind=kind + suffix)])["EvalDecision"]  # noqa: E731
        assert (ask(good), ask(bad)) == ("allowed", "implicitDeny")
        if refused_value is not None:
            refused(lambda: ask([refused_value]), "InvalidInput", 400, key)
    both = [entry(key, *good, *bad, kind=kind + "List")]
    assert custom(iam, several, ContextEntries=both)["EvalDecision"] == "implicitDeny"
    # A key with several values is reached by set operators alone.
    assert custom(iam, single, ContextEntries=[entry(key, *good, kind=kind + "List")])["EvalDecision"] == "implicitDeny"


def test_a_boundary_limits_and_is_told(iam):
    boundary = doc.policy(doc.allow("s3:GetObject"))
    inside = custom(iam, READ, PermissionsBoundaryPolicyInputList=[boundary])
    outside = custom(iam, READ, action="s3:GetObjectTagging", PermissionsBoundaryPolicyInputList=[boundary])
    ungranted = custom(iam, doc.policy(doc.allow("iam:*")), PermissionsBoundaryPolicyInputList=[boundary])
    told = lambda result: (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"])  # noqa: E731
    assert [told(one) for one in (inside, outside, ungranted)] == [("allowed", True), ("implicitDeny", False), ("implicitDeny", True)]
    assert "PermissionsBoundaryDecisionDetail" not in custom(iam, READ)


def test_a_resource_policy_grants_by_the_name_of_the_caller(iam):
    alice = f"arn:aws:iam::{ACCOUNT}:user/alice"
    policy = doc.policy(doc.allow("s3:GetObject", "arn:aws:s3:::data/*", {"AWS": alice}))
    nothing = doc.policy(doc.allow("iam:GetUser"))
    granted = custom(iam, nothing, ResourcePolicy=policy, CallerArn=alice)
    assert granted["EvalDecision"] == "allowed"
    assert [(one["SourcePolicyId"], one["SourcePolicyType"]) for one in granted["MatchedStatements"]] == [("ResourcePolicy", "resource")]
    other = custom(iam, nothing, ResourcePolicy=policy, CallerArn=alice.replace("alice", "bob"))
    assert other["EvalDecision"] == "implicitDeny"
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    by_role = doc.policy(doc.allow("s3:GetObject", "arn:aws:s3:::data/*", {"AWS": role}))
    assert custom(iam, nothing, ResourcePolicy=by_role, CallerArn=role)["EvalDecision"] == "allowed"


def test_across_accounts_both_sides_must_allow_and_each_is_told(iam):
    policy = doc.policy(doc.allow("s3:GetObject", "arn:aws:s3:::data/*", {"AWS": STRANGER}))
    ask = lambda own, theirs=policy: custom(iam, own, ResourcePolicy=theirs, CallerArn=STRANGER, ResourceOwner=OWNER)  # noqa: E731
    both, theirs_only = ask(READ), ask(doc.policy(doc.allow("iam:*")))
    assert (both["EvalDecision"], both["EvalDecisionDetails"]) == ("allowed", {"IAM Policy": "allowed", "Resource Policy": "allowed"})
    assert theirs_only["EvalDecision"] == "implicitDeny"
    assert theirs_only["EvalDecisionDetails"] == {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
    deny = doc.policy(doc.deny("s3:*", "*", "*"))
    own_only = ask(READ, deny)
    assert own_only["EvalDecision"] == "explicitDeny"
    assert own_only["ResourceSpecificResults"][0]["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Resource Policy": "explicitDeny"}


def test_levels_of_an_organization_must_all_allow(iam):
    full, no_s3 = doc.policy(doc.allow("*")), doc.policy(doc.allow("*"), doc.deny("s3:*"))
    levels = lambda *texts: [{"ServiceControlPolicyInputList": list(level)} for level in texts]  # noqa: E731
    ask = lambda *texts: custom(iam, READ, OrderedOrganizationPolicyInputList=levels(*texts))  # noqa: E731
    told = lambda result: (result["EvalDecision"], result["OrganizationsDecisionDetail"]["AllowedByOrganizations"])  # noqa: E731
    assert told(ask([full], [full])) == ("allowed", True)
    denied_by_one = ask([full], [full, no_s3])
    assert told(denied_by_one) == ("explicitDeny", False)
    # Statements of the organization's policies are not told.
    assert denied_by_one["MatchedStatements"] == [] and "EvalDecisionDetails" not in denied_by_one
    assert told(ask([full], [doc.policy(doc.allow("iam:*"))])) == ("implicitDeny", False)


# -- attached policies -------------------------------------------------------------


def test_a_user_is_simulated_with_the_policies_of_its_groups(account, iam):
    user, group = account.make_user(policy=doc.policy(doc.allow("iam:GetUser"))), fresh("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    iam.put_group_policy(GroupName=group, PolicyName="team", PolicyDocument=doc.policy(doc.allow("s3:ListAllMyBuckets")))
    managed = account.make_managed(doc.policy(doc.allow("sts:GetFederationToken")))
    iam.attach_user_policy(UserName=user.name, PolicyArn=managed)
    actions = ["iam:GetUser", "s3:ListAllMyBuckets", "sts:GetFederationToken", "iam:ListUsers"]
    results = iam.simulate_principal_policy(PolicySourceArn=user.arn, ActionNames=actions)["EvaluationResults"]
    assert [one["EvalDecision"] for one in results] == ["allowed", "allowed", "allowed", "implicitDeny"]
    sources = [(one["SourcePolicyId"], one["SourcePolicyType"]) for result in results for one in result["MatchedStatements"]]
    assert sources == [
        (f"user_{user.name}_main", "user"),
        (f"group_{group}_team", "group"),
        (managed.rpartition("/")[2], "user-managed"),
    ]
    of_group = iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:group/{group}", ActionNames=actions)
    assert [one["EvalDecision"] for one in of_group["EvaluationResults"]] == ["implicitDeny", "allowed", "implicitDeny", "implicitDeny"]


def test_attached_policies_can_be_added_to_replaced_and_left_out(account, iam):
    boundary = account.make_managed(doc.policy(doc.allow("s3:*")))
    role = account.make_role(policy=READ, PermissionsBoundary=boundary)
    managed = account.make_managed(doc.policy(doc.allow("iam:ListUsers")), "extra")
    iam.attach_role_policy(RoleName=role.name, PolicyArn=managed)
    ask = lambda action, **more: only(iam.simulate_principal_policy(PolicySourceArn=role.arn, ActionNames=[action], **more))  # noqa: E731
    assert ask("s3:GetObject", ResourceArns=[OBJECT])["EvalDecision"] == "allowed"
    assert ask("s3:GetObject", ResourceArns=[OBJECT])["MatchedStatements"][0]["SourcePolicyType"] == "role"
    bounded = ask("iam:ListUsers")
    assert bounded["EvalDecision"] == "implicitDeny"
    assert bounded["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    wider = [doc.policy(doc.allow("*"))]
    assert ask("iam:ListUsers", PermissionsBoundaryPolicyInputList=wider)["EvalDecision"] == "allowed"
    unbounded = ask("iam:ListUsers", PolicyExclusionList=[{"PolicyType": "permission-boundary"}])
    assert unbounded["EvalDecision"] == "allowed" and "PermissionsBoundaryDecisionDetail" not in unbounded
    assert ask("s3:ListBucket", PolicyInputList=[doc.policy(doc.allow("s3:ListBucket"))])["EvalDecision"] == "allowed"
    for left_out in (
        {"PolicyType": "inline"},
        {"InlinePolicyIdentifier": {"PolicyName": "main", "AttachmentType": "role", "AttachmentName": role.name}},
        {"InlinePolicyIdentifier": {"PolicyName": "main", "AttachmentType": "role", "AttachmentName": role.name[:-1] + "*"}},
    ):
        assert ask("s3:GetObject", ResourceArns=[OBJECT], PolicyExclusionList=[left_out])["EvalDecision"] == "implicitDeny"
    for left_out in ({"PolicyType": "user-managed"}, {"PolicyArn": managed}, {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/ex*"}):
        result = ask("iam:ListUsers", PermissionsBoundaryPolicyInputList=wider, PolicyExclusionList=[left_out])
        assert result["EvalDecision"] == "implicitDeny"
    of_others = {"InlinePolicyIdentifier": {"PolicyName": "main", "AttachmentType": "user", "AttachmentName": "*"}}
    assert ask("s3:GetObject", ResourceArns=[OBJECT], PolicyExclusionList=[of_others])["EvalDecision"] == "allowed"
    for left_out in (
        {"PolicyArn": "arn:aws:s3:::x-is-no-policy"},
        {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/a*b*"},
        {"PolicyArn": "arn:aws:iam::*:policy/some"},
        {"InlinePolicyIdentifier": {"PolicyName": "main", "AttachmentType": "role", "AttachmentName": "a*b*"}},
    ):
        refused(lambda: ask("iam:ListUsers", PolicyExclusionList=[left_out]), "InvalidInput", 400, "Invalid policy identifier")  # noqa: B023


def test_what_follows_from_the_caller_is_known_and_its_tags_are_not(account, iam):
    home = doc.policy(
        doc.allow("s3:*", "arn:aws:s3:::home/${aws:username}/*", StringEquals={"aws:PrincipalType": "User"}),
        doc.allow("iam:GetUser", "*", StringEquals={"aws:PrincipalTag/team": "red"}),
    )
    user = account.make_user(policy=home, Tags=[{"Key": "team", "Value": "red"}])
    ask = lambda action, resource, **more: only(  # noqa: E731
        iam.simulate_principal_policy(PolicySourceArn=user.arn, ActionNames=[action], ResourceArns=[resource], **more)
    )
    assert ask("s3:GetObject", f"arn:aws:s3:::home/{user.name}/x")["EvalDecision"] == "allowed"
    tagged = ask("iam:GetUser", user.arn)
    assert (tagged["EvalDecision"], tagged["MissingContextValues"]) == ("implicitDeny", ["aws:PrincipalTag/team"])
    assert ask("iam:GetUser", user.arn, ContextEntries=[entry("aws:PrincipalTag/team", "red")])["EvalDecision"] == "allowed"
    # Somebody else with the same policies; who they are can be said otherwise.
    bob = f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert ask("s3:GetObject", "arn:aws:s3:::home/bob/x", CallerArn=bob)["EvalDecision"] == "allowed"
    assert ask("s3:GetObject", "arn:aws:s3:::home/eve/x", ContextEntries=[entry("aws:username", "eve")])["EvalDecision"] == "allowed"


def test_results_come_in_pages(account, iam):
    user = account.make_user(policy=doc.policy(doc.allow("s3:*")))
    actions = [f"s3:Action{number}" for number in range(25)]
    for name, more in (("simulate_custom_policy", {"PolicyInputList": [READ]}), ("simulate_principal_policy", {"PolicySourceArn": user.arn})):
        pages = list(iam.get_paginator(name).paginate(ActionNames=actions, PaginationConfig={"PageSize": 10}, **more))
        assert [len(page["EvaluationResults"]) for page in pages] == [10, 10, 5]
        assert [one["EvalActionName"] for page in pages for one in page["EvaluationResults"]] == actions
        call = lambda: getattr(iam, name)(ActionNames=actions, Marker="made up", **more)  # noqa: B023, E731
        refused(call, "ValidationError", 400, "Invalid Marker.")


# -- context keys ------------------------------------------------------------------


def test_the_keys_of_policies_are_listed_once_and_in_order(account, iam):
    policy = doc.policy(
        doc.allow("s3:*", "arn:aws:s3:::b/${aws:username}", StringLike={"s3:prefix": "${aws:PrincipalTag/Team, 'x'}"}),
        doc.deny("*", Bool={"aws:SecureTransport": "false"}, Null={"S3:Prefix": "true"}),
    )
    keys = ["aws:PrincipalTag/Team", "aws:SecureTransport", "aws:username", "s3:prefix"]
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[policy, READ])["ContextKeyNames"] == keys
    group = fresh("group")
    user = account.make_user(policy=doc.policy(doc.allow("*", StringEquals={"aws:SourceIp": "x"})))
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=policy)
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=user.arn)["ContextKeyNames"] == ["aws:SourceIp"]
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    more = doc.policy(doc.allow("*", NumericLessThan={"aws:MultiFactorAuthAge": "1"}))
    found = iam.get_context_keys_for_principal_policy(PolicySourceArn=user.arn, PolicyInputList=[more])["ContextKeyNames"]
    assert found == sorted([*keys, "aws:SourceIp", "aws:MultiFactorAuthAge"])


# -- refusals ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "contains"),
    [
        ({"PolicyInputList": ["{"]}, "PolicyInputList.1 document is malformed: Syntax errors in policy."),
        ({"PolicyInputList": [doc.policy(doc.allow("s3:*", "*", "*"))]}, "malformed"),
        ({"PermissionsBoundaryPolicyInputList": [READ, READ]}, "Only one permissions boundary"),
        ({"PermissionsBoundaryPolicyInputList": ["x"]}, "malformed"),
        ({"ResourcePolicy": READ, "CallerArn": STRANGER}, "ResourcePolicy document is malformed"),
        ({"ResourcePolicy": doc.policy(doc.allow("s3:*", "*", "*"))}, "CallerArn must be specified"),
        ({"ActionNames": ["GetObject"]}, "Invalid action name"),
        ({"ActionNames": ["s3:*"]}, "without wildcards"),
        ({"ResourceArns": ["data"]}, "Invalid resource ARN"),
        ({"ResourceOwner": "me"}, "Invalid ResourceOwner"),
        ({"CallerArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"}, "Invalid Entity Arn"),
        ({"CallerArn": OWNER}, "Invalid Entity Arn"),
        ({"ContextEntries": [{"ContextKeyName": "aws:username", "ContextKeyValues": ["x"]}]}, "ContextKeyType"),
        ({"ContextEntries": [entry("aws:username", "a", "b")]}, "exactly one value"),
        ({"ContextEntries": [entry("aws:username", "a"), entry("AWS:username", "b")]}, "given twice"),
        ({"ContextEntries": [entry("username", "a")]}, "begins with a service"),
        ({"ResourceHandlingOption": "EC2-Mars"}, "Invalid ResourceHandlingOption"),
        ({"ResourceHandlingOption": "EC2-VPC-EBS", "ResourceArns": ["arn:aws:ec2:us-east-1:1:instance/i"]}, "type image"),
        ({"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": ["{"]}]}, "malformed"),
        (
            {"ResourcePolicy": doc.policy(doc.allow("s3:*", "arn:aws:s3:::b", "*")), "CallerArn": STRANGER, "ResourceArns": ["arn:aws:sqs:us-east-1:1:q"]},
            "not applicable",
        ),
    ],
)  # fmt: skip
def test_input_that_cannot_be_simulated_is_refused(account, iam, change, contains):
    asked = {"PolicyInputList": [READ], "ActionNames": ["s3:GetObject"]} | change
    refused(lambda: iam.simulate_custom_policy(**asked), "InvalidInput", 400, contains)
    if "CallerArn" not in contains and "OrderedOrganizationPolicyInputList" not in change:
        user = account.make_user()
        refused(lambda: iam.simulate_principal_policy(PolicySourceArn=user.arn, **asked), "InvalidInput", 400, contains)
    if "PolicyInputList" in change:
        refused(lambda: iam.get_context_keys_for_custom_policy(PolicyInputList=change["PolicyInputList"]), "InvalidInput", 400)


def test_a_scenario_names_all_its_resources(iam):
    names = ["instance/i-1", "image/ami-1", "security-group/sg-1", "network-interface/eni-1"]
    arns = [f"arn:aws:ec2:us-east-1:{ACCOUNT}:{name}" for name in names]
    policy = doc.policy(doc.allow("ec2:RunInstances"))
    asked = {"PolicyInputList": [policy], "ActionNames": ["ec2:RunInstances"], "ResourceArns": arns}
    result = only(iam.simulate_custom_policy(ResourceHandlingOption="EC2-VPC-InstanceStore", **asked))
    assert result["EvalDecision"] == "allowed" and len(result["ResourceSpecificResults"]) == 4
    refused(lambda: iam.simulate_custom_policy(ResourceHandlingOption="EC2-VPC-InstanceStore-Subnet", **asked), "InvalidInput", 400, "subnet")


def test_whoever_is_not_there_cannot_be_simulated(account, iam):
    calls = {
        "simulate": lambda arn: iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"]),
        "keys": lambda arn: iam.get_context_keys_for_principal_policy(PolicySourceArn=arn),
    }
    user = account.make_user(Path="/staff/")
    for call in calls.values():
        for kind in ("user", "group", "role"):
            text = f"The {kind} with name nobody cannot be found."
            refused(lambda: call(f"arn:aws:iam::{ACCOUNT}:{kind}/nobody"), "NoSuchEntity", 404, text)  # noqa: B023
        refused(lambda: call(user.arn.replace("/staff", "")), "NoSuchEntity", 404)  # noqa: B023
        refused(lambda: call(OWNER), "InvalidInput", 400, "does not clearly define entity type and name")  # noqa: B023
        refused(lambda: call(f"arn:aws:sts::{ACCOUNT}:federated-user/x"), "InvalidInput", 400)  # noqa: B023
        denied(lambda: call(STRANGER))  # noqa: B023


def test_simulating_needs_its_permission_on_whom_it_is_about(account, iam):
    alice, bob = account.make_user(), account.make_user()
    asker = account.make_user(
        policy=doc.policy(
            doc.allow(["iam:SimulatePrincipalPolicy", "iam:GetContextKeysForPrincipalPolicy"], alice.arn),
            doc.allow("iam:SimulateCustomPolicy"),
        )
    )
    own = account.client("iam", asker.creds)
    simulate = lambda arn: lambda: own.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"])  # noqa: E731
    keys = lambda arn: lambda: own.get_context_keys_for_principal_policy(PolicySourceArn=arn)  # noqa: E731
    allowed(simulate(alice.arn))
    allowed(keys(alice.arn))
    denied(simulate(bob.arn), f"iam:SimulatePrincipalPolicy on resource: {bob.arn}")
    denied(simulate(f"arn:aws:iam::{ACCOUNT}:user/nobody"), "iam:SimulatePrincipalPolicy")
    denied(keys(bob.arn), "iam:GetContextKeysForPrincipalPolicy")
    allowed(lambda: own.simulate_custom_policy(PolicyInputList=[READ], ActionNames=["s3:GetObject"]))
    denied(lambda: own.get_context_keys_for_custom_policy(PolicyInputList=[READ]), "iam:GetContextKeysForCustomPolicy")


def test_the_command_line_simulates(account, cli):
    user = account.make_user(policy=READ)
    answer = cli.ok("iam", "simulate-principal-policy", "--policy-source-arn", user.arn, "--action-names", "s3:GetObject",
                   "s3:PutObject", "--resource-arns", OBJECT)  # fmt: skip
    decisions = [one["EvalDecision"] for one in answer["EvaluationResults"]]
    assert decisions == ["allowed", "implicitDeny"]
    dated = doc.policy(doc.deny(DateLessThan={"aws:TokenIssueTime": "2024-05-07T23:00:00Z"}), doc.allow("*"))
    answer = cli.ok("iam", "simulate-custom-policy", "--policy-input-list", dated, "--action-names", "s3:GetObject", "--context-entries",
                   "ContextKeyName=aws:TokenIssueTime,ContextKeyValues=2024-05-07T22:00:00Z,ContextKeyType=date")  # fmt: skip
    assert answer["EvaluationResults"][0]["EvalDecision"] == "explicitDeny"
