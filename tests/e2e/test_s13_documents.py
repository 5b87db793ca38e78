"""S13: the policies printed in the documents do what the documents say.

Sources of the files in `policies/`:
- current-*: "Disabling permissions for temporary security credentials", IAM User Guide, current
  edition; the Indonesian edition prints the same four policies.
- older-*: the earlier edition of that page (the Portuguese one prints it).
- identity-center-*: "Use a Deny policy to revoke active user permissions", IAM Identity Center.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from harness import documents as doc
from harness.audit import event_of
from harness.expect import BY_IDENTITY, BY_RESOURCE, allowed, denied, header

POLICIES = Path(__file__).parent / "policies"
ALL = doc.policy(doc.allow(["s3:*", "sts:*", "iam:ListUsers"]))
PASSED = doc.policy(doc.allow("s3:*"))


def printed(name: str, **values: str) -> str:
    """The printed text with its placeholders replaced, the longest placeholder first."""
    text = (POLICIES / name).read_text().strip()
    for placeholder in sorted(values, key=len, reverse=True):
        assert placeholder in text, placeholder
        text = text.replace(placeholder, values[placeholder])
    return text


def with_fragment(policy: str, fragment: str) -> str:
    """The policy with the printed element in place of its own."""
    document = json.loads(policy)
    statement = document["Statement"]
    (statement[0] if isinstance(statement, list) else statement).update(json.loads("{" + fragment + "}"))
    return json.dumps(document)


class Stage:
    def __init__(self, account):
        self.account = account
        self.id = account.server.account
        self.bucket = account.make_bucket("example-bucket")
        self.role = account.make_role(policy=ALL, name="Accounting-Role")
        self.other_role = account.make_role("other-role", ALL)
        self.user = account.make_user(policy=ALL, name="token-app")
        self.other_user = account.make_user("other-app", ALL)
        self.creds = {
            "mary": account.assume(self.role, name="Mary"),
            "john": account.assume(self.role, name="John"),
            "other session": account.assume(self.other_role, name="Mary"),
            "user": self.user.creds,
            "user session": account.session_token(self.user.creds),
            "bob": account.federate(self.user.creds, "Bob", PASSED),
            "alice": account.federate(self.user.creds, "Alice", PASSED),
            "namesake": account.federate(self.other_user.creds, "token-app", PASSED),
            "other user": self.other_user.creds,
        }

    def put_everywhere(self, document: str) -> dict:
        """On both roles and both users, as a customer managed policy of the account would be."""
        for user in (self.user, self.other_user):
            self.account.user_policy(user.name, document, "printed")
        self.account.role_policy(self.other_role.name, document, "printed")
        return self.account.role_policy(self.role.name, document, "printed")

    def put_on_bucket(self, document: str) -> dict:
        return self.account.s3.put_bucket_policy(Bucket=self.bucket, Policy=document)

    def assert_hit(self, *names: str, by: str = BY_IDENTITY, probe: str = "reads") -> None:
        for name, creds in self.creds.items():
            call = getattr(self.account, probe)(creds, self.bucket)
            if name in names:
                denied(call, by)
            else:
                allowed(call)

    def assert_listing_only(self, *names: str) -> None:
        """The printed bucket policies name the bucket alone, so object reads are not touched."""
        self.assert_hit(*names, by=BY_RESOURCE, probe="lists")
        self.assert_hit(probe="reads")


@pytest.fixture(scope="module")
def stage(account):
    return Stage(account)


@pytest.fixture(autouse=True)
def lifted(stage):
    yield
    stage.put_everywhere(doc.policy(doc.allow("sts:GetCallerIdentity")))
    stage.account.s3.delete_bucket_policy(Bucket=stage.bucket)
    stage.assert_hit()


def findings(account, answer: dict) -> str:
    """The findings of a save, as text, whose number the answer's header gives."""
    noted = event_of(account, answer)["additionalEventData"]["findings"]
    assert int(header(answer, "x-portcullis-findings")) == len(noted) >= 1
    return json.dumps(noted)


# -- current edition ---------------------------------------------------------------


def test_deny_all_on_the_role(account, stage):
    account.role_policy(stage.role.name, printed("current-deny-all.json"), "printed")
    stage.assert_hit("mary", "john")


def test_deny_by_principal_arn(stage):
    names = {"222222222222": stage.id, "ROLENAME": stage.role.name, "USERNAME": stage.user.name}
    stage.put_everywhere(printed("current-principal-arn.json", **names))
    stage.assert_hit("mary", "john", "user", "user session", "namesake")


def test_deny_by_user_id(account, stage):
    document = printed(
        "current-user-id.json",
        AIDAXUSER1=stage.user.user_id,
        AROAXROLE1=stage.other_role.role_id,
        AROAXROLE2=stage.role.role_id,
        **{
            "<caller-specified-role-session-name>": "Mary",
            "account-id": stage.id,
            "<federated-user-caller-specified-name>": "Bob",
        },
    )
    answer = stage.put_everywhere(document)
    stage.assert_hit("user", "user session", "other session", "mary", "bob")
    assert f"{stage.other_role.role_id}:*" in findings(account, answer)


