"""Very many requests over one connection that is kept alive: each signed anew, each answered before the next is sent.

    with Burst(server) as burst:
        burst.send(made.signed_for(creds))
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from .clients import Creds
from .raw import LIMIT_S, Answer, Headers, Raw, Request, unchunk
from .server import Server

# What a signature brings itself, and what belongs to one connection.
REMADE = {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "host", "content-length", "connection"}


@dataclass(frozen=True)
class Made:
    """A request as a client would write it, without a signature."""

    service: str
    method: str
    path: str
    query: str
    headers: Headers
    body: bytes

    @staticmethod
    def of(service: str, prepared) -> "Made":
        """From what botocore is about to send."""
        address = urlsplit(prepared.url)
        body = prepared.body or b""
        body = body.read() if hasattr(body, "read") else body
        text = lambda value: value.decode() if isinstance(value, bytes) else value  # noqa: E731
        kept = [(name, text(value)) for name, value in prepared.headers.items() if name.lower() not in REMADE]
        return Made(service, prepared.method, address.path or "/", address.query, kept, body if isinstance(body, bytes) else body.encode())

    def signed_for(self, raw: Raw, creds: Creds) -> Request:
        return raw.request(
            self.method, self.path, creds, self.service, query=self.query, headers=self.headers, body=self.body
        )


class Burst:
    def __init__(self, server: Server, source: str = "127.0.0.1") -> None:
        self.server, self.source = server, source
        self.link: socket.socket | None = None
        self.kept = b""

    def __enter__(self) -> "Burst":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        if self.link is not None:
            self.link.close()
        self.link, self.kept = None, b""

    def send(self, request: Request) -> Answer:
        if self.link is None:
            self.link = socket.create_connection(("127.0.0.1", self.server.port), LIMIT_S, (self.source, 0))
            self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        headers = list(request.headers)
        if request.body or request.method in ("POST", "PUT"):
            headers.append(("Content-Length", str(len(request.body))))
        head = f"{request.method} {request.target} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers)
        self.link.sendall(head.encode() + b"\r\n" + request.body)
        return self.answer(request.method)

    def answer(self, method: str) -> Answer:
        head = self.until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status == 100:
            return self.answer(method)
        headers = [(n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines[1:] if line)]
        named = {n.lower(): v for n, v in headers}
        body = b""
        if method != "HEAD" and status not in (204, 304):
            if named.get("transfer-encoding", "").lower() == "chunked":
                body = unchunk(self.until(b"0\r\n\r\n"))
            else:
                body = self.exactly(int(named.get("content-length", "0")))
        if named.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

    def until(self, end: bytes) -> bytes:
        while end not in self.kept:
            self.more()
        at = self.kept.index(end) + len(end)
        found, self.kept = self.kept[:at], self.kept[at:]
        return found

    def exactly(self, size: int) -> bytes:
        while len(self.kept) < size:
            self.more()
        found, self.kept = self.kept[:size], self.kept[size:]
        return found

    def more(self) -> None:
        got = self.link.recv(65536)
        assert got, f"the connection was closed after {self.kept!r}"
        self.kept += got
