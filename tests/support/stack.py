"""The whole product as a person runs it: every service a process of its own, on free ports."""

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.support.database import GATEWAY_DATABASES, VIDEO_DATABASES
from tests.support.services import Service

#: Generous: a loaded machine with two cores starts five processes at once.
START_SECONDS = 120.0
#: They themselves give up after a few, but on a busy machine that may last.
STOP_SECONDS = 60.0

#: Below those that connections get from Linux for their own end (ip(7), ip_local_port_range). Whoever runs
#: pytest beside pytest gives each a range of its own.
_FIRST_PORT = int(os.environ.get("TESTS_FIRST_PORT", "20000"))
_PORTS_OF_A_WORKER = 1_500

DATABASES = {"GATEWAY_DATABASE_URL": GATEWAY_DATABASES, "VIDEO_DATABASE_URL": VIDEO_DATABASES}
COMMANDS = {
    "gateway": ("gateway", "serve"),
    "video": ("video_service", "serve"),
    "worker": ("video_service", "worker"),
    "bulk-worker": ("video_service", "bulk-worker"),
}

#: All tests call from one address, and make accounts by the hundred, as cheaply as they may. Tests of limits
#: set their own.
UNLIMITED = {
    f"RATE_LIMIT_{name}": "off"
    for name in ("SIGN_IN", "REGISTER", "FORGOT", "UPLOAD", "LIST", "SHARE_LINK", "API")
} | {"MAX_CONCURRENT_UPLOADS": "0", "PASSWORD_MEMORY": "12MiB"}


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on at this moment, and that no test of another process is given."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = _FIRST_PORT + worker * _PORTS_OF_A_WORKER
    ports: list[int] = []
    for port in random.sample(range(first, first + _PORTS_OF_A_WORKER), _PORTS_OF_A_WORKER):
        if len(ports) == count:
            break
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        ports.append(port)
    return ports


@dataclass
class Stack:
    """Gateway, video service and workers over one data folder."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Service] = field(default_factory=dict)
    uploaded: list[tuple["Person", str]] = field(default_factory=list)
    """Whose videos it was given, by id."""
    _databases: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        gateway_port, video_port, grpc_port = free_ports(3)
        self.gateway_url = f"http://127.0.0.1:{gateway_port}"
        self.video_url = f"http://127.0.0.1:{video_port}"
        self.environment = {
            **os.environ,
            # As strict as this machine allows; pytest's first lines say how strict that is.
            "SANDBOX": os.environ.get("SANDBOX", "auto"),
            "PLAYHEAD_DATA": str(self.data),
            "GATEWAY_PORT": str(gateway_port),
            "GATEWAY_URL": self.gateway_url,
            "GATEWAY_PUBLIC_URL": self.gateway_url,
            "VIDEO_PORT": str(video_port),
            "VIDEO_PUBLIC_URL": self.video_url,
            "VIDEO_GRPC_PORT": str(grpc_port),
            "VIDEO_GRPC_URL": f"127.0.0.1:{grpc_port}",
            "LOG_FORMAT": "json",
            **UNLIMITED,
            **self.settings,
        }

    def start(self, *names: str) -> None:
        """Starts what is named, or everything, over migrated databases; returns when all is ready.

        Leaves nothing behind if it fails.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        try:
            for setting, databases in DATABASES.items():
                self.environment[setting] = self._databases.enter_context(databases.lasting())
            for name in names or COMMANDS:
                self.launch(name)
            self.wait_until_ready()
        except BaseException:
            self._end_all()
            raise

    def launch(self, name: str, kind: str | None = None) -> None:
        """Starts one process; ``kind`` where the name is not that of a service (a second worker)."""
        program, command = COMMANDS[kind or name]
        self.processes[name] = Service(program, command, self.environment, self.data / f"{name}.log")

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        for name, url in (("gateway", self.gateway_url), ("video", self.video_url)):
            while not _is_ready(url):
                self._fail_if_dead()
                if time.monotonic() > deadline:
                    raise AssertionError(f"{name} was not ready in time:\n{self.log_tail(name)}")
                time.sleep(0.05)

    def stop_work(self, sent: signal.Signals = signal.SIGTERM) -> None:
        """Ends whoever makes videos."""
        self._end([name for name in self.processes if name.endswith("worker")], sent)

    def resume_work(self) -> None:
        for name in COMMANDS:
            if name.endswith("worker"):
                self.launch(name)

    def kill(self, name: str, sent: signal.Signals = signal.SIGKILL) -> None:
        """Ends one process, by default as a crash would, and waits until it is gone."""
        self._end([name], sent)

    def _end(self, names: Iterable[str], sent: signal.Signals) -> None:
        processes = [self.processes.pop(name) for name in names]
        for process in processes:
            if sent is signal.SIGKILL:
                os.killpg(process.pid, sent)
            else:
                process.send_signal(sent)
        for process in processes:
            process.wait(timeout=STOP_SECONDS)

    def stop(self) -> None:
        """Ends everything. Raises AssertionError for who did not end when asked."""
        late = self._end_all()
        assert not late, "".join(
            f"{name} did not stop in {STOP_SECONDS:.0f} s:\n{self.log_tail(name)}" for name in late
        )

    def _end_all(self) -> list[str]:
        late = []
        for process in self.processes.values():
            process.terminate()
        for name, process in self.processes.items():
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                late.append(name)
        self.processes.clear()
        self._databases.close()
        return late

    def log_tail(self, name: str) -> str:
        return (self.data / f"{name}.log").read_bytes()[-4000:].decode(errors="replace")

    def _fail_if_dead(self) -> None:
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise AssertionError(f"{name} exited with {process.poll()}:\n{self.log_tail(name)}")


