"""IAM: virtual MFA devices, from the seed to the session. What an attacker makes of codes: `test_threat_ctx_mfa.py`."""

from __future__ import annotations

import re
import struct
import zlib

import botocore.auth
import botocore.compat
import pytest

from harness import documents as doc
from harness.account import ROOT_ARN, Account, fresh
from harness.audit import file_events, lookup
from harness.clients import Creds
from harness.clock import Clock
from harness.expect import allowed, denied, refused
from harness.mfa import Device
from harness.server import ACCOUNT, Server

NOWHERE = f"arn:aws:iam::{ACCOUNT}:mfa/nowhere"
INVALID = "Authentication code for device is not valid."


@pytest.fixture
def account(clocked):
    return clocked[0]


@pytest.fixture
def iam(account):
    return account.iam


@pytest.fixture
def clock(clocked):
    return clocked[1]


@pytest.fixture
def user(account):
    return account.make_user("holder")


@pytest.fixture
def device(account, clock):
    return Device(account, clock)


# -- the life of a device --------------------------------------------------------------------------


def test_a_device_is_made_enabled_listed_taken_away_and_deleted(account, iam, clock, user):
    tags = [{"Key": "floor", "Value": "3"}]
    device = Device(account, clock, "Life", Path="/keys/", Tags=tags)
    assert device.serial == f"arn:aws:iam::{ACCOUNT}:mfa/keys/Life"
    assert re.fullmatch("[A-Z2-7]{64}", device.text) and device.answer["Tags"] == tags
    assert "User" not in device.answer and "EnableDate" not in device.answer
    mine = lambda status: [  # noqa: E731
        entry
        for page in iam.get_paginator("list_virtual_mfa_devices").paginate(AssignmentStatus=status)
        for entry in page["VirtualMFADevices"]
        if entry["SerialNumber"] == device.serial
    ]
    assert mine("Assigned") == [] and mine("Unassigned") == mine("Any") == [{"SerialNumber": device.serial}]
    device.enable(user.name)
    [shown] = iam.list_mfa_devices(UserName=user.name)["MFADevices"]
    assert (shown["UserName"], shown["SerialNumber"]) == (user.name, device.serial)
    assert abs((shown["EnableDate"] - clock.now()).total_seconds()) < 5
    [listed] = mine("Assigned")
    assert listed["User"]["Arn"] == user.arn and listed["EnableDate"] == shown["EnableDate"]
    assert mine("Unassigned") == [] and mine("Any") == [listed]
    got = iam.get_mfa_device(SerialNumber=device.serial, UserName=user.name)
    assert (got["UserName"], got["SerialNumber"], got["EnableDate"]) == (user.name, device.serial, shown["EnableDate"])
    delete = lambda: iam.delete_virtual_mfa_device(SerialNumber=device.serial)  # noqa: E731
    refused(delete, "DeleteConflict", 409, "MFA VirtualDevice in use. Must deactivate first.")
    iam.deactivate_mfa_device(UserName=user.name, SerialNumber=device.serial)
    assert iam.list_mfa_devices(UserName=user.name)["MFADevices"] == []
    allowed(delete)
    refused(delete, "NoSuchEntity", 404, f"VirtualMFADevice with serial number {device.serial} doesn't exist.")
    assert mine("Any") == []


def test_the_picture_is_a_png(device):
    picture = device.answer["QRCodePNG"]
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        body = picture[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", picture[at + 8 + length : at + 12 + length])[0]
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert width == height >= 29 * 3 and (depth, colour) == (8, 0)
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (width + 1)


def test_a_name_is_taken_once_whatever_its_path_and_case(account, iam, clock):
    Device(account, clock, "Taken")
    for name, path in [("Taken", "/"), ("TAKEN", "/"), ("taken", "/other/")]:
        call = lambda name=name, path=path: iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Path=path)  # noqa: E731
        refused(call, "EntityAlreadyExists", 409, "MFADevice entity at the same path and name already exists.")
    refused(lambda: iam.create_virtual_mfa_device(VirtualMFADeviceName="a b"), "ValidationError", 400)
    refused(lambda: iam.create_virtual_mfa_device(VirtualMFADeviceName="n" * 240), "InvalidInput", 400, "256 characters")


