"""A program that signs in through the portal: it registers as it likes, and is let in by somebody at a browser."""

from __future__ import annotations

from .people import Center, Somebody
from .portal import Visitor
from .signed_in import DEVICE

ACCESS = "sso:account:access"


class Program:
    def __init__(self, center: Center, **registered) -> None:
        self.center = center
        self.oidc, self.portal = center.server.client("sso-oauth"), center.server.client("awsssoportal")
        made = self.oidc.register_client(clientName="a program", clientType="public", **registered)
        self.client = {"clientId": made["clientId"], "clientSecret": made["clientSecret"]}

    def start(self) -> dict:
        return self.oidc.start_device_authorization(**self.client, startUrl=self.center.start_url)

    def let_in(self, who: Somebody) -> str:
        """Gives the code that is good for tokens now."""
        started = self.start()
        code = started["userCode"]
        visitor = Visitor(self.center.server).sign_in(who.name, who.password).get(f"device?user_code={code}")
        visitor.post("device", user_code=code, answer="allow")
        assert visitor.status == 200, visitor.text
        return started["deviceCode"]

    def redeem(self, code: str, **more) -> dict:
        return self.oidc.create_token(**self.client, grantType=DEVICE, deviceCode=code, **more)

    def refresh(self, token: str, **more) -> dict:
        return self.oidc.create_token(**self.client, grantType="refresh_token", refreshToken=token, **more)
