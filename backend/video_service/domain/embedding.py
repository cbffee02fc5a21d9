"""Embedding: whose pages may show a video in a frame of theirs."""

import re
from dataclasses import dataclass

from video_service.domain.errors import InvalidInput
from video_service.domain.notices import Notice, NoticeCode, too_many

MAX_SITES = 50
#: A name of DNS has up to 253 characters; around it are a scheme and a port.
_MAX_SITE_CHARACTERS = 280
#: What browsers compare: a host-source of CSP level 3 (section 2.3.1) without a path.
_SITE = re.compile(r"(https?://)?(\*\.)?([^/:*\s]+)(?::([0-9]{1,5}))?/?", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


@dataclass(frozen=True)
class Embedding:
    """Neither anywhere nor a site: nobody's."""

    anywhere: bool
    sites: tuple[str, ...] = ()
    """``[scheme://][*.]host[:port]``, in ASCII and lower case."""


def checked_embedding(embedding: Embedding) -> Embedding:
    """As it will be stored. Raises InvalidInput."""
    if embedding.anywhere:
        return Embedding(anywhere=True)
    if len(embedding.sites) > MAX_SITES:
        raise InvalidInput("embedding", too_many(MAX_SITES))
    return Embedding(False, tuple(dict.fromkeys(_checked_site(site) for site in embedding.sites)))


def _checked_site(site: str) -> str:
    match = _SITE.fullmatch(site.strip()) if len(site) <= _MAX_SITE_CHARACTERS else None
    if match is None:
        raise _not_a_site(site)
    scheme, below, name, port = match.groups(default="")
    try:
        host = name.encode("idna").decode().lower()
    except UnicodeError:  # a part that is empty, too long, or in no script
        raise _not_a_site(site) from None
    if not _HOST.fullmatch(host) or (port and not 1 <= int(port) <= 65535):
        raise _not_a_site(site)
    return f"{scheme.lower()}{below}{host}{f':{int(port)}' if port else ''}"


def _not_a_site(site: str) -> InvalidInput:
    sentence = f"“{site[:60]}” is not a site like example.org, *.example.org or https://example.org"
    return InvalidInput("embedding", Notice(NoticeCode.NOT_A_SITE, sentence, site=site[:60]))
