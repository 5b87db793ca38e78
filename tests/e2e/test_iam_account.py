"""IAM: what an account has as a whole, SSH public keys of its users, and the credential report."""

from __future__ import annotations

import csv
import io
import time

import pytest

from harness import documents as doc
from harness.account import Account, fresh
from harness.expect import denied, refused
from harness.server import Server

EVERYTHING = doc.policy(doc.allow("*"))
GOOD, BETTER = "Correct-Horse-1", "Battery-Staple-2"
SSH_KEY = (
    "ssh-rsa "
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQCm6tSFWD3DIYQuNVSBvMAFdu43vLp79tP1tdSWG0Dh10EPtzn2+h4UxF9lAR"
    "tkEq3cUDCDqwlf6HkctFGiqkk7lna9v5IHcYcIpydhHLzgbU+tphrFMAjJtttvqlY3EfoSlvoVyHlRD6AF/UxTLG1k"
    "36ORvuvhZdnkXOo/mAIoDsThhnYek0i1QV+S+IZ9eo9kt/CANdoorlEOgt3qQt72lDTZhigjp4jwdrgQLbWEKtj6Si"
    "vU7knWYVwLqThvG80eGEUZhgRW7apY9n9vAdMlA2KsfQnpun3swNszO2/cTgP5jNuYoYAs10bV6IiGtXgu4HWoPqQf"
    "2mIHbhr3EnuZ"
)
FINGERPRINT = "64:69:c5:ed:d4:c8:1f:33:73:1c:5e:93:a3:cd:37:57"
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)


@pytest.fixture
def iam(account):
    return account.iam


@pytest.fixture(scope="module")
def unchecked(account):
    """IAM without the client's own checks."""
    return account.client("iam", parameter_validation=False)


def user_with_password(account: Account, policy: str | None = EVERYTHING):
    user = account.make_user("person", policy)
    account.iam.create_login_profile(UserName=user.name, Password=GOOD)
    return user, account.client("iam", user.creds)


# -- the account -----------------------------------------------------------------------------


def test_an_account_has_one_alias(iam, unchecked):
    first, second = fresh("alias"), fresh("alias")
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias=first)
    refused(lambda: iam.create_account_alias(AccountAlias=first), "EntityAlreadyExists", 409)
    iam.create_account_alias(AccountAlias=second)
    pages = iam.get_paginator("list_account_aliases").paginate()
    assert [alias for page in pages for alias in page["AccountAliases"]] == [second]
    refused(lambda: iam.delete_account_alias(AccountAlias=first), "NoSuchEntity", 404)
    for bad in ("ab", "-ab", "a--b", "Upper", "123456789012"):
        refused(lambda bad=bad: unchecked.create_account_alias(AccountAlias=bad), "ValidationError", 400)
    iam.delete_account_alias(AccountAlias=second)
    assert iam.list_account_aliases()["AccountAliases"] == []


def test_an_alias_named_like_root_gives_nothing(account, iam):
    plain = account.client("iam", account.make_user("root-like").creds)
    iam.create_account_alias(AccountAlias="root")
    denied(lambda: plain.delete_account_alias(AccountAlias="root"))
    denied(lambda: plain.create_account_alias(AccountAlias="toor"))
    iam.delete_account_alias(AccountAlias="root")


def test_the_version_of_global_tokens_is_kept(iam, unchecked):
    for name, number in (("v2Token", 2), ("v1Token", 1)):
        iam.set_security_token_service_preferences(GlobalEndpointTokenVersion=name)
        assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == number
    bad = lambda: unchecked.set_security_token_service_preferences(GlobalEndpointTokenVersion="v3Token")  # noqa: E731
    refused(bad, "ValidationError", 400)


