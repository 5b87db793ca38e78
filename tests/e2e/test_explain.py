"""`portcullis explain`: a case in a file, its explanation as text and as JSON, without a server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from harness.server import binary

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/denied.json"
LIMIT_S = 30


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [binary(), "explain", *words], input=stdin, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def ok(*words: str, stdin: str = "") -> str:
    done = run(*words, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_the_readme_shows_what_is_printed():
    shown = "".join(f"    {line}".rstrip() + "\n" for line in ok(str(EXAMPLE)).splitlines())
    assert shown in (ROOT / "README.md").read_text()


def test_json_from_standard_input_says_the_same():
    told = json.loads(ok("-", "--output", "json", stdin=EXAMPLE.read_text()))
    assert told["verdict"] == {"answer": "ImplicitDeny", "layer": "identity"}
    failed = next(it["failed_on"] for it in told["statements"] if it["sid"] == "Reports")
    assert (failed["operator"], failed["key"]) == ("IpAddress", "aws:SourceIp")
    assert (failed["seen"]["values"], failed["wanted"]["values"]) == (["192.0.2.44"], ["10.0.0.0/8"])


@pytest.mark.parametrize("change", ["context value", "add statement"])
def test_what_is_said_to_turn_the_answer_turns_it(change: str):
    case = json.loads(EXAMPLE.read_text())
    told = json.loads(ok("-", "--output", "json", stdin=json.dumps(case)))
    flip = next(it for it in told["flips"] if it["change"] == change)
    if change == "context value":
        case["context"][flip["key"]] = flip["to"]
    else:
        assert flip["layer"] == "identity"
        case["policies"]["identity"].append(flip["statement"])
    again = json.loads(ok("-", "--output", "json", stdin=json.dumps(case)))
    assert again["verdict"] == flip["then"] == {"answer": "Allow"}


def test_an_allowed_case_is_explained_too():
    case = json.loads(EXAMPLE.read_text())
    case["context"]["aws:SourceIp"] = "10.1.2.3"
    assert ok("-", stdin=json.dumps(case)).startswith("ALLOWED\n")


def test_a_refused_case_names_the_field_and_a_missing_file_is_told(tmp_path: Path):
    case = json.loads(EXAMPLE.read_text())
    case["caller"]["role_id"] = "mary"
    done = run("-", stdin=json.dumps(case))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("portcullis: standard input: caller.role_id: must be a unique id: AROA")
    done = run(str(tmp_path / "none.json"))
    assert done.returncode == 2
    assert "none.json cannot be read" in done.stderr


def test_a_wrong_command_line_exits_with_2():
    assert run().returncode == 2
    assert run(str(EXAMPLE), "--output", "table").returncode == 2


def test_names_cannot_steer_the_terminal():
    case = json.loads(EXAMPLE.read_text())
    case["caller"]["session"] = "m\u001b[2Jary"
    assert "\u001b" not in ok("-", stdin=json.dumps(case))
