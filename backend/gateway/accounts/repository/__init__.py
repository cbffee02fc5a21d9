"""The accounts' data: one module for each table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.engine import DB


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """What is written inside is written together or not at all, whichever repository writes it."""
    async with DB.transaction():
        yield
