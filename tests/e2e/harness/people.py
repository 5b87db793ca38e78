"""Identity Center as its administrator runs it: people, their passwords, what they may do where."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import documents as doc
from .account import fresh
from .portal import Visitor
from .server import ACCOUNT, Server
from .sessions import Sessions

READS = doc.policy(doc.allow(["iam:List*", "iam:Get*", "s3:ListAllMyBuckets"]))
OWN_PASSWORD = "Correct-Horse-42-staple"


@dataclass
class Somebody:
    """A user of the identity store."""

    id: str
    name: str
    password: str = field(default="", repr=False)
    role: str = ""


class Center:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.own = Sessions(server)
        self.sso = server.client("sso-admin")
        self.store_api = server.client("identitystore")
        held = self.sso.list_instances()["Instances"][0]
        self.instance, self.store = held["InstanceArn"], held["IdentityStoreId"]
        self.start_url = f"{server.url}/_portcullis/portal/"

    def make_user(self, name: str = "") -> Somebody:
        """Somebody who cannot sign in yet."""
        name = name or fresh("person")
        made = self.store_api.create_user(
            IdentityStoreId=self.store,
            UserName=name,
            DisplayName=name,
            Name={"GivenName": "A", "FamilyName": "Person"},
        )
        return Somebody(made["UserId"], name)

    def one_time_password(self, user: Somebody) -> str:
        user.password = self.own.ok("SetPersonPassword", {"User": user.id})["Password"]
        return user.password

    def make_person(self, name: str = "", password: str = OWN_PASSWORD) -> Somebody:
        """Somebody who has chosen a password of their own."""
        user = self.make_user(name)
        visitor = Visitor(self.server).sign_in(user.name, self.one_time_password(user)).get("password")
        visitor.post("password", old=user.password, new=password, again=password)
        assert visitor.status == 303, visitor.text
        user.password = password
        return user

    def make_set(self, name: str = "", policy: str = READS) -> tuple[str, str]:
        """A permission set: its name and ARN."""
        name = name or fresh("Set")
        made = self.sso.create_permission_set(InstanceArn=self.instance, Name=name, SessionDuration="PT1H")
        arn = made["PermissionSet"]["PermissionSetArn"]
        self.sso.put_inline_policy_to_permission_set(
            InstanceArn=self.instance, PermissionSetArn=arn, InlinePolicy=policy
        )
        return name, arn

    def assign(self, user: Somebody, arn: str, account: str = ACCOUNT) -> None:
        self.sso.create_account_assignment(
            InstanceArn=self.instance,
            TargetId=account,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=arn,
            PrincipalType="USER",
            PrincipalId=user.id,
        )

    def make_person_with_role(self) -> Somebody:
        """Somebody who has a permission set in the instance's account; its name is their role."""
        person = self.make_person()
        person.role, arn = self.make_set()
        self.assign(person, arn)
        return person

    def end_sessions(self, user: Somebody) -> None:
        self.own.ok("EndPortalSessions", {"User": user.id})

    def disable(self, user: Somebody) -> None:
        self.own.ok("DisablePerson", {"User": user.id})
