"""The gateway's settings. Durations are seconds, sizes bytes."""

from dataclasses import dataclass
from pathlib import Path

from shared.client_address import Network
from shared.env import Environment, Rate
from shared.password_hashing import read_password_memory_bytes

#: Where the video service's HTTP side listens unless told otherwise.
DEFAULT_VIDEO_PORT = 8001


@dataclass(frozen=True)
class Rates:
    """How often something may happen for one account; ``None``: without limit."""

    sign_in: Rate | None
    """Wrong passwords, for one account from one address."""
    register: Rate | None
    """For one address."""
    forgot: Rate | None
    upload: Rate | None
    list: Rate | None
    share_link: Rate | None
    """Wrong links and passwords, for one video from one address."""
    api: Rate | None


@dataclass(frozen=True)
class Quotas:
    """What one person may use; 0: without limit."""

    storage_bytes: int
    daily_bytes: int
    """Within 24 hours."""
    concurrent_uploads: int


@dataclass(frozen=True)
class Settings:
    data: Path
    database_url: str | None
    """Unset: the embedded PostgreSQL."""
    host: str
    port: int
    video_grpc_url: str
    """``host:port`` of the video service's native gRPC."""
    public_url: str | None
    """Unset: taken from each request."""
    video_public_url: str | None
    """Unset: the request's scheme and host name with ``video_port``."""
    video_port: int
    registration: str
    anonymous_access: bool
    trusted_proxies: tuple[Network, ...]
    rates: Rates
    max_upload_bytes: int
    quotas: Quotas
    password_memory_bytes: int
    """What one attempt at a password takes."""
    access_token_lifetime_seconds: float
    refresh_token_lifetime_seconds: float
    smtp_url: str | None
    """Unset: mails are written to the log."""
    mail_from: str
    audit_retention_seconds: float
    log_json: bool
    frontend_dist: Path

    @property
    def secure_cookies(self) -> bool:
        return self.public_url is not None and self.public_url.startswith("https://")


def read_settings(environment: Environment) -> Settings:
    """Raises :class:`shared.env.SettingsError` that names every mistake."""
    settings = Settings(
        data=environment.path("PLAYHEAD_DATA", "./data"),
        database_url=environment.database_url("GATEWAY_DATABASE_URL"),
        host=environment.text("GATEWAY_HOST", "127.0.0.1"),
        port=environment.integer("GATEWAY_PORT", 8000, minimum=1, maximum=65535),
        video_grpc_url=environment.text("VIDEO_GRPC_URL", "127.0.0.1:50051"),
        public_url=environment.url("GATEWAY_PUBLIC_URL"),
        video_public_url=environment.url("VIDEO_PUBLIC_URL"),
        video_port=environment.integer("VIDEO_PORT", DEFAULT_VIDEO_PORT, minimum=1, maximum=65535),
        registration=environment.choice("REGISTRATION", "open", ("open", "invite", "closed")),
        anonymous_access=environment.flag("ANONYMOUS_ACCESS", True),
        trusted_proxies=environment.networks("TRUSTED_PROXIES"),
        rates=_read_rates(environment),
        max_upload_bytes=environment.size_bytes("MAX_UPLOAD_SIZE", "50GB"),
        quotas=_read_quotas(environment),
        password_memory_bytes=read_password_memory_bytes(environment),
        access_token_lifetime_seconds=environment.duration_seconds("ACCESS_TOKEN_LIFETIME", "10m"),
        refresh_token_lifetime_seconds=environment.duration_seconds("REFRESH_TOKEN_LIFETIME", "30d"),
        smtp_url=environment.mail_server_url("SMTP_URL"),
        mail_from=environment.mailbox("MAIL_FROM") or "",
        audit_retention_seconds=environment.duration_seconds("AUDIT_RETENTION", "365d"),
        log_json=environment.choice("LOG_FORMAT", "text", ("text", "json")) == "json",
        frontend_dist=environment.path("FRONTEND_DIST", "./frontend/dist"),
    )
    if settings.smtp_url:
        environment.require(settings.mail_from != "", "MAIL_FROM must be set where SMTP_URL is.")
        # The links in mails must not depend on what a request calls us.
        public = settings.public_url is not None
        environment.require(public, "GATEWAY_PUBLIC_URL must be set where SMTP_URL is: mails link to it.")
    environment.finish()
    return settings


def _read_rates(environment: Environment) -> Rates:
    return Rates(
        sign_in=environment.rate("RATE_LIMIT_SIGN_IN", "10/5m"),
        register=environment.rate("RATE_LIMIT_REGISTER", "60/1h"),
        forgot=environment.rate("RATE_LIMIT_FORGOT", "5/1h"),
        upload=environment.rate("RATE_LIMIT_UPLOAD", "300/1h"),
        list=environment.rate("RATE_LIMIT_LIST", "120/1m"),
        share_link=environment.rate("RATE_LIMIT_SHARE_LINK", "10/5m"),
        api=environment.rate("RATE_LIMIT_API", "600/1m"),
    )


def _read_quotas(environment: Environment) -> Quotas:
    return Quotas(
        storage_bytes=environment.size_bytes("STORAGE_QUOTA", "500GB"),
        daily_bytes=environment.size_bytes("DAILY_QUOTA", "200GB"),
        concurrent_uploads=environment.integer("MAX_CONCURRENT_UPLOADS", 20, minimum=0, maximum=10_000),
    )
