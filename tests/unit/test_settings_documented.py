"""`.env.example` names every setting that is read, nothing else, and its defaults are the real ones."""

import re

import pytest

from tools.preflight import read_launch
from tools.processes import ROOT

_LINES = re.findall(r"^#([A-Z][A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
DOCUMENTED = dict(_LINES)


class _Asked(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.names.add(name)
        return default


def test_every_setting_is_documented_once_and_nothing_else_is() -> None:
    asked = _Asked()
    read_launch(asked)
    assert set(DOCUMENTED) == asked.names
    assert len(_LINES) == len(DOCUMENTED)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_documented_default_is_the_default(name: str) -> None:
    assert read_launch({name: DOCUMENTED[name]}) == read_launch({})
