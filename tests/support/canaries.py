"""Things that must stay untouched: a file that tells who opened it, and a server that tells who called."""

import ctypes
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import psutil

#: inotify(7).
_IN_ACCESS, _IN_OPEN, _IN_NONBLOCK = 0x1, 0x20, 0o4000
_TOOLS = {"ffmpeg", "ffprobe", "bwrap", "sh"}
#: proc(5): the name of what runs, and the most that was ever resident of it.
_PEAK = re.compile(r"^Name:\t(.+)\n(?:.*\n)*?VmHWM:\s+(\d+) kB$", re.MULTILINE)
_LOOK_SECONDS = 0.02


@dataclass
class Canaries:
    """A secret file and a server, both on this machine."""

    secret: Path
    url: str
    _inotify: int
    requests: list[str] = field(default_factory=list)

    def touched(self) -> list[str]:
        """What was opened or called since the last look."""
        found, self.requests[:] = list(self.requests), []
        try:
            while os.read(self._inotify, 65536):
                found.append("the secret file was opened")
        except BlockingIOError:
            return found
        return found


@contextmanager
def canaries(folder: Path, secret: bytes) -> Iterator[Canaries]:
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(f"{self.command} {self.path}")
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    path = folder / "secret.ts"
    path.write_bytes(secret)
    libc = ctypes.CDLL(None, use_errno=True)
    inotify = libc.inotify_init1(_IN_NONBLOCK)
    assert inotify >= 0, os.strerror(ctypes.get_errno())
    watch = libc.inotify_add_watch(inotify, os.fsencode(path), _IN_OPEN | _IN_ACCESS)
    assert watch >= 0, os.strerror(ctypes.get_errno())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Canaries(path, f"http://127.0.0.1:{server.server_port}", inotify, requests)
    finally:
        server.shutdown()
        server.server_close()
        os.close(inotify)


def tools_running() -> list[str]:
    """Names of the confined programs that this process has started, and what they did; not of those of
    workers that other tests of this process have left running."""
    found = []
    for started in psutil.Process().children():
        try:
            chain = [started, *started.children(recursive=True)] if started.name() in _TOOLS else []
            found += [
                one.name() for one in chain if one.name() in _TOOLS and one.status() != psutil.STATUS_ZOMBIE
            ]
        except psutil.NoSuchProcess:
            continue  # gone between the listing and the look
    return found


class MemoryWatch:
    """The largest resident sets of any descendant and of this process.

    A thread looks every few moments; the kernel remembers the peak of what lives that long.
    """

    def __init__(self) -> None:
        self._peak_bytes = self._own_peak_bytes = 0
        self._over = Event()
        self._forgetting = Lock()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def peak_bytes(self) -> int:
        """Of a descendant, since it was made to forget, as is the other."""
        return self._peak_bytes

    def own_peak_bytes(self) -> int:
        return self._own_peak_bytes

    def forget(self) -> None:
        with self._forgetting:
            self._peak_bytes = self._own_peak_bytes = 0

    def _look(self) -> None:
        me = psutil.Process()
        while not self._over.wait(_LOOK_SECONDS):
            with self._forgetting:
                self._own_peak_bytes = max(self._own_peak_bytes, me.memory_info().rss)
                for child in me.children(recursive=True):
                    self._peak_bytes = max(self._peak_bytes, _peak_bytes(child.pid))


def _peak_bytes(pid: int) -> int:
    """Of a confined program, and not of a fork of ours on its way to become one; 0 once it is gone."""
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0  # gone between the listing and the look
    return int(found[2]) * 1024 if found and found[1] in _TOOLS else 0
