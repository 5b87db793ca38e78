"""Assertions about one call, and the wording of each layer that can refuse it."""

from __future__ import annotations

from typing import Callable

import pytest
from botocore.exceptions import ClientError

BY_IDENTITY = "with an explicit deny in an identity-based policy"
BY_RESOURCE = "with an explicit deny in a resource-based policy"
BY_BOUNDARY = "with an explicit deny in a permissions boundary"
BY_REVOCATION = "with an explicit deny in a revocation"
BY_SESSION = "with an explicit deny in a session policy"
NO_IDENTITY = "because no identity-based policy allows the"
NO_BOUNDARY = "because no permissions boundary allows the"
NO_SESSION = "because no session policy allows the"
NO_RESOURCE = "because no resource-based policy allows the"
NO_TRUST = "because no role trust policy allows the"


def refused(call: Callable[[], object], code: str, status: int, contains: str = "") -> str:
    """The call must fail with exactly this code and status; returns the message."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    message = answer["Error"].get("Message", "")
    found = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
    assert found == (code, status), f"{found}: {message}"
    assert contains in message, message
    return message


def denied(call: Callable[[], object], contains: str = "") -> str:
    """The call must be refused by permissions, in the named layer's words."""
    return refused(call, "AccessDenied", 403, contains)


def allowed(call: Callable[[], dict]) -> dict:
    answer = call()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 300, answer
    return answer


def gone(s3_call: Callable[[], object] | None = None, query_call: Callable[[], object] | None = None) -> None:
    """The credentials' principal no longer exists: authentication itself fails."""
    if s3_call is not None:
        refused(s3_call, "InvalidAccessKeyId", 403)
    if query_call is not None:
        refused(query_call, "InvalidClientTokenId", 403)


def request_id(answer: dict) -> str:
    return answer["ResponseMetadata"]["RequestId"]


def header(answer: dict, name: str) -> str | None:
    return answer["ResponseMetadata"]["HTTPHeaders"].get(name)