def test_what_is_not_there(account, iam, clock, user, device):
    other = account.make_user("other")
    Device(account, clock, name := fresh("of-other")).enable(other.name)
    codes = device.two()
    for serial in [NOWHERE, "GAHT12345678", device.serial.upper()]:
        for call in [
            lambda s: iam.enable_mfa_device(UserName=user.name, SerialNumber=s, **codes),
            lambda s: iam.resync_mfa_device(UserName=user.name, SerialNumber=s, **codes),
            lambda s: iam.deactivate_mfa_device(UserName=user.name, SerialNumber=s),
            lambda s: iam.get_mfa_device(UserName=user.name, SerialNumber=s),
            lambda s: iam.delete_virtual_mfa_device(SerialNumber=s),
            lambda s: iam.tag_mfa_device(SerialNumber=s, Tags=[{"Key": "a", "Value": "b"}]),
            lambda s: iam.untag_mfa_device(SerialNumber=s, TagKeys=["a"]),
            lambda s: iam.list_mfa_device_tags(SerialNumber=s),
        ]:
            refused(lambda: call(serial), "NoSuchEntity", 404, "doesn't exist.")
    # Another's device is no device of the user's.
    theirs = f"arn:aws:iam::{ACCOUNT}:mfa/{name}"
    for call in [
        lambda: iam.resync_mfa_device(UserName=user.name, SerialNumber=theirs, **codes),
        lambda: iam.deactivate_mfa_device(UserName=user.name, SerialNumber=theirs),
        lambda: iam.get_mfa_device(UserName=user.name, SerialNumber=theirs),
    ]:
        refused(call, "NoSuchEntity", 404)
    elsewhere = device.serial.replace(ACCOUNT, "999999999999")
    denied(lambda: iam.delete_virtual_mfa_device(SerialNumber=elsewhere))
    refused(lambda: iam.get_mfa_device(UserName=user.name, SerialNumber=elsewhere), "NoSuchEntity", 404)
    for call in [
        lambda: iam.enable_mfa_device(UserName="nobody", SerialNumber=device.serial, **codes),
        lambda: iam.list_mfa_devices(UserName="nobody"),
    ]:
        refused(call, "NoSuchEntity", 404, "The user with name nobody cannot be found.")


def test_two_consecutive_codes_enable_and_nothing_else(iam, user, device):
    enable = lambda **codes: lambda: iam.enable_mfa_device(UserName=user.name, SerialNumber=device.serial, **codes)  # noqa: E731
    one, two = device.two().values()
    for first, second in [(two, one), (one, one), (one, device.code(1)), (one, device.wrong())]:
        refused(enable(AuthenticationCode1=first, AuthenticationCode2=second), "InvalidAuthenticationCode", 403, INVALID)
    for odd in ["1234567", " 12345", "abcdef"]:
        refused(enable(AuthenticationCode1=odd, AuthenticationCode2=two), "ValidationError", 400)
    allowed(enable(**device.two()))
    refused(enable(**device.two(1)), "EntityAlreadyExists", 409, "MFA Device is already in use.")


def test_a_user_has_eight_devices_at_most(account, iam, clock, user):
    devices = [Device(account, clock).enable(user.name) for _ in range(8)]
    ninth = Device(account, clock)
    refused(lambda: ninth.enable(user.name), "LimitExceeded", 409, "Cannot exceed quota for MFADevicesPerUser: 8")
    pages = list(iam.get_paginator("list_mfa_devices").paginate(UserName=user.name, PaginationConfig={"PageSize": 3}))
    serials = [shown["SerialNumber"] for page in pages for shown in page["MFADevices"]]
    assert serials == sorted(device.serial for device in devices) and len(pages) == 3
    pages = iam.get_paginator("list_virtual_mfa_devices").paginate(PaginationConfig={"PageSize": 2})
    serials = [shown["SerialNumber"] for page in pages for shown in page["VirtualMFADevices"]]
    assert len(serials) == len(set(serials)) and {ninth.serial, *(d.serial for d in devices)} <= set(serials)
    for held in devices:  # each of them counts
        allowed(lambda: account.client("sts", user.creds).get_session_token(**held.proof()))


def test_there_are_as_many_devices_as_users_may_be():
    with Server(flags=("--quota", "users=1")) as server:
        account = Account(server)
        Device(account)
        refused(lambda: Device(account), "LimitExceeded", 409, "Cannot exceed quota for VirtualMFADevicesPerAccount: 1")


