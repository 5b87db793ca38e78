"""ESC-6: whatever is called root is not the root user of an account."""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN, federated_arn, fresh
from harness.attack import Watched
from harness.expect import allowed, denied
from harness.organization import Organization
from harness.server import ACCOUNT

EVERYTHING = doc.policy(doc.allow("*"))
NAMES = ("user named root", "user below /root/", "role named root", "federated user root")


@pytest.fixture(scope="module")
def namesakes(account):
    """Everything that may be called root, with no permission of its own but to enter."""
    user = account.make_user(name="root")
    below = account.make_user("root", Path="/root/")
    role = account.make_role(name="root", Path="/root/")
    issuer = account.make_user("issuer", EVERYTHING)
    return {
        "user named root": user.creds,
        "user below /root/": below.creds,
        "role named root": account.assume(role, name="root"),
        "federated user root": account.federate(issuer.creds, "root", doc.policy(doc.allow("sts:*"))),
    }


@pytest.mark.parametrize("name", NAMES)
def test_esc_6_a_namesake_of_root_has_no_powers(account, namesakes, name):
    creds, watched = namesakes[name], Watched(account)
    assert account.whoami(creds)["Arn"] != ROOT_ARN
    iam, s3 = account.client("iam", creds), account.client("s3", creds)
    bucket = account.make_bucket("roots")
    for call in (
        iam.list_users,
        iam.get_account_summary,
        lambda: iam.create_user(UserName=fresh("made")),
        lambda: iam.create_access_key(UserName="root"),
        s3.list_buckets,
        lambda: s3.get_object(Bucket=bucket, Key="a.txt"),
        account.client("organizations", creds).create_organization,
    ):
        with pytest.raises(iam.exceptions.ClientError):
            call()
    watched.repelled(iam.list_users, "AccessDenied", 403)
    watched.repelled(lambda: s3.get_object(Bucket=bucket, Key="a.txt"), "AccessDenied", 403)
    allowed(lambda: account.s3.get_object(Bucket=bucket, Key="a.txt"))


@pytest.mark.parametrize("name", NAMES)
def test_esc_6_a_policy_about_root_is_not_about_its_namesakes(account, namesakes, name):
    """Even with every permission nobody but root undoes a bucket's deny of everybody, or has root's ARN."""
    creds = namesakes[name]
    if name.startswith("user"):
        account.user_policy(account.whoami(creds)["Arn"].rpartition("/")[2], EVERYTHING)
    elif name.startswith("role"):
        account.role_policy("root", EVERYTHING)
    else:
        issuer = account.make_user("issuer", EVERYTHING)
        creds = account.federate(issuer.creds, "root", EVERYTHING)
    bucket, watched = account.make_bucket("locked"), Watched(account)
    own = doc.bucket_arn(bucket)
    except_root = {"ArnNotEquals": {"aws:PrincipalArn": ROOT_ARN}}
    account.bucket_policy(bucket, doc.deny("s3:GetObject", doc.bucket_arn(bucket, "*"), "*", **except_root))
    watched.repelled(account.reads(creds, bucket), "AccessDenied", 403)
    allowed(account.reads(account.root, bucket))
    account.bucket_policy(bucket, doc.deny(["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"], own, "*"))
    s3 = account.client("s3", creds)
    watched.repelled(lambda: s3.delete_bucket_policy(Bucket=bucket), "AccessDenied", 403)
    watched.repelled(
        lambda: s3.put_bucket_policy(Bucket=bucket, Policy=doc.policy(doc.allow("s3:*", own, "*"))), "AccessDenied", 403
    )
    allowed(lambda: account.s3.delete_bucket_policy(Bucket=bucket))
    for undo in (
        lambda: account.iam.delete_user_policy(UserName="root", PolicyName="main"),
        lambda: account.iam.delete_role_policy(RoleName="root", PolicyName="main"),
    ):
        try:
            undo()
        except account.iam.exceptions.NoSuchEntityException:
            pass


