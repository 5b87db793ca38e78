"""An organization with people in it: two accounts besides its management's, and two permission sets for everybody."""

from __future__ import annotations

import time

from . import documents as doc
from .account import Account
from .expect import allowed, denied
from .organization import SCP, Organization
from .people import Center
from .sessions import Sessions
from .signed_in import SignedIn

KEY = "identitystore:userId"
BY_SCP = "with an explicit deny in a service control policy"


class House:
    def __init__(self, account: Account) -> None:
        self.account, self.server = account, account.server
        self.org = Organization(account)
        if not any(kind["Type"] == SCP for kind in self.org.api.list_roots()["Roots"][0]["PolicyTypes"]):
            self.org.api.enable_policy_type(RootId=self.org.root, PolicyType=SCP)
        self.accounts = [self.org.make_account().id, self.org.make_account().id]
        self.center = Center(self.server)
        self.sets = [self.center.make_set(), self.center.make_set()]

    def make_person(self, *accounts: str, sets=None):
        person = self.center.make_person()
        for place in accounts or self.accounts:
            for _, arn in sets or self.sets:
                self.center.assign(person, arn, place)
        return person

    def reads(self, creds):
        return self.server.client("iam", creds).list_users

    def who(self, creds) -> dict:
        return self.server.client("sts", creds).get_caller_identity()

    def everywhere(self, person: SignedIn) -> list:
        """A session in each account with each permission set."""
        return [person.creds(name, place) for place in self.accounts for name, _ in self.sets]

    def provision(self, arn: str) -> None:
        done = self.center.sso.provision_permission_set(
            InstanceArn=self.center.instance, PermissionSetArn=arn, TargetType="ALL_PROVISIONED_ACCOUNTS"
        )
        assert done["PermissionSetProvisioningStatus"]["Status"] in ("SUCCEEDED", "IN_PROGRESS")


def deny(*ids: str) -> dict:
    return doc.deny("*", StringEquals={KEY: list(ids)})


def works(house: House, *sessions) -> None:
    for creds in sessions:
        allowed(house.reads(creds))


def cut(house: House, *sessions, by: str = "") -> None:
    for creds in sessions:
        denied(house.reads(creds), by)


def states(told: dict) -> list[tuple[str, str]]:
    """What became of each step of the runbook."""
    return [(step["Step"], step["State"]) for step in told["Steps"]]


def retired(own: Sessions, receipt: str) -> None:
    """Waits until a revocation has retired: that is looked for when the server starts, and every minute."""
    state = lambda: own.ok("DescribeReceipt", {"ReceiptId": receipt})["State"]  # noqa: E731
    patience = time.monotonic() + 20
    while state() != "retired" and time.monotonic() < patience:
        time.sleep(0.1)
    assert state() == "retired"