def test_what_is_set_outlives_a_restart(tmp_path):
    with Server(data=tmp_path) as running:
        account = Account(running)
        user, own = user_with_password(account)
        account.iam.create_account_alias(AccountAlias="lasting")
        account.iam.update_account_password_policy(MinimumPasswordLength=12)
        key = account.iam.upload_ssh_public_key(UserName=user.name, SSHPublicKeyBody=SSH_KEY)["SSHPublicKey"]
    assert all(GOOD.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    with Server(data=tmp_path) as running:
        account = Account(running)
        assert account.iam.list_account_aliases()["AccountAliases"] == ["lasting"]
        assert account.iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 12
        keys = account.iam.list_ssh_public_keys(UserName=user.name)["SSHPublicKeys"]
        assert [held["SSHPublicKeyId"] for held in keys] == [key["SSHPublicKeyId"]]
        own = account.client("iam", user.creds)
        denied(lambda: own.change_password(OldPassword=BETTER, NewPassword=BETTER))
        own.change_password(OldPassword=GOOD, NewPassword=BETTER)


# -- SSH public keys -------------------------------------------------------------------------


def test_an_ssh_key_is_uploaded_shown_switched_and_deleted(iam, unchecked):
    name = fresh("ssh")
    iam.create_user(UserName=name)
    made = iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=SSH_KEY + " a comment")["SSHPublicKey"]
    assert (made["Fingerprint"], made["Status"], made["UserName"]) == (FINGERPRINT, "Active", name)
    one = {"UserName": name, "SSHPublicKeyId": made["SSHPublicKeyId"]}
    assert iam.get_ssh_public_key(**one, Encoding="SSH")["SSHPublicKey"]["SSHPublicKeyBody"] == SSH_KEY
    pem = iam.get_ssh_public_key(**one, Encoding="PEM")["SSHPublicKey"]["SSHPublicKeyBody"]
    assert pem.startswith("-----BEGIN PUBLIC KEY-----\n")
    for body in (SSH_KEY, pem):
        again = lambda body=body: iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=body)  # noqa: E731
        refused(again, "DuplicateSSHPublicKey", 400)
    refused(lambda: unchecked.get_ssh_public_key(**one, Encoding="DER"), "ValidationError", 400)
    iam.update_ssh_public_key(**one, Status="Inactive")
    refused(lambda: unchecked.update_ssh_public_key(**one, Status="Off"), "ValidationError", 400)
    pages = iam.get_paginator("list_ssh_public_keys").paginate(UserName=name)
    assert [key["Status"] for page in pages for key in page["SSHPublicKeys"]] == ["Inactive"]
    refused(lambda: iam.delete_user(UserName=name), "DeleteConflict", 409, "SSH public keys")
    iam.delete_ssh_public_key(**one)
    refused(lambda: iam.delete_ssh_public_key(**one), "NoSuchEntity", 404)
    refused(lambda: iam.get_ssh_public_key(**one, Encoding="SSH"), "NoSuchEntity", 404)
    refused(lambda: iam.update_ssh_public_key(**one, Status="Active"), "NoSuchEntity", 404)
    iam.delete_user(UserName=name)
    refused(lambda: iam.list_ssh_public_keys(UserName=name), "NoSuchEntity", 404)
    refused(lambda: iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=SSH_KEY), "NoSuchEntity", 404)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("ssh-rsa AAAA", "InvalidPublicKey"),
        (SSH_KEY[:-8], "InvalidPublicKey"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "InvalidPublicKey"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==", "UnrecognizedPublicKeyEncoding"),
        ("a key", "UnrecognizedPublicKeyEncoding"),
    ],
)
def test_what_is_no_acceptable_key_is_refused(account, iam, body, code):
    name = fresh("ssh")
    iam.create_user(UserName=name)
    refused(lambda: iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=body), code, 400)
    assert iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"] == []


# -- the credential report -------------------------------------------------------------------


def finished_report(iam) -> dict:
    while iam.generate_credential_report()["State"] != "COMPLETE":
        time.sleep(0.05)
    return iam.get_credential_report()


def test_the_credential_report_has_a_line_for_everybody():
    with Server() as running:
        account = Account(running)
        refused(account.iam.get_credential_report, "ReportNotPresent", 410)
        user, own = user_with_password(account)
        own.list_users()
        account.iam.create_user(UserName="plain,one")
        report = finished_report(account.iam)
        assert report["ReportFormat"] == "text/csv"
        text = report["Content"].decode()
        assert text.splitlines()[0] == COLUMNS
        rows = {row["user"]: row for row in csv.DictReader(io.StringIO(text))}
        assert set(rows) == {"<root_account>", user.name, "plain,one"}
        root, person, plain = rows["<root_account>"], rows[user.name], rows["plain,one"]
        assert (root["password_enabled"], root["access_key_1_active"]) == ("not_supported", "true")
        assert (person["password_enabled"], person["password_last_used"]) == ("true", "no_information")
        assert (person["access_key_1_last_used_service"], person["access_key_2_active"]) == ("iam", "false")
        assert (plain["password_enabled"], plain["access_key_1_last_rotated"]) == ("false", "N/A")