@pytest.mark.parametrize("name", [":root", "a:root", "/root", "arn:aws:iam::123456789012:root"])
def test_esc_6_a_name_that_spells_the_arn_of_root_is_refused(account, name):
    watched, iam = Watched(account), account.client("iam", parameter_validation=False)
    trust = doc.trust(ROOT_ARN)
    for call in (
        lambda: iam.create_user(UserName=name),
        lambda: iam.create_group(GroupName=name),
        lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust),
        lambda: iam.create_policy(PolicyName=name, PolicyDocument=EVERYTHING),
        lambda: iam.create_instance_profile(InstanceProfileName=name),
        lambda: iam.create_account_alias(AccountAlias=name),
    ):
        watched.repelled(call, "ValidationError", 400)
    issuer = account.make_user("issuer", EVERYTHING)
    sts = account.client("sts", issuer.creds, parameter_validation=False)
    role = account.make_role("open")
    watched.repelled(lambda: sts.get_federation_token(Name=name), "ValidationError", 400)
    watched.repelled(lambda: sts.assume_role(RoleArn=role.arn, RoleSessionName=name), "ValidationError", 400)
    allowed(lambda: sts.assume_role(RoleArn=role.arn, RoleSessionName="root"))


def test_esc_6_an_alias_named_root_changes_nothing(account):
    account.iam.create_account_alias(AccountAlias="root")
    assert account.whoami(account.root)["Arn"] == ROOT_ARN
    denied(account.sees_users(account.make_user("plain").creds))
    account.iam.delete_account_alias(AccountAlias="root")


def test_esc_6_nobody_assumes_root_as_if_it_were_a_role(account, namesakes):
    issuer = account.make_user("issuer", EVERYTHING)
    sts, watched = account.client("sts", issuer.creds), Watched(account)
    for arn in (ROOT_ARN, f"arn:aws:iam::{ACCOUNT}:user/root", f"arn:aws:iam::{ACCOUNT}:role/:root", federated_arn("root")):
        before = watched.state()
        with pytest.raises(sts.exceptions.ClientError) as caught:
            sts.assume_role(RoleArn=arn, RoleSessionName="root")
        answer = caught.value.response
        assert answer["Error"]["Code"] in ("AccessDenied", "ValidationError"), answer
        watched.unharmed(before, answer["ResponseMetadata"]["RequestId"], answer["Error"]["Code"])
    session = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/root/root", RoleSessionName="root")
    assert session["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/root/root"


def test_esc_6_a_role_named_like_another_accounts_root_is_its_own_account(account):
    """Trust in one account's root is trust in that account, not in who bears its name elsewhere."""
    org = Organization(account)
    one, two = org.make_account(), org.make_account()
    entered = doc.trust(f"arn:aws:iam::{one.id}:root")
    one.client("iam").create_role(RoleName="root", Path=f"/{two.id}/", AssumeRolePolicyDocument=entered)
    one.client("iam").put_role_policy(RoleName="root", PolicyName="p", PolicyDocument=EVERYTHING)
    issuer = one.make_user("issuer", EVERYTHING)
    session = one.client("sts", issuer.creds).assume_role(
        RoleArn=f"arn:aws:iam::{one.id}:role/{two.id}/root", RoleSessionName="root"
    )["Credentials"]
    creds = type(issuer.creds)(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    trusting = two.make_role(doc.trust(f"arn:aws:iam::{two.id}:root"), EVERYTHING)
    bucket = two.make_bucket({"AWS": f"arn:aws:iam::{two.id}:root"})
    watched = Watched(two, told=one)
    sts = one.client("sts", creds)
    watched.repelled(lambda: sts.assume_role(RoleArn=trusting, RoleSessionName="root"), "AccessDenied", 403)
    watched.repelled(two.reads(bucket, creds), "AccessDenied", 403)
    shown = json.dumps(two.client("iam").get_role(RoleName=trusting.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"])
    assert f"arn:aws:iam::{two.id}:root" in shown
    twin = two.make_user("twin", EVERYTHING)
    allowed(lambda: two.client("sts", twin.creds).assume_role(RoleArn=trusting, RoleSessionName="twin"))
    allowed(two.reads(bucket, twin.creds))
