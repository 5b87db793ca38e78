"""Streaming bodies of S3 (aws-chunked), built chunk by chunk so that each can be spoiled."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass

from .clients import Creds
from .raw import Raw, Request
from .sigv4 import EMPTY_SHA, Scope, sha_hex

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
CHUNK = 8192
TRAILER_NAME = "x-amz-checksum-crc32"


def crc32(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


@dataclass
class Upload:
    """A streaming upload before it is put on the wire: `chunks` are complete, framed pieces."""

    request: Request
    chunks: list[bytes]
    trailer: bytes = b"\r\n"

    def finished(self) -> Request:
        body = b"".join(self.chunks) + self.trailer
        return Request(self.request.method, self.request.target, self.request.headers, body)


def split(data: bytes) -> list[bytes]:
    return [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]


def upload(raw: Raw, path: str, creds: Creds, data: bytes, mode: str, decoded: str | None = None) -> Upload:
    """A well-formed upload of `data` in one of the three streaming modes."""
    scope = Scope(creds, "s3")
    headers = [("Content-Encoding", "aws-chunked"), ("X-Amz-Decoded-Content-Length", decoded or str(len(data)))]
    if mode != SIGNED:
        headers.append(("X-Amz-Trailer", TRAILER_NAME))
    request = raw.request("PUT", path, creds, headers=headers, payload=mode, scope=scope)
    if mode == UNSIGNED_TRAILER:
        framed = [b"%x\r\n%s\r\n" % (len(part), part) for part in split(data)] + [b"0\r\n"]
        return Upload(request, framed, f"{TRAILER_NAME}:{crc32(data)}\r\n\r\n".encode())
    return signed_upload(request, scope, data, mode)


def signed_upload(request: Request, scope: Scope, data: bytes, mode: str) -> Upload:
    previous = request.authorization.rpartition("Signature=")[2]
    framed = []
    for part in [*split(data), b""]:
        text = [mode_line("PAYLOAD"), scope.stamp, scope.text, previous, EMPTY_SHA, sha_hex(part)]
        previous = scope.sign("\n".join(text))
        head = b"%x;chunk-signature=%s\r\n" % (len(part), previous.encode())
        framed.append(head + (part + b"\r\n" if part else b""))
    if mode == SIGNED:
        return Upload(request, framed)
    line = f"{TRAILER_NAME}:{crc32(data)}"
    text = [mode_line("TRAILER"), scope.stamp, scope.text, previous, sha_hex((line + "\n").encode())]
    signature = scope.sign("\n".join(text))
    return Upload(request, framed, f"{line}\r\nx-amz-trailer-signature:{signature}\r\n\r\n".encode())


def mode_line(what: str) -> str:
    return f"AWS4-HMAC-SHA256-{what}"
