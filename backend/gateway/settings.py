"""The gateway's settings. Durations are seconds, sizes bytes."""

from dataclasses import dataclass
from pathlib import Path

from shared.env import Environment

#: Where the video service's HTTP side listens unless told otherwise.
DEFAULT_VIDEO_PORT = 8001


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
    max_upload_bytes: int
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
        max_upload_bytes=environment.size_bytes("MAX_UPLOAD_SIZE", "50GB"),
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
