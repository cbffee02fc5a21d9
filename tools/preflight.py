"""What must be right before anything starts: settings, tools, ports. Every mistake in one go."""

import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import gateway.settings
import video_service.settings
from shared.env import Environment, SettingsError, read_dotenv
from video_service.pipeline.sandbox import PLAIN, Sandbox, boxes, trial

#: Vite's own default.
VITE_PORT = 5173
#: Where all interfaces are named, this machine reaches the service at the loopback address.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104, compared with, not bound to


@dataclass(frozen=True)
class Launch:
    """What `just dev` starts, and where it will be reached from this machine."""

    gateway: gateway.settings.Settings
    video: video_service.settings.Settings
    workers: int

    @property
    def gateway_url(self) -> str:
        return _local_url(self.gateway.host, self.gateway.port)

    @property
    def video_url(self) -> str:
        return _local_url(self.video.host, self.video.port)

    @property
    def uses_embedded_postgres(self) -> bool:
        return self.gateway.database_url is None or self.video.database_url is None

    @property
    def uses_embedded_postgres_only(self) -> bool:
        return self.gateway.database_url is None and self.video.database_url is None

    def ports(self) -> Iterator[tuple[str, str, int]]:
        """Setting, host and port of everything that will listen."""
        yield "GATEWAY_PORT", self.gateway.host, self.gateway.port
        yield "VIDEO_PORT", self.video.host, self.video.port
        yield "VIDEO_GRPC_PORT", self.video.grpc_host, self.video.grpc_port


def effective_environment(process: dict[str, str], dotenv: Path) -> dict[str, str]:
    """The environment of every child: what is set, and what follows from it or from this being one
    machine for trying things out, where FFmpeg may run with less confinement than elsewhere."""
    values = {**read_dotenv(dotenv), **process}
    ports = {"VIDEO_GRPC_PORT": ("VIDEO_GRPC_URL", ""), "GATEWAY_PORT": ("GATEWAY_URL", "http://")}
    for setting, (address, scheme) in ports.items():
        port = values.get(setting, "").strip()
        # A port that is none is one mistake, not two.
        if port.isdecimal() and not values.get(address, "").strip():
            values[address] = f"{scheme}127.0.0.1:{port}"
    if not values.get("SANDBOX", "").strip():
        values["SANDBOX"] = "auto"
    return values


def read_launch(values: dict[str, str]) -> Launch:
    """Raises :class:`SettingsError` with the mistakes of every part, each once."""
    mistakes: dict[str, None] = {}  # in order, each once: the services share some settings
    environment = Environment(values)
    workers = environment.integer("WORKERS", default_workers(), minimum=1, maximum=64)
    parts = (environment.finish, lambda: gateway_settings(values), lambda: video_settings(values))
    for part in parts:
        try:
            part()
        except SettingsError as error:
            mistakes |= dict.fromkeys(error.mistakes)
    if mistakes:
        raise SettingsError(list(mistakes))
    return Launch(gateway_settings(values), video_settings(values), workers)


def default_workers() -> int:
    """One for each processor, but no more than two: ladders shall leave the machine to others, too."""
    return min(2, len(os.sched_getaffinity(0)))


def gateway_settings(values: dict[str, str]) -> gateway.settings.Settings:
    return gateway.settings.read_settings(Environment(values))


def video_settings(values: dict[str, str]) -> video_service.settings.Settings:
    return video_service.settings.read_settings(Environment(values))


def working_sandbox() -> Sandbox:
    """The strictest box that can run FFmpeg here; a plain one where none can."""
    for sandbox in boxes():
        with TemporaryDirectory(prefix="playhead-trial-") as folder:
            tried = subprocess.run(trial(sandbox, Path(folder)), capture_output=True, timeout=20, check=False)
        if not tried.returncode:
            return sandbox
    return PLAIN


def missing_tools(sandbox: str) -> Iterator[str]:
    for tool in ("ffmpeg", "ffprobe"):
        if not shutil.which(tool):
            yield f"{tool} is not installed: run `just doctor`, or install ffmpeg."
    if sandbox == "required" and not working_sandbox().boxed:
        yield "SANDBOX=required, but bubblewrap cannot confine FFmpeg here: install it, or set SANDBOX=auto."
    if sys.platform == "win32":
        yield "Windows is supported through WSL only."


def port_mistakes(launch: Launch) -> Iterator[str]:
    """Ports that are taken, by others or by one another."""
    seen: dict[int, str] = {}
    for setting, host, port in launch.ports():
        if port in seen:
            yield f"{setting} and {seen[port]} are both {port}: give each its own port."
        elif problem := _bind_problem(host, port):
            yield f"Port {port} {problem}: stop what uses it, or set {setting} to another port."
        seen[port] = setting


def _bind_problem(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            # Where SO_REUSEADDR lets two programs bind, only one may listen.
            probe.listen(1)
        except OSError as error:
            return "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
    return None


def _local_url(host: str, port: int) -> str:
    local = _EVERYWHERE.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{local}:{port}"
