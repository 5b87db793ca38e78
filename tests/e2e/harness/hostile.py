"""What explodes in a careless reader of XML, and somebody who would notice if it were fetched."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from .server import Server


class Listener:
    """Takes connections on loopback, or on every address, and tells whether there were any."""

    def __init__(self, is_everywhere: bool = False) -> None:
        self.is_everywhere = is_everywhere

    def __enter__(self) -> "Listener":
        self.socket = everywhere() if self.is_everywhere else socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/secret"
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def nobody_came(self) -> bool:
        try:
            link, _ = self.socket.accept()
        except BlockingIOError:
            return True
        link.close()
        return False


def everywhere() -> socket.socket:
    if socket.has_dualstack_ipv6():
        return socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("0.0.0.0", 0))


def bombs(url: str, root: str) -> dict[str, str]:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 11))
    return {
        "levels": f'<!DOCTYPE x [<!ENTITY e0 "boom">{levels}]><{root}>&e10;</{root}>',
        "large": f'<!DOCTYPE x [<!ENTITY e "{"x" * 30_000}">]><{root}>{"&e;" * 10_000}</{root}>',
        "file": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><{root}>&e;</{root}>',
        "http": f'<!DOCTYPE x [<!ENTITY e SYSTEM "{url}">]><{root}>&e;</{root}>',
        "dtd": f'<!DOCTYPE x SYSTEM "{url}"><{root}/>',
        "parameter": f'<!DOCTYPE x [<!ENTITY % e SYSTEM "{url}"> %e;]><{root}/>',
        "deep": f"<{root}>" + "<x>" * 20_000,
    }


def resident_kib(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))
