"""`just dev`: one URL to open, one Ctrl-C to end it, and nothing left running, whatever happens."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.stack import free_ports
from tools.preflight import effective_environment, read_launch
from tools.processes import ROOT

START_SECONDS = 90
#: So soon it has stopped, unless the machine is so busy that it took longer to start.
STOP_SECONDS = 10
#: What must come may take so long on a busy machine.
PATIENCE_SECONDS = 90


class Dev:
    """A running `just dev`, whose output is read as it comes."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._began = time.monotonic()
        self.started_seconds = 0.0
        self.data = Path(environment["PLAYHEAD_DATA"])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.dev"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.url = ""

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(r"Open +(http\S+)", line):
                self.url = found[1]
                self.started_seconds = time.monotonic() - self._began
                self._ready.set()
        self._ready.set()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_for_url(self) -> str:
        assert self._ready.wait(START_SECONDS), self.output
        assert self.url, self.output
        return self.url

    def services(self) -> dict[str, psutil.Process]:
        """The services by the words of their command line; the keeper of the database is none."""
        children = psutil.Process(self.process.pid).children()
        named = {" ".join(child.cmdline()[2:]): child for child in children}
        return {name: child for name, child in named.items() if not name.startswith("tools.")}

    def family(self) -> list[psutil.Process]:
        """Everything it started, the database too, which is nobody's child."""
        database = int((self.data / "database" / "postmaster.pid").read_text().split()[0])
        return [*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(database)]

    def wait(self) -> int:
        code = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return code


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that the first who runs there makes, and the others find."""
    return tmp_path_factory.mktemp("house") / "data"


@pytest.fixture
def at_home(environment: dict[str, str], house: Path) -> dict[str, str]:
    return {**environment, "PLAYHEAD_DATA": str(house)}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    gateway, video, grpc = map(str, free_ports(3))
    ours = ("PLAYHEAD_", "GATEWAY_", "VIDEO_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    ports = {"GATEWAY_PORT": gateway, "VIDEO_PORT": video, "VIDEO_GRPC_PORT": grpc}
    return {**inherited, **ports, "PLAYHEAD_DATA": str(tmp_path / "data")}


@contextmanager
def running(environment: dict[str, str]) -> Iterator[Dev]:
    dev = Dev(environment)
    try:
        yield dev
    finally:
        if dev.process.poll() is None:
            dev.process.terminate()
            dev.wait()


def gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)
    return not alive


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_starts_everything_and_stops_all_of_it(at_home: dict[str, str], sent: signal.Signals) -> None:
    workers = ("video_service worker", "video_service bulk-worker")[: len(os.sched_getaffinity(0))]
    with running(at_home) as dev:
        url = dev.wait_for_url()
        assert url.endswith(at_home["GATEWAY_PORT"])
        assert httpx.get(f"{url}/readyz").status_code == 200
        assert httpx.get(f"http://127.0.0.1:{at_home['VIDEO_PORT']}/readyz").status_code == 200
        assert set(dev.services()) == {"gateway serve", "video_service serve", *workers}
        family = dev.family()
        began = time.monotonic()
        dev.process.send_signal(sent)
        assert dev.wait() == 0, dev.output
        assert time.monotonic() - began < max(STOP_SECONDS, dev.started_seconds)
        assert gone(family)
    assert f"{url}/register?setup=" in dev.output, "nobody is an admin yet"


def test_one_that_does_not_stop_when_asked_is_killed(at_home: dict[str, str]) -> None:
    """Stopping ends however long that would take, and whatever the machine's clock says of it."""
    with running(at_home) as dev:
        dev.wait_for_url()
        family = dev.family()
        dev.services()["gateway serve"].suspend()
        dev.process.send_signal(signal.SIGINT)
        assert dev.wait() == 0, dev.output
        assert "gateway did not stop in time and is killed" in dev.output
        assert gone(family)


def test_one_that_dies_takes_the_others_along_and_is_named(at_home: dict[str, str]) -> None:
    with running(at_home) as dev:
        dev.wait_for_url()
        family = dev.family()
        dev.services()["video_service worker"].kill()
        assert dev.wait() == 1, dev.output
        assert "worker was killed by SIGKILL" in dev.lines[-1]
        assert gone(family)


def test_a_killed_supervisor_leaves_nothing_running_and_nothing_in_the_way(
    at_home: dict[str, str],
) -> None:
    with running(at_home) as dev:
        dev.wait_for_url()
        family = dev.family()
        dev.process.kill()
        assert gone(family)
    with running(at_home) as dev:
        dev.wait_for_url()


def test_a_second_one_on_the_same_data_is_refused(at_home: dict[str, str]) -> None:
    with running(at_home) as dev:
        dev.wait_for_url()
        second = subprocess.run(
            [sys.executable, "-m", "tools.dev"],
            cwd=ROOT, env=at_home, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        assert second.returncode == 2
        assert f"already runs on {dev.data} (process {dev.process.pid})" in second.stderr
        assert httpx.get(f"{dev.url}/readyz").status_code == 200


def test_every_mistake_is_one_line_and_nothing_starts(environment: dict[str, str], tmp_path: Path) -> None:
    wrong = {"GATEWAY_PORT": "many", "SANDBOX": "perhaps", "WORKERS": "0"}
    done = refused({**environment, **wrong})
    assert [line.split("=")[0] for line in done] == [
        f"playhead: {name}" for name in ("WORKERS", "GATEWAY_PORT", "SANDBOX")
    ]
    assert not (tmp_path / "data").exists()


def test_a_port_in_use_is_named_with_its_setting(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", int(environment["VIDEO_PORT"]))):
        (line,) = refused(environment)
    assert f"Port {environment['VIDEO_PORT']} is in use" in line
    assert "VIDEO_PORT" in line
    assert not (tmp_path / "data" / "database").exists()


def test_a_missing_ffmpeg_is_named(environment: dict[str, str]) -> None:
    (first, *_) = refused({**environment, "PATH": str(Path(sys.executable).parent)})
    assert "ffmpeg is not installed" in first


def test_a_database_that_cannot_be_reached_is_one_clear_stop(environment: dict[str, str]) -> None:
    nobody = f"postgresql://nobody@127.0.0.1:{free_ports(1)[0]}/none"
    with running({**environment, "VIDEO_DATABASE_URL": nobody}) as dev:
        assert dev.wait() == 2, dev.output
    assert "VIDEO_DATABASE_URL" in dev.output
    assert "Traceback" not in dev.output
    assert not (dev.data / "database" / "postmaster.pid").exists()


def test_addresses_follow_from_ports() -> None:
    values = effective_environment({"GATEWAY_PORT": "9000", "VIDEO_GRPC_PORT": "9002"}, Path("missing"))
    launch = read_launch(values)
    assert launch.video.gateway_url == "http://127.0.0.1:9000"
    assert launch.gateway.video_grpc_url == "127.0.0.1:9002"


def refused(environment: dict[str, str]) -> list[str]:
    """What it says, line by line, when it does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.dev"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    return done.stderr.splitlines()
