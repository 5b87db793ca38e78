"""What there is while an action is tried: entities that are made when an example first names them."""

from __future__ import annotations

import base64
import hashlib
import struct
from functools import cached_property

from botocore.exceptions import ClientError

from harness.account import ROOT_ARN, Account, fresh
from harness import documents as doc
from harness.mfa import Device
from harness.organization import Organization
from harness.saml import Idp, encoded

from .center import Center
from .values import DELEGATION, METADATA, POLICY, SERVICE

CROWD = 3


class Scene:
    """One of each kind of entity; a scene of its own for each action that may change or delete them."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.iam = account.iam

    def fresh(self, stem: str) -> str:
        return fresh(stem)

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:iam::{self.account.server.account}:{kind}/{name}"

    def maybe(self, call, *path: str) -> str:
        """What a call makes, or a text that names nothing where the action is not served."""
        try:
            answer = call()
        except (ClientError, AttributeError):
            return "example"
        for step in path:
            answer = answer[step]
        return answer

    # -- entities ------------------------------------------------------------------

    @cached_property
    def user(self) -> str:
        return self.iam.create_user(UserName=fresh("user"))["User"]["UserName"]

    @cached_property
    def group(self) -> str:
        return self.iam.create_group(GroupName=fresh("group"))["Group"]["GroupName"]

    @cached_property
    def role(self) -> str:
        made = self.iam.create_role(RoleName=fresh("role"), AssumeRolePolicyDocument=doc.trust(ROOT_ARN))
        return made["Role"]["RoleName"]

    @cached_property
    def policy(self) -> str:
        return self.account.make_managed(POLICY)

    @cached_property
    def loose_policy(self) -> str:
        return self.account.make_managed(POLICY, "loose")

    @cached_property
    def key(self) -> str:
        return self.iam.create_access_key(UserName=self.user)["AccessKey"]["AccessKeyId"]

    @cached_property
    def instance_profile(self) -> str:
        name = fresh("profile")
        self.maybe(lambda: self.iam.create_instance_profile(InstanceProfileName=name))
        return name

    @cached_property
    def mfa_device(self) -> str:
        return self.device.serial

    @cached_property
    def device(self) -> Device:
        return Device(self.account)

    @cached_property
    def oidc_provider(self) -> str:
        url = f"https://{fresh('idp')}.example.com"
        make = lambda: self.iam.create_open_id_connect_provider(Url=url, ThumbprintList=["a" * 40])  # noqa: E731
        made = self.maybe(make, "OpenIDConnectProviderArn")
        return self.arn("oidc-provider", "example") if made == "example" else made

    @cached_property
    def web_identity(self) -> tuple[str, str]:
        """The ARN of a role and a token that opens it; what opens nothing, where the server knows no issuer."""
        issuers = self.account.server.issuers
        if issuers is None:
            return self.arn("role", self.role), "no.good.token"
        site = next(iter(issuers.sites.values()), None) or issuers.site()
        if not site.arn:
            site.provider(self.account)
        return self.account.make_role("web", trust=site.trust()).arn, site.token()

    @cached_property
    def saml_provider(self) -> str:
        name = fresh("saml")
        return self.iam.create_saml_provider(Name=name, SAMLMetadataDocument=METADATA)["SAMLProviderArn"]

    @cached_property
    def idp(self) -> Idp:
        return Idp(self.account)

    @cached_property
    def federated(self) -> str:
        return self.idp.role(MaxSessionDuration=43200).arn

    @property
    def assertion(self) -> str:
        """Another one each time: each is good once."""
        return encoded(self.idp.response(self.idp.says(self.federated)))

    @cached_property
    def linked_role(self) -> str:
        suffix = fresh("suffix")
        made = self.iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix=suffix)
        return made["Role"]["RoleName"]

    @cached_property
    def deletion_task(self) -> str:
        return self.iam.delete_service_linked_role(RoleName=self.linked_role)["DeletionTaskId"]

    @cached_property
    def ssh_key(self) -> str:
        make = lambda: self.iam.upload_ssh_public_key(UserName=self.user, SSHPublicKeyBody=self.ssh_text())  # noqa: E731
        return self.maybe(make, "SSHPublicKey", "SSHPublicKeyId")

    def ssh_text(self) -> str:
        """A new RSA key (RFC 4253 section 6.6), to which nobody has the other half."""
        digits = hashlib.shake_256(fresh("ssh").encode()).digest(254)
        parts = (b"ssh-rsa", b"\x01\x00\x01", b"\x00\xc1" + digits + b"\x01")
        return "ssh-rsa " + base64.b64encode(b"".join(struct.pack(">I", len(p)) + p for p in parts)).decode()

    @cached_property
    def job(self) -> str:
        make = lambda: self.iam.generate_service_last_accessed_details(Arn=self.arn("user", self.user))  # noqa: E731
        made = self.maybe(make, "JobId")
        return "0" * 36 if made == "example" else made

    # -- Identity Center -------------------------------------------------------------

    @cached_property
    def center(self) -> Center:
        return Center(self.account)

    # -- the organization, of which there is one for all scenes ---------------------------

    @property
    def organization(self) -> Organization:
        if getattr(self.account, "organization", None) is None:
            self.account.organization = Organization(self.account)
        return self.account.organization

    @cached_property
    def member(self) -> str:
        """An account without a session in it."""
        api = self.organization.api
        return api.create_account(Email=f"{fresh('m')}@example.com", AccountName="m")["CreateAccountStatus"]["AccountId"]

    @cached_property
    def unit(self) -> str:
        return self.organization.make_unit()

    @cached_property
    def scp(self) -> str:
        return self.organization.make_policy(doc.deny("ec2:*"))

    @cached_property
    def request(self) -> str:
        return self.organization.api.create_account(Email=f"{fresh('m')}@example.com", AccountName="m")[
            "CreateAccountStatus"
        ]["Id"]

    @cached_property
    def stranger(self) -> str:
        """An account that has left."""
        self.organization.api.remove_account_from_organization(AccountId=self.member)
        return self.member

    @cached_property
    def handshake(self) -> str:
        target = {"Type": "ACCOUNT", "Id": self.stranger}
        return self.organization.api.invite_account_to_organization(Target=target)["Handshake"]["Id"]

    def attached_scp(self) -> None:
        self.organization.attach(self.scp, self.unit)

    def delegate(self) -> None:
        self.organization.api.enable_aws_service_access(ServicePrincipal=SERVICE)
        self.organization.api.register_delegated_administrator(AccountId=self.member, ServicePrincipal=SERVICE)

    def trusted(self) -> None:
        self.organization.api.enable_aws_service_access(ServicePrincipal=SERVICE)

    def resource_policy(self) -> None:
        self.organization.api.put_resource_policy(Content=DELEGATION)

    def no_resource_policy(self) -> None:
        self.maybe(self.organization.api.delete_resource_policy)

    def tag_policy(self) -> None:
        api, root = self.organization.api, self.organization.root
        kinds = [held["Type"] for held in api.list_roots()["Roots"][0]["PolicyTypes"]]
        if "TAG_POLICY" not in kinds:
            api.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
            made = api.create_policy(
                Name=fresh("tags"), Description="", Type="TAG_POLICY", Content='{"tags": {"a": {"tag_key": {"@@assign": "A"}}}}'
            )
            self.organization.attach(made["Policy"]["PolicySummary"]["Id"], root)

    def no_tag_policy(self) -> None:
        api, root = self.organization.api, self.organization.root
        kinds = [held["Type"] for held in api.list_roots()["Roots"][0]["PolicyTypes"]]
        if "TAG_POLICY" in kinds:
            api.disable_policy_type(RootId=root, PolicyType="TAG_POLICY")

    def root_features(self) -> None:
        self.organization.api.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
        self.iam.enable_organizations_root_sessions()

    # -- what some actions need before them -------------------------------------------------

    def act(self, call: str, kind: str, **more) -> None:
        getattr(self.iam, call)(**{f"{kind.capitalize()}Name": getattr(self, kind)}, **more)

    def second_version(self) -> None:
        self.iam.create_policy_version(PolicyArn=self.policy, PolicyDocument=POLICY)

    def login_profile(self) -> None:
        self.maybe(lambda: self.iam.create_login_profile(UserName=self.user, Password="Correct-Horse-9-Battery"))

    def filled_profile(self) -> None:
        given = {"InstanceProfileName": self.instance_profile, "RoleName": self.role}
        self.maybe(lambda: self.iam.add_role_to_instance_profile(**given))

    def password_policy(self) -> None:
        self.maybe(lambda: self.iam.update_account_password_policy(MinimumPasswordLength=8))

    def report(self) -> None:
        self.maybe(self.iam.generate_credential_report)
        self.maybe(self.iam.generate_credential_report)

    def alias(self) -> None:
        self.maybe(lambda: self.iam.create_account_alias(AccountAlias="example"))


class Crowd(Scene):
    """Three of everything that lists are about, for pages of one item."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        tags = [{"Key": f"key-{number}", "Value": "v"} for number in range(CROWD)]
        policies = [self.policy] + [account.make_managed(POLICY, "crowd") for _ in range(CROWD - 1)]
        for number in range(CROWD):
            self.grow(number, policies[number])
        self.key, _ = (account.make_key(self.user) for _ in range(2))
        self.iam.tag_policy(PolicyArn=self.policy, Tags=tags)
        self.act("tag_user", "user", Tags=tags)
        self.act("tag_role", "role", Tags=tags)
        iam, profile, device = self.iam, self.instance_profile, self.mfa_device
        provider = self.oidc_provider
        self.maybe(lambda: iam.tag_instance_profile(InstanceProfileName=profile, Tags=tags))
        self.maybe(lambda: iam.tag_mfa_device(SerialNumber=device, Tags=tags))
        self.maybe(lambda: iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=provider, Tags=tags))

    def grow(self, number: int, policy: str) -> None:
        others = Scene(self.account)
        self.iam.create_policy_version(PolicyArn=self.policy, PolicyDocument=POLICY)
        self.iam.add_user_to_group(GroupName=others.group, UserName=self.user)
        self.iam.add_user_to_group(GroupName=self.group, UserName=others.user)
        for kind in ("user", "group", "role"):
            self.act(f"put_{kind}_policy", kind, PolicyName=f"inline-{number}", PolicyDocument=POLICY)
            self.act(f"attach_{kind}_policy", kind, PolicyArn=policy)
            others.act(f"attach_{kind}_policy", kind, PolicyArn=self.policy)
        given = {"InstanceProfileName": others.instance_profile, "RoleName": self.role}
        self.maybe(lambda: self.iam.add_role_to_instance_profile(**given))
        self.maybe(lambda: self.iam.upload_ssh_public_key(UserName=self.user, SSHPublicKeyBody=self.ssh_text()))
        # Made when they are named.
        _ = (others.mfa_device, others.oidc_provider)

    def populate_center(self) -> None:
        """Three of everything that Identity Center lists."""
        names = [self.account.make_managed(POLICY, "center").rsplit("/", 1)[1] for _ in range(CROWD)]
        self.center.populate(CROWD, [{"Name": name, "Path": "/"} for name in names])

    def populate(self) -> None:
        """Three of everything that an organization lists."""
        api = self.organization.api
        api.tag_resource(ResourceId=self.unit, Tags=[{"Key": f"key-{number}", "Value": "v"} for number in range(CROWD)])
        for number in range(CROWD):
            others, service = Scene(self.account), f"service-{number}.amazonaws.com"
            api.enable_aws_service_access(ServicePrincipal=service)
            for account in (self.member, others.member):
                api.register_delegated_administrator(AccountId=account, ServicePrincipal=service)
            self.organization.attach(self.scp, others.unit)
            self.organization.attach(others.scp, self.unit)
            # Made when they are named.
            _ = Scene(self.account).handshake
