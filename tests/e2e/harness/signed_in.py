"""Somebody who has signed in to the portal and let a program in: an access token, and roles' credentials by it."""

from __future__ import annotations

from datetime import datetime, timezone

from .clients import Creds
from .people import Center, Somebody
from .portal import Visitor
from .server import ACCOUNT

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class SignedIn:
    def __init__(self, center: Center, who: Somebody) -> None:
        server = center.server
        self.center, self.who = center, who
        self.oidc, self.portal = server.client("sso-oauth"), server.client("awsssoportal")
        made = self.oidc.register_client(clientName="a program", clientType="public", scopes=["sso:account:access"])
        self.client = {"clientId": made["clientId"], "clientSecret": made["clientSecret"]}
        started = self.oidc.start_device_authorization(**self.client, startUrl=center.start_url)
        page = f"device?user_code={started['userCode']}"
        visitor = Visitor(server).sign_in(who.name, who.password).get(page)
        visitor.post("device", user_code=started["userCode"], answer="allow")
        got = self.oidc.create_token(**self.client, grantType=DEVICE, deviceCode=started["deviceCode"])
        self.token, self.refresh_token = got["accessToken"], got["refreshToken"]

    def creds(self, role: str, account: str = ACCOUNT) -> Creds:
        """Credentials of a permission set's role, as a profile gets them."""
        call = self.portal.get_role_credentials
        given = call(accessToken=self.token, accountId=account, roleName=role)["roleCredentials"]
        until = datetime.fromtimestamp(given["expiration"] / 1000, timezone.utc)
        return Creds(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"], expiration=until)

    def refresh(self) -> str:
        asked = {"grantType": "refresh_token", "refreshToken": self.refresh_token}
        return self.oidc.create_token(**self.client, **asked)["accessToken"]

    def accounts(self) -> list[str]:
        return [held["accountId"] for held in self.portal.list_accounts(accessToken=self.token)["accountList"]]


def signed_out(call) -> bool:
    """Whether the portal answers that it does not know the token's session."""
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as refusal:
        answer = refusal.response
        found = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
        assert found in (("UnauthorizedException", 401), ("InvalidGrantException", 400)), refusal
        return True
    return False
