"""Somebody who has access by a group alone: it comes with the membership and goes with it, and sessions go on."""

from __future__ import annotations

import pytest

from harness.account import fresh
from harness.expect import refused
from harness.house import House, cut, works
from harness.signed_in import SignedIn


class Team:
    """A group that has everything in the house."""

    def __init__(self, house: House) -> None:
        self.house, self.center = house, house.center
        self.api, self.store = self.center.store_api, self.center.store
        self.id = self.api.create_group(IdentityStoreId=self.store, DisplayName=fresh("team"))["GroupId"]
        for place in house.accounts:
            for _, arn in house.sets:
                self.change("create_account_assignment", place, arn)

    def change(self, call: str, place: str, arn: str) -> None:
        getattr(self.center.sso, call)(
            InstanceArn=self.center.instance,
            TargetId=place,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=arn,
            PrincipalType="GROUP",
            PrincipalId=self.id,
        )

    def add(self, who) -> str:
        member = {"UserId": who.id}
        made = self.api.create_group_membership(IdentityStoreId=self.store, GroupId=self.id, MemberId=member)
        return made["MembershipId"]

    def remove(self, membership: str) -> None:
        self.api.delete_group_membership(IdentityStoreId=self.store, MembershipId=membership)


@pytest.fixture
def team(house) -> Team:
    return Team(house)


def roles(person: SignedIn, place: str) -> list[str]:
    listed = person.portal.list_account_roles(accessToken=person.token, accountId=place)["roleList"]
    assert {held["accountId"] for held in listed} == {place}
    return [held["roleName"] for held in listed]


def nothing(person: SignedIn, house: House) -> None:
    """AWS's answer to whoever has nothing in an account, whether roles are listed or one is taken."""
    assert person.accounts() == []
    for place in house.accounts:
        refused(lambda: roles(person, place), "ForbiddenException", 403, "No access")
        for name, _ in house.sets:
            refused(lambda: person.creds(name, place), "ForbiddenException", 403, "No access")


def test_access_comes_and_goes_with_the_membership_and_sessions_go_on(house, team, revoker):
    person = SignedIn(house.center, house.center.make_person())
    nothing(person, house)
    membership = team.add(person.who)
    assert sorted(person.accounts()) == sorted(house.accounts)
    for place in house.accounts:
        assert sorted(roles(person, place)) == sorted(name for name, _ in house.sets)
    held = house.everywhere(person)
    works(house, *held)
    assert all(house.who(creds)["UserId"].endswith(f":{person.who.name}") for creds in held)
    team.remove(membership)
    nothing(person, house)
    works(house, *held)
    revoker.revoke("person", person.who.name)
    cut(house, *held)


def test_others_of_the_group_keep_what_they_have(house, team, revoker):
    leaves, stays = (SignedIn(house.center, house.center.make_person()) for _ in range(2))
    membership = team.add(leaves.who)
    team.add(stays.who)
    his, hers = house.everywhere(stays), house.everywhere(leaves)
    team.remove(membership)
    revoker.revoke("person", leaves.who.id)
    cut(house, *hers)
    works(house, *his, *house.everywhere(stays))


def test_what_is_assigned_to_the_person_too_stays(house, team):
    person = house.center.make_person()
    (name, arn), place = house.sets[0], house.accounts[0]
    house.center.assign(person, arn, place)
    membership = team.add(person)
    person = SignedIn(house.center, person)
    assert len(house.everywhere(person)) == 4 and roles(person, place).count(name) == 1
    team.remove(membership)
    assert person.accounts() == [place] and roles(person, place) == [name]
    works(house, person.creds(name, place))
    refused(lambda: person.creds(house.sets[1][0], place), "ForbiddenException", 403, "No access")


def test_the_end_of_the_groups_assignment_is_the_end_for_its_people(house, team):
    person = SignedIn(house.center, house.center.make_person())
    team.add(person.who)
    (name, arn), (other, _) = house.sets
    place, elsewhere = house.accounts
    assert name in roles(person, place)
    team.change("delete_account_assignment", place, arn)
    assert roles(person, place) == [other]
    refused(lambda: person.creds(name, place), "ForbiddenException", 403, "No access")
    works(house, person.creds(name, elsewhere), person.creds(other, place))


def test_a_group_that_is_deleted_gives_nothing(house, team):
    person = SignedIn(house.center, house.center.make_person())
    team.add(person.who)
    held = house.everywhere(person)
    team.api.delete_group(IdentityStoreId=team.store, GroupId=team.id)
    nothing(person, house)
    # Its assignments are listed still, so the roles are there; and with them the sessions.
    works(house, *held)
