"""A gateway for each module that asks for one, and a browser for each test."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.database import GATEWAY_DATABASES
from tests.support.gateway import RunningGateway, execute, running_gateway


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with GATEWAY_DATABASES.lasting() as url:
        yield url


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def gateway(data: Path, database_url: str) -> Iterator[RunningGateway]:
    with running_gateway(data, database_url) as gateway:
        yield gateway


@pytest.fixture
def browser(gateway: RunningGateway, database_url: str) -> Iterator[httpx.Client]:
    """Somebody's, in a house where nobody has an account yet."""
    execute(database_url, "TRUNCATE users, audit_events, outbox CASCADE")
    with gateway.client() as client:
        yield client
