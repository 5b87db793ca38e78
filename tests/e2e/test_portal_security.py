"""The access portal against other sites, guessers and phishers: ADM-3, ADM-4 and ADM-5, and what its answers wear."""

from __future__ import annotations

import http.client
import socketserver
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler

import pytest

from harness.browser import PORTAL, Person, chromium

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def person(browser, server):
    with Person(browser, server) as person:
        yield person


def send(server, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
    """A request of no browser, which can say anything."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body or None, headers=names)
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


class Evil:
    """Another site, on another port: to browsers it is another origin, though the same site."""

    def __init__(self, page: str) -> None:
        text = page.encode()

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer)
        self.port = self.server.server_address[1]

    def url(self, host: str) -> str:
        return f"http://{host}:{self.port}/"

    def __enter__(self) -> "Evil":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["same-site", "cross-site"])
def test_adm_4_other_sites_can_neither_read_nor_send_nor_frame(browser, server, host):
    sign_in = f"{server.url}{PORTAL}sign-in"
    page = f"""<iframe src="{sign_in}"></iframe>
        <form method="post" action="{sign_in}"><input name="token" value="x"><input name="name" value="anna">
        <button>Send</button></form>"""
    with Evil(page) as evil, Person(browser, server) as person:
        person.go("sign-in")
        complaints: list[str] = []
        person.page.on("console", lambda message: complaints.append(message.text))
        person.go(evil.url(host))
        read = """async (url) => { try { return await (await fetch(url, {credentials: 'include'})).text() }
                  catch (error) { return String(error) } }"""
        assert "Failed to fetch" in person.page.evaluate(read, sign_in)
        socket = """(url) => new Promise((done) => { const one = new WebSocket(url);
                    one.onopen = () => done('open'); one.onerror = () => done('refused') })"""
        assert person.page.evaluate(socket, sign_in.replace("http", "ws", 1)) == "refused"
        person.page.wait_for_timeout(200)
        frames = [frame for frame in person.page.frames if frame.parent_frame]
        assert all("Sign in" not in frame.content() for frame in frames)
        assert any("frame" in complaint.lower() for complaint in complaints), complaints
        person.press("Send")
        assert (person.status, person.heading) == (403, "Not from here")


def test_adm_4_a_sandboxed_page_with_no_origin_cannot_send(browser, server):
    form = f"<form method=post action='{server.url}{PORTAL}sign-in'><input name=name value=anna></form>"
    page = f"""<iframe name=inner sandbox="allow-forms allow-scripts allow-top-navigation"
        srcdoc="{form.replace('"', '&quot;')}<script>document.forms[0].target='_top';document.forms[0].submit()</script>">
        </iframe>"""
    with Evil(page) as evil, Person(browser, server) as person:
        with person.page.expect_response(f"**{PORTAL}sign-in") as coming:
            person.page.goto(evil.url("127.0.0.1"))
        assert coming.value.request.headers["origin"] == "null"
        assert coming.value.status == 403


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example", "Sec_Fetch_Site": "same-origin"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({}, 403),
    ],
)
def test_adm_4_a_form_is_not_taken_on_its_word(server, headers, status):
    first = send(server, "GET", f"{PORTAL}sign-in")
    cookie = first.getheader("Set-Cookie").split(";")[0]
    token = first.text.split('name="token" value="')[1].split('"')[0]
    body = urllib.parse.urlencode({"token": token, "name": "anna"})
    right = send(server, "POST", f"{PORTAL}sign-in", body, Origin=server.url, Cookie=cookie, Content_Type=FORM["Content-Type"])
    assert right.status == 200
    answer = send(server, "POST", f"{PORTAL}sign-in", body, Cookie=cookie, Content_Type=FORM["Content-Type"], **headers)
    assert answer.status == status and "anna" not in answer.text


@pytest.mark.parametrize("path", ["", "sign-in", "style.css", "nothing", "sessions", "device?user_code=ABCD-EFGH"])
def test_every_answer_wears_its_headers(server, path):
    for method in ("GET", "HEAD", "POST", "OPTIONS", "PUT"):
        answer = send(server, method, PORTAL + path, Origin="http://evil.example")
        assert answer.getheader("Content-Security-Policy") == POLICY
        assert answer.getheader("X-Frame-Options") == "DENY"
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("Cache-Control") == "no-store"
        assert answer.getheader("Referrer-Policy") == "same-origin"
        assert not [name for name, _ in answer.getheaders() if name.lower().startswith("access-control-")]


def test_a_page_needs_no_script_and_tells_no_other_site(person):
    person.go("sign-in")
    assert person.heading == "Sign in"
    assert "<script" not in person.page.content()
    style = person.page.evaluate("getComputedStyle(document.body).maxWidth")
    assert style not in ("", "none"), "the style sheet is let in"