def test_a_clock_that_is_off_is_remembered(account, iam, clock, user, device):
    token = account.client("sts", user.creds).get_session_token
    device.ahead_s = 300
    device.enable(user.name)
    allowed(lambda: token(**device.proof()))
    device.ahead_s = 0
    clock.forward(600)  # so that what it shows now was not used
    denied(lambda: token(**device.proof()), "invalid MFA one time pass code")
    resync = lambda **codes: lambda: iam.resync_mfa_device(UserName=user.name, SerialNumber=device.serial, **codes)  # noqa: E731
    clock.forward(60)
    refused(resync(AuthenticationCode1="000000", AuthenticationCode2="000000"), "InvalidAuthenticationCode", 403, INVALID)
    allowed(resync(**device.two()))
    refused(resync(**device.two()), "InvalidAuthenticationCode", 403)  # each is good once
    allowed(lambda: token(**device.proof()))
    device.ahead_s = 660  # more than ten minutes is not looked for
    refused(resync(**device.two()), "InvalidAuthenticationCode", 403)


def test_tags_of_a_device(iam, device):
    tag = lambda *tags: lambda: iam.tag_mfa_device(  # noqa: E731
        SerialNumber=device.serial, Tags=[{"Key": key, "Value": value} for key, value in tags]
    )
    allowed(tag(("b", "2"), ("a", "1"), ("c", "3")))
    allowed(tag(("A", "4")))
    pages = list(iam.get_paginator("list_mfa_device_tags").paginate(SerialNumber=device.serial, PaginationConfig={"PageSize": 2}))
    assert [t["Value"] for page in pages for t in page["Tags"]] == ["4", "2", "3"] and len(pages) == 2
    iam.untag_mfa_device(SerialNumber=device.serial, TagKeys=["b", "none"])
    assert len(iam.list_mfa_device_tags(SerialNumber=device.serial)["Tags"]) == 2
    refused(tag(("x", "1"), ("X", "2")), "InvalidInput", 400, "Duplicate tag keys found")
    refused(tag(("aws:x", "1")), "InvalidInput", 400)
    refused(tag(*((f"k{n}", "") for n in range(50))), "LimitExceeded", 409)


# -- who may ----------------------------------------------------------------------------------------


def test_a_user_manages_its_own_device_and_no_other(account, clock):
    """IAM User Guide: "Allows MFA-authenticated IAM users to manage their own MFA device", the part without MFA."""
    own = doc.policy(
        doc.allow("iam:CreateVirtualMFADevice", "arn:aws:iam::*:mfa/${aws:username}"),
        doc.allow(
            ["iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice", "iam:GetMFADevice"],
            "arn:aws:iam::*:user/${aws:username}",
        ),
    )
    carol, dave = account.make_user("carol", own), account.make_user("dave", own)
    mine = account.client("iam", carol.creds)
    denied(lambda: mine.create_virtual_mfa_device(VirtualMFADeviceName=dave.name), "iam:CreateVirtualMFADevice")
    tagged = lambda: mine.create_virtual_mfa_device(VirtualMFADeviceName=carol.name, Tags=[{"Key": "a", "Value": "b"}])  # noqa: E731
    denied(tagged, "iam:TagMFADevice")
    device = Device(account, clock, carol.name, by=mine)
    denied(lambda: device.enable(dave.name, by=mine), "iam:EnableMFADevice")
    device.enable(carol.name, by=mine)
    # No name means the caller's own.
    assert mine.list_mfa_devices()["MFADevices"][0]["SerialNumber"] == device.serial
    assert mine.get_mfa_device(SerialNumber=device.serial)["UserName"] == carol.name
    for call in [
        lambda: mine.list_mfa_devices(UserName=dave.name),
        lambda: mine.list_virtual_mfa_devices(),
        lambda: mine.deactivate_mfa_device(UserName=carol.name, SerialNumber=device.serial),
        lambda: mine.deactivate_mfa_device(SerialNumber=device.serial),
        lambda: mine.delete_virtual_mfa_device(SerialNumber=device.serial),
        lambda: mine.delete_virtual_mfa_device(SerialNumber=NOWHERE),
        lambda: mine.resync_mfa_device(UserName=dave.name, SerialNumber=device.serial, **device.two()),
        lambda: mine.tag_mfa_device(SerialNumber=device.serial, Tags=[{"Key": "a", "Value": "b"}]),
        lambda: mine.untag_mfa_device(SerialNumber=device.serial, TagKeys=["a"]),
        lambda: mine.list_mfa_device_tags(SerialNumber=device.serial),
    ]:
        denied(call, "is not authorized to perform: iam:")


