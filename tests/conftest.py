"""Fixtures that several kinds of tests share."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.database import VIDEO_DATABASES, Databases
from tests.support.video_service import Running, running_service
from tools.preflight import working_sandbox

#: Read at the first call. Otherwise a program that is started for another user, as PostgreSQL is by root,
#: may die of gRPC's threads between fork and exec.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"


def pytest_report_header() -> str:
    boxed = working_sandbox().boxed
    return f"sandbox: {'bubblewrap' if boxed else 'NONE, ffmpeg runs with plain limits only'} (SANDBOX=auto)"


#: How long an example takes, and how long it takes to make one up, is the machine's business.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def video_databases() -> Databases:
    """Makes migrated databases of the video service."""
    return VIDEO_DATABASES


@pytest.fixture
async def service(video_databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """A running video service with a database of its own."""
    async with video_databases.fresh() as url, running_service(url, tmp_path) as running:
        yield running
