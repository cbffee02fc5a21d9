"""Playlists of single pictures: where the first picture of each segment lies, read from the published
segments themselves once they are complete."""

from collections.abc import Mapping

import structlog

from video_service.domain.plan import Plan
from video_service.domain.playlist import Bandwidth, iframe_bandwidth, iframe_playlist
from video_service.domain.ports import Objects, RevisionWork
from video_service.domain.transport_stream import FirstPicture, MalformedSegment, first_picture
from video_service.pipeline.workbench import Workbench, media_key, segment_key

#: Most first pictures of small rungs are smaller. Whole packets, so that nothing is read twice.
_HEAD_BYTES = 348 * 188
log = structlog.get_logger(__name__)


async def publish_iframes(
    bench: Workbench, revision: RevisionWork, plan: Plan, sizes_bytes: Mapping[str, Mapping[int, int]]
) -> dict[str, Bandwidth]:
    """Writes a playlist for every rung that has its first segment; what each takes, by rung."""
    found = {}
    for rung in plan.rungs:
        sizes = sizes_bytes[rung.name]
        if 0 not in sizes:
            continue
        try:
            pictures = {
                number: await _first_picture(bench.objects, segment_key(revision, rung.name, number), size)
                for number, size in sizes.items()
            }
        except MalformedSegment as error:
            # Nobody needs it to watch the video.
            log.warning("no playlist of single pictures", rung=rung.name, error=str(error))
            continue
        content = iframe_playlist(plan, pictures).encode()
        await bench.objects.replace(media_key(revision, f"{rung.name}/iframes.m3u8"), content)
        found[rung.name] = iframe_bandwidth(plan, pictures)
    return found


async def _first_picture(objects: Objects, key: str, size_bytes: int) -> FirstPicture:
    head = b""
    while True:
        piece = await objects.read(key, len(head), max(_HEAD_BYTES, len(head)))
        head += piece
        picture = first_picture(head, whole=not piece or len(head) >= size_bytes)
        if picture is not None:
            return picture
