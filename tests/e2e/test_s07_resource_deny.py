"""S7: a Deny in a bucket policy hits the credentials it names, on that bucket and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from harness import documents as doc
from harness.account import Role, User, federated_arn
from harness.clients import Creds
from harness.expect import BY_RESOURCE, allowed, denied

ALL_S3 = doc.policy(doc.allow(["s3:*", "iam:ListUsers", "sts:*"]))
PASSED = doc.policy(doc.allow("s3:*"))


@dataclass
class Cast:
    """The principals of the story and two buckets, one of which gets the policy."""

    bucket: str
    other_bucket: str
    role: Role
    other_role: Role
    user: User
    other_user: User
    mary: Creds
    john: Creds
    elsewhere: Creds
    session: Creds
    bob: Creds
    alice: Creds
    carol: Creds

    def everybody(self) -> dict[str, Creds]:
        return {
            "mary": self.mary,
            "john": self.john,
            "elsewhere": self.elsewhere,
            "user": self.user.creds,
            "session": self.session,
            "bob": self.bob,
            "alice": self.alice,
            "other_user": self.other_user.creds,
            "carol": self.carol,
        }


@pytest.fixture(scope="module")
def cast(account):
    role, other_role = (account.make_role(n, ALL_S3) for n in ("Accounting-Role", "Audit-Role"))
    user, other_user = (account.make_user(n, ALL_S3) for n in ("token-app", "other-app"))
    trusted = doc.trust(account.operator.arn, actions=["sts:AssumeRole", "sts:SetSourceIdentity"])
    account.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=trusted)
    return Cast(
        bucket=account.make_bucket("guarded"),
        other_bucket=account.make_bucket("open"),
        role=role,
        other_role=other_role,
        user=user,
        other_user=other_user,
        mary=account.assume(role, name="Mary", SourceIdentity="mary-smith"),
        john=account.assume(role, name="John"),
        elsewhere=account.assume(other_role, name="Mary"),
        session=account.session_token(user.creds),
        bob=account.federate(user.creds, "Bob", PASSED),
        alice=account.federate(user.creds, "Alice", PASSED),
        carol=account.federate(other_user.creds, "Carol", PASSED),
    )


@pytest.fixture
def check(account, cast):
    """Puts the statement on the guarded bucket and says who is hit by it."""

    def run(statement: dict, *hit: str) -> None:
        account.bucket_policy(cast.bucket, statement)
        for name, creds in cast.everybody().items():
            calls = [account.reads(creds, cast.bucket), account.lists(creds, cast.bucket)]
            for call in calls:
                if name in hit:
                    denied(call, BY_RESOURCE)
                else:
                    allowed(call)
            allowed(account.reads(creds, cast.other_bucket))

    yield run
    account.s3.delete_bucket_policy(Bucket=cast.bucket)


def test_session_arn_hits_that_session_only(cast, check):
    check(doc.bucket_deny(cast.bucket, {"AWS": cast.mary.arn}), "mary")


def test_role_arn_hits_every_session_of_the_role(cast, check):
    check(doc.bucket_deny(cast.bucket, {"AWS": cast.role.arn}), "mary", "john")


def test_user_arn_hits_the_user_its_sessions_and_every_federated_user_it_made(cast, check):
    check(doc.bucket_deny(cast.bucket, {"AWS": cast.user.arn}), "user", "session", "bob", "alice")


def test_federated_user_arn_hits_that_federated_user_only(cast, check):
    check(doc.bucket_deny(cast.bucket, {"AWS": federated_arn("Bob")}), "bob")


def test_several_principals_are_each_hit(cast, check):
    named = {"AWS": [cast.john.arn, federated_arn("Alice"), cast.other_role.arn]}
    check(doc.bucket_deny(cast.bucket, named), "john", "alice", "elsewhere")


def test_everyone_on_condition_of_a_session_user_id(cast, check):
    key = {"aws:userid": cast.mary.user_id}
    check(doc.bucket_deny(cast.bucket, "*", StringEquals=key), "mary")


def test_everyone_on_condition_of_all_user_ids_of_a_role(cast, check):
    key = {"aws:userid": f"{cast.role.role_id}:*"}
    check(doc.bucket_deny(cast.bucket, "*", StringLike=key), "mary", "john")


def test_everyone_on_condition_of_source_identity(cast, check):
    key = {"aws:SourceIdentity": "mary-smith"}
    check(doc.bucket_deny(cast.bucket, "*", StringEquals=key), "mary")


def test_everyone_on_condition_of_the_principal_arn_of_a_role(cast, check):
    key = {"aws:PrincipalArn": cast.role.arn}
    check(doc.bucket_deny(cast.bucket, "*", ArnEquals=key), "mary", "john")


def test_everyone_on_condition_of_the_principal_arn_of_a_user_spares_its_federated_users(cast, check):
    key = {"aws:PrincipalArn": cast.user.arn}
    check(doc.bucket_deny(cast.bucket, "*", ArnEquals=key), "user", "session")


def test_everyone_on_condition_of_the_issue_time_spares_long_term_keys(account, cast, check):
    key = {"aws:TokenIssueTime": doc.iso_ms(doc.utc_now())}
    temporary = ("mary", "john", "elsewhere", "session", "bob", "alice", "carol")
    check(doc.bucket_deny(cast.bucket, "*", DateLessThan=key), *temporary)


def test_everyone_without_condition_hits_everybody(cast, check):
    check(doc.bucket_deny(cast.bucket, {"AWS": "*"}), *cast.everybody())


def test_sessions_issued_after_the_issue_time_in_the_bucket_policy_work(account, cast):
    key = {"aws:TokenIssueTime": doc.iso_ms(doc.utc_now())}
    account.bucket_policy(cast.bucket, doc.bucket_deny(cast.bucket, "*", DateLessThan=key))
    try:
        denied(account.reads(cast.john, cast.bucket), BY_RESOURCE)
        allowed(account.reads(account.assume(cast.role), cast.bucket))
    finally:
        account.s3.delete_bucket_policy(Bucket=cast.bucket)


def test_other_permissions_of_the_denied_session_remain(account, cast):
    account.bucket_policy(cast.bucket, doc.bucket_deny(cast.bucket, {"AWS": cast.mary.arn}))
    try:
        denied(account.reads(cast.mary, cast.bucket), BY_RESOURCE)
        allowed(account.sees_users(cast.mary))
        s3 = account.client("s3", cast.mary)
        allowed(lambda: s3.put_object(Bucket=cast.other_bucket, Key="b.txt", Body=b"x"))
        allowed(lambda: s3.list_buckets())
    finally:
        account.s3.delete_bucket_policy(Bucket=cast.bucket)


def test_writing_and_deleting_are_denied_as_well(account, cast):
    account.bucket_policy(cast.bucket, doc.bucket_deny(cast.bucket, {"AWS": cast.mary.arn}))
    try:
        s3 = account.client("s3", cast.mary)
        denied(lambda: s3.put_object(Bucket=cast.bucket, Key="b.txt", Body=b"x"), BY_RESOURCE)
        denied(lambda: s3.delete_object(Bucket=cast.bucket, Key="a.txt"), BY_RESOURCE)
        allowed(account.reads(cast.john, cast.bucket))
    finally:
        account.s3.delete_bucket_policy(Bucket=cast.bucket)


def test_deleting_the_policy_gives_access_back_to_the_same_session(account, cast):
    account.bucket_policy(cast.bucket, doc.bucket_deny(cast.bucket, {"AWS": cast.role.arn}))
    denied(account.reads(cast.mary, cast.bucket), BY_RESOURCE)
    account.s3.delete_bucket_policy(Bucket=cast.bucket)
    allowed(account.reads(cast.mary, cast.bucket))


def test_a_user_that_only_shares_the_federated_name_is_not_hit(account, cast, check):
    namesake = account.make_user(policy=ALL_S3, name="Bob")
    check(doc.bucket_deny(cast.bucket, {"AWS": namesake.arn}))
    account.bucket_policy(cast.bucket, doc.bucket_deny(cast.bucket, {"AWS": namesake.arn}))
    denied(account.reads(namesake.creds, cast.bucket), BY_RESOURCE)


def test_a_denied_account_hits_all_its_principals_but_root_may_mend_the_policy(account, cast):
    key = doc.bucket_deny(cast.bucket, {"AWS": account.server.account})
    account.bucket_policy(cast.bucket, key)
    for creds in cast.everybody().values():
        denied(account.reads(creds, cast.bucket), BY_RESOURCE)
    denied(account.reads(account.root, cast.bucket), BY_RESOURCE)
    allowed(lambda: account.s3.get_bucket_policy(Bucket=cast.bucket))
    allowed(lambda: account.s3.delete_bucket_policy(Bucket=cast.bucket))
    allowed(account.reads(account.root, cast.bucket))
