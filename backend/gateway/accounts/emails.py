"""Email addresses: which are possible, and which are the same one."""

import re
import unicodedata

import idna

#: RFC 5321 section 4.5.3.1.3: a path of 256 octets, with its angle brackets.
MOST_CHARACTERS = 254
#: What RFC 5322 section 3.2.3 allows without quotes; beyond ASCII, RFC 6531 section 3.3.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u00a1-\U0010ffff-]{1,64}")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def email_key(email: str) -> str | None:
    """What makes two addresses one person's; None for what is no address.

    Letter case and Unicode's compatibility forms do not count in the local part (NFKC, case-folded:
    Unicode section 3.13, D146), and a domain has one spelling, that of the DNS: ``bücher.example``
    is ``xn--bcher-kva.example`` (RFC 5891, UTS 46 without transition, so ``ß`` is not ``ss``).
    """
    if len(email) > MOST_CHARACTERS:
        return None
    local, at, domain = email.strip().rpartition("@")
    local, ascii_domain = _folded(local), domain_key(domain)
    if not at or ascii_domain is None or not _LOCAL.fullmatch(local) or not _visible(local):
        return None
    return f"{local}@{ascii_domain}"


def domain_key(domain: str) -> str | None:
    """The domain as the DNS knows it, in lower-case ASCII; None for what is none."""
    try:
        spelled = idna.encode(domain, uts46=True, std3_rules=True).decode().lower()
        # An encoded label must be what its decoded form encodes to: no second spelling.
        idna.decode(spelled)
    except (idna.IDNAError, UnicodeError):
        return None
    return spelled if _DOMAIN.fullmatch(spelled) else None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _visible(text: str) -> bool:
    """Neither control and format characters nor spaces: what is not seen cannot tell people apart."""
    return not any(unicodedata.category(character)[0] in "CZ" for character in text)
