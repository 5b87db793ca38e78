"""STS and CloudTrail: the errors that their models declare. What is not here is in declared_errors.txt."""

from __future__ import annotations

import random
import string
from datetime import datetime, timezone

from conformance.refusals import Refusals, Row, all_right
from harness import documents as doc
from harness.account import ROOT_ARN

EARLY, LATE = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 1, 2, tzinfo=timezone.utc)
# Noise, which packing does not make smaller.
NOISE = random.Random(1)
HUGE_TAGS = [{"Key": f"key-{number}", "Value": "".join(NOISE.choices(string.ascii_letters, k=256))} for number in range(50)]
TRUST = doc.trust(ROOT_ARN, actions=["sts:AssumeRole", "sts:TagSession"])
BAD_POLICY, TOO_LARGE = "MalformedPolicyDocument", "PackedPolicyTooLarge"
STS = [
    Row("AssumeRole", BAD_POLICY, lambda scene: {"Policy": "{"}),
    Row("AssumeRole", TOO_LARGE, lambda scene: {"RoleArn": scene.account.make_role(trust=TRUST).arn, "Tags": HUGE_TAGS}),
    Row("GetFederationToken", BAD_POLICY, lambda scene: {"Policy": "{"}),
    Row("GetFederationToken", TOO_LARGE, lambda scene: {"Tags": HUGE_TAGS}),
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
