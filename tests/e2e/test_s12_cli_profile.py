"""S12: a revoked session that the AWS CLI keeps in its cache fails until the cache is removed."""

from __future__ import annotations

import json
import shutil
import time

import pytest

from harness import documents as doc
from harness.expect import BY_IDENTITY

READ = doc.policy(doc.allow(["s3:GetObject", "s3:ListBucket"]))


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("shared")


@pytest.fixture(scope="module")
def person(account, cli):
    """A user whose keys are the CLI's source profile."""
    user = account.make_user("person", doc.policy(doc.allow("sts:AssumeRole")))
    cli.keys("person", user.creds)
    return user


@pytest.fixture
def role(account, cli, person):
    """A role with a profile of the same name that assumes it."""
    made = account.make_role("ops", READ)
    cli.profile(made.name, role_arn=made.arn, source_profile="person", role_session_name="laptop")
    shutil.rmtree(cli.cache, ignore_errors=True)
    return made


def listing(bucket: str) -> list[str]:
    return ["s3api", "list-objects-v2", "--bucket", bucket]


def identity(cli, role) -> str:
    return cli.ok("sts", "get-caller-identity", profile=role.name)["Arn"]


def cached_keys(cli) -> list[str]:
    entries = [json.loads(path.read_text()) for path in cli.cache.glob("*.json")]
    return [entry["Credentials"]["AccessKeyId"] for entry in entries]


def test_the_profile_assumes_the_role_and_keeps_the_session(account, cli, bucket, role):
    assert identity(cli, role) == role.session_arn("laptop")
    first = cached_keys(cli)
    assert len(first) == 1
    cli.ok(*listing(bucket), profile=role.name)
    assert cached_keys(cli) == first


def test_the_cached_session_fails_after_a_revocation_until_the_cache_is_removed(account, cli, bucket, role):
    cli.ok(*listing(bucket), profile=role.name)
    old = cached_keys(cli)
    time.sleep(0.002)
    cli.ok(
        "iam", "put-role-policy", "--role-name", role.name,
        "--policy-name", doc.REVOKE_NAME, "--policy-document", doc.revoke_older(doc.utc_now()),
    )  # fmt: skip
    assert BY_IDENTITY in cli.fails(*listing(bucket), profile=role.name)
    cli.fails(*listing(bucket), profile=role.name)
    assert cached_keys(cli) == old, "the CLI goes on using what it kept"
    shutil.rmtree(cli.cache)
    cli.ok(*listing(bucket), profile=role.name)
    assert cached_keys(cli) != old


def test_the_cached_session_of_a_role_made_again_fails_until_the_cache_is_removed(account, cli, bucket, role):
    cli.ok(*listing(bucket), profile=role.name)
    account.delete_role(role.name)
    account.make_role(policy=READ, name=role.name)
    cli.fails(*listing(bucket), profile=role.name, code="InvalidAccessKeyId")
    cli.fails("sts", "get-caller-identity", profile=role.name, code="InvalidClientTokenId")
    shutil.rmtree(cli.cache)
    cli.ok(*listing(bucket), profile=role.name)


def test_other_profiles_go_on_working(account, cli, bucket, role):
    other = account.make_role("untouched", READ)
    cli.profile(other.name, role_arn=other.arn, source_profile="person", role_session_name="laptop")
    cli.ok(*listing(bucket), profile=other.name)
    account.role_policy(role.name, doc.revoke_older(doc.utc_now()), doc.REVOKE_NAME)
    cli.ok(*listing(bucket), profile=other.name)


def test_a_denied_role_cannot_be_assumed_by_the_profile(account, cli, bucket, role, person):
    account.user_policy(person.name, doc.policy(doc.deny("sts:AssumeRole")), "lockout")
    message = cli.fails(*listing(bucket), profile=role.name)
    assert "not authorized to perform: sts:AssumeRole" in message
    account.iam.delete_user_policy(UserName=person.name, PolicyName="lockout")
    cli.ok(*listing(bucket), profile=role.name)
