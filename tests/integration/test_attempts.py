"""Jobs that never come to an end: tried a few times, whatever becomes of their workers, and given up with the
reason kept. What can be watched stays so."""

import errno
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

from playhead.video.v1 import video_pb2
from tests.integration.test_catalog import PUBLIC, refused
from tests.integration.test_extras import KIND, begun, finish
from tests.integration.test_posters import picture, upload
from tests.support.house import WorkerDied
from tests.support.video_service import Running
from video_service.domain.attempts import MAX_BEGINNINGS, MAX_FAILURES
from video_service.domain.extras import WARNINGS
from video_service.domain.ports import NoSuchObject
from video_service.pipeline import (
    chunk_job,
    extra_job,
    finish_job,
    own_poster_job,
    poster_job,
    posters,
    probe_job,
)
from video_service.pipeline.attempts import FAILURES, Mistake, counted
from video_service.pipeline.sandbox import PLAIN
from video_service.pipeline.workbench import Workbench
from video_service.repository.posters import PosterRows
from video_service.storage.objects import LocalObjects

Job = Callable[[], Awaitable[None]]


class End(NamedTuple):
    """Of a job to which the same happens each time."""

    happens: type[Exception]
    raised: type[Exception]
    borne: int
    """How often that is tried again."""
    reason: str = ""
    """What operators read."""


ENDS = pytest.mark.parametrize(
    "end",
    [
        End(WorkerDied, WorkerDied, MAX_BEGINNINGS, "begun too often without an end"),
        End(ZeroDivisionError, Mistake, MAX_FAILURES - 1, "ZeroDivisionError"),
    ],
    ids=["deadly", "mistaken"],
)


@pytest.fixture
def bench(service: Running, tmp_path: Path) -> Workbench:
    return Workbench.make(service.work, LocalObjects(service.settings.objects), PLAIN, tmp_path)


def always(raised: Callable[[], Exception]) -> Callable[..., Awaitable[NoReturn]]:
    async def fall(*_: object, **__: object) -> NoReturn:
        raise raised()

    return fall


async def over(job: Job, end: End) -> None:
    """Runs it as the queue does, until it comes to an end."""
    for _ in range(end.borne):
        with pytest.raises(end.raised):
            await job()
    await job()


async def log_of(service: Running) -> str:
    return str(await service.fetchval("SELECT log FROM revisions"))


@ENDS
async def test_a_poster_that_cannot_be_made_is_a_warning(
    service: Running, bench: Workbench, monkeypatch: pytest.MonkeyPatch, end: End
) -> None:
    video, revision_id = await service.published("ada")
    monkeypatch.setattr(Workbench, "open", always(end.happens))
    await over(lambda: poster_job.run(bench, {"revision_id": revision_id}), end)
    seen = await service.get("ada", video.id)
    assert (seen.state, list(seen.warnings)) == (
        video_pb2.VIDEO_STATE_READY,
        ["No poster picture could be made."],
    )
    assert end.reason in await log_of(service)


@ENDS
async def test_a_video_is_ready_though_its_end_cannot_be_measured(
    service: Running, bench: Workbench, monkeypatch: pytest.MonkeyPatch, end: End
) -> None:
    video, revision_id = await service.planned("ada")
    for index, names in ((0, ["v360"]), (2, ["a0"]), (1, []), (3, ["v720"])):
        await service.work.segments_published(revision_id, index, 1.0, names)
        await service.work.chunk_done(revision_id, index)
    for name in ("v720", "v360", "a0"):
        for number in (0, 1):
            key = f"videos/{video.id}/{revision_id}/{name}/{number:05d}.ts"
            await bench.objects.create(key, b"no transport stream")
    monkeypatch.setattr(finish_job, "publish_iframes", always(end.happens))
    await over(lambda: finish_job.run(bench, {"revision_id": revision_id}), end)
    seen = await service.get("ada", video.id)
    assert (seen.state, seen.playable, seen.progress) == (video_pb2.VIDEO_STATE_READY, True, 1.0)
    assert [one.complete for one in seen.renditions] == [True] * 3
    assert end.reason in await log_of(service)


@ENDS
async def test_a_source_that_cannot_be_examined_fails(
    service: Running, bench: Workbench, monkeypatch: pytest.MonkeyPatch, end: End
) -> None:
    video = await service.uploaded("ada")
    payload = {"revision_id": await service.revision_of(video.id)}
    monkeypatch.setattr(Workbench, "open", always(end.happens))
    await over(lambda: probe_job.run(bench, payload), end)
    seen = await service.get("ada", video.id)
    assert seen.failure.message == "This file could not be examined. It may be damaged."
    assert end.reason in await log_of(service)


