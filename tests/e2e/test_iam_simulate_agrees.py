"""The policy simulator and the server agree: on the cases of `corpus/decide`, and on what really happens.

Cases that cannot be put to the simulator, which knows nothing of sessions, are counted with the reason.
"""

from __future__ import annotations

import json
import random
from collections import Counter

from botocore.exceptions import ClientError

from harness import documents as doc
from harness.corpus import CAST, cases, text_of
from harness.server import ACCOUNT

CORPUS_AT_LEAST = 330
# The list of policies may not be empty.
GRANTS_NOTHING = doc.policy(doc.allow("none:Nothing"))
IDENTITY_CALLERS = {"user", "role session"}
WORDS = {"Allow": "allowed", "ExplicitDeny": "explicitDeny", "ImplicitDeny": "implicitDeny", "Forbidden:": "implicitDeny"}


def only(answer: dict) -> dict:
    [result] = answer["EvaluationResults"]
    return result


def entry(key: str, *values: str, kind: str = "string") -> dict:
    return {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": kind}


def not_simulated(case) -> str | None:
    """Why a case of the corpus cannot be put to the simulator."""
    cast = CAST[case.caller]
    checks = {
        "a policy that cannot be saved": case.is_refused,
        "native revocations": "revocations" in case.policies,
        "resource control policies": "rcps" in case.policies,
        "role trust policies": "trust" in case.policies,
        "session policies": "session" in case.policies,
        "a stored policy that cannot be read": any(one == "unreadable" for one in documents(case)),
        "an empty list of service control policies": case.policies.get("scps") == [],
        f"a caller that is {cast['is']}": cast["is"] not in IDENTITY_CALLERS,
        "a GetSessionToken session": "mfa" in cast,
        "an action with a wildcard or without a service": any(sign in case.action for sign in "*?") or ":" not in case.action,
        "a resource that is no ARN": case.resource != "*" and case.resource.count(":") < 5,
        "a principal named by its id or its session": names_by_id(case),
        "a principal that was deleted and made anew": "created anew" in case.caller,
        "a key of the caller's own that is absent": any(value is None and key in cast["context"] for key, value in case.context.items()),
        "a key of fewer than five letters": any(len(key) < 5 for key in case.context),
        "a value that is no text of its type": any(value == [] for value in case.context.values()),
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def documents(case) -> list:
    found = []
    for value in case.policies.values():
        for one in value if isinstance(value, list) else [value]:
            found += one if isinstance(one, list) else [one]
    return found


def names_by_id(case) -> bool:
    text = json.dumps(case.policies.get("resource", ""))
    return any(form in text for form in ("AIDA", "AROA", ":sts:", "federated-user"))


def as_text(document) -> str:
    return doc.policy(doc.allow("*")) if document == "full access" else text_of(document)


def asked(case) -> dict:
    cast = CAST[case.caller]
    context = cast["context"] | case.context
    entries = [
        entry(key, *(value if isinstance(value, list) else [value]), kind="stringList" if isinstance(value, list) else "string")
        for key, value in context.items()
        if value is not None
    ]
    given = {
        "PolicyInputList": [as_text(one) for one in case.policies.get("identity", [])] or [GRANTS_NOTHING],
        "ActionNames": [case.action],
        "ResourceArns": [case.resource],
        "ResourceOwner": f"arn:aws:iam::{case.owner}:root",
        "CallerArn": cast["arn"],
        "ContextEntries": entries,
    }
    if "boundary" in case.policies:
        given["PermissionsBoundaryPolicyInputList"] = [as_text(case.policies["boundary"])]
    if "resource" in case.policies:
        given["ResourcePolicy"] = as_text(case.policies["resource"])
    if "scps" in case.policies:
        given["OrderedOrganizationPolicyInputList"] = [
            {"ServiceControlPolicyInputList": [as_text(one) for one in level]} for level in case.policies["scps"]
        ]
    return given


def test_the_corpus_is_simulated_as_it_is_decided(account, capsys):
    iam, everything = account.iam, cases({})
    nobody = account.make_user("corpus").arn
    not_run, failures, ran = Counter(), [], 0
    for case in everything:
        reason = not_simulated(case)
        if reason is not None:
            not_run[reason] += 1
            continue
        given = asked(case)
        answers = [only(iam.simulate_custom_policy(**given))]
        if given.pop("OrderedOrganizationPolicyInputList", None) is None:
            # The same policies, beside those of somebody who has none.
            answers.append(only(iam.simulate_principal_policy(PolicySourceArn=nobody, **given)))
        ran += 1
        wanted = WORDS[case.expect.split(" ")[0]]
        failures += [f"{case.name}: {one['EvalDecision']}, expected {case.expect}" for one in answers if one["EvalDecision"] != wanted]
    with capsys.disabled():
        print(f"\n{ran} of {len(everything)} cases of the corpus are simulated; these cannot be:")
        for reason, count in not_run.most_common():
            print(f"  {count:4} {reason}")
    assert not failures, f"{len(failures)} cases differ:\n" + "\n".join(failures)
    assert ran >= CORPUS_AT_LEAST


def probes(account, bucket: str, user: str, role: str):
    """Calls with the action and resource that each is about."""
    object_arn, bucket_arn = f"arn:aws:s3:::{bucket}/a.txt", f"arn:aws:s3:::{bucket}"
    user_arn = f"arn:aws:iam::{ACCOUNT}:user/{user}"
    return [
        ("s3:GetObject", object_arn, "s3", lambda s3: s3.get_object(Bucket=bucket, Key="a.txt")),
        ("s3:PutObject", object_arn, "s3", lambda s3: s3.put_object(Bucket=bucket, Key="a.txt", Body=b"x")),
        ("s3:GetObjectTagging", object_arn, "s3", lambda s3: s3.get_object_tagging(Bucket=bucket, Key="a.txt")),
        ("s3:ListBucket", bucket_arn, "s3", lambda s3: s3.list_objects_v2(Bucket=bucket)),
        ("s3:GetBucketPolicy", bucket_arn, "s3", lambda s3: s3.get_bucket_policy(Bucket=bucket)),
        ("s3:ListAllMyBuckets", "*", "s3", lambda s3: s3.list_buckets()),
        ("iam:GetUser", user_arn, "iam", lambda iam: iam.get_user(UserName=user)),
        ("iam:ListAccessKeys", user_arn, "iam", lambda iam: iam.list_access_keys(UserName=user)),
        ("iam:ListUsers", f"arn:aws:iam::{ACCOUNT}:user/", "iam", lambda iam: iam.list_users()),
        ("iam:GetAccountSummary", "*", "iam", lambda iam: iam.get_account_summary()),
        ("sts:AssumeRole", role, "sts", lambda sts: sts.assume_role(RoleArn=role, RoleSessionName="sim")),
        ("sts:GetCallerIdentity", "*", "sts", lambda sts: sts.get_caller_identity()),
        ("sts:GetSessionToken", "*", "sts", lambda sts: sts.get_session_token()),
    ]


def some_statement(dice: random.Random, bucket: str, user: str) -> dict:
    actions = ["s3:*", "s3:Get*", "s3:GetObject", "s3:Put*", "s3:List*", "iam:*", "iam:Get*", "iam:List*", "sts:*", "*", "iam:GetUser"]
    resources = ["*", f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*", f"arn:aws:iam::{ACCOUNT}:user/*", "arn:aws:iam::*:role/*",
                 "arn:aws:s3:::*/${aws:username}*", f"arn:aws:iam::{ACCOUNT}:user/{user}"]  # fmt: skip
    made = {"Effect": "Deny" if dice.random() < 0.3 else "Allow"}
    made["NotAction" if dice.random() < 0.1 else "Action"] = dice.sample(actions, dice.randint(1, 2))
    made["NotResource" if dice.random() < 0.1 else "Resource"] = dice.sample(resources, dice.randint(1, 2))
    if dice.random() < 0.3:
        operator, key, value = dice.choice(
            [
                ("StringLike", "aws:username", "sim*"),
                ("StringNotLike", "aws:username", "sim*"),
                ("StringEquals", "aws:PrincipalTag/team", "red"),
                ("StringNotEquals", "aws:PrincipalTag/team", "red"),
                ("IpAddress", "aws:SourceIp", "127.0.0.0/8"),
                ("Bool", "aws:SecureTransport", "true"),
                ("Null", "aws:TokenIssueTime", "true"),
                ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:user/*"),
            ]
        )
        made["Condition"] = {operator: {key: value}}
    return made


def somebody(account, dice: random.Random, number: int, policy: str, boundary: str):
    """A user or a role with a policy and perhaps a boundary: its ARN, its credentials and the keys of its requests."""
    team = dice.choice(["red", "blue"])
    more: dict = {"Tags": [{"Key": "team", "Value": team}]}
    if number % 3 == 0:
        more["PermissionsBoundary"] = account.make_managed(boundary)
    known = [
        entry("aws:SourceIp", "127.0.0.1", kind="ip"),
        entry("aws:SecureTransport", "false", kind="boolean"),
        entry("aws:PrincipalTag/team", team),
    ]
    if number % 2:
        role = account.make_role("sim", policy=policy, **more)
        session = account.assume(role, name="sim")
        return role.arn, session, [*known, entry("aws:TokenIssueTime", doc.iso_ms(doc.utc_now()), kind="date")]
    user = account.make_user("sim", policy=policy, **more)
    return user.arn, user.creds, known


def happens(call, client) -> tuple[str, str]:
    """What really comes of a call, in the simulator's words, and the words of the refusal."""
    try:
        call(client)
    except ClientError as error:
        code, text = error.response["Error"]["Code"], error.response["Error"]["Message"]
        assert code == "AccessDenied", (code, text)
        return ("explicitDeny" if "explicit deny" in text else "implicitDeny"), text
    return "allowed", ""


def test_the_answer_is_what_really_happens(account, capsys):
    iam, dice = account.iam, random.Random(20240507)
    bucket, target = account.make_bucket("simulated"), account.make_user("target").name
    account.bucket_policy(bucket, doc.deny("s3:DeleteBucket", f"arn:aws:s3:::{bucket}", "*"))
    role = account.make_role("target").arn
    seen, differing = Counter(), []
    for number in range(48):
        policy = doc.policy(*(some_statement(dice, bucket, target) for _ in range(dice.randint(2, 4))))
        boundary = doc.policy(some_statement(dice, bucket, target))
        arn, creds, known = somebody(account, dice, number, policy, boundary)
        for action, resource, service, call in probes(account, bucket, target, role):
            simulated = only(
                iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource], ContextEntries=known)
            )["EvalDecision"]
            happened, text = happens(call, account.client(service, creds))
            seen[simulated] += 1
            # STS keeps to itself why a role is not to be had.
            is_quiet = action == "sts:AssumeRole" and happened == "implicitDeny"
            same = simulated != "allowed" if is_quiet else simulated == happened
            if not same:
                differing.append((arn, action, resource, simulated, happened, text, policy, boundary))
    with capsys.disabled():
        print(f"\nsimulated and really asked: {dict(seen)}")
    assert not differing, f"{len(differing)}:\n" + "\n".join(map(str, differing[:5]))
    assert all(seen[word] > 20 for word in ("allowed", "implicitDeny", "explicitDeny")), seen