def test_deny_by_user_id_with_the_wildcard_the_text_mentions(stage):
    document = printed(
        "current-user-id.json",
        AIDAXUSER1="AIDAAAAAAAAAAAAAAAAAA",
        AROAXROLE1="AROAAAAAAAAAAAAAAAAAA",
        AROAXROLE2=stage.role.role_id,
        **{
            "<caller-specified-role-session-name>": "*",
            "account-id": stage.id,
            "<federated-user-caller-specified-name>": "nobody",
        },
    )
    stage.put_everywhere(document)
    stage.assert_hit("mary", "john")


def bare_array(stage) -> str:
    return printed(
        "current-bucket.json",
        **{
            "222222222222": stage.id,
            "ROLENAME": stage.role.name,
            "USERNAME": stage.user.name,
            "EXAMPLE-BUCKET": stage.bucket,
        },
    )


def test_bucket_policy_with_a_bare_array_of_principals(stage):
    stage.put_on_bucket(bare_array(stage))
    # The user ARN hits every federated user that the user made; the federated ARN hits the
    # federated user that carries the user's name, whoever made it.
    stage.assert_listing_only("mary", "john", "user", "user session", "bob", "alice", "namesake")


def test_the_bare_array_and_the_missing_objects_are_findings(account, stage):
    said = findings(account, stage.put_on_bucket(bare_array(stage)))
    assert "AWS" in said
    assert "/*" in said


# -- earlier edition ---------------------------------------------------------------


def older_bucket(stage) -> str:
    return printed("older-bucket-federated-user.json", **{"account-id": stage.id, "EXAMPLE-BUCKET": stage.bucket})


def older_with(stage, fragment: str) -> str:
    return with_fragment(older_bucket(stage), printed(fragment, **{"account-id": stage.id}))


def test_bucket_policy_against_the_federated_user_bob(account, stage):
    answer = stage.put_on_bucket(older_bucket(stage))
    stage.assert_listing_only("bob")
    assert "/*" in findings(account, answer)


def test_bucket_policy_against_the_user_hits_every_federated_user_it_made(stage):
    stage.put_on_bucket(older_with(stage, "older-principal-user.fragment"))
    stage.assert_listing_only("user", "user session", "bob", "alice")


def test_bucket_policy_against_marys_session(stage):
    stage.put_on_bucket(older_with(stage, "older-principal-session.fragment"))
    stage.assert_listing_only("mary")


def test_bucket_policy_against_the_role(stage):
    stage.put_on_bucket(older_with(stage, "older-principal-role.fragment"))
    stage.assert_listing_only("mary", "john")


def test_with_the_objects_named_as_well_object_reads_are_denied(account, stage):
    document = json.loads(older_bucket(stage))
    arn = doc.bucket_arn(stage.bucket)
    document["Statement"]["Resource"] = [arn, f"{arn}/*"]
    answer = stage.put_on_bucket(json.dumps(document))
    stage.assert_hit("bob", by=BY_RESOURCE)
    assert header(answer, "x-portcullis-findings") in (None, "0")


def test_the_printed_issue_time_lies_before_every_session(stage):
    stage.put_everywhere(printed("older-issue-time.json"))
    stage.assert_hit()


def test_the_issue_time_policy_on_the_user_and_the_role(stage):
    now = doc.iso_ms(doc.utc_now() + timedelta(milliseconds=2))
    stage.put_everywhere(printed("older-issue-time.json", **{"2014-05-07T23:47:00Z": now}))
    stage.assert_hit("mary", "john", "other session", "user session", "bob", "alice", "namesake")


# -- Identity Center ---------------------------------------------------------------


def test_the_prepared_deny_policy_hits_nobody_until_a_user_is_named(stage):
    stage.put_everywhere(printed("identity-center-deny-user.json"))
    stage.assert_hit()


def test_a_named_directory_user_is_not_confused_with_iam_principals(stage):
    document = printed("identity-center-deny-user.json", **{"Add user ID here": stage.user.user_id})
    stage.put_everywhere(document)
    stage.assert_hit()


def test_the_list_of_several_directory_users_is_accepted(stage):
    several = printed("identity-center-several-users.fragment")
    stage.put_everywhere(with_fragment(printed("identity-center-deny-user.json"), several))
    stage.assert_hit()


# -- as a whole --------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.name for path in POLICIES.glob("current-[!b]*.json")))
def test_what_was_saved_is_read_back(account, stage, name):
    text = printed(name)
    account.role_policy(stage.role.name, text, "kept")
    raw = account.iam.get_role_policy(RoleName=stage.role.name, PolicyName="kept")["PolicyDocument"]
    assert raw == json.loads(text)
    account.iam.delete_role_policy(RoleName=stage.role.name, PolicyName="kept")
