"""People with accounts, and what lets them in: sessions, API tokens, links in mails."""

from piccolo.columns import ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.table import Table

from gateway.engine import DB, DIGEST_LENGTH, ID_LENGTH


class Users(Table, tablename="users", db=DB):
    id = Varchar(length=ID_LENGTH, primary_key=True)
    #: As the person wrote it.
    email = Text()
    #: What makes two addresses one: see :func:`gateway.accounts.emails.email_key`.
    email_key = Text(unique=True)
    name = Varchar(length=80)
    role = Varchar(length=16)
    password_hash = Text()
    created_at = Timestamptz()
    #: Since when they are kept out.
    blocked_at = Timestamptz(null=True, default=None)


class Sessions(Table, tablename="sessions", db=DB):
    """A browser in which somebody is signed in."""

    id = Varchar(length=ID_LENGTH, primary_key=True)
    user = ForeignKey(Users, on_delete=OnDelete.cascade, null=False)
    created_at = Timestamptz()
    last_used_at = Timestamptz()
    expires_at = Timestamptz()
    #: Of the last use.
    address = Text()
    user_agent = Text()


class RefreshTokens(Table, tablename="refresh_tokens", db=DB):
    """A session's current refresh token, and those that were exchanged for it."""

    token_hash = Varchar(length=DIGEST_LENGTH, primary_key=True)
    session = ForeignKey(Sessions, on_delete=OnDelete.cascade, null=False)
    created_at = Timestamptz()
    #: When it was exchanged for the next one.
    rotated_at = Timestamptz(null=True, default=None)


class ApiTokens(Table, tablename="api_tokens", db=DB):
    """What a program of somebody's signs in with."""

    id = Varchar(length=ID_LENGTH, primary_key=True)
    user = ForeignKey(Users, on_delete=OnDelete.cascade, null=False)
    name = Text()
    token_hash = Varchar(length=DIGEST_LENGTH, unique=True)
    #: Words with spaces between (RFC 6749 section 3.3).
    scopes = Text()
    created_at = Timestamptz()
    last_used_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)


class PasswordResets(Table, tablename="password_resets", db=DB):
    """A link in a mail that lets a person choose a new password, once."""

    token_hash = Varchar(length=DIGEST_LENGTH, primary_key=True)
    user = ForeignKey(Users, on_delete=OnDelete.cascade, null=False)
    expires_at = Timestamptz()


class Invitations(Table, tablename="invitations", db=DB):
    """A link that lets somebody register, once; its row goes when it is used."""

    id = Varchar(length=ID_LENGTH, primary_key=True)
    token_hash = Varchar(length=DIGEST_LENGTH, unique=True)
    #: The one address that it is for; null: anybody's.
    email = Text(null=True, default=None)
    role = Varchar(length=16)
    #: The admin. Null: the gateway itself, for the first admin.
    created_by = ForeignKey(Users, on_delete=OnDelete.cascade, null=True, default=None)
    created_at = Timestamptz()
    expires_at = Timestamptz()


ALL_TABLES: list[type[Table]] = [Users, Sessions, RefreshTokens, ApiTokens, PasswordResets, Invitations]
