"""Piccolo's configuration, for its own commands and its table of migrations."""

from piccolo.conf.apps import AppRegistry

from video_service.repository.engine import DB

__all__ = ["APP_REGISTRY", "DB"]

APP_REGISTRY = AppRegistry(apps=["video_service.piccolo_app"])
