"""How often a job is tried. Beginnings are counted in the database before anything is read, so that one whose
worker dies counts, too: the queue counts only what comes back to it."""

import errno
import struct
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from video_service.domain.errors import UnsupportedMedia
from video_service.domain.ports import NoSuchObject
from video_service.pipeline.ffmpeg import Outage, ToolFailed
from video_service.pipeline.outbox import HostileOutput

BEGUN_TOO_OFTEN = "begun too often without an end"
#: What Python raises where a program is wrong: not of its surroundings, which mend.
_MISTAKES = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
    struct.error,
)  # fmt: skip


class Mistake(Exception):
    """One of ours, which this source calls forth. ``log`` says where."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.log = "".join(traceback.format_exception(error))


#: How any job may fail.
FAILURES = (ToolFailed, HostileOutput, FileNotFoundError, UnsupportedMedia, Mistake)


def told(error: Exception) -> str:
    """For operators."""
    return f"{error}\n{getattr(error, 'log', '')}"


@asynccontextmanager
async def counted(take_back: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Of a job that is counted. Takes back that it was begun where the machine is to blame: it is repeated
    until there is room. What nobody has thought of becomes a Mistake, so that it counts as a failure."""
    try:
        yield
    except (Outage, OSError) as error:
        if isinstance(error, Outage) or error.errno in (errno.ENOSPC, errno.EDQUOT):
            await take_back()
        raise
    except NoSuchObject:
        raise  # a store may be away for a while
    except _MISTAKES as error:
        raise Mistake(error) from error
