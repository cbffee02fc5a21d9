"""Working copies, each as large as its source, go when nothing is to be made of them any more."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_extras import KIND, MADE, begun, finish
from tests.integration.test_reprocessing import cancel, newest, reprocess
from tests.support.clips import barcode_clip
from tests.support.house import House
from tests.support.video_service import Running, adopt
from video_service.domain.attempts import MAX_BEGINNINGS, MAX_FAILURES
from video_service.domain.early_copies import early_copy_key
from video_service.domain.ports import RevisionWork, Step
from video_service.domain.stores import source_key
from video_service.domain.video import new_id
from video_service.pipeline import finish_job, poster_job, posters, probe_job
from video_service.pipeline.early_copy_job import forget_left_early_copies
from video_service.pipeline.ffmpeg import ToolFailed
from video_service.pipeline.own_poster_job import picture_key
from video_service.pipeline.sandbox import PLAIN
from video_service.pipeline.working_copy import forget_left_copies, working_copy_key
from video_service.repository.early_copies import EarlyCopyRows
from video_service.storage.objects import LocalObjects


async def copied(tmp_path: Path) -> House:
    """Whose source cannot be read as it is, and was examined."""
    source = barcode_clip(tmp_path / "source.ts", seconds=1, size=(160, 90))
    house = House(tmp_path / "house", source, PLAIN)
    await house.probe()
    house.work.facts["extras"] = []
    assert await copies(house)
    return house


async def copies(house: House) -> list[str]:
    return list(await house.objects.sizes("work"))


async def test_a_source_that_takes_its_workers_down_leaves_no_copy(tmp_path: Path) -> None:
    house = await copied(tmp_path)
    # They fell before the plan was adopted.
    house.work.plan, house.work.steps[Step.PROBE] = None, MAX_BEGINNINGS
    await probe_job.run(house.bench, {"revision_id": house.work.revision_id})
    assert house.work.failure is not None
    assert await copies(house) == []


async def test_a_video_of_which_nothing_could_be_made_leaves_no_copy(tmp_path: Path) -> None:
    house = await copied(tmp_path)
    await finish_job.run(house.bench, {"revision_id": house.work.revision_id})
    assert house.work.failure is not None
    assert await copies(house) == []


@pytest.mark.parametrize("fails", [False, True])
async def test_a_poster_that_comes_last_leaves_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    house = await copied(tmp_path)
    payload = {"revision_id": house.work.revision_id}
    for index in range(len((await house.probe()).chunks)):
        await house.chunk(index)
    await finish_job.run(house.bench, payload)
    assert await copies(house) == []
    if fails:
        picture_at = posters.picture_at

        async def no_picture_at(*arguments: Any) -> Any:
            await picture_at(*arguments)
            raise ToolFailed("ffmpeg ended with 1", "why it did")

        monkeypatch.setattr(posters, "picture_at", no_picture_at)
        house.work.steps[Step.POSTER] = MAX_FAILURES - 1
    await poster_job.run(house.bench, payload)
    assert ("poster" in house.work.first_of, bool(house.work.warnings)) == (not fails, fails)
    assert await copies(house) == []


async def unexamined(service: Running) -> str:
    return await service.revision_of((await service.uploaded("ada")).id)


async def planned(service: Running) -> str:
    return (await service.planned("ada"))[1]


async def with_an_extra(service: Running) -> str:
    _, revision_id = await begun(service)
    await finish(service, revision_id)
    await without_poster_job(service)
    return revision_id


async def with_a_poster(service: Running) -> str:
    return (await service.published("ada"))[1]


async def over(service: Running) -> str:
    revision_id = await with_an_extra(service)
    await service.work.extra_done(revision_id, KIND, MADE)
    return revision_id


async def failed(service: Running) -> str:
    revision_id = await planned(service)
    await service.work.fail(revision_id, "UNSUPPORTED_MEDIA", "It may be damaged.", "")
    return revision_id


async def failed_at_once(service: Running) -> str:
    revision_id = await unexamined(service)
    await service.work.fail(revision_id, "UNSUPPORTED_MEDIA", "It may be damaged.", "")
    return revision_id


async def cancelled(service: Running) -> str:
    video = await service.uploaded("ada")
    await cancel(service, "ada", video.id)
    return await service.revision_of(video.id)


async def retired(service: Running) -> str:
    video_id, revision_id = await begun(service)
    await finish(service, revision_id)
    await reprocess(service, "ada", video_id)
    new = await newest(service, video_id)
    await adopt(service.work, new)
    await finish(service, new)
    return revision_id


async def dropped(service: Running) -> str:
    video, _ = await service.published("ada")
    await reprocess(service, "ada", video.id)
    new = await newest(service, video.id)
    await cancel(service, "ada", video.id)
    return new


async def without_poster_job(service: Running) -> None:
    await service.fetch("DELETE FROM pgqueuer WHERE entrypoint = 'poster'")


@pytest.mark.parametrize(
    ("came", "stays"),
    [
        *((came, True) for came in (unexamined, planned, with_an_extra, with_a_poster)),
        *((came, False) for came in (over, failed, failed_at_once, cancelled, retired, dropped)),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
async def test_a_copy_that_a_dead_worker_left_is_found_and_no_other(
    service: Running, came: Callable[[Running], Awaitable[str]], stays: bool
) -> None:
    objects = LocalObjects(service.settings.objects)
    await forget_left_copies(service.work, objects)
    revision_id = await came(service)
    key = working_copy_key(RevisionWork(revision_id, new_id(), "", None))
    picture = picture_key(new_id(), new_id())
    for one in (key, picture):
        await objects.create(one, b"bytes")
    for _ in range(2):
        await forget_left_copies(service.work, objects)
    assert set(await objects.sizes("work")) == ({key, picture} if stays else {picture})


@pytest.mark.parametrize("ended", [False, True], ids=["fell", "ended"])
async def test_an_early_copy_that_nobody_took_goes_when_nothing_is_made_of_its_source_any_more(
    service: Running, ended: bool
) -> None:
    """Though the worker that would have deleted it died, or the one that made it stood still meanwhile."""
    rows, objects = EarlyCopyRows(), LocalObjects(service.settings.objects)
    upload = await service.create_upload("ada", 6)
    await service.fetch("UPDATE uploads SET early_copy = 'waiting'")
    assert await rows.begin(upload.id) is not None
    await service.append("ada", upload.id, 0, b"a film")
    video = await service.complete("ada", upload.id)
    early = early_copy_key(source_key(upload.id), "0" * 32, is_damaged=False)
    await objects.create(early, b"what was copied early")
    if ended:
        await rows.end(upload.id)
        assert not await rows.is_wanted(upload.id)
    revision_id = await service.revision_of(video.id)
    await adopt(service.work, revision_id)
    await forget_left_early_copies(rows, objects)
    assert await objects.head(early) is not None, "its chunks are still to be made"
    await finish(service, revision_id)
    await without_poster_job(service)
    for _ in range(2):
        await forget_left_early_copies(rows, objects)
    assert set(await objects.sizes("sources")) == {source_key(upload.id)}
    assert not await rows.is_wanted(upload.id), "what is still being made is not kept"
    assert await rows.left() == []
