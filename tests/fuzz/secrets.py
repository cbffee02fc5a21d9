"""What nobody but its owner may read: tokens, passwords, cookies, grants."""

import re

from tests.support.stack import Person

_GRANT = re.compile(r"/media/([A-Za-z0-9_-]{20,})/")


class Secrets:
    """Collects them while tests run."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def add(self, kind: str, value: str) -> None:
        assert len(value) >= 12, f"{kind}: so short a text is found by chance"
        self._known[value] = kind

    def of(self, person: Person) -> Person:
        """What signing in told them."""
        token = person.http.headers["authorization"].removeprefix("Bearer ")
        self.add("access token", token)
        self.add("signature", token.rsplit(".", 1)[1])
        self.add("password", person.password)
        for name, value in person.http.cookies.items():
            self.add(f"cookie {name}", value)
        return person

    def of_url(self, url: str) -> str:
        """The grant in a media URL."""
        if found := _GRANT.search(url):
            self.add("grant", found[1])
        return url

    def in_text(self, text: str) -> list[str]:
        """The kinds of those that are in it."""
        return sorted(kind for value, kind in self._known.items() if value in text)
