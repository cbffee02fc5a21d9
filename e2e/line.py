"""A line of a chosen speed to a local port, so that every browser can be given a slow one."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: Small, so that all connections of a slow line move on at once, as packets do.
_PIECE_BYTES = 2048


class Line:
    """Passes TCP connections on. What comes back shares ``down_bps``; None: as fast as the machine."""

    def __init__(self, listener: socket.socket) -> None:
        self.port = int(listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.target_port = 0
        self.down_bps: float | None = None
        self._listener = listener
        self._free_seconds = 0.0
        self._turn = threading.Lock()

    def serve(self) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._carry, args=[near], daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        # Either end may go away at any time, as on real lines: the other end is then told so.
        with near, suppress(OSError), socket.create_connection(("127.0.0.1", self.target_port)) as far:
            up = threading.Thread(target=self._copy, args=[near, far, False], daemon=True)
            up.start()
            self._copy(far, near, True)
            near.shutdown(socket.SHUT_RDWR)
            up.join()

    def _copy(self, origin: socket.socket, to: socket.socket, down: bool) -> None:
        with suppress(OSError):
            while piece := origin.recv(_PIECE_BYTES if down else 65536):
                if down:
                    self._wait_for_turn(len(piece))
                to.sendall(piece)
        with suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    def _wait_for_turn(self, size_bytes: int) -> None:
        rate_bps = self.down_bps
        if rate_bps is None:
            return
        with self._turn:
            begin = max(time.monotonic(), self._free_seconds)
            self._free_seconds = until = begin + size_bytes * 8 / rate_bps
        time.sleep(max(0.0, until - time.monotonic()))


@contextmanager
def open_line() -> Iterator[Line]:
    """Its ``target_port`` is for the caller to set, before anybody connects."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line(listener)
        threading.Thread(target=line.serve, daemon=True).start()
        yield line
        listener.shutdown(socket.SHUT_RDWR)
