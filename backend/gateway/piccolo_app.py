"""The tables as Piccolo's migrations know them."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from gateway.accounts.tables import ALL_TABLES

APP_CONFIG = AppConfig(
    app_name="gateway",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=ALL_TABLES,
    migration_dependencies=[],
)
