"""What a browser may be made to do by another site's page: nothing with accounts and sessions."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from gateway.problems import Problem
from shared.rpc_errors import WireError


def json_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A form cannot send this type, and a script elsewhere only after asking (Fetch standard, CORS).

    Raises :class:`Problem`.
    """
    if connection.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(WireError("INVALID_INPUT", "The content type must be application/json."), status=415)


def own_pages_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Browsers say where a request comes from (W3C Fetch Metadata); other programs say nothing.

    Raises :class:`Problem`.
    """
    if connection.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Problem(WireError("NOT_ALLOWED", "Another site's page may not do this."))
