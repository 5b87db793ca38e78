"""`portcullis revoke person` where not all of it can be done, and where the deny is a policy as AWS has it."""

from __future__ import annotations

import json

from harness import documents as doc
from harness.expect import refused
from harness.house import BY_SCP, cut, states, works
from harness.portal import Visitor
from harness.server import ACCOUNT
from harness.signed_in import SignedIn, signed_out


def test_the_deny_alone_keeps_an_open_portal_session_from_giving_anything(house, revoker):
    jane, colleague = (SignedIn(house.center, house.make_person()) for _ in range(2))
    held = house.everywhere(jane)
    browser = Visitor(house.server).sign_in(jane.who.name, jane.who.password)
    alone = house.account.make_user("revokes", doc.policy(doc.allow("portcullis:Revoke")))
    done = revoker.command.run("revoke", "person", jane.who.name, creds=alone.creds)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert states(told) == [("deny", "done"), ("end-portal-sessions", "left"), ("disable-sign-in", "left")]
    assert "2 of 3 steps are left; the deny is in force" in done.stderr
    for step, command in zip(told["Steps"][1:], ("sign-out", "disable")):
        assert step["Command"] == f"portcullis person {command} '{jane.who.name}'"
    cut(house, *held)
    # Nothing of the sign-in was touched, and it gives nothing.
    assert sorted(jane.accounts()) == sorted(house.accounts) and jane.refresh()
    for place in house.accounts:
        for name, _ in house.sets:
            refused(lambda: jane.creds(name, place), "AccessDeniedException", 403, "in a revocation")
    again = SignedIn(house.center, jane.who)
    refused(lambda: again.creds(house.sets[0][0], house.accounts[0]), "AccessDeniedException", 403, "in a revocation")
    assert browser.get("").status == 200
    browser.post("credentials", account=house.accounts[0], role=house.sets[0][0])
    assert browser.status == 403 and "AWS_SECRET_ACCESS_KEY" not in browser.text
    works(house, *house.everywhere(colleague))
    for step in told["Steps"][1:]:
        words = step["Command"].replace("'", "").split()[1:]
        revoker.command.ok(*words, creds=revoker.root)
    assert signed_out(jane.accounts) and signed_out(jane.refresh)


def test_as_aws_has_it_all_steps_are_done_and_the_management_account_is_named(house, revoker):
    prepared = revoker.json("prepare-revocation")["PolicyId"]
    jane = SignedIn(house.center, house.make_person(ACCOUNT, *house.accounts))
    colleague = SignedIn(house.center, house.make_person(ACCOUNT, *house.accounts))
    hers, his = house.everywhere(jane), house.everywhere(colleague)
    name = house.sets[0][0]
    at_home, his_at_home = jane.creds(name, ACCOUNT), colleague.creds(name, ACCOUNT)
    told = revoker.revoke("person", jane.who.name, "--style", "aws")
    assert states(told) == [("deny", "done"), ("end-portal-sessions", "done"), ("disable-sign-in", "done")]
    assert "management account" not in told["Steps"][0]["Detail"], "it does not reach it"
    assert any("management account" in finding for finding in told["Findings"]), told
    cut(house, *hers, by=BY_SCP)
    content = house.org.api.describe_policy(PolicyId=prepared)["Policy"]["Content"]
    assert jane.who.id in content and colleague.who.id not in content
    assert signed_out(jane.accounts) and signed_out(jane.refresh)
    assert Visitor(house.server).sign_in(jane.who.name, jane.who.password).status == 401
    works(house, at_home, *his, his_at_home, *house.everywhere(colleague))
    assert told["SessionsHitCount"] == len(hers), "what is not reached is not hit"
    text = revoker.command.ok("receipt", told["ReceiptId"], "--output", "text", creds=revoker.root)
    assert "management account" in text and "This must not be" not in text
    revoker.revoke("person", jane.who.name)
    cut(house, at_home)
    works(house, his_at_home)


def test_as_aws_has_it_a_way_into_the_management_account_is_told_before_it_is_gone(house, revoker):
    revoker.json("prepare-revocation")
    jane = house.make_person()
    house.center.assign(jane, house.sets[0][1], ACCOUNT)
    told = revoker.revoke("person", jane.name, "--style", "aws", "--deny-only")
    assert any("management account" in finding for finding in told["Findings"]), told


def test_as_aws_has_it_nothing_is_done_where_no_policy_stands_ready(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    hers = house.everywhere(jane)
    for summary in house.org.api.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]:
        policy = summary["Id"]
        if "identitystore" not in house.org.api.describe_policy(PolicyId=policy)["Policy"]["Content"]:
            continue
        for target in house.org.api.list_targets_for_policy(PolicyId=policy)["Targets"]:
            house.org.detach(policy, target["TargetId"])
    said = revoker.command.fails("revoke", "person", jane.who.name, "--style", "aws", creds=revoker.root)
    assert "prepare-revocation" in said
    works(house, *hers, *house.everywhere(jane))
    assert jane.refresh()
