"""A virtual MFA device as its owner holds it: an authenticator app that knows the seed (RFC 6238)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

from .account import Account, fresh
from .clock import Clock

STEP_S = 30


class Device:
    """Made unassigned. Its codes follow the server's clock, or one that is some seconds ahead."""

    def __init__(self, account: Account, clock: Clock | None = None, name: str = "", by=None, **more) -> None:
        self.account, self.clock, self.ahead_s = account, clock, 0
        made = (by or account.iam).create_virtual_mfa_device(VirtualMFADeviceName=name or fresh("mfa"), **more)
        self.answer = made["VirtualMFADevice"]
        self.serial = self.answer["SerialNumber"]
        self.text = self.answer["Base32StringSeed"].decode()
        self.seed = base64.b32decode(self.text)
        self.said: list[str] = []

    def code(self, steps: int = 0) -> str:
        """The code that it shows so many steps from now."""
        now = self.clock.now().timestamp() if self.clock else time.time()
        counter = int(now + self.ahead_s) // STEP_S + steps
        digest = hmac.new(self.seed, struct.pack(">Q", counter), hashlib.sha1).digest()
        offset = digest[-1] & 0x0F
        code = f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
        self.said.append(code)
        return code

    def wrong(self) -> str:
        """A code that it does not show for a while to either side."""
        shown = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in map("{:06}".format, range(20)) if code not in shown)

    def next(self) -> str:
        """A code that was not used: time passes."""
        self.clock.forward(2 * STEP_S)
        return self.code()

    def two(self, first: int = -1) -> dict[str, str]:
        return {"AuthenticationCode1": self.code(first), "AuthenticationCode2": self.code(first + 1)}

    def enable(self, user: str, by=None) -> "Device":
        (by or self.account.iam).enable_mfa_device(UserName=user, SerialNumber=self.serial, **self.two())
        return self

    def proof(self, code: str | None = None) -> dict[str, str]:
        """What GetSessionToken and AssumeRole take."""
        return {"SerialNumber": self.serial, "TokenCode": code or self.next()}


class App(Device):
    """An authenticator app into which somebody typed a key that a page showed."""

    def __init__(self, key: str) -> None:
        self.seed = base64.b32decode("".join(key.split()))
        self.clock, self.ahead_s, self.said = None, 0, []
