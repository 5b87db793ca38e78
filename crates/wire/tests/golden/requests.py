"""Writes what botocore's clients send for every operation, with what they were asked to send.

Nothing leaves the machine: each request is caught before it is sent. Run as the README says.
"""

import json
import pathlib
import sys
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from email.utils import format_datetime

from values import SERVICES, Maker, operations, typed

# Headers that say nothing of the operation, and would make every run differ.
NOISE = {"authorization", "x-amz-date", "user-agent", "amz-sdk-invocation-id", "amz-sdk-request", "expect", "accept-encoding"}


class Caught(Exception):
    pass


def client(service):
    session = botocore.session.Session()
    session.set_credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    config = Config(
        parameter_validation=False,
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        request_checksum_calculation="when_required",
        inject_host_prefix=False,
    )
    return session.create_client(service, "us-east-1", endpoint_url="http://localhost:7070", config=config)


def catch(service, made, operation, parameters):
    caught = {}

    def keep_input(params, **_):
        caught["input"] = dict(params)

    def keep_request(request, **_):
        caught["request"] = request
        raise Caught

    events = made.meta.events
    suffix = f"{service}.{operation.name}"
    events.register_last(f"before-parameter-build.{suffix}", keep_input)
    events.register_first(f"before-send.{suffix}", keep_request)
    try:
        made._make_api_call(operation.name, parameters)
    except Caught:
        pass
    finally:
        events.unregister(f"before-parameter-build.{suffix}", keep_input)
        events.unregister(f"before-send.{suffix}", keep_request)
    return caught


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def parameters_of(service, operation, only_required):
    if operation.input_shape is None:
        return {}
    parameters = Maker(only_required).structure(operation.input_shape)
    if service == "s3":
        if "Bucket" in parameters:
            parameters["Bucket"] = "a-bucket.example"
        if "Key" in parameters:
            parameters["Key"] = "a b/é+&?#%41/../x//y/./~"
        if "CopySource" in parameters:
            parameters["CopySource"] = {"Bucket": "source", "Key": "k é/+", "VersionId": "v1"}
        for name in ("SSECustomerKey", "CopySourceSSECustomerKey"):
            if name in parameters:
                parameters[name] = "0123456789abcdef0123456789abcdef"
                parameters.pop(name + "MD5", None)
        for name in ("ContentMD5", "ContentLength", "ChecksumAlgorithm", "ContentType"):
            parameters.pop(name, None)
        for name in list(parameters):
            if name.startswith("Checksum") and name != "ChecksumMode":
                parameters.pop(name)
        if operation.name == "PutBucketPolicy":
            parameters["Policy"] = '{"Version": "2012-10-17",\n "Statement": ["é"]}'
    return parameters


def expected(operation, given):
    """The input as it stands on the wire."""
    value = typed(given)
    shape = operation.input_shape
    for name in list(value):
        member = shape.members.get(name) if shape else None
        if member is None or member.serialization.get("streaming"):
            del value[name]
    # The service keeps this header as text; botocore alone makes an instant of it.
    if "Expires" in value:
        value["Expires"] = format_datetime(given["Expires"], usegmt=True)
    return value


def line(service, made, operation, only_required):
    caught = catch(service, made, operation, parameters_of(service, operation, only_required))
    request = caught["request"]
    url = urlsplit(request.url)
    headers = {name.lower(): text(value) for name, value in request.headers.items()}
    body = request.body
    if hasattr(body, "read"):
        body = body.read()
    return {
        "operation": operation.name,
        "method": request.method,
        "path": url.path or "/",
        "query": url.query,
        "headers": {name: value for name, value in sorted(headers.items()) if name not in NOISE},
        "body": text(body or b""),
        "input": expected(operation, caught["input"]),
    }


def main(directory):
    for service in SERVICES:
        made = client(service)
        lines = []
        for operation in operations(made.meta.service_model):
            for only_required in (False, True):
                entry = line(service, made, operation, only_required)
                if not lines or lines[-1] != entry:
                    lines.append(entry)
        path = pathlib.Path(directory) / f"{service}.jsonl"
        path.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in lines))
        print(path, len(lines))


main(sys.argv[1])
