"""A server that speaks TLS, and who trusts it: clients take the authority's file as people do, from their environment."""

from __future__ import annotations

import http.client
import socket
import ssl
from pathlib import Path

from .awscli import Cli
from .clients import ClientMaker, Creds
from .command import Command
from .server import Server


class SecureServer(Server):
    """`serve --tls-dev`, or with files of its own where flags say so; `ca` is what clients are to trust."""

    def __init__(self, data: Path, flags: tuple[str, ...] = ("--tls-dev",), ca: Path | None = None, **more) -> None:
        self.ca = ca or data / "tls" / "ca.pem"
        super().__init__(data=data, flags=flags, **more)
        self.maker = ClientMaker(self.url, str(self.ca))

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def healthy(self) -> bool:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=2, context=context)
        try:
            connection.request("GET", "/_portcullis/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def shown(self, port: int | None = None) -> dict:
        """What a handshake shows: the certificate (DER), the version and the protocol."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.set_alpn_protocols(["h2", "http/1.1"])
        address = ("127.0.0.1", port or self.port)
        with socket.create_connection(address, timeout=5) as plain, context.wrap_socket(
            plain, server_hostname="127.0.0.1"
        ) as wrapped:
            return {
                "certificate": wrapped.getpeercert(binary_form=True),
                "version": wrapped.version(),
                "protocol": wrapped.selected_alpn_protocol(),
            }


class SecureCli(Cli):
    """The AWS CLI with `AWS_CA_BUNDLE`."""

    server: SecureServer

    def environment(self) -> dict[str, str]:
        return super().environment() | {"AWS_CA_BUNDLE": str(self.server.ca)}


class SecureCommand(Command):
    """The binary's own commands with `AWS_CA_BUNDLE`."""

    server: SecureServer

    def environment(self, creds: Creds | None) -> dict[str, str]:
        return super().environment(creds) | {"AWS_CA_BUNDLE": str(self.server.ca)}
