"""boto3 clients that say exactly what the server answered: no retries, SigV4, path style."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import boto3
from botocore.config import Config

from . import seen
from .clock import Clock
from .services import CALLED


@dataclass(frozen=True)
class Creds:
    """Credentials, with what the issuing call said about them."""

    access_key: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    arn: str = ""
    user_id: str = ""
    expiration: datetime | None = None

    @staticmethod
    def issued(answer: dict, arn: str = "", user_id: str = "") -> "Creds":
        given = answer["Credentials"]
        return Creds(
            given["AccessKeyId"],
            given["SecretAccessKey"],
            given["SessionToken"],
            arn,
            user_id,
            given["Expiration"],
        )


# How a server that takes signatures for too old or too new says so.
SKEWED = ("Signature not yet current", "Signature expired", "The difference between the request time and the current")


def once_more(response, attempts: int, **_) -> int | None:
    """Under libfaketime two threads of the server that ask for the time at once may get the real one. While a test moves
    the clock, a request that is refused for its time alone is signed and sent again; what is really too old stays so."""
    message = response[1].get("Error", {}).get("Message", "") if response else ""
    is_again = Clock.running and attempts < 3 and message.startswith(SKEWED)
    return 0 if is_again else None


class ClientMaker:
    """Makes clients for one endpoint and keeps them: loading a service model is slow."""

    session = boto3.Session(aws_access_key_id="unused", aws_secret_access_key="unused")
    session.events.register("after-call", seen.record)
    session.events.register("needs-retry", once_more)

    def __init__(self, url: str, ca: str | None = None) -> None:
        """`ca` is the file of the authority that is trusted, where the URL is https."""
        self.url = url
        self.ca = ca
        self.made: dict[tuple, object] = {}

    def client(self, service: str, creds: Creds, region: str = "us-east-1", **config):
        key = (service, creds, region, repr(sorted(config.items())))
        if key not in self.made:
            self.made[key] = self.session.client(
                CALLED.get(service, service),
                region_name=region,
                endpoint_url=self.url,
                verify=self.ca,
                aws_access_key_id=creds.access_key,
                aws_secret_access_key=creds.secret,
                aws_session_token=creds.token,
                config=configuration(service, **config),
            )
        return self.made[key]


def configuration(service: str, **changes) -> Config:
    settings: dict = {
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "connect_timeout": 5,
        "read_timeout": 30,
    }
    if service == "s3":
        settings |= {"signature_version": "s3v4", "s3": {"addressing_style": "path"}}
    return Config(**(settings | changes))
