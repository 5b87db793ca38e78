"""Reading the history of events back: by LookupEvents, by the AWS CLI and from the files."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Callable, Iterator

from .expect import request_id


def lookup(account, **filters) -> Iterator[dict]:
    """Every event as its CloudTrail record, newest first; one attribute may filter."""
    trail = account.client("cloudtrail")
    attributes = [{"AttributeKey": k, "AttributeValue": v} for k, v in filters.items()]
    pages = trail.get_paginator("lookup_events").paginate(LookupAttributes=attributes)
    for page in pages:
        for event in page["Events"]:
            yield json.loads(event["CloudTrailEvent"])


def recent_events_with(account, request: str) -> list[dict]:
    """The events of a request that was made just now, looked for among the latest only."""
    return [event for event in islice(lookup(account), 150) if event.get("requestID") == request]


def events_with(account, request: str, **filters) -> list[dict]:
    return [event for event in lookup(account, **filters) if event.get("requestID") == request]


def event_of(account, answer: dict, **filters) -> dict:
    """The one event of a request that was answered."""
    found = events_with(account, request_id(answer), **filters)
    assert len(found) == 1, found
    return found[0]


def event_of_refusal(account, call: Callable[[], object], **filters) -> dict:
    """Makes a call that must fail and gives the one event of it."""
    import pytest
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as caught:
        call()
    event = event_of(account, caught.value.response, **filters)
    assert event["errorCode"], event
    return event


def log_files(data: Path) -> list[Path]:
    return sorted((data / "audit" / "AWSLogs").rglob("*.json.gz"))


def file_events(data: Path) -> list[dict]:
    """All records in the log files below a data directory; they are complete once the server has ended."""
    records: list[dict] = []
    for path in log_files(data):
        with gzip.open(path, "rt", encoding="utf-8") as text:
            records += json.load(text)["Records"]
    return records


def counted(events: list[dict]) -> Counter[str]:
    """How many events each request id has; what the server did by itself has none."""
    asked = (event["requestID"] for event in events if "requestID" in event)
    return Counter(asked)