def test_who_may_not_enable_does_not_use_codes_up(account, iam, clock, user, device):
    stranger = account.client("iam", account.make_user("stranger").creds)
    for _ in range(20):
        guess = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000001"}
        denied(lambda: stranger.enable_mfa_device(UserName=user.name, SerialNumber=device.serial, **guess))
    denied(lambda: stranger.enable_mfa_device(UserName=user.name, SerialNumber=device.serial, **device.two()))
    device.enable(user.name)


def test_a_deny_by_tag_of_the_device(account, iam, device):
    keeper = account.make_user(
        "keeper", doc.policy(doc.allow("iam:*"), doc.deny("iam:DeleteVirtualMFADevice", StringEquals={"aws:ResourceTag/keep": "yes"}))
    )
    iam.tag_mfa_device(SerialNumber=device.serial, Tags=[{"Key": "keep", "Value": "yes"}])
    delete = lambda: account.client("iam", keeper.creds).delete_virtual_mfa_device(SerialNumber=device.serial)  # noqa: E731
    denied(delete)
    iam.untag_mfa_device(SerialNumber=device.serial, TagKeys=["keep"])
    allowed(delete)


# -- users, the account, root -----------------------------------------------------------------------


def test_a_user_with_a_device_is_not_deleted(account, iam, device):
    name = account.make_user("leaver").name
    device.enable(name)
    refused(lambda: account.delete_user(name), "DeleteConflict", 409, "Cannot delete entity, must delete MFA device first.")
    iam.deactivate_mfa_device(UserName=name, SerialNumber=device.serial)
    iam.delete_user(UserName=name)
    # A namesake has none.
    iam.create_user(UserName=name)
    assert iam.list_mfa_devices(UserName=name)["MFADevices"] == []


def test_a_renamed_user_keeps_its_device(account, iam, user, device):
    device.enable(user.name)
    iam.update_user(UserName=user.name, NewUserName=(name := fresh("renamed")), NewPath="/moved/")
    assert iam.list_mfa_devices(UserName=name)["MFADevices"][0]["UserName"] == name
    allowed(lambda: account.client("sts", user.creds).get_session_token(**device.proof()))


def test_the_root_user_has_a_device_too_and_the_account_counts_them(account, iam, clock, user):
    count = lambda: [iam.get_account_summary()["SummaryMap"][key] for key in ("MFADevices", "MFADevicesInUse", "AccountMFAEnabled")]  # noqa: E731
    before = count()
    assert before[2] == 0 and iam.list_mfa_devices()["MFADevices"] == []
    device = Device(account, clock, "root-account-mfa-device").enable("root")
    assert count() == [before[0] + 1, before[1] + 1, 1]
    assert [shown["SerialNumber"] for shown in iam.list_mfa_devices()["MFADevices"]] == [device.serial]
    [listed] = [d for d in iam.list_virtual_mfa_devices()["VirtualMFADevices"] if d["SerialNumber"] == device.serial]
    assert listed["User"]["Arn"] == ROOT_ARN and listed["User"]["UserId"] == ACCOUNT
    # A user that calls itself root is not root.
    denied(lambda: account.client("sts", user.creds).get_session_token(**device.proof()))
    admin = account.client("iam", account.make_user("admin", doc.policy(doc.allow("iam:*"))).creds)
    refused(lambda: admin.deactivate_mfa_device(UserName="root", SerialNumber=device.serial), "NoSuchEntity", 404)
    held = account.session_token(account.root, **device.proof())
    assert account.whoami(held)["Arn"] == ROOT_ARN
    # IAM is open to root's session with MFA, and shut to one without.
    assert account.client("iam", held).list_mfa_devices()["MFADevices"]
    denied(lambda: account.client("iam", account.session_token(account.root)).list_mfa_devices())
    iam.deactivate_mfa_device(SerialNumber=device.serial)
    assert count() == [before[0] + 1, before[1], 0]


