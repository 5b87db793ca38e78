"""Declared errors by the models: every action that declares one, asked with valid input in which one thing is wrong."""

from __future__ import annotations

from typing import Callable, Iterator, NamedTuple

from botocore.exceptions import ClientError

from harness import declared
from harness.account import Account

from .scene import Scene
from .trial import Trial, code


class Row(NamedTuple):
    """An action, the error that it declares, and what of its input makes it so; the rest of the input is valid."""

    action: str
    code: str
    given: Callable[[Scene], dict] = lambda scene: {}


class Refusals:
    def __init__(self, account: Account, service: str) -> None:
        self.trial = Trial(account, service, is_asked=False)
        self.scene = Scene(account)
        self.service = service

    def declaring(self, error: str) -> list[str]:
        """The served actions that declare an error."""
        return [held.action for held in declared.declared() if (held.service, held.code) == (self.service, error)]

    def wrong_members(self, error: str, values: dict, spared: frozenset = frozenset()) -> Iterator[tuple[str, dict]]:
        """Each action that declares the error, with each of its members that has a bad value here."""
        for action in self.declaring(error):
            shape = self.trial.shape(action)
            for member in shape.members if shape is not None else ():
                if member in values and (action, member) not in spared:
                    yield action, {member: values[member]}

    def asked(self, action: str, error: str, changes: dict, client=None) -> str | None:
        """What is wrong with the answer."""
        params = self.trial.least(action, self.scene) | changes
        answer = self.trial.call(action, params, client)
        found, status = code(answer), answer["ResponseMetadata"]["HTTPStatusCode"]
        shapes = {
            shape.metadata.get("error", {}).get("code", shape.name): shape.metadata.get("error", {}).get("httpStatusCode", 400)
            for shape in self.trial.model.operation_model(action).error_shapes
        }
        if (found, status) == (error, shapes.get(error)):
            return None
        return f"{action} {changes}: {status} {found or 'accepted'} {answer.get('Error', {}).get('Message', '')}"

    def row(self, row: Row, client=None) -> str | None:
        """What is wrong with a row's answer, in a scene of its own."""
        self.scene = self.trial.prepared(row.action)
        try:
            return self.asked(row.action, row.code, row.given(self.scene), client)
        except ClientError as error:
            return f"{row.action} {row.code}: not even asked: {error}"


def all_right(flaws: Iterator[str | None]) -> None:
    """At least one was asked, and nothing was wrong with any."""
    found = list(flaws)
    assert found, "nothing was asked"
    wrong = [flaw for flaw in found if flaw]
    assert not wrong, "\n".join(wrong)
