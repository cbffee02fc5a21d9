"""SECURITY.md promises a test for each measure: the promise is kept as files move."""

import re

import pytest

from tools.processes import ROOT

_ROWS = [
    line
    for line in (ROOT / "SECURITY.md").read_text().partition("## Threats")[2].splitlines()
    if line.startswith("| ") and not line.startswith("| attack ")
]
#: A file, a test in a file, or `::` and a test in the file named before.
_REFERENCE = re.compile(r"`((?:tests|e2e)/[\w/]+\.py)?(?:::(\w+))?`")


def references(row: str) -> list[tuple[str, str]]:
    found, file = [], ""
    for named, test in _REFERENCE.findall(row.split("|")[3]):
        file = named or file
        found.append((file, test))
    return found


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.split("|")[1].strip()[:60])
def test_every_threat_names_tests_that_there_are(row: str) -> None:
    named = references(row)
    if not named:
        assert row.split("|")[3].strip() == "the same", "a threat without a test"
    for file, test in named:
        source = (ROOT / file).read_text()
        assert not test or re.search(rf"^(async )?def {test}\(", source, re.MULTILINE), (file, test)


def test_there_are_threats() -> None:
    assert len(_ROWS) > 40
