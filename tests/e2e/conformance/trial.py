"""One service tried: its served actions, what is asked of each, and what the answers must be like."""

from __future__ import annotations

import json
import re
from typing import Iterator

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from harness import documents as doc
from harness.account import Account

from . import shapes
from .results import FAULTS, NOT_TRIED, Line
from .scene import CROWD, Crowd, Scene
from .shapes import MODEL, Case
from .values import BEFORE, GIVEN, NOT_CALLED, PAGED, SPELLED, UNFIT, WAIVED, example_of

REVISION = "x-portcullis-revision"
# What is answered for an action, an unsigned action and a whole service that is not served.
NOT_SERVED = {"InvalidAction", "UnknownOperationException", "MissingAuthenticationToken", "SignatureDoesNotMatch"}
# What any action may answer (API references, "Common errors").
COMMON = {
    "AccessDenied": 403,
    "AccessDeniedException": 400,
    "ValidationError": 400,
    "ValidationException": 400,
    "InvalidInput": 400,
    "InvalidParameterValue": 400,
}
# Where a list goes on: only the list itself knows a valid one.
TOKENS = ("Marker", "NextToken")
# How a refusal for a limit is worded.
CONSTRAINT = "failed to satisfy constraint"
TYPES = {"string": str, "list": list, "structure": dict, "map": dict}


