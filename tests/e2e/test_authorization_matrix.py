"""Every action that is served, asked by six callers: unsigned, with a wrong signature, without the permission, with it,
with an explicit deny of it, and with a session that has ended.

The actions come from the binary's own table: one that is new is asked like all others, and fails here if there is no
valid input for it or if it can be had without its permission.
"""

from __future__ import annotations

import json

import pytest

from conformance.matrix import Inputs
from harness import documents as doc
from harness.account import Account
from harness.clients import Creds
from harness.importing import bundle
from harness.people import Center
from harness.raw import Raw
from harness.server import Server
from harness.table import CALLER_ONLY, VOUCHED, served

SERVICES = ("cloudtrail", "iam", "identitystore", "organizations", "s3", "sso", "sts")
# Had by a token of the portal, and by no access key: test_rest_json.py asks each without one.
BY_TOKEN = ("awsssoportal", "sso-oauth")
DENIED = {(403, "AccessDenied"), (400, "AccessDeniedException"), (403, "403"), (200, "AccessDenied")}
UNSIGNED = {(403, "MissingAuthenticationToken"), (400, "MissingAuthenticationTokenException"), (403, "AccessDenied")}
UNSIGNED |= {(403, "403"), (200, "AccessDenied")}
FORGED = {(403, "SignatureDoesNotMatch"), (400, "InvalidSignatureException"), (403, "403")}
EXPIRED = {(403, "ExpiredToken"), (400, "ExpiredToken"), (400, "ExpiredTokenException"), (400, "400")}
# Whatever any policy says: STS API reference, GetCallerIdentity.
ALWAYS = ("GetCallerIdentity",)
# What asks more than a permission, which a user of the management account with nothing else does not have.
FOR_OTHERS = {
    "AcceptHandshake": "only the invited account can accept",
    "DeclineHandshake": "only the invited account can decline",
}

# What vouches for a caller without an access key: with a good one it would not matter who signs.
TOKENS = ("SAMLAssertion", "WebIdentityToken")


@pytest.fixture(scope="module")
def server():
    with Server(flags=("--quota", "accounts=1000", "--quota", "users=100000", "--quota", "roles=100000")) as running:
        yield running


def forged(creds: Creds) -> Creds:
    return Creds(creds.access_key, "x" * 40)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES)
def test_every_action_asks_for_its_permission(account, service):
    inputs = Inputs(account, service)
    nobody, may, must_not = (account.make_user(stem) for stem in ("nobody", "may", "must-not"))
    wrong, asked = [], 0
    for action in (action for action in served() if action.service == service):
        permissions = list(action.permissions)
        account.user_policy(may.name, doc.policy(doc.allow(permissions)))
        account.user_policy(must_not.name, doc.policy(doc.allow("*"), doc.deny(permissions)))
        given = inputs.of(action)
        if action.asks == VOUCHED:
            given |= {name: "bm8gdG9rZW4=" for name in TOKENS if name in given}
        is_open, is_never_denied = action.asks == CALLER_ONLY, action.name in ALWAYS
        for caller, creds, expected in (
            ("unsigned", None, UNSIGNED),
            ("forged", forged(may.creds), FORGED),
            ("nobody", nobody.creds, set() if is_open else DENIED),
            ("denied", must_not.creds, set() if is_never_denied else DENIED),
            ("allowed", may.creds, DENIED if action.name in FOR_OTHERS else set()),
        ):
            asked += 1
            found = inputs.call(action, given, creds)
            if action.asks == VOUCHED:
                # No access key stands in for the token that is asked for.
                if not 400 <= found[0] < 500:
                    wrong.append(f"{action} by {caller}: {found}")
                continue
            is_good = found in expected if expected else found not in DENIED and found[0] < 500
            if not is_good:
                wrong.append(f"{action} by {caller}: {found}")
    assert not wrong, "\n".join(wrong)
    assert asked > 0 and account.server.alive()


@pytest.mark.parametrize("service", SERVICES)
def test_no_action_is_done_for_a_session_that_has_ended(moved, service):
    account, clock = moved
    user = account.make_user(policy=doc.policy(doc.allow("*")))
    role = account.make_role(policy=doc.policy(doc.allow("*")))
    sessions = (account.session_token(user.creds, DurationSeconds=900), account.assume(role, DurationSeconds=900))
    inputs = Inputs(account, service)
    signed = [action for action in served() if action.service == service and action.asks != VOUCHED]
    before = [(action, inputs.of(action) if service == "s3" else {}) for action in signed]
    clock.forward(901)
    wrong = []
    for action, given in before:
        for creds in sessions:
            found = inputs.call(action, given, creds)
            if found not in EXPIRED:
                wrong.append(f"{action}: {found}")
    assert not wrong, "\n".join(wrong)


def own_inputs(account: Account) -> dict[str, dict]:
    """Valid inputs of the product's own actions, where an empty one is none."""
    held = {"RevocationId": "rv-0123456789abcdef"}
    person = {"User": Center(account.server).make_user().id}
    return {
        "DisablePerson": person,
        "EnablePerson": person,
        "EndPortalSessions": person,
        "SetPersonPassword": person,
        "DescribeSession": {"AccessKeyId": "ASIANOSUCHKEY2345678"},
        "ExplainRequest": {"RequestId": "no-such-request"},
        "Import": {"Bundle": bundle({"a.json": "{}"})},
        "PreviewPolicyChange": {"Service": "iam", "Action": "CreateGroup", "Parameters": '{"GroupName": "seen"}'},
        "Revoke": {"Kind": "role", "Target": account.make_role("revoked").name},
        "DescribeReceipt": {"ReceiptId": held["RevocationId"]},
        "DescribeRevocation": held,
        "LiftRevocation": held,
    }


def test_the_products_own_actions_ask_too(account, server):
    """They are no AWS service: their requests are made by hand."""
    raw, inputs = Raw(server), own_inputs(account)
    nobody, admin = account.make_user("nobody"), account.make_user("admin", doc.policy(doc.allow("*")))
    denied = account.make_user("denied", doc.policy(doc.allow("*"), doc.deny("portcullis:*")))
    own = [action for action in served() if action.service == "portcullis"]
    assert own and set(inputs) <= {action.name for action in own}
    for action in own:
        given = json.dumps(inputs.get(action.name, {}))
        call = lambda creds: raw.send(raw.json_call("portcullis", action.name, creds, given))  # noqa: E731, B023
        for creds in (nobody.creds, denied.creds):
            answer = call(creds)
            is_refused = (answer.status, answer.code) == (400, "AccessDeniedException")
            assert is_refused is (action.asks != CALLER_ONLY), f"{action}: {answer}"
        assert call(forged(admin.creds)).code == "InvalidSignatureException", action
        assert call(admin.creds).code not in ("AccessDeniedException", "ValidationException"), action


def test_the_table_is_whole():
    assert {action.service for action in served()} == {*SERVICES, *BY_TOKEN, "portcullis"}
    assert all(action.permissions for action in served())
