"""`portcullis lint` and `portcullis summary`: offline commands, and what lint notes on a save."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from harness import documents as doc
from harness.account import Account
from harness.audit import event_of
from harness.expect import header
from harness.server import binary

LIMIT_S = 30

GOOD = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "AROAXROLE1:*"}}},
    ],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"},
}
BAD = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Deny", "Action": "*", "Resource": "*",
     "Condition": {"StringEquals": {"aws:userid": "AROAXROLE1"}}},
    {"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "arn:aws:s3:::data/*"}
  ]
}"""


def run(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """The command with nothing around it: no credentials, no server, no home."""
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run(
        [binary(), *words], input=text, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def lint_json(text: str, *flags: str, code: int = 0) -> list[dict]:
    done = run("lint", "-", "--output", "json", *flags, text=text)
    assert (done.returncode, done.stderr) == (code, ""), done
    return json.loads(done.stdout)


def applied(text: str, finding: dict) -> str:
    raw = text.encode()
    place = finding["replaces"]
    return (raw[: place["start"]] + finding["fix"].encode() + raw[place["end"] :]).decode()


# -- lint --------------------------------------------------------------------------


def test_findings_as_json():
    findings = lint_json(BAD, code=1)
    assert [(f["code"], f["severity"], f["line"], f["column"]) for f in findings] == [
        ("BARE_ROLE_ID", "WARNING", 5, 51),
        ("INVALID_ACTION", "ERROR", 6, 35),
    ]
    role, action = findings
    assert "AROAXROLE1:*" in role["fix"] and "AROAXROLE1:*" in role["message"]
    assert action["fix"] == '"s3:GetObject"'
    for finding in findings:
        assert set(finding) == {"code", "severity", "line", "column", "message", "fix", "replaces"}


def test_the_mended_texts_mend():
    text = BAD
    for finding in reversed(lint_json(BAD, code=1)):
        text = applied(text, finding)
    assert lint_json(text) == []
    condition = json.loads(text)["Statement"][0]["Condition"]
    assert condition == {"StringLike": {"aws:userid": "AROAXROLE1:*"}}


def test_findings_as_text(tmp_path: Path):
    file = tmp_path / "policy.json"
    file.write_text(BAD)
    done = run("lint", str(file))
    assert done.returncode == 1
    assert f"{file} is read as an identity policy; --type says otherwise\n" in done.stdout
    shown = """policy.json:6:35 error INVALID_ACTION: Amazon S3 has no action GetObjct; GetObject is probably meant
  6 |     {"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "arn:aws:s3:::data/*"}
    |                                   ^^^^^^^^^^^^^
  fix: "s3:GetObject"
"""
    assert shown in done.stdout
    assert done.stdout.endswith("\n1 error, 1 warning\n")


def test_a_sound_policy_has_nothing_to_say():
    done = run("lint", "-", text=json.dumps(GOOD))
    assert done.returncode == 0 and done.stdout.endswith("\nno findings\n"), done


@pytest.mark.parametrize(
    ("policy", "kind"),
    [
        (GOOD, "an identity policy"),
        (TRUST, "a role's trust policy"),
        ({"Statement": [dict(GOOD["Statement"][0], Principal="*")]}, "a policy on a resource"),
    ],
)
def test_the_kind_is_told_from_the_document(policy, kind):
    done = run("lint", "-", text=json.dumps(policy))
    assert done.stdout.startswith(f"standard input is read as {kind}; --type says otherwise\n"), done


def test_the_kind_may_be_said():
    assert [f["code"] for f in lint_json(json.dumps(TRUST), "--type", "scp", code=1)][:2] == [
        "MISSING_RESOURCE",
        "SCP_SYNTAX_ERROR_PRINCIPAL",
    ]


def test_a_text_that_is_no_json_is_looked_at_all_the_same():
    codes = [f["code"] for f in lint_json(BAD.replace("]\n}", "],\n}"), code=1)]
    assert codes == ["BARE_ROLE_ID", "INVALID_ACTION", "JSON_SYNTAX_ERROR"]


@pytest.mark.parametrize(
    "words",
    [("lint",), ("lint", "/nonexistent/policy.json"), ("lint", "-", "--type", "bucket"), ("summary", "/")],
)
def test_what_cannot_be_read_ends_with_two(words):
    done = run(*words)
    assert done.returncode == 2 and done.stdout == "" and done.stderr != "", done


def test_what_is_no_text_ends_with_two(tmp_path: Path):
    file = tmp_path / "policy.json"
    file.write_bytes(b"\xff\xfe")
    done = run("lint", str(file))
    assert done.returncode == 2 and "is not UTF-8 text" in done.stderr, done


# -- summary -----------------------------------------------------------------------


def test_a_summary_as_text():
    done = run("summary", "-", text=json.dumps(GOOD))
    assert done.returncode == 0, done
    assert "Explicit deny (all services)" in done.stdout
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "All services Full access All resources aws:userid StringLike AROAXROLE1:*" in rows
    assert "Amazon S3 Limited: List, Read Multiple None" in rows


def test_a_summary_as_json():
    done = run("summary", "-", "--output", "json", text=json.dumps(GOOD))
    summary = json.loads(done.stdout)
    [row] = summary["allow"]
    assert (row["service"], row["access_level"], row["request_condition"]) == ("s3", "Limited: List, Read", "None")
    assert row["access"] == [
        {"level": "List", "extent": "Limited", "actions": ["ListBucket"]},
        {"level": "Read", "extent": "Limited", "actions": ["GetObject"]},
    ]
    assert [r["type"] for r in row["resources"]] == ["bucket", "object"]
    assert [row["service"] for row in summary["deny"]] == ["*"]


def test_what_is_no_policy_has_no_summary():
    done = run("summary", "-", text=BAD.replace('"Deny"', '"deny"'))
    assert done.returncode == 1 and done.stdout == "" and "Effect must be Allow or Deny" in done.stderr, done


# -- on save -----------------------------------------------------------------------


def test_a_save_notes_errors_and_warnings(account: Account):
    role = account.make_role("linted")
    answer = account.role_policy(role.name, BAD)
    assert header(answer, "x-portcullis-findings") == "2"
    noted = event_of(account, answer)["additionalEventData"]["findings"]
    assert [text.split(":")[0] for text in noted] == ["BARE_ROLE_ID", "INVALID_ACTION"]


def test_a_suggestion_does_not_count(account: Account):
    role = account.make_role("suggested")
    unnamed = doc.policy(doc.allow("s3:GetObject", "arn:aws:s3:::data/*") | {"Sid": ""})
    answer = account.role_policy(role.name, unnamed)
    assert header(answer, "x-portcullis-findings") in (None, "0")
    assert [f["code"] for f in lint_json(unnamed)] == ["EMPTY_SID_VALUE"]
