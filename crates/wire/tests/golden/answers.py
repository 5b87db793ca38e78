"""Has this crate encode an answer for every operation, has botocore's parsers read it, and keeps what they agree on.

Exits with an error at the first answer that botocore reads differently. Run as the README says.
"""

import datetime
import json
import pathlib
import subprocess
import sys
import types

import botocore.parsers
import botocore.session
from botocore.handlers import parse_get_bucket_location

from values import SERVICES, Maker, is_streaming, operations, typed


def wanted():
    session = botocore.session.Session()
    for service in SERVICES:
        for operation in operations(session.get_service_model(service)):
            for only_required in (False, True):
                value = Maker(only_required).structure(operation.output_shape) if operation.output_shape else {}
                # The service keeps this header as text.
                if "Expires" in value and service == "s3" and operation.name in ("GetObject", "HeadObject"):
                    value["Expires"] = "Tue, 07 May 2024 23:47:00 GMT"
                if only_required and value == {} and operation.output_shape:
                    continue
                yield service, operation, value


def same(expected, read):
    if isinstance(expected, dict):
        return set(expected) == set(read) and all(same(expected[name], read[name]) for name in expected)
    if isinstance(expected, list):
        return len(expected) == len(read) and all(map(same, expected, read))
    if isinstance(expected, datetime.datetime):
        return expected == read
    return expected == read


def main(crate, directory):
    rows = list(wanted())
    lines = "".join(
        json.dumps({"service": service, "operation": operation.name, "value": typed(value)}) + "\n"
        for service, operation, value in rows
    )
    encoded = subprocess.run(
        ["cargo", "run", "--quiet", "--example", "encode"], cwd=crate, input=lines, text=True, stdout=subprocess.PIPE, check=True
    ).stdout.splitlines()
    assert len(encoded) == len(rows), (len(encoded), len(rows))
    kept = {service: [] for service in SERVICES}
    for (service, operation, value), line in zip(rows, encoded):
        answer = json.loads(line)
        parser = botocore.parsers.create_parser(operation.service_model.protocol)
        headers = botocore.awsrequest.HeadersDict(dict(answer["headers"]))
        sent = {"status_code": answer["status"], "headers": headers, "body": answer["body"].encode()}
        read = parser.parse(sent, operation.output_shape)
        if has_stream(operation):
            read.pop(operation.output_shape.serialization["payload"], None)
        if operation.name == "GetBucketLocation":
            # The model does not say that this member is the root element; the client reads it in a hook.
            parse_get_bucket_location(read, types.SimpleNamespace(raw=True, content=answer["body"].encode()))
        metadata = read.pop("ResponseMetadata")
        assert metadata["RequestId"] == "4442587FB7D0A2F9", (operation.name, metadata)
        read.pop("ExpiresString", None)
        if isinstance(read.get("Expires"), datetime.datetime):
            read["Expires"] = "Tue, 07 May 2024 23:47:00 GMT"
        if not same(value, read):
            sys.exit(f"{service} {operation.name}:\n{answer['body']}\n{value}\n{read}")
        kept[service].append(line)
    for service, lines in kept.items():
        path = pathlib.Path(directory) / f"{service}.answers.jsonl"
        path.write_text("".join(line + "\n" for line in lines))
        print(path, len(lines))


def has_stream(operation):
    shape = operation.output_shape
    payload = shape.serialization.get("payload") if shape else None
    return bool(payload) and bool(is_streaming(shape.members[payload]))


main(sys.argv[1], sys.argv[2])
