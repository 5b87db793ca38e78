"""Makes values by shape, and writes them as JSON in which no type is lost.

Bytes are {"$blob": base64} and instants {"$time": milliseconds since 1970}; everything else is itself. The same form
is read by `typed_json.rs`.
"""

import base64
import datetime

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
INSTANT = datetime.datetime(2024, 5, 7, 23, 47, 0, tzinfo=datetime.timezone.utc)

# Text that tells apart an encoding done once from one done twice or not at all.
ODD_TEXT = 'a <b>&amp; "c" \'d\' 100% é\u4e00\U0001f512+/=?#\t~ e'
PLAIN_TEXT = "plain-Text_1.0"

# Operations that the tables leave out; see `xtask/src/models.rs`.
LEFT_OUT = {
    "s3": {
        "ListDirectoryBuckets",
        "WriteGetObjectResponse",
        "GetBucketLifecycle",
        "GetBucketNotification",
        "PutBucketLifecycle",
        "PutBucketNotification",
        "SelectObjectContent",
    }
}
ONLY = {"cloudtrail": {"LookupEvents"}}
SERVICES = ["sts", "iam", "s3", "cloudtrail"]


def operations(service_model):
    service = service_model.service_name
    for name in service_model.operation_names:
        if name in LEFT_OUT.get(service, ()) or name not in ONLY.get(service, {name}):
            continue
        yield service_model.operation_model(name)


class Maker:
    """Makes one value for a shape, the same one each time."""

    def __init__(self, only_required):
        self.only_required = only_required
        self.count = 0

    def structure(self, shape):
        value = {}
        for name, member in shape.members.items():
            if self.only_required and name not in shape.required_members:
                continue
            if name == shape.serialization.get("payload") and is_streaming(member):
                continue
            # A union holds one member; a copy source is a structure for nobody but botocore.
            if getattr(shape, "is_tagged_union", False) and value:
                continue
            value[name] = self.value(member, in_body=not member.serialization.get("location"))
        return value

    def value(self, shape, in_body=True):
        self.count += 1
        kind = shape.type_name
        if kind == "structure":
            # The query protocol cannot tell an empty structure from an absent one.
            value = self.structure(shape)
            if not value and shape.members:
                first, member = next(iter(shape.members.items()))
                value[first] = self.value(member)
            return value
        if kind == "list":
            return [self.value(shape.member, in_body) for _ in range(2)]
        if kind == "map":
            return {f"key-{n}": self.value(shape.value, in_body) for n in range(2)}
        if kind == "string":
            if shape.enum:
                return shape.enum[self.count % len(shape.enum)]
            return (ODD_TEXT if in_body else PLAIN_TEXT) + f" {self.count}" * in_body
        if kind in ("integer", "long"):
            return max(shape.metadata.get("min", 0), 1) + self.count % 7
        if kind in ("float", "double"):
            return 1.5
        if kind == "boolean":
            return self.count % 2 == 0
        if kind == "timestamp":
            return INSTANT + datetime.timedelta(seconds=self.count)
        if kind == "blob":
            return b"\x00\xff blob %d" % self.count
        raise ValueError(kind)


def is_streaming(shape):
    return shape.serialization.get("streaming") or shape.serialization.get("eventstream")


def typed(value):
    if isinstance(value, dict):
        return {name: typed(held) for name, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [typed(held) for held in value]
    if isinstance(value, bytes):
        return {"$blob": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$time": round((value.astimezone(datetime.timezone.utc) - EPOCH).total_seconds() * 1000)}
    return value
