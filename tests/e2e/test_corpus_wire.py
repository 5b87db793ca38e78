"""The cases of `corpus/decide` asked of the real server: users, roles, sessions and policies by real calls.

A case is asked as it stands: its policies are attached, its caller does what the case is about, and the answer, the
words of the refusal and the decision in the event must be those of the case. Cases that cannot be staged on one account
without an organization are listed with the reason.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict

from harness.audit import lookup
from harness.corpus import STS_ROLE, cases, why_not
from harness.stage import NotSaved, Outcome, Stage, at_the_moment

RUN_AT_LEAST = 600
SECONDS_AT_MOST = 60
IN = {
    "Identity": "an identity-based policy",
    "Resource": "a resource-based policy",
    "Boundary": "a permissions boundary",
    "Session": "a session policy",
    "Trust": "the role trust policy",
}


def suffix(expect: str, action: str) -> str:
    """The end of AWS's access-denied text."""
    verdict, _, layer = expect.partition(" ")
    if verdict == "ExplicitDeny":
        return f"with an explicit deny in {IN[layer]}"
    kind = IN[layer].split(" ", 1)[1]
    return f"because no {kind} allows the {action} action"


def difference(case, outcome: Outcome) -> str:
    """How the answer differs from what the case says; nothing if it does not."""
    if case.expect == "Allow":
        return f"refused: {outcome.code}: {outcome.message}" if outcome.code else ""
    if outcome.code != "AccessDenied":
        return f"{outcome.code or 'allowed'} {outcome.message}; expected {case.expect}"
    if case.expect.startswith("Forbidden: "):
        wanted = case.expect.removeprefix("Forbidden: ")
    elif case.caller == "anonymous":
        # S3 tells strangers nothing more.
        wanted = "Access Denied"
    elif case.verb in STS_ROLE and not is_callers_own(case.expect):
        # Nor does STS tell what a role's trust policy says.
        wanted = f"is not authorized to perform: {case.action} on resource: {case.resource}"
    else:
        wanted = suffix(case.expect, case.action)
    return "" if outcome.message.endswith(wanted) else f"says {outcome.message!r}, expected …{wanted!r}"


def is_callers_own(expect: str) -> bool:
    return expect in ("ExplicitDeny Identity", "ExplicitDeny Boundary", "ExplicitDeny Session")


def recorded_difference(case, event: dict) -> str:
    """How the event's decision differs from the case."""
    decisions = event["additionalEventData"]["decisions"]
    about = [one for one in decisions if one["action"].lower() == case.verb]
    # A source identity that is handed on down a chain is asked of the caller's own side once more.
    most = 2 if case.verb == "sts:setsourceidentity" else 1
    if not 1 <= len(about) <= most:
        return f"{len(about)} decisions on {case.action}: {decisions}"
    verdict = case.expect.split(":")[0].replace(" ", ":")
    told = about[-1]["verdict"]
    if told != verdict or any(one["verdict"] != "Allow" for one in about[:-1]):
        return f"the event says {told}, expected {verdict}"
    sids = [one["statement"] for one in about[-1]["statements"] if one["statement"]]
    if case.decided_by is not None and sids != case.decided_by:
        return f"the event names {sids}, expected {case.decided_by}"
    return ""


def test_the_server_decides_as_the_cases_say(account, capsys):
    began = time.monotonic()
    stage = Stage(account)
    everything = cases(stage.replaced)
    reasons = {case.name: why_not(case) for case in everything}
    runnable = [case for case in everything if reasons[case.name] is None]
    stage.issue([case for case in runnable if not case.is_refused])
    failures, asked, not_run, refusals = [], [], defaultdict(Counter), 0
    for case in everything:
        if reasons[case.name] is not None:
            not_run[reasons[case.name]][case.file] += 1
        elif case.is_refused:
            refusals += 1
            told = stage.save(case)
            if case.expect.removeprefix("Refused: ") not in told:
                failures.append(f"{case.name}: {told}")
        else:
            case = at_the_moment(case, stage.moment)
            try:
                stage.install(case)
            except NotSaved as refusal:
                # A principal that is not there cannot be named; whoever is there can.
                text = str(refusal)
                assert "Invalid principal in policy" in text, f"{case.name}: {text}"
                assert not any(f'"{known}"' in text for known in names(stage)), f"{case.name}: {text}"
                not_run["a policy that names somebody who does not exist"][case.file] += 1
                continue
            outcome = stage.ask(case)
            asked.append((case, outcome))
            failures += [f"{case.name}: {found}" for found in [difference(case, outcome)] if found]
    failures += recorded(account, asked)
    took = time.monotonic() - began
    with capsys.disabled():
        print(report(len(everything), len(asked), refusals, not_run, took))
    assert not failures, f"{len(failures)} cases differ:\n" + "\n".join(failures)
    assert account.server.alive()
    assert len(asked) + refusals >= RUN_AT_LEAST
    assert took < SECONDS_AT_MOST


def names(stage: Stage) -> list[str]:
    alice = stage.iam.get_user(UserName="alice")["User"]["Arn"]
    return [alice, stage.deploy.arn, stage.audit.arn]


def recorded(account, asked: list) -> list[str]:
    """Each request has exactly one event, whose decision is the case's."""
    events = defaultdict(list)
    for event in lookup(account):
        events[event.get("requestID")].append(event)
    failures = []
    for case, outcome in asked:
        found = events[outcome.request]
        if len(found) != 1:
            failures.append(f"{case.name}: {len(found)} events")
        # What needs no permission was not decided on.
        elif "decisions" in found[0].get("additionalEventData", {}):
            failures += [f"{case.name}: {told}" for told in [recorded_difference(case, found[0])] if told]
        elif case.verb not in ("sts:getcalleridentity", "sts:getsessiontoken"):
            failures.append(f"{case.name}: the event tells no decision")
    return failures


def report(count: int, asked: int, refusals: int, not_run: dict, took: float) -> str:
    lines = [f"\ncorpus over the wire: {count} cases, {asked} asked, {refusals} saves refused, in {took:.0f} s; not run:"]
    for reason, files in sorted(not_run.items(), key=lambda item: -sum(item[1].values())):
        shown = ", ".join(f"{file} ({number})" for file, number in sorted(files.items()))
        lines.append(f"  {sum(files.values()):4} {reason}: {shown}")
    return "\n".join(lines)
