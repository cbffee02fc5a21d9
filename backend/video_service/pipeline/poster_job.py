"""The poster job: one typical picture. Its failure is a warning."""

from video_service.domain.errors import UnsupportedMedia
from video_service.domain.notices import Notice, NoticeCode
from video_service.pipeline import posters
from video_service.pipeline.ffmpeg import ToolFailed
from video_service.pipeline.outbox import HostileOutput
from video_service.pipeline.workbench import Payload, Workbench, media_key

#: Where in the video it is taken: after what films begin with, before what would give too much away.
_AT_FRACTION = 0.1

_NO_POSTER = Notice(NoticeCode.NO_POSTER, "No poster picture could be made.")


async def run(bench: Workbench, payload: Payload, *, niceness: int = 0) -> None:
    revision = await bench.work.revision(payload["revision_id"])
    if revision is None or revision.plan is None:
        return
    try:
        source, facts = await bench.open(revision)
        at = posters.moment(facts, _AT_FRACTION)
        size, made = await posters.picture_at(bench, source, facts, revision.plan, at, niceness)
    except (ToolFailed, UnsupportedMedia, HostileOutput, FileNotFoundError) as error:
        detail = f"{error}\n{getattr(error, 'log', '')}"
        await bench.work.add_warning(revision.revision_id, _NO_POSTER, detail)
    else:
        await posters.publish(bench, media_key(revision, "").rstrip("/"), made)
        await bench.work.poster_published(revision.revision_id, size.width, size.height)
    if await bench.work.is_over(revision.revision_id, but_for_poster=True):
        await bench.forget_copy(revision)
