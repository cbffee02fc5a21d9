"""The tables as Piccolo's migrations know them."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from gateway.accounts import tables as accounts
from gateway.audit import tables as audit
from gateway.outbox import tables as outbox

APP_CONFIG = AppConfig(
    app_name="gateway",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[*accounts.ALL_TABLES, *audit.ALL_TABLES, *outbox.ALL_TABLES],
    migration_dependencies=[],
)
