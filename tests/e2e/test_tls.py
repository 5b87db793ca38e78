"""TLS: real clients over https, certificates that change, and what is not TLS."""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.request

import pytest
from botocore.exceptions import SSLError

from harness import documents as doc
from harness.account import Account
from harness.clients import ClientMaker
from harness.expect import allowed
from harness.secure import SecureCli, SecureCommand, SecureServer
from harness.server import Server, ServerFailed, binary, free_port

PATIENCE_S = 30


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    with SecureServer(tmp_path_factory.mktemp("secure") / "data") as running:
        yield running


def test_boto3_the_aws_cli_and_the_own_commands_speak_it(secure, tmp_path):
    assert secure.client("sts").get_caller_identity()["Account"] == secure.account
    s3 = secure.client("s3")
    s3.create_bucket(Bucket="over-tls")
    body = b"." * 3_000_000
    s3.put_object(Bucket="over-tls", Key="large", Body=body)
    assert s3.get_object(Bucket="over-tls", Key="large")["Body"].read() == body
    cli = SecureCli(secure, tmp_path / "cli")
    assert cli.ok("sts", "get-caller-identity")["Account"] == secure.account
    command = SecureCommand(secure, tmp_path / "command")
    assert secure.account in command.ok("whoami", creds=secure.root)
    shown = secure.shown()
    assert (shown["version"], shown["protocol"]) == ("TLSv1.3", "h2")


def test_a_start_says_what_to_trust(secure):
    said = secure.log()
    assert f"serves https://127.0.0.1:{secure.port}" in said
    for variable in ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert f"{variable}={secure.ca}" in said
    assert (secure.ca.parent / "ca.key").stat().st_mode & 0o077 == 0


def test_whoever_does_not_trust_it_sends_nothing(secure, tmp_path):
    stranger = ClientMaker(secure.url).client("sts", secure.root)
    with pytest.raises(SSLError):
        stranger.get_caller_identity()
    command = SecureCommand(secure, tmp_path)
    said = command.fails("whoami", creds=secure.root, AWS_CA_BUNDLE="")
    assert "could not be spoken to with TLS" in said and "AWS_CA_BUNDLE" in said
    # A name that the certificate does not have.
    other = command.fails("whoami", "--endpoint-url", f"https://0.0.0.0:{secure.port}", creds=secure.root)
    assert "could not be spoken to with TLS" in other
    nothing = command.fails("whoami", creds=secure.root, AWS_CA_BUNDLE=str(tmp_path / "nowhere"))
    assert "nowhere cannot be read" in nothing


def test_policies_see_that_it_is_spoken(secure, tmp_path):
    only_secure = doc.policy(
        doc.allow("iam:ListUsers"), {**doc.deny("*"), "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    )
    user = Account(secure).make_user("careful", only_secure)
    allowed(secure.client("iam", user.creds).list_users)
    with Server() as plain:
        user = Account(plain).make_user("careful", only_secure)
        with pytest.raises(plain.client("iam").exceptions.ClientError) as refused:
            plain.client("iam", user.creds).list_users()
        assert "explicit deny" in str(refused.value)


def test_what_is_not_tls_is_let_go_and_hurts_nobody(secure):
    def reply(sent: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", secure.port), timeout=10) as plain:
            plain.sendall(sent)
            got = b""
            try:
                while piece := plain.recv(4096):
                    got += piece
            except ConnectionResetError:
                pass
            return got

    for sent in (b"GET /_portcullis/health HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x00", b"\x00" * 100):
        if sent == b"\x16\x03\x01\x00":
            # Half a greeting: others are served meanwhile.
            waiting = socket.create_connection(("127.0.0.1", secure.port), timeout=10)
            waiting.sendall(sent)
            assert secure.healthy()
            waiting.close()
            continue
        assert b"200 OK" not in reply(sent)
    assert secure.alive() and secure.healthy()


def test_authorities_last_and_a_server_certificate_is_of_its_start(tmp_path):
    with SecureServer(tmp_path / "data") as server:
        authority, first = server.ca.read_bytes(), server.shown()["certificate"]
        server.restart()
        assert server.ca.read_bytes() == authority and server.shown()["certificate"] != first
        assert server.client("sts").get_caller_identity()


def pair(tmp_path, name: str):
    """An authority with a pair for 127.0.0.1, as somebody would bring one."""
    with SecureServer(tmp_path / f"maker-{name}") as maker:
        folder = tmp_path / name
        shutil.copytree(maker.ca.parent, folder)
        return folder


def until(holds) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def test_a_new_pair_is_taken_up_and_a_broken_one_is_not(tmp_path):
    old, new = pair(tmp_path, "old"), pair(tmp_path, "new")
    live = tmp_path / "live"
    shutil.copytree(old, live)
    # Clients trust both authorities.
    both = tmp_path / "both.pem"
    both.write_bytes((old / "ca.pem").read_bytes() + (new / "ca.pem").read_bytes())
    flags = ("--tls-cert", str(live / "server.pem"), "--tls-key", str(live / "server.key"))
    with SecureServer(tmp_path / "data", flags, ca=both) as server:
        first = server.shown()["certificate"]
        user = server.client("iam")
        shutil.copy(new / "server.key", live / "server.key")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "the certificate stays as it was" in server.log())
        assert server.shown()["certificate"] == first
        shutil.copy(new / "server.pem", live / "server.pem")
        until(lambda: server.shown()["certificate"] != first)
        # Connections that were there go on.
        user.list_users()


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("old/server.pem", "new/server.key", "cannot be used together"),
        ("old/server.key", "old/server.key", "holds no certificate"),
        ("nowhere", "old/server.key", "cannot be read"),
    ],
)
def test_a_pair_that_is_none_is_refused_at_the_start(tmp_path, cert, key, said):
    pair(tmp_path, "old")
    pair(tmp_path, "new")
    flags = ("--tls-cert", str(tmp_path / cert), "--tls-key", str(tmp_path / key))
    with pytest.raises(ServerFailed, match=said), SecureServer(tmp_path / "data", flags, ca=tmp_path / "old/ca.pem"):
        pass


def test_half_a_pair_is_a_usage_error():
    for words in (["--tls-cert", "x"], ["--tls-key", "x"], ["--tls-cert", "x", "--tls-key", "y", "--tls-dev"]):
        where = ["--ephemeral", "--listen", f"127.0.0.1:{free_port()}"]
        done = subprocess.run([binary(), "serve", *where, *words], capture_output=True, timeout=20, check=False)
        assert done.returncode == 2 and b"--tls" in done.stderr


def test_health_is_asked_by_anybody_who_trusts_it(secure):
    context = ssl.create_default_context(cafile=str(secure.ca))
    for name in ("localhost", "127.0.0.1"):
        with urllib.request.urlopen(f"https://{name}:{secure.port}/_portcullis/health", context=context) as answer:
            assert answer.read() == b"ready\n"
