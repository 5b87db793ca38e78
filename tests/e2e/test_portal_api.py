"""The access portal's API: lists in pages, what is told of accounts, signing out, and tokens that are none."""

from __future__ import annotations

import http.client
import json

import pytest

from harness.account import fresh
from harness.expect import allowed, refused
from harness.house import House, works
from harness.people import Center
from harness.server import ACCOUNT, Server
from harness.signed_in import SignedIn, signed_out

BEARER = "x-amz-sso_bearer_token"
BAD_REQUEST = ("InvalidRequestException", 400)
NOT_SIGNED_IN = ("UnauthorizedException", 401, "Session token not found or invalid")


@pytest.fixture(scope="module")
def house(account):
    house = House(account)
    house.accounts += [house.org.make_account().id for _ in range(2)] + [ACCOUNT]
    house.sets += [house.center.make_set() for _ in range(3)]
    return house


@pytest.fixture(scope="module")
def jane(house) -> SignedIn:
    return SignedIn(house.center, house.make_person())


def ask(server: Server, method: str, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    """A request of no SDK, which can leave out what it must say."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


class Listed:
    """One of the portal's lists, page by page."""

    def __init__(self, person: SignedIn, call: str, member: str, key: str, **more) -> None:
        self.call, self.member, self.key = getattr(person.portal, call), member, key
        self.more = {"accessToken": person.token} | more

    def page(self, **more) -> dict:
        return self.call(**self.more, **more)

    def pages(self, size: int) -> list[list[str]]:
        found, token = [], {}
        while True:
            page = self.page(maxResults=size, **token)
            found.append([item[self.key] for item in page[self.member]])
            if not page.get("nextToken"):
                return found
            token = {"nextToken": page["nextToken"]}


def accounts(person: SignedIn) -> Listed:
    return Listed(person, "list_accounts", "accountList", "accountId")


def roles(person: SignedIn, account: str = ACCOUNT) -> Listed:
    return Listed(person, "list_account_roles", "roleList", "roleName", accountId=account)


@pytest.mark.parametrize("size, lengths", [(1, [1] * 5), (2, [2, 2, 1]), (4, [4, 1]), (5, [5]), (100, [5])])
def test_all_pages_together_are_everything_and_nothing_is_on_two(house, jane, size, lengths):
    for listed, all_of_it in (
        (accounts(jane), house.accounts),
        (roles(jane), [name for name, _ in house.sets]),
        (roles(jane, house.accounts[0]), [name for name, _ in house.sets]),
    ):
        pages = listed.pages(size)
        assert [len(page) for page in pages] == lengths
        assert sorted(sum(pages, [])) == sorted(all_of_it)


def test_without_a_size_everything_is_on_one_page(house, jane):
    for listed in (accounts(jane), roles(jane)):
        page = listed.page()
        assert len(page[listed.member]) == 5 and not page.get("nextToken")


def test_boto3_pages_through_both(house, jane):
    sizes = {"PaginationConfig": {"PageSize": 2}}
    found = jane.portal.get_paginator("list_accounts").paginate(accessToken=jane.token, **sizes)
    places = [held["accountId"] for page in found for held in page["accountList"]]
    assert sorted(places) == sorted(house.accounts)
    found = jane.portal.get_paginator("list_account_roles").paginate(accessToken=jane.token, accountId=ACCOUNT, **sizes)
    held = [(role["roleName"], role["accountId"]) for page in found for role in page["roleList"]]
    assert sorted(held) == sorted((name, ACCOUNT) for name, _ in house.sets)


def test_a_page_goes_on_where_it_ended_though_the_list_changes(house):
    person = SignedIn(house.center, who := house.make_person())
    listed = accounts(person)
    first = listed.page(maxResults=2)
    new = house.org.make_account().id
    house.center.assign(who, house.sets[0][1], new)
    rest, token = [], first["nextToken"]
    while token:
        page = listed.page(maxResults=2, nextToken=token)
        rest += [held["accountId"] for held in page["accountList"]]
        token = page.get("nextToken")
    found = [held["accountId"] for held in first["accountList"]] + rest
    assert len(found) == len(set(found)) and set(house.accounts) <= set(found) <= {*house.accounts, new}


def test_tokens_that_the_list_did_not_give_are_refused(house, jane):
    token = accounts(jane).page(maxResults=1)["nextToken"]
    of_roles = roles(jane).page(maxResults=1)["nextToken"]
    for bad in ("x", "none", token[:8], token[1:], token + "!", token.swapcase(), of_roles, ACCOUNT, "A" * 3000):
        refused(lambda: accounts(jane).page(nextToken=bad), *BAD_REQUEST)
    for bad in ("x", of_roles[:8], token):
        refused(lambda: roles(jane).page(nextToken=bad), *BAD_REQUEST)
    assert accounts(jane).page(nextToken=token)["accountList"]


def test_sizes_that_are_none_are_refused(house, jane, server):
    for listed in (accounts(jane), roles(jane)):
        refused(lambda: listed.page(maxResults=101), *BAD_REQUEST)
        assert len(listed.page(maxResults=100)[listed.member]) == 5
    for size in ("0", "-1", "101", "x", "1.5", "", "99999999999999999999"):
        answer = ask(server, "GET", f"/assignment/accounts?max_result={size}", {BEARER: jane.token})
        assert answer.status == 400 and answer.getheader("x-amzn-ErrorType", "").startswith(BAD_REQUEST[0]), size


def test_accounts_are_told_by_name_and_address(house, jane):
    told = {held.pop("accountId"): held for held in accounts(jane).page()["accountList"]}
    known = house.org.api.get_paginator("list_accounts").paginate()
    known = {held["Id"]: held for page in known for held in page["Accounts"]}
    assert set(told) == set(house.accounts)
    for place, held in told.items():
        assert held == {"accountName": known[place]["Name"], "emailAddress": known[place]["Email"]}


def test_a_closed_account_and_one_that_left_are_listed_no_more(house):
    gone, closed = house.org.make_account(), house.org.make_account()
    person = SignedIn(house.center, house.make_person(house.accounts[0], gone.id, closed.id))
    assert sorted(person.accounts()) == sorted([house.accounts[0], gone.id, closed.id])
    house.org.api.remove_account_from_organization(AccountId=gone.id)
    house.org.api.close_account(AccountId=closed.id)
    assert person.accounts() == [house.accounts[0]]
    for place in (gone.id, closed.id):
        refused(lambda: person.creds(house.sets[0][0], place), "ForbiddenException", 403, "No access")


def test_signing_out_ends_every_token_and_no_session_of_a_role(house):
    who = house.make_person(house.accounts[0])
    person, elsewhere = SignedIn(house.center, who), SignedIn(house.center, who)
    held = person.creds(house.sets[0][0], house.accounts[0])
    newer = person.refresh()
    allowed(lambda: person.portal.logout(accessToken=person.token))
    for token in (person.token, newer):
        person.token = token
        assert signed_out(person.accounts) and signed_out(lambda: person.creds(house.sets[0][0], house.accounts[0]))
        assert signed_out(lambda: person.portal.logout(accessToken=token))
    assert signed_out(person.refresh)
    works(house, held)
    assert elsewhere.accounts() and elsewhere.refresh(), "another sign-in goes on"


@pytest.fixture(scope="module")
def foreign() -> str:
    """A token that another server gave."""
    with Server() as other:
        center = Center(other)
        return SignedIn(center, center.make_person()).token


def calls(person: SignedIn, role: str, token: str) -> list:
    return [
        lambda: person.portal.list_accounts(accessToken=token),
        lambda: person.portal.list_account_roles(accessToken=token, accountId=ACCOUNT),
        lambda: person.portal.get_role_credentials(accessToken=token, accountId=ACCOUNT, roleName=role),
        lambda: person.portal.logout(accessToken=token),
    ]


def test_tokens_that_are_none_give_nothing(house, jane, foreign):
    token, middle = jane.token, len(jane.token) // 2
    other = "A" if token[middle] != "A" else "B"
    spoiled = token[:middle] + other + token[middle + 1 :]
    secrets = (jane.refresh_token, jane.client["clientId"], jane.client["clientSecret"])
    for bad in (foreign, token[:-1], token[:middle], token[1:], token + "A", spoiled, f"Bearer {token}", *secrets, "x"):
        for call in calls(jane, house.sets[0][0], bad):
            refused(call, *NOT_SIGNED_IN)
    assert jane.accounts(), "and nobody was signed out"


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/assignment/accounts"),
        ("GET", f"/assignment/roles?account_id={ACCOUNT}"),
        ("GET", f"/federation/credentials?account_id={ACCOUNT}&role_name=ROLE"),
        ("POST", "/logout"),
    ],
)
def test_without_a_token_there_is_nothing_either(house, jane, server, method, path):
    path = path.replace("ROLE", house.sets[0][0])
    for headers in ({}, {BEARER: ""}, {BEARER: " "}, {"Authorization": f"Bearer {jane.token}"}):
        answer = ask(server, method, path, headers)
        # Without its header a path is a bucket's.
        assert answer.status in ((401,) if BEARER in headers else (400, 403, 405)), (headers, answer.text)
        for told in ("accountList", "roleList", "roleCredentials", house.accounts[0], house.sets[0][0]):
            assert told not in answer.text.replace(path, "")
    right = ask(server, "GET", "/assignment/accounts", {BEARER: jane.token})
    assert right.status == 200 and len(json.loads(right.text)["accountList"]) == 5


def test_names_are_not_roles_names_and_no_other_accounts(house, jane):
    name, place = house.sets[0][0], house.accounts[0]
    role = house.who(jane.creds(name, place))["Arn"].split("/")[1]
    for account, asked in ((place, role), (place, name.swapcase()), (place, fresh("Set")), ("999999999999", name)):
        refused(lambda: jane.creds(asked, account), "ForbiddenException", 403, "No access")
