"""Who did what, and when."""

from piccolo.columns import JSONB, BigSerial, Text, Timestamptz
from piccolo.table import Table

from gateway.engine import DB


class AuditEvents(Table, tablename="audit_events", db=DB):
    """Ids and names are copies: an event outlives the people in it."""

    id = BigSerial(primary_key=True)
    time = Timestamptz()
    #: Empty: somebody unknown, or the gateway itself.
    actor_id = Text()
    actor_name = Text()
    action = Text()
    #: What it was done to; empty: nothing that has an id.
    subject_id = Text()
    details = JSONB()


ALL_TABLES: list[type[Table]] = [AuditEvents]
