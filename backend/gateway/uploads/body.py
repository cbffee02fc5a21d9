"""A request's body as it arrives, piece by piece: nothing is spooled."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request


class ClientLeft(Exception):
    """The connection ended before the body did."""


async def body_pieces(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """Pieces of the size the network makes them. Raises :class:`ClientLeft`."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise ClientLeft
        more = message.get("more_body", False)
        if piece := message.get("body", b""):
            yield piece


async def pieces_until_client_leaves(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """As :func:`body_pieces`, but what came before a broken connection counts as all of it."""
    try:
        async for piece in body_pieces(request):
            yield piece
    except ClientLeft:
        return
