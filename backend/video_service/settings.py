"""The video service's settings, from the environment."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shared.client_address import Network
from shared.env import Environment, Rate
from shared.password_hashing import read_password_memory_bytes


@dataclass(frozen=True)
class Settings:
    data: Path
    """``PLAYHEAD_DATA``: everything embedded lives below it."""
    database_url: str | None
    """``VIDEO_DATABASE_URL``; ``None``: the embedded PostgreSQL."""
    host: str
    port: int
    grpc_host: str
    grpc_port: int
    gateway_url: str
    """``GATEWAY_URL``: where the public keys of access tokens are fetched."""
    allowed_origins: tuple[str, ...]
    """Whose pages may call gRPC-Web: ``GATEWAY_PUBLIC_URL``."""
    trusted_proxies: tuple[Network, ...]
    list_rate: Rate | None
    """How often one account may list or search over gRPC-Web."""
    api_rate: Rate | None
    """How often one account may call gRPC-Web at all."""
    anonymous_access: bool
    password_memory_bytes: int
    """What one attempt at the password of a share link takes."""
    sandbox: str
    json_logs: bool
    upload_expiry_seconds: float
    delete_undo_seconds: float
    downloadable: bool
    """Whether videos can be downloaded whose owners have not said."""
    download_keep_seconds: float
    """How long a file stays that nobody asks for any more."""
    history_retention_seconds: float
    """How long it is known what somebody has watched."""

    @property
    def https(self) -> bool:
        """Whether people reach the pages over https, and so the video service too: browsers load
        nothing else from there."""
        return self.allowed_origins[0].startswith("https://")

    @property
    def objects(self) -> Path:
        return self.data / "objects"


def read_settings(environment: Environment) -> Settings:
    """Raises :class:`shared.env.SettingsError` with every mistake."""
    gateway_url = environment.url("GATEWAY_URL") or "http://127.0.0.1:8000"
    public_url = environment.url("GATEWAY_PUBLIC_URL")
    settings = Settings(
        data=environment.path("PLAYHEAD_DATA", "./data"),
        database_url=environment.database_url("VIDEO_DATABASE_URL"),
        host=environment.text("VIDEO_HOST", "127.0.0.1"),
        port=environment.integer("VIDEO_PORT", 8001, minimum=1, maximum=65535),
        grpc_host=environment.text("VIDEO_GRPC_HOST", "127.0.0.1"),
        grpc_port=environment.integer("VIDEO_GRPC_PORT", 50051, minimum=1, maximum=65535),
        gateway_url=gateway_url,
        allowed_origins=_origins(gateway_url, public_url),
        trusted_proxies=environment.networks("TRUSTED_PROXIES"),
        list_rate=environment.rate("RATE_LIMIT_LIST", "120/1m"),
        api_rate=environment.rate("RATE_LIMIT_API", "600/1m"),
        anonymous_access=environment.flag("ANONYMOUS_ACCESS", True),
        password_memory_bytes=read_password_memory_bytes(environment),
        sandbox=environment.choice("SANDBOX", "required", ("auto", "required", "off")),
        json_logs=environment.choice("LOG_FORMAT", "text", ("text", "json")) == "json",
        upload_expiry_seconds=environment.duration_seconds("UPLOAD_EXPIRY", "24h"),
        delete_undo_seconds=environment.duration_seconds("DELETE_UNDO", "24h"),
        downloadable=environment.flag("DOWNLOADABLE", True),
        download_keep_seconds=environment.duration_seconds("DOWNLOAD_KEEP", "7d"),
        history_retention_seconds=environment.duration_seconds("HISTORY_RETENTION", "365d"),
    )
    environment.finish()
    return settings


def _origins(gateway_url: str, public_url: str | None) -> tuple[str, ...]:
    """RFC 6454: scheme, host and port. Without a public URL, the gateway on this machine."""
    if public_url is not None:
        parts = urlsplit(public_url)
        return (f"{parts.scheme}://{parts.netloc}".lower(),)
    port = urlsplit(gateway_url).port or 80
    return tuple(f"http://{host}:{port}" for host in ("127.0.0.1", "localhost"))
