"""IAM: passwords and the rules for them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account, fresh
from harness.audit import event_of, event_of_refusal, lookup
from harness.expect import allowed, denied, refused
from harness.server import ACCOUNT

EVERYTHING = doc.policy(doc.allow("*"))
GOOD, BETTER = "Correct-Horse-1", "Battery-Staple-2"


@pytest.fixture
def iam(account):
    return account.iam


@pytest.fixture
def no_rules(iam):
    """AWS's own rules for passwords, before and after."""
    yield
    try:
        iam.delete_account_password_policy()
    except iam.exceptions.NoSuchEntityException:
        pass


@pytest.fixture(scope="module")
def unchecked(account):
    """IAM without the client's own checks."""
    return account.client("iam", parameter_validation=False)


def user_with_password(account: Account, policy: str | None = EVERYTHING):
    user = account.make_user("person", policy)
    account.iam.create_login_profile(UserName=user.name, Password=GOOD)
    return user, account.client("iam", user.creds)


# -- login profiles --------------------------------------------------------------------------


def test_a_login_profile_is_made_shown_updated_and_deleted(iam):
    name = fresh("login")
    iam.create_user(UserName=name)
    made = iam.create_login_profile(UserName=name, Password=GOOD, PasswordResetRequired=True)["LoginProfile"]
    assert (made["UserName"], made["PasswordResetRequired"]) == (name, True)
    assert iam.get_login_profile(UserName=name)["LoginProfile"] == made
    refused(lambda: iam.create_login_profile(UserName=name, Password=GOOD), "EntityAlreadyExists", 409)
    iam.update_login_profile(UserName=name.upper(), Password=BETTER, PasswordResetRequired=False)
    assert iam.get_login_profile(UserName=name)["LoginProfile"]["PasswordResetRequired"] is False
    assert "PasswordLastUsed" not in iam.get_user(UserName=name)["User"]
    message = "Cannot delete entity, must delete login profile first."
    refused(lambda: iam.delete_user(UserName=name), "DeleteConflict", 409, message)
    iam.delete_login_profile(UserName=name)
    absent = f"Login Profile for User {name} cannot be found."
    for call in (iam.get_login_profile, iam.delete_login_profile, iam.update_login_profile):
        refused(lambda call=call: call(UserName=name), "NoSuchEntity", 404, absent)
    iam.delete_user(UserName=name)
    refused(lambda: iam.create_login_profile(UserName=name, Password=GOOD), "NoSuchEntity", 404)


def test_a_recreated_user_has_no_password(iam):
    name = fresh("again")
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password=GOOD)
    iam.delete_login_profile(UserName=name)
    iam.delete_user(UserName=name)
    iam.create_user(UserName=name)
    refused(lambda: iam.get_login_profile(UserName=name), "NoSuchEntity", 404)


def test_a_user_changes_its_password(account):
    user, own = user_with_password(account)
    denied(lambda: own.change_password(OldPassword=BETTER, NewPassword=BETTER), "The old password was incorrect.")
    own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    denied(lambda: own.change_password(OldPassword=GOOD, NewPassword=BETTER), "The old password was incorrect.")
    own.change_password(OldPassword=BETTER, NewPassword=GOOD)
    refused(
        lambda: account.iam.change_password(OldPassword=GOOD, NewPassword=BETTER),
        "InvalidUserType",
        400,
        "Only IAM Users can change their own password",
    )
    plain = account.client("iam", account.make_user("plain", EVERYTHING).creds)
    refused(lambda: plain.change_password(OldPassword=GOOD, NewPassword=BETTER), "NoSuchEntity", 404)


def test_guessing_is_limited_also_in_parallel(account):
    user, own = user_with_password(account)
    account.iam.update_user(UserName=user.name, NewUserName=user.name.upper())

    def guess(number: int) -> str:
        client = account.client("iam", user.creds)
        with pytest.raises(ClientError) as caught:
            client.change_password(OldPassword=f"Guess-Horse-{number}", NewPassword=BETTER)
        return caught.value.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(guess, range(12)))
    assert (codes.count("AccessDenied"), codes.count("EntityTemporarilyUnmodifiable")) == (5, 7)
    right = lambda: own.change_password(OldPassword=GOOD, NewPassword=BETTER)  # noqa: E731
    refused(right, "EntityTemporarilyUnmodifiable", 409)
    account.iam.update_login_profile(UserName=user.name, Password=GOOD)
    allowed(right)


