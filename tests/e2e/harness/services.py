"""Services that a signature calls otherwise than boto3 does."""

from __future__ import annotations

CALLED = {"sso": "sso-admin", "awsssoportal": "sso", "sso-oauth": "sso-oidc"}
SIGNED = {called: signed for signed, called in CALLED.items()}
