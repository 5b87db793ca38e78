"""The portal's pages without a browser: cookies and tokens by hand, and requests that no browser would send."""

from __future__ import annotations

import http.client
import ssl
import urllib.parse

from .browser import PORTAL
from .server import Server

FORM = "application/x-www-form-urlencoded"


def send(server: Server, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
    """A request of no browser, which can say anything."""
    if server.url.startswith("https"):
        trust = ssl.create_default_context(cafile=str(server.ca))
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=30, context=trust)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body or None, headers=names)
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


class Visitor:
    """A browser that shows what it sends: cookies and tokens by hand."""

    def __init__(self, server: Server) -> None:
        self.server, self.jar = server, {}
        self.text, self.status, self.location = "", 0, None

    def keep(self, answer) -> "Visitor":
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.jar[name] = value
            if "Max-Age=0" in line:
                del self.jar[name]
        self.status, self.text, self.location = answer.status, answer.text, answer.getheader("Location")
        return self

    def headers(self, **more: str) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return {"Cookie": cookie, "Origin": self.server.url, "Content_Type": FORM} | more

    def get(self, path: str, **more: str) -> "Visitor":
        where = path if path.startswith("/") else PORTAL + path
        return self.keep(send(self.server, "GET", where, **self.headers(**more)))

    def token(self) -> str:
        return self.text.split('name="token" value="')[1].split('"')[0]

    def post(self, path: str, **fields: str) -> "Visitor":
        body = urllib.parse.urlencode({"token": self.token(), **fields})
        text = self.text
        self.keep(send(self.server, "POST", PORTAL + path, body, **self.headers()))
        self.text = self.text or text
        return self

    def sign_in(self, name: str, password: str, code: str = "") -> "Visitor":
        return self.get("sign-in").post("sign-in", name=name, password=password, code=code)