def test_a_report_is_good_for_four_hours(moved):
    account, clock = moved
    first = finished_report(account.iam)
    clock.forward(3 * 3600)
    assert account.iam.generate_credential_report()["State"] == "COMPLETE"
    assert account.iam.get_credential_report()["GeneratedTime"] == first["GeneratedTime"]
    clock.forward(3601)
    refused(account.iam.get_credential_report, "ReportExpired", 410)
    assert account.iam.generate_credential_report()["State"] == "STARTED"
    assert finished_report(account.iam)["GeneratedTime"] > first["GeneratedTime"]


# -- who may, and other clients --------------------------------------------------------------


def test_each_action_needs_its_own_permission(account):
    nobody = account.client("iam", account.make_user("nobody").creds)
    victim = {"UserName": account.operator.name}
    key = victim | {"SSHPublicKeyId": "APKAAAAAAAAAAAAAAAAAA"}
    calls = {
        "CreateAccountAlias": lambda: nobody.create_account_alias(AccountAlias="mine"),
        "DeleteAccountAlias": lambda: nobody.delete_account_alias(AccountAlias="mine"),
        "ListAccountAliases": lambda: nobody.list_account_aliases(),
        "UploadSSHPublicKey": lambda: nobody.upload_ssh_public_key(**victim, SSHPublicKeyBody=SSH_KEY),
        "GetSSHPublicKey": lambda: nobody.get_ssh_public_key(**key, Encoding="SSH"),
        "ListSSHPublicKeys": lambda: nobody.list_ssh_public_keys(**victim),
        "UpdateSSHPublicKey": lambda: nobody.update_ssh_public_key(**key, Status="Inactive"),
        "DeleteSSHPublicKey": lambda: nobody.delete_ssh_public_key(**key),
        "GenerateCredentialReport": lambda: nobody.generate_credential_report(),
        "GetCredentialReport": lambda: nobody.get_credential_report(),
        "SetSecurityTokenServicePreferences": lambda: nobody.set_security_token_service_preferences(
            GlobalEndpointTokenVersion="v2Token"
        ),
    }
    for action, call in calls.items():
        denied(call, f"is not authorized to perform: iam:{action} on resource: ")


def test_credentials_of_services_that_are_not_here_are_not_made(iam):
    name = fresh("none")
    iam.create_user(UserName=name)
    body = "-----BEGIN CERTIFICATE-----"
    for call in (
        lambda: iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com"),
        lambda: iam.upload_signing_certificate(UserName=name, CertificateBody=body),
        lambda: iam.upload_server_certificate(ServerCertificateName="c", CertificateBody=body, PrivateKey="k"),
    ):
        refused(call, "InvalidAction", 400)
    assert iam.list_signing_certificates(UserName=name)["Certificates"] == []
    assert iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"] == []


def test_the_aws_cli(account, cli):
    name = fresh("cli")
    cli.ok("iam", "create-user", "--user-name", name)
    cli.ok("iam", "create-account-alias", "--account-alias", "by-cli")
    assert cli.ok("iam", "list-account-aliases")["AccountAliases"] == ["by-cli"]
    cli.ok("iam", "delete-account-alias", "--account-alias", "by-cli")
    place = cli.home / "key.pub"
    place.write_text(SSH_KEY + " me\n")
    cli.ok("iam", "upload-ssh-public-key", "--user-name", name, "--ssh-public-key-body", f"file://{place}")
    assert cli.ok("iam", "list-ssh-public-keys", "--user-name", name, "--query", "SSHPublicKeys[].Status") == ["Active"]
    finished_report(account.iam)
    assert cli.ok("iam", "get-credential-report", "--query", "ReportFormat", "--output", "json") == "text/csv"