@contextmanager
def running_stack(*names: str, **settings: str) -> Iterator[Stack]:
    """What is named, or everything, over a data folder of its own that is removed in the end.

    Not below pytest's folder: each pytest that starts closes that to other users, and for root
    PostgreSQL runs as one.
    """
    with TemporaryDirectory(prefix="playhead-") as folder:
        stack = Stack(Path(folder), settings=settings)
        stack.start(*names)
        try:
            yield stack
        finally:
            stack.stop()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=20).status_code == 200
    except httpx.TransportError:
        return False


class Person:
    """Somebody with an account, who uses the REST API as curl would."""

    def __init__(self, stack: Stack, name: str, **key: str) -> None:
        """``key``: what an invitation or the first admin's link carries."""
        self.stack, self.name = stack, name
        letters = "".join(filter(str.isalnum, name.lower()))
        self.email = f"{letters}-{time.monotonic_ns()}@example.org"
        self.password = "correct horse battery"
        self.http = httpx.Client(base_url=stack.gateway_url, timeout=60)
        account = {"email": self.email, "password": self.password, "name": name, **key}
        answer = self.http.post("/api/auth/register", json=account)
        assert answer.status_code == 201, answer.text
        self.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def upload(self, file: Path, **fields: str) -> str:
        """`curl -F file=@… /upload`; the video's id."""
        with file.open("rb") as body:
            answer = self.http.post("/upload", files={"file": (file.name, body)}, data=fields)
        assert answer.status_code == 201, answer.text
        video_id = str(answer.json()["id"])
        self.stack.uploaded.append((self, video_id))
        return video_id

    def video(self, video_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/api/videos/{video_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait_for(self, video_id: str, condition: str, seconds: float = 90) -> dict[str, Any]:
        """Polls until the video is ``planned``, ``playable``, ``ready``, ``failed``, ``over``,
        ``final``: ready, and not being made anew; or ``surrounded``: the last of its extras, how loud
        it is, is there too, and nothing is worked on any more.

        Gives up where nothing is heard of it for so long: how fast it gets on is the machine's business.
        """
        told: dict[str, Any] = {}
        while True:
            video = self.video(video_id)
            if video != told:
                told, deadline = video, time.monotonic() + seconds
            met = {
                "playable": video["playable"],
                "planned": video["duration_seconds"] is not None,
                "ready": video["state"] == "ready",
                "surrounded": bool(video["loudness"]),
                "failed": video["state"] == "failed",
                "final": video["state"] == "ready" and video["reprocessing"] is None,
                "over": video["state"] in ("ready", "failed"),
            }
            if met[condition]:
                return video
            if video["state"] == "failed" or time.monotonic() > deadline:
                logs = [f"{name}:\n{self.stack.log_tail(name)}" for name in self.stack.processes]
                raise AssertionError("\n".join([f"not {condition}: {json.dumps(video, indent=1)}", *logs]))
            # Each question costs both services 10 ms, which they need for what is waited for.
            time.sleep(0.25)
