"""One whole product for all of these tests, and what must never be found in its logs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.secrets import Secrets
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with running_stack(MAX_UPLOAD_SIZE="3MB") as stack:
        yield stack


@pytest.fixture(scope="session")
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture(autouse=True)
def no_secret_in_a_log(stack: Stack, secrets: Secrets) -> Iterator[None]:
    """After each of these tests, the logs of all services from their beginning."""
    yield
    for log in stack.data.glob("*.log"):
        assert secrets.in_text(log.read_text(errors="replace")) == [], log.name


@pytest.fixture(scope="session")
def ada(stack: Stack, secrets: Secrets) -> Person:
    return secrets.of(Person(stack, "Ada"))


@pytest.fixture(scope="session")
def bob(stack: Stack, secrets: Secrets) -> Person:
    return secrets.of(Person(stack, "Bob"))


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, which a worker shows within a few more."""
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2, size=(320, 180))
