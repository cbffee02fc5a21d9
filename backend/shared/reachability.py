"""Queries to a database that may be away: its errors apart from mistakes of ours."""

import functools
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import asyncpg

Given = ParamSpec("Given")
Found = TypeVar("Found")
#: Makes of such an error what the service raises instead.
Instead = Callable[[Exception], Exception]

#: What asyncpg raises of a connection that cannot be had, has closed, or is closing: a server that stops
#: says so before it closes, and for what is asked between the two asyncpg has an InternalClientError.
_NO_CONNECTION = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)
#: All that goes wrong with a database, for those who try again whatever it was.
DATABASE_FAILURES = (*_NO_CONNECTION, asyncpg.PostgresError)
#: What a query raises when the database is gone, stops, starts or is full (PostgreSQL, appendix A:
#: classes 08, 53 and 57).
_UNREACHABLE = (
    *_NO_CONNECTION,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
)


@contextmanager
def reaching(instead: Instead) -> Iterator[None]:
    """Raises what ``instead`` makes of it where the database cannot be reached."""
    try:
        yield
    except _UNREACHABLE as error:
        if isinstance(error, ValueError):  # asyncpg's word for a mistake of ours
            raise
        raise instead(error) from error


def reaching_queries(
    instead: Instead,
) -> Callable[[Callable[Given, Awaitable[Found]]], Callable[Given, Coroutine[Any, Any, Found]]]:
    """The same for a query, as a decorator."""

    def decorate(query: Callable[Given, Awaitable[Found]]) -> Callable[Given, Coroutine[Any, Any, Found]]:
        @functools.wraps(query)
        async def asked(*args: Given.args, **kwargs: Given.kwargs) -> Found:
            with reaching(instead):
                return await query(*args, **kwargs)

        return asked

    return decorate
