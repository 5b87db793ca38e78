"""The runbook for one person: which deny reaches whom, what each other step does and no more, and the whole as one command.

Every person here signs in to the portal and takes roles through a program that they let in.
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account, fresh
from harness.command import Revoker
from harness.expect import allowed, denied
from harness.organization import SCP, Organization
from harness.people import READS, Center
from harness.server import ACCOUNT
from harness.signed_in import SignedIn, signed_out

KEY = "identitystore:userId"
BY_SCP = "with an explicit deny in a service control policy"


class House:
    """An organization with two accounts besides its management's, and two permission sets for everybody."""

    def __init__(self, account: Account) -> None:
        self.account, self.server = account, account.server
        self.org = Organization(account)
        if not any(kind["Type"] == SCP for kind in self.org.api.list_roots()["Roots"][0]["PolicyTypes"]):
            self.org.api.enable_policy_type(RootId=self.org.root, PolicyType=SCP)
        self.accounts = [self.org.make_account().id, self.org.make_account().id]
        self.center = Center(self.server)
        self.sets = [self.center.make_set(), self.center.make_set()]

    def make_person(self, *accounts: str, sets=None):
        person = self.center.make_person()
        for place in accounts or self.accounts:
            for _, arn in sets or self.sets:
                self.center.assign(person, arn, place)
        return person

    def reads(self, creds):
        return self.server.client("iam", creds).list_users

    def who(self, creds) -> dict:
        return self.server.client("sts", creds).get_caller_identity()

    def everywhere(self, person: SignedIn) -> list:
        """A session in each account with each permission set."""
        return [person.creds(name, place) for place in self.accounts for name, _ in self.sets]

    def provision(self, arn: str) -> None:
        done = self.center.sso.provision_permission_set(
            InstanceArn=self.center.instance, PermissionSetArn=arn, TargetType="ALL_PROVISIONED_ACCOUNTS"
        )
        assert done["PermissionSetProvisioningStatus"]["Status"] in ("SUCCEEDED", "IN_PROGRESS")


@pytest.fixture(scope="module")
def house(account):
    return House(account)


@pytest.fixture
def revoker(server, tmp_path):
    return Revoker(server, tmp_path)


def deny(*ids: str) -> dict:
    return doc.deny("*", StringEquals={KEY: list(ids)})


def works(house: House, *sessions) -> None:
    for creds in sessions:
        allowed(house.reads(creds))


def cut(house: House, *sessions, by: str = "") -> None:
    for creds in sessions:
        denied(house.reads(creds), by)


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


# -- as one command -------------------------------------------------------------------------------


def states(told: dict) -> list[tuple[str, str]]:
    return [(step["Step"], step["State"]) for step in told["Steps"]]


ORDER = [("deny", "done"), ("end-portal-sessions", "done"), ("disable-sign-in", "done")]


def test_the_command_does_it_all_in_order_and_spares_colleagues(house, revoker):
    jane, colleague = (SignedIn(house.center, house.make_person()) for _ in range(2))
    hers, his = house.everywhere(jane), house.everywhere(colleague)
    told = revoker.revoke("person", jane.who.name, "--reason", "laptop lost")
    assert states(told) == ORDER
    assert told["State"] == "in-force" and told["SessionsHitCount"] == len(hers)
    cut(house, *hers)
    assert signed_out(jane.accounts) and signed_out(lambda: house.everywhere(jane)) and signed_out(jane.refresh)
    works(house, *his, *house.everywhere(colleague))
    describe = house.center.store_api.describe_user
    assert describe(IdentityStoreId=house.center.store, UserId=jane.who.id)["UserStatus"] == "DISABLED"
    held = house.center.sso.list_account_assignments_for_principal(
        InstanceArn=house.center.instance, PrincipalId=jane.who.id, PrincipalType="USER"
    )
    assert len(held["AccountAssignments"]) == len(hers), "assignments go only if that is asked"
    receipt = revoker.json("receipt", told["ReceiptId"])
    assert receipt["Reason"] == "laptop lost" and receipt["AllowedSince"] == 0


