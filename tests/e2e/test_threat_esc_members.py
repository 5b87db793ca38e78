"""ESC-5 and ESC-8: what a request says twice, in another spelling or beside its model changes nothing.

All actions that take form or JSON input are asked, from the binary's own table, with the valid inputs of the conformance
tests.
"""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from typing import Callable, Iterator
from urllib.parse import parse_qsl, quote

import pytest

from conformance.matrix import Inputs
from conformance.written import OWN, own, written
from harness import documents as doc
from harness.account import fresh
from harness.attack import Watched
from harness.audit import lookup
from harness.burst import Burst, Made
from harness.raw import Raw
from harness.server import Server
from harness.table import VOUCHED, Action, served

EVERYTHING = doc.policy(doc.allow("*"))
SMUGGLED = "smuggled-canary"
EXTRA = ("PolicyName", "Policies", "IsAdmin", "Arn", "UserId", "CreateDate", "Root")
FORM_SERVICES, JSON_SERVICES = ("iam", "sts"), ("cloudtrail", "organizations", OWN)
# Members of the product's own actions that are called as one of these: its model is in no client.
OWN_MEMBERS = {"PrepareRevocation": ("PolicyName",)}
OTHER_ACCOUNT = "999999999999"
FIXED = ("Action", "Version")


@pytest.fixture(scope="module")
def server():
    with Server(flags=("--quota", "accounts=1000", "--quota", "users=100000")) as running:
        yield running


@dataclasses.dataclass(frozen=True)
class Case:
    """One action's request and the members that its model knows."""

    action: Action
    made: Made
    members: tuple[str, ...]

    @property
    def is_form(self) -> bool:
        return self.action.service in FORM_SERVICES

    @property
    def given(self) -> list[str]:
        """The members of the body, by the first part of their names."""
        names = [name for name, _ in parse_qsl(self.made.body.decode())] if self.is_form else list(json.loads(self.made.body))
        return [name for name in dict.fromkeys(names) if name not in FIXED]

    def with_text(self, before: str, after: str) -> Made:
        text = self.made.body.decode()
        return dataclasses.replace(self.made, body=(before + text + after).encode())

    def with_member(self, name: str, value: str, is_first: bool = False) -> Made:
        """The request with one member more; JSON is written by hand, where a name may stand twice."""
        if self.is_form:
            pair = f"{quote(name)}={quote(value)}"
            return self.with_text(f"{pair}&", "") if is_first else self.with_text("", f"&{pair}")
        inner = self.made.body.decode().strip()[1:-1].strip()
        parts = [f"{json.dumps(name)}: {json.dumps(value)}", *([inner] if inner else [])]
        return dataclasses.replace(self.made, body=("{" + ", ".join(parts if is_first else parts[::-1]) + "}").encode())


def case_of(account: Account, inputs: Inputs | None, action: Action) -> Case:
    """The action with input for a scene of its own."""
    if inputs is None:
        return Case(action, own(action, account), OWN_MEMBERS.get(action.name, ()))
    shape = inputs.client.meta.service_model.operation_model(action.name).input_shape
    members = tuple(shape.members) if shape is not None else ()
    return Case(action, written(inputs, action, inputs.of(action)), members)


def makers(account, services) -> Iterator[Callable[[], Case]]:
    for service in services:
        inputs = None if service == OWN else Inputs(account, service)
        # Whoever comes with a token has no user to find the events by.
        for action in (action for action in served() if action.service == service and action.asks != VOUCHED):
            yield partial(case_of, account, inputs, action)


def cases(account, services) -> list[Case]:
    return [make() for make in makers(account, services)]


@pytest.fixture(scope="module")
def form_cases(account):
    return cases(account, FORM_SERVICES)


@pytest.fixture(scope="module")
def json_cases(account):
    return cases(account, JSON_SERVICES)


@pytest.fixture(scope="module")
def all_cases(form_cases, json_cases):
    return form_cases + json_cases


def other_case(name: str) -> str:
    """The same name with its first letter in the other case."""
    return name[0].swapcase() + name[1:]


