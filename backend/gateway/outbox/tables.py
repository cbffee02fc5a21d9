"""What the video service has to be told of people."""

from piccolo.columns import BigSerial, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from gateway.engine import DB, ID_LENGTH


class Outbox(Table, tablename="outbox", db=DB):
    """Written in the transaction that changes the person; the row goes once it is delivered."""

    id = BigSerial(primary_key=True)
    #: Of the person, who may be gone already.
    owner_id = Varchar(length=ID_LENGTH)
    #: The new name. Null: the person is gone, and everything of theirs has to go.
    new_name = Text(null=True, default=None)
    created_at = Timestamptz()
    attempts = Integer(default=0)
    next_attempt_at = Timestamptz()


ALL_TABLES: list[type[Table]] = [Outbox]
