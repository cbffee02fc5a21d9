"""A line of a chosen speed to a local port, so that every browser can be given a slow one."""

import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: Small, so that all connections of a slow line move on at once, as packets do.
_PIECE_BYTES = 2048


class Pace:
    """How fast bytes come down: what connections share."""

    def __init__(self) -> None:
        #: None: as fast as the machine.
        self.down_bps: float | None = None
        self._free_seconds = 0.0
        self._turn = threading.Lock()

    def wait_for_turn(self, size_bytes: int) -> None:
        rate_bps = self.down_bps
        if rate_bps is None:
            return
        with self._turn:
            begin = max(time.monotonic(), self._free_seconds)
            self._free_seconds = until = begin + size_bytes * 8 / rate_bps
        time.sleep(max(0.0, until - time.monotonic()))


class Line:
    """Passes TCP connections on. What comes back keeps ``pace``, and arrives ``delay_seconds`` later."""

    def __init__(self, listener: socket.socket, pace: Pace) -> None:
        self.port = int(listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.target_port = 0
        self.pace = pace
        #: The whole round trip: what goes up is not held.
        self.delay_seconds = 0.0
        self._listener = listener

    @property
    def down_bps(self) -> float | None:
        return self.pace.down_bps

    @down_bps.setter
    def down_bps(self, rate_bps: float | None) -> None:
        self.pace.down_bps = rate_bps

    def serve(self) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._carry, args=[near], daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        # A connection is there after one round trip.
        time.sleep(self.delay_seconds)
        # Either end may go away at any time, as on real lines: the other end is then told so.
        with near, suppress(OSError), socket.create_connection(("127.0.0.1", self.target_port)) as far:
            up = threading.Thread(target=self._copy_up, args=[near, far], daemon=True)
            up.start()
            self._copy_down(far, near)
            near.shutdown(socket.SHUT_RDWR)
            up.join()

    def _copy_up(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while piece := near.recv(65536):
                far.sendall(piece)
        with suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    def _copy_down(self, far: socket.socket, near: socket.socket) -> None:
        on_their_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        arriving = threading.Thread(target=self._deliver, args=[on_their_way, near], daemon=True)
        arriving.start()
        piece = b"-"
        while piece:
            try:
                piece = far.recv(_PIECE_BYTES)
            except OSError:
                piece = b""
            self.pace.wait_for_turn(len(piece))
            on_their_way.put((time.monotonic() + self.delay_seconds, piece))
        arriving.join()

    def _deliver(self, on_their_way: "queue.SimpleQueue[tuple[float, bytes]]", near: socket.socket) -> None:
        """Until the empty piece that ends it."""
        with suppress(OSError):
            while True:
                due_seconds, piece = on_their_way.get()
                time.sleep(max(0.0, due_seconds - time.monotonic()))
                if not piece:
                    break
                near.sendall(piece)
        with suppress(OSError):
            near.shutdown(socket.SHUT_WR)


@contextmanager
def open_line(pace: Pace | None = None) -> Iterator[Line]:
    """Its ``target_port`` is for the caller to set, before anybody connects."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line(listener, pace or Pace())
        threading.Thread(target=line.serve, daemon=True).start()
        yield line
        listener.shutdown(socket.SHUT_RDWR)