def all_refused(account, attempts: list[tuple[str, Made]]) -> None:
    """Each is answered 400, nothing changes, and each has one event."""
    raw, watched = Raw(account.server), Watched(account)
    admin = account.make_user("admin", EVERYTHING)
    before, wrong, asked = watched.state(), [], {}
    with Burst(account.server) as burst:
        for name, made in attempts:
            answer = burst.send(made.signed_for(raw, admin.creds))
            asked[answer.request_id] = answer.code
            if answer.status != 400 or answer.code in ("AccessDeniedException", ""):
                wrong.append(f"{name}: {answer.status} {answer.code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)
    assert attempts and watched.state() == before and account.server.alive()
    events = [(event["requestID"], event["errorCode"]) for event in lookup(account, Username=admin.name)]
    assert sorted(events) == sorted(asked.items())


def test_esc_5_a_known_member_is_written_once_and_as_it_is(account, all_cases):
    attempts = []
    for case in all_cases:
        for name in case.given:
            attempts += [
                (f"{case.action} {name} twice", case.with_member(name, SMUGGLED)),
                (f"{case.action} {name} again as {other_case(name)}", case.with_member(other_case(name), SMUGGLED)),
                (f"{case.action} {name} before as {other_case(name)}", case.with_member(other_case(name), SMUGGLED, True)),
            ]
    all_refused(account, attempts)


def test_esc_8_no_json_api_takes_a_member_for_another_account_in_a_second_spelling(account, json_cases):
    attempts = []
    for case in json_cases:
        for name in case.members:
            for spelling in dict.fromkeys((other_case(name), name.lower(), name.upper())):
                if spelling not in case.members:
                    for is_first in (False, True):
                        attempts.append((f"{case.action} {spelling}", case.with_member(spelling, OTHER_ACCOUNT, is_first)))
    assert {case.action.service for case in json_cases} == set(JSON_SERVICES)
    all_refused(account, attempts)


def test_esc_5_members_that_no_model_knows_are_ignored_and_named_in_the_event(account):
    """Each request is answered as its twin without them is."""
    raw, watched, admin = Raw(account.server), Watched(account), account.make_user("admin", EVERYTHING)
    wrong, expected, done = [], {}, 0
    with Burst(account.server) as burst:
        for make in makers(account, FORM_SERVICES + JSON_SERVICES):
            twin = burst.send(make().made.signed_for(raw, admin.creds))
            full = smuggling(make())
            if full.action.name == "CreateServiceLinkedRole":
                account.iam.delete_service_linked_role(RoleName="AWSServiceRoleForAutoScaling")
            case = burst.send(full.made.signed_for(raw, admin.creds))
            expected |= {twin.request_id: set(), case.request_id: unknown_of(full)}
            done += case.status == 200
            if (case.status, case.code) != (twin.status, twin.code):
                wrong.append(f"{full.action}: {case.status} {case.code}, but {twin.status} {twin.code}: {case.text[:200]}")
    assert not wrong, "\n".join(wrong)
    assert done > len(expected) * 0.4, f"{done} of {len(expected) // 2} succeeded"
    assert SMUGGLED not in watched.state()
    seen = {}
    for event in lookup(account, Username=admin.name):
        assert event["requestID"] not in seen and SMUGGLED not in json.dumps(event), event["eventName"]
        ignored = event.get("additionalEventData", {}).get("ignoredMembers", [])
        seen[event["requestID"]] = {name.rpartition("/")[2] for name in ignored}
    assert {key: seen.get(key) for key in expected} == expected


def unknown_of(case: Case) -> set[str]:
    return {name for name in EXTRA if name.lower() not in {member.lower() for member in case.members}}


def smuggling(case: Case) -> Case:
    for name in unknown_of(case):
        case = dataclasses.replace(case, made=case.with_member(name, SMUGGLED))
    return case


@pytest.mark.parametrize("kind", ["user", "group", "role", "policy"])
def test_esc_5_a_record_is_what_its_own_members_made_it(account, kind):
    """Each of these members is in the record; none is one that an update may set."""
    raw, iam, name = Raw(account.server), account.iam, fresh("record")
    key = f"{kind.capitalize()}Name"
    extra = {"Arn": "arn:aws:iam::1:root", "UserId": "AIDA2", "RoleId": "AROA2", "CreateDate": "1999-01-01T00:00:00Z",
             "AttachmentCount": "7", "IsAdmin": "true", "Policies.member.1.PolicyName": "p", "DefaultVersionId": "v9"}  # fmt: skip
    if kind == "policy":
        arn = iam.create_policy(PolicyName=name, PolicyDocument=EVERYTHING)["Policy"]["Arn"]
        action, fields = "TagPolicy", {"PolicyArn": arn, "Tags.member.1.Key": "a", "Tags.member.1.Value": "b"}
        read = lambda: iam.get_policy(PolicyArn=arn)["Policy"]  # noqa: E731
    else:
        more = {"AssumeRolePolicyDocument": doc.trust("*")} if kind == "role" else {}
        getattr(iam, f"create_{kind}")(**{key: name}, **more)
        action, fields = f"Update{kind.capitalize()}", {key: name}
        read = lambda: getattr(iam, f"get_{kind}")(**{key: name})[kind.capitalize()]  # noqa: E731
    before = read()
    answer = raw.send(raw.query_call("iam", action, account.root, **fields, **extra))
    assert answer.status == 200, answer
    after = read()
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed <= {"Tags"}, changed
