"""One real `portcullis serve` process, started and ended by its own pid.

    with Server(data=None) as server:      # --ephemeral
        server.client("sts").get_caller_identity()
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .clients import Creds, ClientMaker

ACCOUNT = "123456789012"
REGION = "us-east-1"
ROOT_KEY = "AKIAE2EROOTKEY234567"
ROOT_SECRET = "e2eRootCanary/0123456789abcdefghijABCDEF"
READY_S = 15
STOP_S = 10
FAKETIME = "faketime/libfaketime.so.1"


class ServerFailed(Exception):
    """The server did not start, stop or stay alive; the text carries the end of its log."""


def binary() -> str:
    path = os.environ.get("PORTCULLIS_BIN", "")
    if not path or not Path(path).is_file():
        raise ServerFailed(f"PORTCULLIS_BIN must name the portcullis binary (it is {path!r})")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    live: list["Server"] = []

    def __init__(
        self,
        data: Path | None = None,
        flags: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        root: Creds | None = None,
        clock_file: Path | None = None,
    ) -> None:
        self.data = data
        self.flags = flags
        self.env = env or {}
        self.root = root or Creds(ROOT_KEY, ROOT_SECRET)
        self.clock_file = clock_file
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        # Those whose tokens it can verify, where there are any.
        self.issuers = None
        self.scratch = tempfile.TemporaryDirectory(prefix="portcullis-e2e-")
        self.log_path = Path(self.scratch.name) / "server.log"
        self.maker = ClientMaker(self.url)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def account(self) -> str:
        return ACCOUNT

    def client(self, service: str, creds: Creds | None = None, **config):
        """A boto3 client for this server; root's when no credentials are given."""
        return self.maker.client(service, creds or self.root, **config)

    # -- the process ---------------------------------------------------------------

    def command(self) -> list[str]:
        where = ["--ephemeral"] if self.data is None else ["--data", str(self.data)]
        return [binary(), "serve", "--listen", f"127.0.0.1:{self.port}", *where, *self.flags]

    def environment(self) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PORTCULLIS_"))}
        env |= {
            "HOME": self.scratch.name,
            "PORTCULLIS_ROOT_ACCESS_KEY_ID": self.root.access_key,
            "PORTCULLIS_ROOT_SECRET_ACCESS_KEY": self.root.secret,
        }
        if self.clock_file is not None:
            env |= faketime_environment(self.clock_file)
        return env | self.env

    def start(self) -> "Server":
        assert self.process is None, "already running"
        with self.log_path.open("ab") as log:
            # restore_signals=False leaves SIGXFSZ ignored, so that a file-size limit set by a
            # test shows as a failed write, as a full disk does, and not as a killed process.
            self.process = subprocess.Popen(
                self.command(),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                restore_signals=False,
                start_new_session=True,
            )
        Server.live.append(self)
        self.wait_ready()
        return self

    def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise self.failed(f"ended with {self.process.returncode} before it was ready")
            if self.healthy():
                return
            time.sleep(0.01)
        raise self.failed(f"not ready after {READY_S} s")

    def healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/_portcullis/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """An orderly end; a server that ignores SIGTERM is a failure."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise self.failed(f"did not end within {STOP_S} s of SIGTERM") from None
        self.forget()

    def kill(self) -> None:
        """kill -9, at whatever point the server is."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.forget()

    def forget(self) -> None:
        self.process = None
        if self in Server.live:
            Server.live.remove(self)

    def restart(self) -> "Server":
        self.stop()
        return self.start()

    def __enter__(self) -> "Server":
        try:
            return self.start()
        except BaseException:
            self.kill()
            raise

    def __exit__(self, *_) -> None:
        try:
            self.stop()
        finally:
            self.kill()
            self.scratch.cleanup()

    # -- what it said --------------------------------------------------------------

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines: int = 60) -> str:
        return "\n".join(self.log().splitlines()[-lines:])

    def failed(self, what: str) -> ServerFailed:
        return ServerFailed(f"portcullis {what}\n--- end of its log ---\n{self.log_tail()}")


def faketime_environment(clock_file: Path) -> dict[str, str]:
    """The environment that lets a test move the wall clock of the unmodified binary."""
    library = next(iter([*Path("/usr/lib").glob(f"*/{FAKETIME}"), *Path("/usr/lib").glob(FAKETIME)]), None)
    if library is None:
        raise ServerFailed(f"no {FAKETIME} below /usr/lib: apt-get install libfaketime")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock_file),
        "FAKETIME_NO_CACHE": "1",
        # Timers run on the monotonic clock and stay real; only the wall clock moves.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
