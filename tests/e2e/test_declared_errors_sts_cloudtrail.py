"""STS and CloudTrail: the errors that their models declare. What is not here is in declared_errors.txt."""

from __future__ import annotations

import random
import string
from datetime import datetime, timezone

from conformance.refusals import Refusals, Row, all_right

EARLY, LATE = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 1, 2, tzinfo=timezone.utc)
# Noise, which packing does not make smaller.
NOISE = random.Random(1)
HUGE_TAGS = [{"Key": f"key-{number}", "Value": "".join(NOISE.choices(string.ascii_letters, k=256))} for number in range(50)]
STS = [
    Row(action, code, lambda scene, given=given: given)
    for action in ("AssumeRole", "GetFederationToken")
    for code, given in (("MalformedPolicyDocument", {"Policy": "{"}), ("PackedPolicyTooLarge", {"Tags": HUGE_TAGS}))
]
CLOUDTRAIL = [
    Row("LookupEvents", code, lambda scene, given=given: given)
    for code, given in (
        ("InvalidLookupAttributesException", {"LookupAttributes": [{"AttributeKey": "Colour", "AttributeValue": "x"}]}),
        ("InvalidMaxResultsException", {"MaxResults": 51}),
        ("InvalidNextTokenException", {"NextToken": "none"}),
        ("InvalidTimeRangeException", {"StartTime": LATE, "EndTime": EARLY}),
        ("InvalidEventCategoryException", {"EventCategory": "weather"}),
    )
]


def test_what_sts_refuses(account):
    all_right(map(Refusals(account, "sts").row, STS))


def test_what_cloudtrail_refuses(account):
    all_right(map(Refusals(account, "cloudtrail").row, CLOUDTRAIL))
