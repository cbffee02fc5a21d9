"""A memory of what was read, of a bounded size."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """The most recently used values. What is forgotten while it is being read is not kept.

    With ``most_absent`` it also remembers for which keys nothing (``None``) was read, in a place of
    their own: they never push out a value.
    """

    def __init__(self, most: int, *, most_absent: int = 0) -> None:
        self._most = most
        self._most_absent = most_absent
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._absent: OrderedDict[str, Value] = OrderedDict()
        self._reading: dict[str, object] = {}

    async def get(self, key: str, read: Callable[[str], Awaitable[Value]]) -> Value:
        for place in (self._values, self._absent):
            if key in place:
                place.move_to_end(key)
                return place[key]
        mine = self._reading[key] = object()
        try:
            value = await read(key)
        except BaseException:
            if self._reading.get(key) is mine:
                del self._reading[key]
            raise
        if self._reading.get(key) is mine:
            del self._reading[key]
            self._keep(key, value)
        return value

    def forget(self, key: str) -> None:
        self._values.pop(key, None)
        self._absent.pop(key, None)
        self._reading.pop(key, None)

    def clear(self) -> None:
        self._values.clear()
        self._absent.clear()
        self._reading.clear()

    def _keep(self, key: str, value: Value) -> None:
        place, most = (self._values, self._most) if value is not None else (self._absent, self._most_absent)
        place[key] = value
        if len(place) > most:
            place.popitem(last=False)