def test_an_open_portal_session_gives_nothing_once_the_deny_stands(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    told = revoker.revoke("person", jane.who.id, "--deny-only", "--block-reissue")
    assert "Steps" not in told
    cut(house, *held)
    assert jane.accounts(), "the portal session itself is open"
    with pytest.raises(ClientError):
        house.everywhere(jane)
    revoker.lift(told)
    works(house, *held, *house.everywhere(jane))


def test_assignments_and_memberships_go_if_that_is_asked(house, revoker):
    center = house.center
    jane = house.make_person(house.accounts[0])
    groups = [
        center.store_api.create_group(IdentityStoreId=center.store, DisplayName=fresh("group"))["GroupId"]
        for _ in range(2)
    ]
    for group in groups:
        center.store_api.create_group_membership(
            IdentityStoreId=center.store, GroupId=group, MemberId={"UserId": jane.id}
        )
    center.sso.create_account_assignment(
        InstanceArn=center.instance,
        TargetId=house.accounts[1],
        TargetType="AWS_ACCOUNT",
        PermissionSetArn=house.sets[0][1],
        PrincipalType="GROUP",
        PrincipalId=groups[0],
    )
    told = revoker.revoke("person", jane.name, "--remove-assignments")
    removed = [step for step in told["Steps"] if step["Step"] == "remove-assignments"]
    assert [step["State"] for step in removed] == ["done"] * (len(house.sets) + 1), removed
    left = center.sso.list_account_assignments_for_principal(
        InstanceArn=center.instance, PrincipalId=jane.id, PrincipalType="USER"
    )
    assert left["AccountAssignments"] == []
    memberships = center.store_api.list_group_memberships_for_member(
        IdentityStoreId=center.store, MemberId={"UserId": jane.id}
    )["GroupMemberships"]
    assert [held["GroupId"] for held in memberships] == [groups[1]], "a group without assignments is left alone"
    again = revoker.revoke("person", jane.name, "--remove-assignments")
    assert states(again) == [
        ("deny", "done"),
        ("end-portal-sessions", "already"),
        ("disable-sign-in", "done"),
        ("remove-assignments", "already"),
    ]


def test_what_fails_half_way_is_told_and_done_when_it_is_run_again(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    half = house.account.make_user("half", doc.policy(doc.allow(["portcullis:Revoke", "portcullis:DisablePerson"])))
    words = ("revoke", "person", jane.who.name, "--remove-assignments", "--client-token", fresh("token"))
    done = revoker.command.run(*words, creds=half.creds)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert states(told) == [
        ("deny", "done"),
        ("end-portal-sessions", "left"),
        ("disable-sign-in", "done"),
        ("remove-assignments", "left"),
    ]
    left = told["Steps"][1]
    assert "portcullis:EndPortalSessions" in left["Detail"]
    assert left["Command"] == f"portcullis person sign-out '{jane.who.name}'"
    assert "2 of 4 steps are left; the deny is in force" in done.stderr
    cut(house, *held)
    # Under the same token the deny is the same, and the rest is done.
    again = revoker.json(*words, creds=revoker.root)
    assert again["Steps"][1]["State"] == "done" and not any(step["State"] == "left" for step in again["Steps"])


def test_without_the_permission_to_deny_nothing_else_is_done(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    actions = ["portcullis:EndPortalSessions", "portcullis:DisablePerson", "sso:*", "identitystore:*"]
    other = house.account.make_user("other", doc.policy(doc.allow(actions)))
    revoker.refused("revoke", "person", jane.who.name, code="AccessDeniedException", creds=other.creds)
    works(house, *held)
    assert jane.accounts()


def test_a_person_is_disabled_enabled_and_signed_out_by_commands(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    listed = revoker.json("person", "sessions", jane.who.name)["PortalSessions"]
    assert {held["UserId"] for held in listed} == {jane.who.id} and "Secret" not in json.dumps(listed)
    latest = max(listed, key=lambda held: held["SignedInAt"])
    ended = revoker.json("person", "sign-out", jane.who.name, "--session-id", latest["SessionId"])
    assert ended["Ended"] == 1 and signed_out(jane.accounts)
    jane = SignedIn(house.center, jane.who)
    assert revoker.json("person", "disable", jane.who.id)["Status"] == "DISABLED"
    with pytest.raises((KeyError, IndexError)):
        SignedIn(house.center, jane.who)
    assert revoker.json("person", "enable", jane.who.id)["Status"] == "ENABLED"
    assert signed_out(jane.accounts), "a session from before is over"
    assert SignedIn(house.center, jane.who).accounts()
    assert len(revoker.json("person", "set-password", jane.who.name)["Password"]) >= 12
    revoker.refused("person", "disable", "nobody", code="ResourceNotFoundException")
