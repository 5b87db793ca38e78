"""Requests made by hand, sent as bytes over a socket, answered by the real server.

    raw = Raw(server)
    raw.signed("GET", "/bucket/key", creds).status
    raw.send("GET", "/bucket/key", headers=[("Authorization", "Bearer x")])
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlencode

from .clients import Creds
from .server import Server
from .sigv4 import EMPTY_SHA, Scope, canonical, encode, sha_hex, string_to_sign

LIMIT_S = 10
MOST = 64 * 1024 * 1024
FORM = "application/x-www-form-urlencoded; charset=utf-8"
PREFIXES = {"portcullis": "Portcullis_20261122", "organizations": "AWSOrganizationsV20161128"}
VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[0] if found else None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def code(self) -> str:
        """The error code of the body, in whichever protocol it is."""
        found = re.search(r"<Code>([^<]*)</Code>", self.text)
        if found:
            return found.group(1)
        try:
            return json.loads(self.text).get("__type", "").rpartition("#")[2]
        except (json.JSONDecodeError, AttributeError):
            return ""

    @property
    def request_id(self) -> str:
        return self.header("x-amzn-RequestId") or self.header("x-amz-request-id") or ""


@dataclass
class Request:
    """One request with its signature made but not yet sent; fields may be changed in between."""

    method: str
    target: str
    headers: Headers
    body: bytes

    def with_header(self, name: str, value: str) -> "Request":
        return Request(self.method, self.target, [*self.headers, (name, value)], self.body)

    def without_header(self, name: str) -> "Request":
        kept = [(n, v) for n, v in self.headers if n.lower() != name.lower()]
        return Request(self.method, self.target, kept, self.body)

    def replaced(self, name: str, value: str) -> "Request":
        return self.without_header(name).with_header(name, value)

    @property
    def authorization(self) -> str:
        return next(value for name, value in self.headers if name == "Authorization")


class Raw:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.host = f"127.0.0.1:{server.port}"

    # -- making --------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        creds: Creds | None,
        service: str = "s3",
        query: str = "",
        headers: Headers = (),
        body: bytes = b"",
        scope: Scope | None = None,
        payload: str | None = None,
        signed: list[str] | None = None,
        extra_signed: tuple[str, ...] = (),
    ) -> Request:
        """A header-signed request. `signed` replaces the list of signed headers as it stands."""
        scope = scope or Scope(creds, service)
        payload = payload or (sha_hex(body) if body else EMPTY_SHA)
        sent: Headers = [("Host", self.host), ("X-Amz-Date", scope.stamp), *headers]
        if service == "s3":
            sent.append(("X-Amz-Content-Sha256", payload))
        if scope.creds.token:
            sent.append(("X-Amz-Security-Token", scope.creds.token))
        names = {n.lower() for n, _ in sent if n.lower() == "host" or n.lower().startswith("x-amz-")}
        listed = signed if signed is not None else sorted(names | set(extra_signed))
        text = string_to_sign(scope, canonical(method, path, query, sent, listed, payload))
        authorization = (
            f"{scope.algorithm} Credential={scope.creds.access_key}/{scope.text}, "
            f"SignedHeaders={';'.join(listed)}, Signature={scope.sign(text)}"
        )
        target = f"{path}?{query}" if query else path
        return Request(method, target, [*sent, ("Authorization", authorization)], body)

    def query_call(self, service: str, action: str, creds: Creds, scope: Scope | None = None, **fields) -> Request:
        """A call of IAM or STS."""
        body = urlencode({"Action": action, "Version": VERSIONS[service], **fields}).encode()
        typed = [("Content-Type", FORM)]
        return self.request("POST", "/", creds, service, headers=typed, body=body, scope=scope)

    def json_call(self, service: str, action: str, creds: Creds, text: str, prefix: str = "") -> Request:
        """A call of a service that speaks JSON; the product's own unless a target's prefix is given."""
        target = f"{prefix or PREFIXES[service]}.{action}"
        typed = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", target)]
        return self.request("POST", "/", creds, service, headers=typed, body=text.encode())

    def presigned(
        self,
        method: str,
        path: str,
        creds: Creds,
        expires: str = "300",
        query: str = "",
        scope: Scope | None = None,
        signed_headers: Headers = (),
        body: bytes = b"",
    ) -> Request:
        scope = scope or Scope(creds, "s3")
        names = sorted(["host", *(n.lower() for n, _ in signed_headers)])
        fields = {
            "X-Amz-Algorithm": scope.algorithm,
            "X-Amz-Credential": f"{scope.creds.access_key}/{scope.text}",
            "X-Amz-Date": scope.stamp,
            "X-Amz-Expires": expires,
            "X-Amz-SignedHeaders": ";".join(names),
        }
        if scope.creds.token:
            fields["X-Amz-Security-Token"] = scope.creds.token
        parts = [query] if query else []
        full = "&".join(parts + [f"{encode(k)}={encode(v)}" for k, v in fields.items()])
        sent: Headers = [("Host", self.host), *signed_headers]
        text = string_to_sign(scope, canonical(method, path, full, sent, names, "UNSIGNED-PAYLOAD"))
        return Request(method, f"{path}?{full}&X-Amz-Signature={scope.sign(text)}", sent, body)

    # -- sending -------------------------------------------------------------------

    def signed(self, method: str, path: str, creds: Creds, **more) -> Answer:
        return self.send(self.request(method, path, creds, **more))

    def send(self, request: Request) -> Answer:
        return self.exchange(self.wire(request))

    def wire(self, request: Request) -> bytes:
        headers = list(request.headers)
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names and (request.body or request.method in ("POST", "PUT")):
            headers.append(("Content-Length", str(len(request.body))))
        headers.append(("Connection", "close"))
        head = f"{request.method} {request.target} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers)
        return head.encode("utf-8", "surrogateescape") + b"\r\n" + request.body

    def link(self) -> socket.socket:
        """A connection, with TLS where the server speaks it."""
        plain = socket.create_connection(("127.0.0.1", self.server.port), LIMIT_S)
        if not self.server.url.startswith("https"):
            return plain
        return ssl.create_default_context(cafile=str(self.server.ca)).wrap_socket(plain, server_hostname="127.0.0.1")

    def exchange(self, data: bytes) -> Answer:
        """Sends bytes and reads the answer to the end; a reset while sending is not an answer."""
        with self.link() as link:
            try:
                link.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all was sent; the answer may be waiting
            return parse(read_all(link))


def read_all(link: socket.socket) -> bytes:
    got = b""
    while len(got) < MOST:
        try:
            more = link.recv(65536)
        except ConnectionResetError:
            break
        if not more:
            break
        got += more
    return got


def parse(data: bytes) -> Answer:
    """Status 0 stands for a connection that was closed without an answer."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not data or not lines[0].startswith("HTTP/1."):
        return Answer(0, [], data)
    if lines[0].split(" ")[1] == "100":
        return parse(body)
    headers = [(n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines[1:])]
    answer = Answer(int(lines[0].split(" ")[1]), headers, body)
    if (answer.header("transfer-encoding") or "").lower() == "chunked":
        return Answer(answer.status, headers, unchunk(body))
    return answer


def unchunk(body: bytes) -> bytes:
    out = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if length == 0:
            break
        out, body = out + rest[:length], rest[length + 2 :]
    return out