class Trial:
    def __init__(self, account: Account, service: str, is_asked: bool = True) -> None:
        self.account = account
        self.service = service
        # Each answer is to be looked at as it comes: inputs are not checked before they are sent.
        # Root cannot assume roles.
        creds = account.operator.creds if service == "sts" else account.root
        self.client = account.client(service, creds, parameter_validation=False)
        self.model = self.client.meta.service_model
        self.methods = {name: method for method, name in self.client.meta.method_to_api_mapping.items()}
        self.is_query = self.model.protocol == "query"
        self.faults: list[str] = []
        self.lines = {name: Line(service, name) for name in (self.served() if is_asked else ())}

    # -- one call ------------------------------------------------------------------

    def call(self, operation: str, params: dict, client=None) -> dict:
        """The answer, or the answer that tells of an error."""
        try:
            return getattr(client or self.client, self.methods[operation])(**params)
        except ClientError as error:
            return error.response
        except ResponseParserError as error:
            unreadable = {"Code": "Unreadable", "Message": str(error)}
            return {"Error": unreadable, "ResponseMetadata": {"HTTPStatusCode": 0, "HTTPHeaders": {}}}

    def served(self) -> list[str]:
        """The operations that are answered at all, asked by somebody who may do nothing."""
        nobody = self.account.make_user("nobody", doc.policy(doc.deny()))
        client = self.account.client(self.service, nobody.creds, parameter_validation=False)
        codes = {name: code(self.call(name, {}, client)) for name in self.model.operation_names}
        return sorted(name for name, found in codes.items() if found not in NOT_SERVED)

    def shape(self, operation: str):
        return self.model.operation_model(operation).input_shape

    def example(self, operation: str, scene: Scene):
        def given(path, shape) -> object:
            found = example_of(scene, self.service, operation, path, shape)
            is_of_type = isinstance(found, TYPES.get(shape.type_name, ()))
            return found if is_of_type else MODEL

        return given

    def least(self, operation: str, scene: Scene) -> dict:
        shape = self.shape(operation)
        if shape is None:
            return {}
        example = self.example(operation, scene)
        given = {name: shapes.valid(shape.members[name], example, (name,)) for name in GIVEN if name in shape.members}
        return given | shapes.valid(shape, example)

    def full(self, operation: str, scene: Scene) -> dict:
        shape = self.shape(operation)
        made = {} if shape is None else shapes.full(shape, self.example(operation, scene))
        return {name: value for name, value in made.items() if name not in TOKENS}

    # -- what is to be refused -----------------------------------------------------------

    def cases(self, scene: Scene) -> Iterator[tuple[str, Case]]:
        for name, line in self.lines.items():
            shape = self.shape(name)
            if shape is None:
                continue
            example, least = self.example(name, scene), self.least(name, scene)
            for case in (*shapes.missing(shape, least, example), *shapes.beyond(shape, least, example)):
                if self.is_waived(name, case):
                    line.waived += 1
                else:
                    yield name, case

    def is_waived(self, operation: str, case: Case) -> bool:
        return any(
            protocol == self.model.protocol
            and name in (operation, "*")
            and path in (shapes.dotted(case.path), "*")
            and case.limit.startswith(limit)
            for protocol, name, path, limit, _ in WAIVED
        )

    def refusals(self) -> None:
        """Every bad input is refused and nothing is stored."""
        scene = Scene(self.account)
        cases = list(self.cases(scene))
        before, revision = self.state(scene), self.revision()
        for name, case in cases:
            answer = self.call(name, case.params)
            found = self.flaw(case, answer)
            now = answer["ResponseMetadata"]["HTTPHeaders"].get(REVISION, "unknown")
            if now != revision:
                # The server also writes for itself: only what can be read tells.
                revision = now
                found = found or ("something was stored" if self.state(scene) != before else None)
            counted = self.lines[name].counted(case.kind)
            counted[1] += 1
            if found:
                self.faults.append(f"{self.service} {name}: {case}: {found}")
            else:
                counted[0] += 1
        assert self.state(scene) == before, "refused requests changed what is stored"
        assert self.account.server.alive()

    def flaw(self, case: Case, answer: dict) -> str | None:
        """What is wrong with the answer to a bad input."""
        status, found = answer["ResponseMetadata"]["HTTPStatusCode"], code(answer)
        if not found:
            return "it was accepted"
        good = found == "ValidationError" if self.is_query else found.startswith(("Invalid", "Validation"))
        message = answer["Error"].get("Message", "")
        if not good or status != 400:
            return f"{status} {found}: {message}"
        if not answer["ResponseMetadata"].get("RequestId"):
            return "the answer has no request id"
        named = [step for step in case.path if isinstance(step, str)][-1].lower()
        return None if named in message.lower() else f"the message does not name the member: {message}"

    # -- what is to be answered --------------------------------------------------------

    def answers(self) -> None:
        """The least valid input succeeds, or fails as the model says."""
        for name, line in self.lines.items():
            if name in NOT_CALLED:
                line.least = line.full = f"{NOT_TRIED} ({NOT_CALLED[name]})"
                continue
            line.least = self.answered(name, self.least)
            line.full = self.answered(name, self.full)

    def answered(self, name: str, input_of) -> str:
        """What a call with this input is answered, in a scene of its own."""
        scene = self.prepared(name)
        return self.judged(name, self.call(name, input_of(name, scene)))

    def prepared(self, name: str) -> Scene:
        scene = Scene(self.account)
        for pattern, prepare in BEFORE:
            if re.fullmatch(pattern, name):
                prepare(scene)
        return scene

    def acceptance(self) -> None:
        """Input that just keeps a limit is not refused for it."""
        for name, line in self.lines.items():
            shape = self.shape(name)
            if shape is None or name in NOT_CALLED:
                continue
            scene = self.prepared(name)
            for case in shapes.within(shape, self.least(name, scene), self.example(name, scene)):
                if self.is_waived(name, case):
                    line.waived += 1
                    continue
                answer = self.call(name, case.params)
                outcome = self.judged(name, answer)
                is_refused = CONSTRAINT in answer.get("Error", {}).get("Message", "")
                line.within[1] += 1
                if is_refused or outcome.startswith(FAULTS):
                    self.faults.append(f"{self.service} {name}: {case}: {answer.get('Error', outcome)}")
                else:
                    line.within[0] += 1

    def judged(self, name: str, answer: dict) -> str:
        status, found = answer["ResponseMetadata"]["HTTPStatusCode"], code(answer)
        operation = self.model.operation_model(name)
        if not found:
            flaws = [] if operation.output_shape is None else list(ill_formed(operation.output_shape, answer))
            return f"ill-formed ({', '.join(flaws)})" if flaws else "ok"
        if found in COMMON and status == COMMON[found]:
            return found
        for shape in operation.error_shapes:
            facts = shape.metadata.get("error", {})
            if found == facts.get("code", shape.name):
                wanted = facts.get("httpStatusCode", 400)
                return found if status == wanted else f"{found} with {status} instead of {wanted}"
        return f"undeclared {status} {found}"

    # -- pages ---------------------------------------------------------------------

    def pages(self) -> None:
        """A list read item by item is the list read at once."""
        scene = Crowd(self.account)
        if self.service == "organizations":
            scene.populate()
        if self.service in ("identitystore", "sso"):
            scene.populate_center()
        for name, line in self.lines.items():
            if not self.client.can_paginate(self.methods[name]):
                continue
            more = PAGED[name](scene) if name in PAGED else {}
            params = self.least(name, scene) | more
            try:
                line.pages = self.paged(name, params)
            except ClientError as error:
                line.pages = f"{NOT_TRIED} ({code(error.response)})"

    def paged(self, name: str, params: dict) -> str:
        paginator = self.client.get_paginator(self.methods[name])
        # A list that takes no size comes in pages of the server's.
        has_size = "limit_key" in paginator._pagination_cfg
        whole, single = (self.items(paginator, params, size) for size in (None, 1 if has_size else None))
        if not whole:
            return f"{NOT_TRIED} (nothing is listed)"
        if single != whole:
            return f"differ: {len(single)} items one by one, {len(whole)} at once"
        return f"ok, {'3 or more' if len(whole) >= CROWD else len(whole)} items"

    def items(self, paginator, params: dict, size: int | None) -> list[str]:
        """What all pages list, in order; none of the pages has more items than asked for."""
        settings = {} if size is None else {"PageSize": size}
        found: list[str] = []
        by_key: dict[str, list[str]] = {key.expression: [] for key in paginator.result_keys}
        for page in paginator.paginate(**params, PaginationConfig=settings):
            on_page = 0
            for key in paginator.result_keys:
                held = key.search(page)
                listed = held if isinstance(held, list) else []
                on_page += len(listed)
                by_key[key.expression] += [canonical(item) for item in listed]
            assert size is None or on_page <= size, f"{on_page} items on a page of {size}"
        for key, items in by_key.items():
            found += [f"{key} {item}" for item in items]
        return found

    # -- what is stored ------------------------------------------------------------------

    def revision(self) -> str:
        answer = self.account.client("sts").get_caller_identity()
        return answer["ResponseMetadata"]["HTTPHeaders"][REVISION]

    def state(self, scene: Scene) -> str:
        """The whole account, and everything else of the service that can be read."""
        details = self.account.iam.get_paginator("get_account_authorization_details").paginate()
        found = {"details": [without_volatile(page) for page in details]}
        for name in self.lines:
            if name.startswith(("List", "Get", "Describe")) and self.service not in ("sts", "cloudtrail"):
                found[name] = [without_volatile(self.call(name, self.least(name, scene)))]
        return canonical(found)


