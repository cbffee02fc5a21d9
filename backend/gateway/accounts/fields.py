"""What a person may enter about themselves. Each function raises :class:`gateway.problems.Problem`."""

import unicodedata

from gateway.accounts.emails import email_key
from gateway.notices import NoticeCode
from gateway.problems import FieldMistake, invalid_fields, mistake

MOST_PASSWORD_CHARACTERS = 1024
_LEAST_PASSWORD_CHARACTERS = 8
_MOST_NAME_CHARACTERS = 80


def require_new_account(email: str, password: str, name: str) -> tuple[str, str, str]:
    """The address, its key and the name, as they are kept; all mistakes at once."""
    email, name = email.strip(), tidy(name)
    key = email_key(email)
    wrong_email: FieldMistake | None = None
    if key is None:
        wrong_email = mistake("email", "This is not an email address.", NoticeCode.NOT_AN_EMAIL)
    mistakes = [wrong_email, password_mistake("password", password), name_mistake(name)]
    if found := [each for each in mistakes if each]:
        raise invalid_fields(found)
    assert key is not None
    return email, key, name


def require_password(field: str, password: str) -> None:
    if found := password_mistake(field, password):
        raise invalid_fields([found])


def require_name(name: str) -> str:
    """The name as it is kept."""
    name = tidy(name)
    if found := name_mistake(name):
        raise invalid_fields([found])
    return name


def password_mistake(field: str, password: str) -> FieldMistake | None:
    least, most = _LEAST_PASSWORD_CHARACTERS, MOST_PASSWORD_CHARACTERS
    if least <= len(password) <= most and not any("\ud800" <= each <= "\udfff" for each in password):
        return None
    return mistake(
        field,
        f"A password has {least} to {most} characters.",
        NoticeCode.WRONG_LENGTH,
        least=least,
        most=most,
    )


def name_mistake(name: str) -> FieldMistake | None:
    most = _MOST_NAME_CHARACTERS
    if 1 <= len(name) <= most and printable(name):
        return None
    return mistake("name", f"A name has 1 to {most} characters.", NoticeCode.WRONG_LENGTH, least=1, most=most)


def tidy(name: str) -> str:
    """White space at the ends goes, in between one space is enough."""
    return " ".join(name.split())


def printable(text: str) -> bool:
    """No control characters, and no halves of surrogate pairs, which no database takes."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
