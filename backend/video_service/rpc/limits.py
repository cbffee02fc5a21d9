"""How often browsers may call, over gRPC-Web. Whoever calls natively is the gateway, which has
counted its own callers, or a trusted service."""

from typing import Any

from shared.client_address import caller_key
from shared.env import Rate
from shared.rate_limits import RateLimit, TooOften, take
from video_service.domain.errors import RateLimited
from video_service.rpc.grpc_web import Context

#: One address stands for at most so many people who are as busy as one account may be.
_PEOPLE_AT_AN_ADDRESS = 10
#: Methods that search many rows.
_LISTS = frozenset({"ListVideos", "ListRelatedVideos"})


class WebLimits:
    """Rates for each account, and wider ones for each address."""

    def __init__(self, list_rate: Rate | None, api_rate: Rate | None) -> None:
        self._list_account, self._list_address = _both("list", list_rate)
        self._api_account, self._api_address = _both("api", api_rate)

    def require_address(self, method: str, context: Any) -> None:
        """Before anything is looked at. Raises RateLimited."""
        if isinstance(context, Context):
            key = caller_key(context.scope)
            lists = [(self._list_address, key)] if method in _LISTS else []
            _take((self._api_address, key), *lists)

    def require_account(self, method: str, context: Any, user_id: str | None) -> None:
        """Raises RateLimited."""
        if isinstance(context, Context) and user_id is not None:
            lists = [(self._list_account, user_id)] if method in _LISTS else []
            _take((self._api_account, user_id), *lists)


def _both(name: str, rate: Rate | None) -> tuple[RateLimit, RateLimit]:
    wider = rate.times(_PEOPLE_AT_AN_ADDRESS) if rate else None
    return RateLimit(f"{name}_account", rate), RateLimit(f"{name}_address", wider)


def _take(*asked: tuple[RateLimit, str]) -> None:
    try:
        take(*asked)
    except TooOften as error:
        raise RateLimited(error.retry_after_seconds) from error
