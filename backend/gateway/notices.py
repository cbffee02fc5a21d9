"""What the gateway tells people about what they entered, by code."""

from enum import StrEnum


class NoticeCode(StrEnum):
    """The contract (``notice_codes.proto``) documents each, and its values."""

    TOO_LONG = "TOO_LONG"
    WRONG_LENGTH = "WRONG_LENGTH"
    TOO_MANY = "TOO_MANY"
    NOT_AN_EMAIL = "NOT_AN_EMAIL"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    INVITED_OTHERWISE = "INVITED_OTHERWISE"
    LINK_SPENT = "LINK_SPENT"
    PASSWORD_WRONG = "PASSWORD_WRONG"  # noqa: S105, a name
    NO_SUCH_PERSON = "NO_SUCH_PERSON"
    NOT_IN_FUTURE = "NOT_IN_FUTURE"
    NOT_SO_MANY_DAYS = "NOT_SO_MANY_DAYS"
    ONLY_ADMIN = "ONLY_ADMIN"
    NO_ADMIN = "NO_ADMIN"
    SCOPES_MISSING = "SCOPES_MISSING"
    UNKNOWN_NAME = "UNKNOWN_NAME"