def test_others_are_served_while_passwords_are_hashed(account):
    names = [fresh("busy") for _ in range(12)]
    for name in names:
        account.iam.create_user(UserName=name)
    stop = []

    def make(name: str) -> None:
        account.client("iam").create_login_profile(UserName=name, Password=GOOD)

    def look() -> int:
        client, count = account.client("sts"), 0
        while not stop:
            client.get_caller_identity()
            count += 1
        return count

    with ThreadPoolExecutor(13) as pool:
        looking = pool.submit(look)
        list(pool.map(make, names))
        stop.append(True)
        assert looking.result() > 0
    for name in names:
        account.iam.get_login_profile(UserName=name)


def test_passwords_are_in_no_event_no_error_and_no_log(account, server):
    user, own = user_with_password(account)
    secrets = ["Canary-Horse-11", "Canary-Horse-12", "Canary-", "Canary" + "x" * 130]
    changed = own.change_password(OldPassword=GOOD, NewPassword=secrets[0])
    parameters = event_of(account, changed, EventName="ChangePassword")["requestParameters"]
    assert parameters is None, parameters
    unchecked = account.client("iam", user.creds, parameter_validation=False)
    for old, new in ((secrets[1], secrets[1]), (secrets[0], secrets[2]), (secrets[3], secrets[0])):
        call = lambda old=old, new=new: unchecked.change_password(OldPassword=old, NewPassword=new)  # noqa: E731
        assert "Canary" not in json.dumps(event_of_refusal(account, call, EventName="ChangePassword"))
    account.iam.update_login_profile(UserName=user.name, Password=secrets[1])
    assert all("Canary" not in json.dumps(event) for event in lookup(account, Username=user.name))
    assert "Canary" not in server.log_tail()


def test_a_password_that_no_policy_allows_is_not_changed(account, no_rules):
    deny = doc.policy(doc.deny("iam:ChangePassword"))
    (user, own), (_, forbidden) = user_with_password(account, None), user_with_password(account, deny)
    change = lambda client: lambda: client.change_password(OldPassword=GOOD, NewPassword=GOOD)  # noqa: E731
    denied(change(own))
    denied(own.get_account_password_policy)
    account.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    allowed(change(own))
    allowed(own.get_account_password_policy)
    denied(change(forbidden), "explicit deny")
    denied(lambda: own.get_login_profile(UserName=user.name))
    denied(lambda: own.update_login_profile(UserName=user.name, Password=BETTER))
    account.iam.update_account_password_policy(AllowUsersToChangePassword=False)
    denied(change(own))


# -- rules for passwords ---------------------------------------------------------------------


def test_without_rules_those_of_aws_hold(iam, no_rules):
    name = fresh("default")
    iam.create_user(UserName=name)
    for password in ("Short-1", "alllowercase", "lowerUPPER", "lower12345"):
        call = lambda password=password: iam.create_login_profile(UserName=name, Password=password)  # noqa: E731
        message = refused(call, "PasswordPolicyViolation", 400)
        assert password not in message
    refused(lambda: iam.get_login_profile(UserName=name), "NoSuchEntity", 404)
    iam.create_login_profile(UserName=name, Password="lowerUP1")
    refused(lambda: iam.update_login_profile(UserName=name, Password="short"), "PasswordPolicyViolation", 400)


