"""The request of each served action as a client writes it, with valid input, for whoever will sign it."""

from __future__ import annotations

import json

from harness.account import Account
from harness.burst import Made
from harness.importing import bundle
from harness.people import Center as People
from harness.raw import PREFIXES
from harness.table import Action, served

from .matrix import Inputs

OWN = "portcullis"
OF_PEOPLE = ("DisablePerson", "EnablePerson", "EndPortalSessions", "SetPersonPassword")


class Written(Exception):
    """Stops a client before it sends."""

    def __init__(self, request) -> None:
        super().__init__("written")
        self.request = request


def stop(request, **_) -> None:
    raise Written(request)


def written(inputs: Inputs, action: Action, given: dict) -> Made:
    """The request for this input."""
    inputs.client.meta.events.register_last("before-send", stop, unique_id="written")
    try:
        getattr(inputs.client, inputs.methods[action.name])(**given)
    except Written as done:
        return Made.of(inputs.service, done.request)
    finally:
        inputs.client.meta.events.unregister("before-send", unique_id="written")
    raise AssertionError(f"{action} was not written")


def every_request(account: Account) -> dict[Action, Made]:
    """All served actions; each input names a scene of its own."""
    made = {}
    for service in sorted({action.service for action in served()}):
        inputs = None if service == OWN else Inputs(account, service)
        for action in (action for action in served() if action.service == service):
            made[action] = own(action, account) if inputs is None else written(inputs, action, inputs.of(action))
    return made


def own(action: Action, account: Account) -> Made:
    """The product's own service is in no client's models."""
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", f"{PREFIXES[OWN]}.{action.name}")]
    held = {"RevocationId": "rv-0123456789abcdef"}
    needed = {
        "DescribeReceipt": {"ReceiptId": held["RevocationId"]},
        "DescribeRevocation": held,
        "DescribeSession": {"AccessKeyId": "ASIANOSUCHKEY2345678"},
        "ExplainRequest": {"RequestId": "no-such-request"},
        "Import": {"Bundle": bundle({"a.json": "{}"})},
        "LiftRevocation": held,
        # Of what changes nothing: a change would need its own permission too.
        "PreviewPolicyChange": {"Service": "iam", "Action": "ListGroups", "Parameters": "{}"},
        "Revoke": {"Kind": "source-identity", "Target": "nobody"},
    }
    given = needed.get(action.name, {})
    if action.name in OF_PEOPLE:
        given = {"User": People(account.server).make_user().id}
    return Made(OWN, "POST", "/", "", headers, json.dumps(given).encode())
