"""The one place from which a master playlist is published: what the rows say, while the video's row is
locked. So of two changes at once the later one publishes what both have made."""

from typing import Any

from video_service.domain import chapters
from video_service.domain.captions import Caption, CaptionKind
from video_service.domain.chapters import Chapter
from video_service.domain.plan import Plan
from video_service.domain.playlist import Bandwidth, expected_bandwidths
from video_service.domain.ports import Publisher
from video_service.domain.publication import Publication
from video_service.domain.video import VideoState
from video_service.repository.plan_json import plan_of
from video_service.repository.tables import Captions, Revisions, Videos


async def publish(video_id: str, publisher: Publisher) -> None:
    """Call it at the end of the transaction that changed something. What is served and what is being
    made to take its place are published; retired revisions stay as they are."""
    for publication in await _publications(video_id):
        await publisher.publish(publication)


async def _publications(video_id: str) -> list[Publication]:
    video = await Videos.select().where(Videos.id == video_id).output(load_json=True).first()
    if video is None or video["state"] == VideoState.FAILED:
        return []
    wanted = [one for one in (video["revision_id"], video["successor_id"]) if one is not None]
    if not wanted:
        return []
    revisions = (
        await Revisions.select(Revisions.id, Revisions.plan, Revisions.becomes)
        .where(Revisions.id.is_in(wanted) & Revisions.plan.is_not_null())
        .output(load_json=True)
    )
    captions = tuple(map(caption_of, await captions_query(video_id)))
    found = []
    for revision in revisions:
        shown = video if revision["id"] == video["revision_id"] else {**video, **revision["becomes"]}
        # What was planned and then left out is not offered.
        plan = plan_of(revision["plan"]).with_audio({one["name"] for one in shown["renditions"]})
        found.append(
            Publication(
                video_id,
                revision["id"],
                plan,
                _bandwidths(plan, shown),
                captions,
                shown_chapters(shown),
                _iframes(shown),
            )
        )
    return found


def _bandwidths(plan: Plan, video: dict[str, Any]) -> dict[str, Bandwidth]:
    """Those that are known, of a row of ``videos``."""
    known = {
        one["name"]: Bandwidth(one["bandwidth_bps"], one.get("average_bps")) for one in video["renditions"]
    }
    return expected_bandwidths(plan) | known


def _iframes(video: dict[str, Any]) -> dict[str, Bandwidth]:
    """Of a row of ``videos``."""
    return {
        one["name"]: Bandwidth(one["iframes_peak_bps"], one["iframes_average_bps"])
        for one in video["renditions"]
        if one.get("iframes_peak_bps") is not None
    }


def captions_query(video_id: str) -> Any:
    there = (Captions.video == video_id) & (Captions.removed == False)  # noqa: E712
    return Captions.select().where(there).order_by(Captions.created_at, Captions.id)


def caption_of(row: dict[str, Any]) -> Caption:
    return Caption(
        id=row["id"],
        language=row["language"],
        kind=CaptionKind(row["kind"]),
        label=row["label"],
        webvtt=row["webvtt"],
        embedded=row["stream_index"] is not None and not row["touched"],
        updated_at=row["updated_at"],
    )


def chapters_of(stored: list[dict[str, Any]]) -> tuple[Chapter, ...]:
    return tuple(Chapter(**fields) for fields in stored)


def shown_chapters(video: dict[str, Any]) -> tuple[Chapter, ...]:
    """Of a row of ``videos``."""
    return chapters.shown(
        chapters_of(video["own_chapters"]),
        video["description"],
        chapters_of(video["source_chapters"]),
        video["duration_seconds"],
    )
