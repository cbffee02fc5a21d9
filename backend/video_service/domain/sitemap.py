"""What search engines are told of: the public videos that can be watched, in parts that stay small."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

#: So many are told of at once; where there are more, ids are parted by how they begin.
MOST_IN_ONE_PART = 1000
#: Ids are random, so that no part is much larger than another. This bounds an answer all the same.
MOST_IN_ANY_PART = 5000
#: A character of an id is one of so many.
_CHARACTERS = 32


@dataclass(frozen=True)
class PublicVideo:
    id: str
    updated_at: datetime


class PublicVideos(Protocol):
    """The rows of public videos that can be watched."""

    async def count(self, most: int) -> int:
        """How many there are; counting ends at ``most``."""

    async def starting_with(self, prefix: str, most: int) -> Collection[PublicVideo]:
        """Those whose ids begin so, by id."""


def prefix_characters(count: int) -> int:
    """By how many characters of their ids so many videos are parted; 0: not at all."""
    if count <= MOST_IN_ONE_PART:
        return 0
    return 1 if count <= MOST_COUNTED - 1 else 2


#: More than these are parted no further, so counting may end there.
MOST_COUNTED = MOST_IN_ONE_PART * _CHARACTERS + 1