def test_rules_are_set_shown_obeyed_and_deleted(account, iam, no_rules):
    refused(iam.get_account_password_policy, "NoSuchEntity", 404, f"domain name {ACCOUNT} cannot be found")
    refused(iam.delete_account_password_policy, "NoSuchEntity", 404)
    rules = {
        "MinimumPasswordLength": 10,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 3,
        "HardExpiry": False,
    }
    iam.update_account_password_policy(**rules)
    assert iam.get_account_password_policy()["PasswordPolicy"] == rules | {"ExpirePasswords": True}
    user, own = account.make_user("ruled"), None
    bad = {"Abc-12345": "length of 10", "Abcd123456": "symbol", "Abcd-efghi": "number", "abcd-12345": "uppercase"}
    for password, words in bad.items():
        call = lambda password=password: iam.create_login_profile(UserName=user.name, Password=password)  # noqa: E731
        refused(call, "PasswordPolicyViolation", 400, words)
    iam.create_login_profile(UserName=user.name, Password="First-1234")
    own = account.client("iam", user.creds)
    own.change_password(OldPassword="First-1234", NewPassword="Second-1234")
    for used in ("First-1234", "Second-1234"):
        call = lambda used=used: own.change_password(OldPassword="Second-1234", NewPassword=used)  # noqa: E731
        refused(call, "PasswordPolicyViolation", 400, "used before")
    iam.update_account_password_policy()
    plain = iam.get_account_password_policy()["PasswordPolicy"]
    assert (plain["MinimumPasswordLength"], plain["ExpirePasswords"]) == (6, False)
    assert not {"MaxPasswordAge", "PasswordReusePrevention", "HardExpiry"} & plain.keys()


@pytest.mark.parametrize(
    "rule",
    [
        {"MinimumPasswordLength": 5},
        {"MinimumPasswordLength": 129},
        {"MaxPasswordAge": 0},
        {"MaxPasswordAge": 1096},
        {"PasswordReusePrevention": 0},
        {"PasswordReusePrevention": 25},
    ],
)
def test_rules_out_of_bounds_are_refused(unchecked, no_rules, rule):
    refused(lambda: unchecked.update_account_password_policy(**rule), "ValidationError", 400)
    refused(unchecked.get_account_password_policy, "NoSuchEntity", 404)


# -- who may, and other clients --------------------------------------------------------------


def test_each_action_needs_its_own_permission(account):
    nobody = account.client("iam", account.make_user("nobody").creds)
    victim = {"UserName": account.operator.name}
    calls = {
        "CreateLoginProfile": lambda: nobody.create_login_profile(**victim, Password=GOOD),
        "GetLoginProfile": lambda: nobody.get_login_profile(**victim),
        "UpdateLoginProfile": lambda: nobody.update_login_profile(**victim, Password=GOOD),
        "DeleteLoginProfile": lambda: nobody.delete_login_profile(**victim),
        "ChangePassword": lambda: nobody.change_password(OldPassword=GOOD, NewPassword=BETTER),
        "GetAccountPasswordPolicy": lambda: nobody.get_account_password_policy(),
        "UpdateAccountPasswordPolicy": lambda: nobody.update_account_password_policy(),
        "DeleteAccountPasswordPolicy": lambda: nobody.delete_account_password_policy(),
    }
    for action, call in calls.items():
        denied(call, f"is not authorized to perform: iam:{action} on resource: ")


def test_a_user_without_mfa_session_does_not_change_the_password(account):
    user, _ = user_with_password(account)
    session = account.client("iam", account.session_token(user.creds))
    denied(lambda: session.change_password(OldPassword=GOOD, NewPassword=BETTER))


def test_the_aws_cli(account, cli):
    name = fresh("cli")
    cli.ok("iam", "create-user", "--user-name", name)
    cli.ok("iam", "create-login-profile", "--user-name", name, "--password", GOOD, "--password-reset-required")
    assert cli.ok("iam", "get-login-profile", "--user-name", name)["LoginProfile"]["PasswordResetRequired"]
    cli.keys("person", account.make_key(name))
    account.user_policy(name, EVERYTHING)
    words = ["iam", "change-password", "--old-password", GOOD, "--new-password"]
    cli.ok(*words, BETTER, profile="person")
    cli.fails(*words, BETTER, profile="person")
    cli.fails(*words, "short", profile="person", code="PasswordPolicyViolation")