def code(answer: dict) -> str:
    return answer.get("Error", {}).get("Code", "")


def canonical(value: object) -> str:
    return json.dumps(value, default=str, sort_keys=True)


def without_volatile(value):
    """Without what every request has anew, and what reads count."""
    volatile = ("ResponseMetadata", "RoleLastUsed", "AccessKeyLastUsed", "LastUsedDate", "JobId", "GeneratedTime")
    if isinstance(value, dict):
        return {key: without_volatile(held) for key, held in value.items() if key not in volatile}
    return [without_volatile(held) for held in value] if isinstance(value, list) else value


def ill_formed(shape, value, path: str = "") -> Iterator[str]:
    """Where a parsed answer does not keep to its shape."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name in shape.required_members:
            if name not in value:
                yield f"{path}{name} is missing"
        for name, member in shape.members.items():
            if name in value:
                yield from ill_formed(member, value[name], f"{path}{name}.")
    elif shape.type_name == "list" and isinstance(value, list):
        for item in value:
            yield from ill_formed(shape.member, item, path)
    elif shape.type_name == "string" and isinstance(value, str):
        enum = getattr(shape, "enum", None)
        name = path.split(".")[-2]
        if enum and value not in enum and SPELLED.get(name) != value:
            yield f"{path[:-1]} is {value!r}"
        elif not enum and name not in UNFIT and not shapes.fits(value, shape):
            yield f"{path[:-1]} is beyond its limits"
