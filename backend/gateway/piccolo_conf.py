"""Piccolo's configuration: the gateway's database and its tables."""

from piccolo.conf.apps import AppRegistry

from gateway.engine import DB

__all__ = ["APP_REGISTRY", "DB"]

APP_REGISTRY = AppRegistry(apps=["gateway.piccolo_app"])
