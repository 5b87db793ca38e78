"""Just enough of HTTP/2 (RFC 9113) to send signed requests as streams of one connection and to read their bodies.

    with Http2(server) as link:
        first, second = link.send(request), link.send(request)
        link.body(second)

Headers of answers are not decoded: their compression has state, and the bodies tell what is asked here.
"""

from __future__ import annotations

import socket
import struct

from .raw import LIMIT_S, Request
from .server import Server

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
# What belongs to the connection in HTTP/1.1 and to a pseudo-header here.
DROPPED = ("host", "connection")


class StreamBroken(Exception):
    """The server reset the stream or went away."""


class Http2:
    def __init__(self, server: Server, window: int = 65_535) -> None:
        self.server = server
        self.window = window
        self.next = 1
        self.bodies: dict[int, bytes] = {}
        self.ended: dict[int, bool] = {}

    def __enter__(self) -> "Http2":
        self.link = socket.create_connection(("127.0.0.1", self.server.port), LIMIT_S)
        # SETTINGS_INITIAL_WINDOW_SIZE: how much of a body comes before this side has said that it read some.
        self.link.sendall(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, self.window)))
        return self

    def __exit__(self, *_) -> None:
        self.link.close()

    def send(self, request: Request) -> int:
        """Sends a request without a body; gives its stream."""
        stream, self.next = self.next, self.next + 2
        path = [(":method", request.method), (":scheme", "http"), (":path", request.target)]
        fields = [*path, (":authority", f"127.0.0.1:{self.server.port}")]
        fields += [(name.lower(), value) for name, value in request.headers if name.lower() not in DROPPED]
        block = b"".join(b"\0" + text(name) + text(value) for name, value in fields)
        self.bodies[stream], self.ended[stream] = b"", False
        self.link.sendall(frame(HEADERS, END_STREAM | END_HEADERS, stream, block))
        return stream

    def body(self, stream: int) -> bytes:
        """The whole body of an answer."""
        while not self.ended[stream]:
            self.read()
        return self.bodies[stream]

    def consumed(self, stream: int, size: int) -> None:
        """Lets the server send that much more."""
        update = struct.pack(">I", size)
        self.link.sendall(frame(WINDOW_UPDATE, 0, stream, update) + frame(WINDOW_UPDATE, 0, 0, update))

    def read(self) -> None:
        """Takes one frame."""
        head = self.exactly(9)
        size, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        stream, payload = int.from_bytes(head[5:], "big"), self.exactly(size)
        if kind == DATA:
            self.bodies[stream] += payload
        elif kind == SETTINGS and not flags & ACK:
            self.link.sendall(frame(SETTINGS, ACK, 0, b""))
        elif kind == PING and not flags & ACK:
            self.link.sendall(frame(PING, ACK, 0, payload))
        elif kind in (RST_STREAM, GOAWAY):
            raise StreamBroken(f"stream {stream}: {payload.hex()}")
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            self.ended[stream] = True

    def exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            more = self.link.recv(size - len(got))
            if not more:
                raise StreamBroken("the connection was closed")
            got += more
        return got


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def text(value: str) -> bytes:
    """A string without Huffman coding (RFC 7541 section 5.2)."""
    raw = value.encode()
    if len(raw) < 127:
        return bytes([len(raw)]) + raw
    rest, size = len(raw) - 127, bytearray([127])
    while rest >= 128:
        size.append(rest % 128 | 128)
        rest //= 128
    return bytes([*size, rest]) + raw
