"""ESC-3: one permission opens one door. Each permission is granted alone, and all other served actions are asked.

Permissions and actions come from the binary's own table, the requests from the valid inputs of the conformance tests:
an action that is new is in the matrix by itself. Without `--whole-matrix` a fifth of the permissions is granted, drawn
by a seed that a failure prints; with it, all.
"""

from __future__ import annotations

import os
import random

import pytest

from conformance.written import every_request
from harness import documents as doc
from harness.account import Account
from harness.attack import Watched
from harness.audit import lookup
from harness.burst import Burst
from harness.raw import Answer, Raw
from harness.server import Server
from harness.table import CALLER_ONLY, VOUCHED, served

# What is asked in any case where no permission is named like the action, or more than one: S3 API reference, "Permissions".
NEEDS = {
    "s3:CopyObject": {"s3:GetObject", "s3:PutObject"},
    "s3:UploadPartCopy": {"s3:GetObject", "s3:PutObject"},
    "s3:HeadObject": {"s3:GetObject"},
    "s3:CreateMultipartUpload": {"s3:PutObject"},
    "s3:DeleteObjects": {"s3:DeleteObject"},
    "iam:AddRoleToInstanceProfile": {"iam:AddRoleToInstanceProfile", "iam:PassRole"},
    "s3:GetObjectAttributes": {"s3:GetObjectAttributes", "s3:GetObject"},
}
# Only the invited account can: which the management account is not.
FOR_OTHERS = {"AcceptHandshake", "DeclineHandshake"}
# What it makes needs the permissions of Organizations besides.
NEEDS_MORE = {"PrepareRevocation"}
# What no permission opens by itself: one's own, and what a token is asked for.
WITHOUT = (CALLER_ONLY, VOUCHED)
# One permission of so many is granted where the whole matrix is not asked for.
SAMPLE = 5


def needed(action) -> set[str]:
    own = str(action)
    return NEEDS.get(own) or ({own} if own in action.permissions else set(action.permissions))


def is_denied(answer: Answer) -> bool:
    """In any protocol; HEAD answers have no code, and DeleteObjects refuses each item within its answer."""
    return (
        (answer.status, answer.code) in ((403, "AccessDenied"), (400, "AccessDeniedException"), (403, ""))
        or (answer.status == 200 and "<Error>" in answer.text and answer.code == "AccessDenied")
    )


@pytest.fixture(scope="module")
def server():
    with Server(flags=("--quota", "accounts=1000", "--quota", "users=100000", "--quota", "roles=100000")) as running:
        yield running


@pytest.fixture(scope="module")
def requests(account: Account):
    return every_request(account)


@pytest.mark.timeout(900)
def test_esc_3_a_permission_opens_its_own_action_and_no_other(account, requests, request):
    raw, watched = Raw(account.server), Watched(account)
    user = account.make_user("one", doc.policy(doc.deny()))
    seed = int(os.environ.get("ESC_SEED") or random.SystemRandom().randrange(1 << 32))
    permissions = sorted({permission for action in served() for permission in action.permissions})
    rows = permissions
    if not request.config.getoption("--whole-matrix"):
        rows = random.Random(seed).sample(permissions, len(permissions) // SAMPLE)
    closed = [action for action in requests if action.asks not in WITHOUT]
    before, opened, asked = watched.state(), [], 0
    with Burst(account.server) as burst:
        for permission in rows:
            account.user_policy(user.name, doc.policy(doc.allow(permission)))
            for action in closed:
                if needed(action) != {permission}:
                    answer = burst.send(requests[action].signed_for(raw, user.creds))
                    asked += 1
                    if not is_denied(answer):
                        opened.append(f"{permission} opened {action}: {answer.status} {answer.code}")
    account.user_policy(user.name, doc.policy(doc.deny()))
    assert not opened, f"ESC_SEED={seed}\n" + "\n".join(opened)
    assert watched.state() == before, f"ESC_SEED={seed}"
    assert asked > len(rows) * (len(closed) - 20)
    assert account.server.alive()


@pytest.mark.timeout(300)
def test_esc_3_each_refusal_is_one_event_and_the_permission_itself_opens(account, requests):
    """The diagonal: refused without, done with it, one event of each."""
    raw, user = Raw(account.server), account.make_user("diagonal", doc.policy(doc.deny()))
    wrong, asked = [], {}
    with Burst(account.server) as burst:
        for action in (action for action in requests if action.asks not in WITHOUT):
            account.user_policy(user.name, doc.policy(doc.allow("sts:None")))
            refusal = burst.send(requests[action].signed_for(raw, user.creds))
            account.user_policy(user.name, doc.policy(doc.allow(list(action.permissions))))
            twin = burst.send(requests[action].signed_for(raw, user.creds))
            is_open = not is_denied(twin) or action.name in FOR_OTHERS | NEEDS_MORE
            if not is_denied(refusal) or not is_open or twin.status >= 500:
                wrong.append(f"{action}: {refusal.status} {refusal.code}, {twin.status} {twin.code}")
            asked |= {refusal.request_id: action.name, twin.request_id: action.name}
    events = [(event["requestID"], event["eventName"]) for event in lookup(account, Username=user.name)]
    assert sorted(events) == sorted(asked.items())
    assert not wrong, "\n".join(wrong)
