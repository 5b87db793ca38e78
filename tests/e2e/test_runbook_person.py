"""The runbook for one person: which deny reaches whom, and what each other step does and no more.

Every person here signs in to the portal and takes roles through a program that they let in.
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import fresh
from harness.house import BY_SCP, KEY, cut, deny, works
from harness.people import READS
from harness.server import ACCOUNT
from harness.signed_in import SignedIn, signed_out


# -- the deny that is written in advance ----------------------------------------------------------


def test_the_prepared_policy_cuts_one_person_in_every_account_with_every_set(house, revoker):
    prepared = revoker.json("prepare-revocation")["PolicyId"]
    update, describe = house.org.api.update_policy, house.org.api.describe_policy
    before = describe(PolicyId=prepared)["Policy"]["Content"]
    jane, colleague = (SignedIn(house.center, house.make_person()) for _ in range(2))
    hers, his = house.everywhere(jane), house.everywhere(colleague)
    works(house, *hers, *his)
    update(PolicyId=prepared, Content=before.replace("Add user ID here", jane.who.id))
    cut(house, *hers, by=BY_SCP)
    works(house, *his)
    # The portal session is still open, and what it gives is cut too.
    cut(house, *house.everywhere(jane), by=BY_SCP)
    works(house, *house.everywhere(colleague))
    # A list of ids works.
    both = json.loads(before)
    both["Statement"][0]["Condition"]["StringEquals"][KEY] = [jane.who.id, colleague.who.id]
    update(PolicyId=prepared, Content=json.dumps(both))
    cut(house, *hers, *his, by=BY_SCP)
    update(PolicyId=prepared, Content=before)
    works(house, *hers, *his)


def test_no_service_control_policy_reaches_the_management_account_and_the_command_does(house, revoker):
    prepared = revoker.json("prepare-revocation")
    assert any(ACCOUNT in note for note in prepared["Notes"])
    jane = SignedIn(house.center, house.make_person(ACCOUNT, house.accounts[0]))
    name = house.sets[0][0]
    at_home, away = jane.creds(name, ACCOUNT), jane.creds(name, house.accounts[0])
    dry = revoker.json("revoke", "person", jane.who.name, "--style", "aws", "--dry-run")
    assert any("management account" in finding for finding in dry["Findings"]), dry["Findings"]
    aws = revoker.revoke("person", jane.who.name, "--style", "aws", "--deny-only")
    cut(house, away, by=BY_SCP)
    works(house, at_home)
    native = revoker.revoke("person", jane.who.name, "--deny-only", "--block-reissue")
    cut(house, at_home, away)
    revoker.lift(aws)
    revoker.lift(native)
    works(house, at_home, away)


# -- the alternatives -----------------------------------------------------------------------------


def test_a_deny_in_a_sets_own_policy_holds_once_it_is_provisioned(house):
    name, arn = house.center.make_set()
    jane, colleague = (SignedIn(house.center, house.make_person(sets=[(name, arn)])) for _ in range(2))
    hers, his = (who.creds(name, house.accounts[0]) for who in (jane, colleague))
    works(house, hers, his)
    inline = json.loads(READS)
    inline["Statement"] += [deny(jane.who.id)]
    house.center.sso.put_inline_policy_to_permission_set(
        InstanceArn=house.center.instance, PermissionSetArn=arn, InlinePolicy=json.dumps(inline)
    )
    works(house, hers, his)
    house.provision(arn)
    cut(house, hers, jane.creds(name, house.accounts[1]), by="in an identity-based policy")
    works(house, his)


def test_a_deny_in_a_customer_managed_policy_holds_at_once(house):
    policy = fresh("Prepared")
    arns = {}
    for place in house.accounts:
        iam = house.server.client("iam", house.org.enter(place))
        made = iam.create_policy(PolicyName=policy, PolicyDocument=doc.policy(deny("Add user ID here")))
        arns[place] = made["Policy"]["Arn"]
    sets = [house.center.make_set() for _ in range(2)]
    for _, arn in sets:
        house.center.sso.attach_customer_managed_policy_reference_to_permission_set(
            InstanceArn=house.center.instance,
            PermissionSetArn=arn,
            CustomerManagedPolicyReference={"Name": policy, "Path": "/"},
        )
    jane, colleague = (SignedIn(house.center, house.make_person(sets=sets)) for _ in range(2))
    places = [(name, place) for name, _ in sets for place in house.accounts]
    hers, his = ([who.creds(*place) for place in places] for who in (jane, colleague))
    works(house, *hers, *his)
    for place, arn in arns.items():
        iam = house.server.client("iam", house.org.enter(place))
        iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=doc.policy(deny(jane.who.id)), SetAsDefault=True
        )
    cut(house, *hers, by="in an identity-based policy")
    works(house, *his)


# -- the other steps do what they say and no more -----------------------------------------------


def test_disabling_ends_sign_in_and_no_session_of_a_role(house):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    house.center.disable(jane.who)
    assert signed_out(jane.accounts) and signed_out(lambda: house.everywhere(jane)) and signed_out(jane.refresh)
    works(house, *held)
    with pytest.raises((KeyError, IndexError)):
        SignedIn(house.center, jane.who)


def test_the_end_of_the_portal_session_ends_what_hangs_on_it_and_no_session_of_a_role(house):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    house.center.end_sessions(jane.who)
    assert signed_out(jane.accounts) and signed_out(lambda: house.everywhere(jane)) and signed_out(jane.refresh)
    works(house, *held)
    # Nobody keeps the person from signing in again.
    works(house, *house.everywhere(SignedIn(house.center, jane.who)))


def test_a_new_password_signs_out_and_ends_no_session_of_a_role(house):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    house.center.one_time_password(jane.who)
    assert signed_out(jane.accounts) and signed_out(jane.refresh)
    works(house, *held)


def test_without_its_assignment_a_role_is_not_given_and_the_sign_in_goes_on(house):
    colleague = house.make_person()
    jane = SignedIn(house.center, house.make_person())
    name, arn = house.sets[0]
    place = house.accounts[0]
    held, other = jane.creds(name, place), jane.creds(house.sets[1][0], place)
    house.center.sso.delete_account_assignment(
        InstanceArn=house.center.instance,
        TargetId=place,
        TargetType="AWS_ACCOUNT",
        PermissionSetArn=arn,
        PrincipalType="USER",
        PrincipalId=jane.who.id,
    )
    with pytest.raises(ClientError) as refused:
        jane.creds(name, place)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404)
    # Somebody else has the role still: so it is there, and the session with it.
    works(house, held, other, jane.creds(name, house.accounts[1]))
    works(house, SignedIn(house.center, colleague).creds(name, place))


# -- names change, ids do not ---------------------------------------------------------------------


def test_after_a_rename_the_user_id_of_the_session_misses_and_the_persons_id_hits(house):
    name, arn = house.center.make_set()
    jane = SignedIn(house.center, house.make_person(sets=[(name, arn)]))
    place = house.accounts[0]
    before = jane.creds(name, place)
    user_id = house.who(before)["UserId"]
    assert user_id.endswith(f":{jane.who.name}")
    by_name = house.org.make_policy(doc.deny("*", StringEquals={"aws:userid": user_id}))
    house.org.attach(by_name, house.org.root)
    cut(house, before, by=BY_SCP)
    renamed = fresh("renamed")
    house.center.store_api.update_user(
        IdentityStoreId=house.center.store,
        UserId=jane.who.id,
        Operations=[{"AttributePath": "userName", "AttributeValue": renamed}],
    )
    after = jane.creds(name, place)
    assert house.who(after)["UserId"].endswith(f":{renamed}")
    works(house, after)
    cut(house, before, by=BY_SCP)
    house.org.detach(by_name, house.org.root)
    works(house, before, after)
    by_id = house.org.make_policy(deny(jane.who.id))
    house.org.attach(by_id, house.org.root)
    cut(house, before, after, jane.creds(name, place), by=BY_SCP)
    house.org.detach(by_id, house.org.root)


def test_what_a_person_does_is_on_record_as_aws_records_it(house):
    jane = SignedIn(house.center, house.make_person())
    jane.creds(house.sets[0][0], house.accounts[0])
    seen = house.account.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "sso.amazonaws.com"}], MaxResults=50
    )["Events"]
    events = [json.loads(event["CloudTrailEvent"]) for event in seen]
    [given] = [event for event in events if event["eventName"] == "GetRoleCredentials" and jane.who.id in json.dumps(event)]
    assert given["eventSource"] == "sso.amazonaws.com"
    assert given["userIdentity"]["type"] == "IdentityCenterUser"
    assert given["userIdentity"]["onBehalfOf"]["userId"] == jane.who.id
    assert {"CreateToken", "RegisterClient", "StartDeviceAuthorization"} <= {event["eventName"] for event in events}