# -- what lasts and what is told --------------------------------------------------------------------


def test_seeds_and_codes_are_told_nobody_and_devices_last(tmp_path):
    with Clock(tmp_path / "clock") as clock, Server(data=tmp_path / "data", clock_file=clock.path) as server:
        account = Account(server)
        user = account.make_user("keeper")
        device = Device(account, clock).enable(user.name)
        used = device.proof()
        token = account.client("sts", user.creds).get_session_token
        allowed(lambda: token(**used))
        server.restart()
        token = Account(server).client("sts", user.creds).get_session_token
        denied(lambda: token(**used), "invalid MFA one time pass code")  # still used
        wrong = device.wrong()
        for _ in range(6):
            denied(lambda: token(SerialNumber=device.serial, TokenCode=wrong))
        odd = f" {device.code()}"
        refused(lambda: token(SerialNumber=device.serial, TokenCode=odd), "ValidationError", 400)
        server.restart()
        account = Account(server)
        token = account.client("sts", user.creds).get_session_token
        assert account.iam.list_mfa_devices(UserName=user.name)["MFADevices"][0]["SerialNumber"] == device.serial
        denied(lambda: token(**device.proof()), "invalid MFA one time pass code")  # still locked
        clock.forward(300)
        allowed(lambda: token(**device.proof()))
        told = [str(event) for event in lookup(account)]
        said = server.log()
        server.stop()
    told += [str(event) for event in file_events(tmp_path / "data")]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert len(told) > 20 and any(device.serial in event for event in told)
    assert device.text not in said and device.text.encode() not in kept and device.seed not in kept
    for event in told:
        assert device.text not in event and "Base32StringSeed" not in event and "'tokenCode':" not in event
        found = set(re.findall(r"(?<![0-9A-Za-z.:-])\d{6}(?![0-9A-Za-z.:-])", event)) & {*device.said, wrong}
        assert not found, event
    for line in said.splitlines():
        assert not set(re.findall(r"(?<![\d.:])\d{6}(?![\d.:Z])", line)) & {*device.said, wrong}, line


def test_the_aws_cli_does_all_of_it(server, cli, tmp_path, monkeypatch):
    # This server's clock is the real one, which the clock of the module does not change.
    monkeypatch.setattr(botocore.auth, "get_current_datetime", botocore.compat.get_current_datetime)
    account = Account(server)
    name = account.make_user("clerk", doc.policy(doc.allow("iam:ListMFADevices"))).name
    seed = tmp_path / "seed"
    cli.ok(
        "iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", name,
        "--bootstrap-method", "Base32StringSeed", "--outfile", str(seed),
    )  # fmt: skip
    assert re.fullmatch("[A-Z2-7]{64}", seed.read_text())
    picture = tmp_path / "code.png"
    cli.ok(
        "iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", f"{name}-2",
        "--bootstrap-method", "QRCodePNG", "--outfile", str(picture),
    )  # fmt: skip
    assert picture.read_bytes().startswith(b"\x89PNG")
    device = Device(account, name=fresh("clerk"))
    codes = [device.code(steps) for steps in (-1, 0, 1)]
    cli.ok(
        "iam", "enable-mfa-device", "--user-name", name, "--serial-number", device.serial,
        "--authentication-code1", codes[0], "--authentication-code2", codes[1],
    )  # fmt: skip
    assert cli.ok("iam", "list-mfa-devices", "--user-name", name)["MFADevices"][0]["SerialNumber"] == device.serial
    cli.keys("clerk", account.make_key(name))
    issued = cli.ok(
        "sts", "get-session-token", "--serial-number", device.serial, "--token-code", codes[2], profile="clerk"
    )["Credentials"]
    cli.keys("clerk-mfa", Creds(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"]))
    assert cli.ok("iam", "list-mfa-devices", "--user-name", name, profile="clerk-mfa")["MFADevices"]
    cli.ok("iam", "deactivate-mfa-device", "--user-name", name, "--serial-number", device.serial)
    cli.ok("iam", "delete-virtual-mfa-device", "--serial-number", device.serial)
    cli.ok("iam", "delete-virtual-mfa-device", "--serial-number", f"arn:aws:iam::{ACCOUNT}:mfa/{name}-2")
