"""People at their browsers: Debian's Chromium, driven by Playwright, each person with a profile of their own."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from .server import Server, ServerFailed

PATIENCE_MS = 15_000
PORTAL = "/_portcullis/portal/"


@contextmanager
def chromium():
    program = shutil.which("chromium")
    if program is None:
        raise ServerFailed("no chromium in the path: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Person:
    """Somebody with a browser of their own, who reads what is on the page and clicks."""

    def __init__(self, browser: Browser, server: Server, **settings) -> None:
        self.server = server
        self.context: BrowserContext = browser.new_context(ignore_https_errors=True, **settings)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.answer: Response | None = None

    def close(self) -> None:
        self.context.close()

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    # -- pages ---------------------------------------------------------------------

    def go(self, path: str = "") -> "Person":
        """To a page of the portal, or a whole URL."""
        url = path if "://" in path else self.server.url + (path if path.startswith("/") else PORTAL + path)
        self.answer = self.page.goto(url)
        return self

    def press(self, name: str) -> "Person":
        """Presses a button, and waits for the page that it leads to."""
        with self.page.expect_navigation() as coming:
            self.page.get_by_role("button", name=name, exact=True).click()
        self.answer = coming.value
        return self

    def fill(self, **fields: str) -> "Person":
        for name, value in fields.items():
            self.page.fill(f"input[name={name}]", value)
        return self

    @property
    def status(self) -> int:
        assert self.answer is not None
        return self.answer.status

    @property
    def heading(self) -> str:
        return self.page.inner_text("h1")

    @property
    def text(self) -> str:
        return self.page.inner_text("main")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.server.url)

    @property
    def refusal(self) -> str:
        return self.page.inner_text(".refusal")

    def shown(self, selector: str) -> str:
        return self.page.inner_text(selector)

    def cookies(self) -> dict[str, dict]:
        return {cookie["name"]: cookie for cookie in self.context.cookies()}

    # -- what people do ------------------------------------------------------------

    def sign_in(self, name: str, password: str, code: str = "") -> "Person":
        """From the sign-in page, wherever it was met."""
        if "/sign-in" not in self.path:
            self.go("sign-in")
        self.fill(name=name)
        if not self.page.query_selector("input[name=password]"):
            self.press("Next")
        self.fill(password=password, code=code).press("Sign in")
        return self