@ENDS
async def test_what_else_cannot_be_made_of_a_source_is_a_warning(
    service: Running, bench: Workbench, monkeypatch: pytest.MonkeyPatch, end: End
) -> None:
    video_id, revision_id = await begun(service)
    monkeypatch.setattr(Workbench, "open", always(end.happens))
    rung = {"revision_id": revision_id, "index": 3}
    extra = {"revision_id": revision_id, "kind": KIND.value}
    await over(lambda: chunk_job.run(bench, rung), end)
    await over(lambda: extra_job.run(bench, extra), end)
    assert (await log_of(service)).count(end.reason) >= 2
    await finish(service, revision_id)
    seen = await service.get("ada", video_id)
    assert seen.state == video_pb2.VIDEO_STATE_READY
    assert list(seen.warnings) == [
        "A part of the picture from 0 s on could not be converted.", WARNINGS[KIND],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "end", [End(WorkerDied, WorkerDied, MAX_BEGINNINGS), End(ZeroDivisionError, Mistake, 0)]
)
async def test_a_picture_that_cannot_be_looked_at_is_refused(
    service: Running, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: End
) -> None:
    job, poster_id = await sent(service, bench, tmp_path, monkeypatch)
    monkeypatch.setattr(posters, "run", always(end.happens))
    await over(job, end)
    assert await PosterRows().state(poster_id) == "refused"
    assert not list(service.settings.objects.rglob("picture")), "what was sent is not kept"


async def sent(
    service: Running, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Job, str]:
    """The job of a picture that nobody has looked at, and its id."""
    video, _ = await service.published("ada", visibility=PUBLIC)
    monkeypatch.setattr(service.service.posters, "_wait_seconds", 0.0)
    content = picture(tmp_path / "a.jpg", "64x64")
    assert (await refused(upload(service, "ada", video.id, content)))[0] == "UNAVAILABLE"
    poster_id = str(await service.fetchval("SELECT id FROM posters"))
    payload = {"video_id": video.id, "poster_id": poster_id}
    return lambda: own_poster_job.run(bench, PosterRows(), payload), poster_id


async def test_a_full_disk_costs_no_attempt(
    service: Running, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, _ = await sent(service, bench, tmp_path, monkeypatch)
    revision_id = await service.fetchval("SELECT id FROM revisions")

    def full() -> Any:
        return OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Workbench, "open", always(full))
    monkeypatch.setattr(posters, "run", always(full))
    for job in (own, lambda: poster_job.run(bench, {"revision_id": revision_id})):
        for _ in range(MAX_BEGINNINGS + 2):
            with pytest.raises(OSError, match="No space left"):
                await job()
    assert await service.fetchval("SELECT attempts FROM posters") == 0
    assert await service.fetchval("SELECT poster_attempts FROM revisions") == 0


async def test_a_chunk_that_gets_further_is_not_to_blame_for_what_took_its_worker_down(
    service: Running,
) -> None:
    """Something else did, which is made beside it again and again."""
    _, revision_id = await service.planned("ada")

    async def begin() -> int:
        work = await service.work.begin_chunk(revision_id, 3)
        assert work is not None
        return work.attempt

    for n in range(1, MAX_BEGINNINGS + 2):
        assert await begin() <= 2
        await service.work.segments_published(revision_id, 3, n / 20, [])
    assert [await begin() for _ in range(2)] == [2, 3], "the same again is no progress"
    await service.work.segments_published(revision_id, 3, n / 20, [])
    assert await begin() == 4
    await service.work.chunk_failed(revision_id, 3, "why")
    await service.work.segments_published(revision_id, 3, 0.9, [])
    assert await begin() == 3, "failures count on"
    while await begin() <= MAX_BEGINNINGS:
        pass
    await service.work.segments_published(revision_id, 3, 0.95, [])
    assert await begin() > MAX_BEGINNINGS, "of what was given up, silence gets further"


async def test_a_store_that_is_away_is_not_a_mistake(tmp_path: Path) -> None:
    """What fails three times is given up within seconds; this has the minutes that ten beginnings take."""
    objects = LocalObjects(tmp_path)
    with pytest.raises(NoSuchObject):
        async with counted(always(AssertionError)):
            await objects.materialise("sources/one/original")
    assert not issubclass(NoSuchObject, FAILURES)
