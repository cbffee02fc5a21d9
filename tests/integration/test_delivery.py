"""Delivery answers as HTTP and the design demand; objects are real files."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from video_service.delivery.app import Delivery
from video_service.domain.access import AccessFacts
from video_service.domain.errors import Unavailable
from video_service.domain.plan import AudioRendition, Plan, Timeline, VideoRung
from video_service.domain.ports import MediaFacts
from video_service.domain.video import Visibility, new_id
from video_service.storage.keys import HmacGrants
from video_service.storage.objects import LocalObjects

VIDEO, REVISION, OTHER = "v" * 26, "r" * 26, "x" * 26
GRANTS = HmacGrants(b"k" * 32)
BODY = bytes(range(256)) * 4000


def rung(name: str, height: int) -> VideoRung:
    return VideoRung(
        name, height * 16 // 9, height, Fraction(30), False, "avc1.64001F", "high", "3.1", 23, 1, 1
    )  # fmt: skip


PLAN = Plan(
    timeline=Timeline(Fraction(1, 30), True, (0, 60, 180), (60, 120)),
    rungs=(rung("v720", 720), rung("v480", 480), rung("v360", 360)),
    audio=(AudioRendition("a0", 1, "mp4a.40.2", 2, 128000, None, ""),),
    chunks=(),
)


class Index:
    """One video; remembers what was demanded and lets a test say that something changed."""

    def __init__(self, visibility: Visibility) -> None:
        self.visibility, self.epoch, self.deleted, self.complete = visibility, 0, False, False
        self.the_plan = PLAN
        self.demanded: list[tuple[str, int]] = []
        self.given_up = self.away = False
        self.looked_up: list[str] = []
        self.asked, self.changed = asyncio.Event(), asyncio.Event()

    async def public_media(self, video_id: str) -> MediaFacts | None:
        return await self.media(video_id) if self.visibility is Visibility.PUBLIC else None

    async def media(self, video_id: str) -> MediaFacts | None:
        self.looked_up.append(video_id)
        if self.away:
            raise Unavailable("This cannot be looked up just now. Try again.")
        if video_id != VIDEO:
            return None
        access = AccessFacts("owner", self.visibility, self.deleted, self.epoch)
        return MediaFacts(access, REVISION, self.complete, title="Hafen bei Nacht")

    async def plan(self, revision_id: str) -> Plan | None:
        return self.the_plan if revision_id == REVISION else None

    async def demand(self, revision_id: str, rendition: str, segment: int) -> bool:
        self.demanded.append((rendition, segment))
        self.asked.set()
        return not self.given_up

    @asynccontextmanager
    async def changes(self, video_id: str) -> AsyncIterator[AsyncIterator[None]]:
        async def each() -> AsyncIterator[None]:
            while True:
                await self.changed.wait()
                self.changed.clear()
                yield

        yield each()


class House:
    def __init__(self, root: Path, visibility: Visibility, wait_seconds: float = 0.3) -> None:
        self.objects, self.index = LocalObjects(root), Index(visibility)
        delivery = Delivery(
            self.index, self.objects, GRANTS, anonymous_access=True, wait_seconds=wait_seconds
        )
        transport = httpx.ASGITransport(delivery)  # type: ignore[arg-type]
        self.client = httpx.AsyncClient(transport=transport, base_url="http://media")

    async def put(self, file: str, body: bytes = BODY) -> None:
        assert await self.objects.create(f"videos/{VIDEO}/{REVISION}/{file}", body)

    async def get(self, file: str, grant: str = "public", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(f"/media/{grant}/{VIDEO}/{REVISION}/{file}", headers=sent)


@pytest.fixture
def public(tmp_path: Path) -> House:
    return House(tmp_path, Visibility.PUBLIC)


@pytest.fixture
def patient(tmp_path: Path) -> House:
    """Everybody's, and what is asked for comes."""
    return House(tmp_path, Visibility.PUBLIC, wait_seconds=30)


@pytest.fixture
def private(tmp_path: Path) -> House:
    return House(tmp_path, Visibility.PRIVATE)


async def test_a_segment_is_served_whole_and_cached_for_a_minute(public: House) -> None:
    await public.put("v720/00001.ts")
    answer = await public.get("v720/00001.ts")
    assert answer.status_code == 200
    assert answer.content == BODY
    assert answer.headers["content-type"] == "video/mp2t"
    assert answer.headers["cache-control"] == "public, max-age=60, must-revalidate"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=1000-", 1000, len(BODY)),
        ("bytes=-5", len(BODY) - 5, len(BODY)),
        ("bytes=300000-99999999", 300000, len(BODY)),
    ],
)
async def test_ranges(public: House, asked: str, start: int, stop: int) -> None:
    await public.put("v720/00001.ts")
    answer = await public.get("v720/00001.ts", range=asked)
    assert answer.status_code == 206
    assert answer.content == BODY[start:stop]
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(BODY)}"


@pytest.mark.parametrize("ignored", ["bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=x-", "bytes=-"])
async def test_ranges_that_make_no_sense_are_ignored(public: House, ignored: str) -> None:
    await public.put("v720/00001.ts")
    answer = await public.get("v720/00001.ts", range=ignored)
    assert (answer.status_code, len(answer.content)) == (200, len(BODY))


async def test_a_range_beyond_the_end(public: House) -> None:
    await public.put("v720/00001.ts")
    answer = await public.get("v720/00001.ts", range=f"bytes={len(BODY)}-")
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(BODY)}"


async def test_conditions_and_head(public: House) -> None:
    await public.put("v720/index.m3u8", b"#EXTM3U\n")
    first = await public.get("v720/index.m3u8")
    assert first.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert (await public.get("v720/index.m3u8", if_none_match=first.headers["etag"])).status_code == 304
    assert (await public.get("v720/index.m3u8", if_none_match='"other"')).status_code == 200
    stale = await public.get("v720/index.m3u8", range="bytes=0-1", if_range='"other"')
    assert stale.status_code == 200
    head = await public.client.head(f"/media/public/{VIDEO}/{REVISION}/v720/index.m3u8")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "8")


async def test_private_media_needs_a_grant_of_its_epoch(private: House) -> None:
    await private.put("v720/00001.ts")
    grant = GRANTS.issue(VIDEO, 0, datetime.now(UTC) + timedelta(hours=1))
    opened = await private.get("v720/00001.ts", grant)
    assert opened.status_code == 200
    assert opened.headers["cache-control"].startswith("private")
    missing = await private.client.get(f"/media/public/{new_id()}/{REVISION}/v720/00001.ts")
    for refused in (
        await private.get("v720/00001.ts"),
        await private.get("v720/00001.ts", "forged"),
        await private.get("v720/00001.ts", GRANTS.issue(VIDEO, 0, datetime.now(UTC) - timedelta(seconds=1))),
    ):
        assert (refused.status_code, refused.content) == (404, missing.content)
        assert refused.headers == missing.headers
    private.index.epoch = 1
    assert (await private.get("v720/00001.ts", grant)).status_code == 404


async def test_a_kept_copy_is_not_confirmed_to_who_may_not_see_it_any_more(private: House) -> None:
    await private.put("v720/00001.ts")
    grant = GRANTS.issue(VIDEO, 0, datetime.now(UTC) + timedelta(hours=1))
    kept = await private.get("v720/00001.ts", grant)
    assert kept.headers["cache-control"] == "private, max-age=60, must-revalidate"
    again = await private.get("v720/00001.ts", grant, if_none_match=kept.headers["etag"])
    assert again.status_code == 304
    private.index.epoch = 1
    again = await private.get("v720/00001.ts", grant, if_none_match=kept.headers["etag"])
    assert again.status_code == 404


async def test_who_waited_is_judged_anew(patient: House) -> None:
    request = asyncio.create_task(patient.get("v480/00001.ts"))
    await patient.index.asked.wait()
    await patient.put("v360/00001.ts", b"360")
    patient.index.visibility = Visibility.PRIVATE
    patient.index.changed.set()
    assert (await request).status_code == 404


async def test_nothing_is_looked_up_for_a_forged_grant(private: House) -> None:
    await private.put("v720/00001.ts")
    assert (await private.get("v720/00001.ts", "forged")).status_code == 404
    assert private.index.looked_up == []


async def test_a_deleted_video_is_gone_at_once(public: House) -> None:
    await public.put("v720/00001.ts")
    public.index.deleted = True
    assert (await public.get("v720/00001.ts")).status_code == 404


async def test_a_missing_segment_is_substituted_by_the_next_lower_rung(public: House) -> None:
    await public.put("v720/00001.ts", b"720")
    await public.put("v360/00001.ts", b"360")
    answer = await public.get("v480/00001.ts")
    assert (answer.status_code, answer.content) == (200, b"360")
    assert answer.headers["cache-control"] == "no-store"
    assert public.index.demanded == []


async def test_a_higher_rung_is_better_than_waiting(public: House) -> None:
    await public.put("v720/00001.ts", b"720")
    assert (await public.get("v360/00001.ts")).content == b"720"


async def test_a_request_waits_until_the_segment_is_published(patient: House) -> None:
    request = asyncio.create_task(patient.get("v480/00001.ts"))
    await patient.index.asked.wait()
    await patient.put("v360/00001.ts", b"360")
    patient.index.changed.set()
    answer = await request
    assert (answer.status_code, answer.content) == (200, b"360")
    assert patient.index.demanded == [("v480", 1)]


async def test_the_only_rung_is_waited_for(public: House) -> None:
    public.index.the_plan = replace(PLAN, rungs=PLAN.rungs[:1])
    assert (await public.get("v720/00001.ts")).status_code == 503
    assert public.index.demanded == [("v720", 1)]
    assert (await public.get("v480/00001.ts")).status_code == 404


async def test_what_nobody_will_make_is_not_waited_for(public: House) -> None:
    public.index.given_up = True
    assert (await public.get("v720/00001.ts")).status_code == 404
    assert public.index.demanded == [("v720", 1)]


async def test_a_wait_ends_with_503_and_a_hint_when_to_return(public: House) -> None:
    answer = await public.get("a0/00000.ts")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("file", ["master.m3u8", "v480/00001.ts"])
async def test_while_nothing_can_be_looked_up_players_are_told_to_come_back(public: House, file: str) -> None:
    public.index.away = True
    answer = await public.get(file)
    assert (answer.status_code, answer.json()["reason"]) == (503, "UNAVAILABLE")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_sound_is_never_substituted(public: House) -> None:
    await public.put("v720/00000.ts")
    assert (await public.get("a0/00000.ts")).status_code == 503


@pytest.mark.parametrize(
    "path",
    [
        f"/media/public/{VIDEO}/{REVISION}/v720/00002.ts",
        f"/media/public/{VIDEO}/{REVISION}/v999/00000.ts",
        f"/media/public/{VIDEO}/{REVISION}/v720/../../../source",
        f"/media/public/{VIDEO}/{REVISION}/v720/%2e%2e%2fsource",
        f"/media/public/{VIDEO}/{REVISION}/..%5Cmaster.m3u8",
        f"/media/public/{VIDEO}/{OTHER}/master.m3u8",
        f"/media/public/{VIDEO.upper()}/{REVISION}/master.m3u8",
        "/media/public",
        "/media/",
    ],
)
async def test_what_does_not_exist_is_not_found(public: House, path: str) -> None:
    await public.put("master.m3u8")
    assert (await public.client.get(path)).status_code == 404


async def test_other_methods(public: House) -> None:
    await public.put("master.m3u8")
    url = f"/media/public/{VIDEO}/{REVISION}/master.m3u8"
    assert (await public.client.post(url)).status_code == 405
    preflight = await public.client.options(url)
    assert preflight.status_code == 204
    assert "range" in preflight.headers["access-control-allow-headers"]


async def test_the_first_writer_of_an_object_wins(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path)
    assert await objects.create("a/b", b"first")
    assert not await objects.create("a/b", b"second")
    assert await objects.read("a/b", 1, 3) == b"irs"
    await objects.replace("a/b", b"third")
    assert await objects.sizes("a") == {"a/b": 5}
    with pytest.raises(KeyError):
        await objects.read("../secret", 0, 1)
    # As obstore leaves behind what it was writing when it was killed; it does not list it.
    (tmp_path / "a" / "c#1").write_bytes(b"half")
    await objects.delete_below("a")
    await objects.delete_below("a/")
    assert await objects.head("a/b") is None
    assert [name for _, _, names in os.walk(tmp_path) for name in names] == []


async def test_what_a_loss_of_power_left_empty_is_not_there(public: House, tmp_path: Path) -> None:
    folder = tmp_path / "videos" / VIDEO / REVISION / "v720"
    folder.mkdir(parents=True)
    for number in (0, 1):
        (folder / f"{number:05d}.ts").touch()
    await public.put("v360/00001.ts", b"360")
    answer = await public.get("v720/00001.ts")
    assert (answer.content, answer.headers["cache-control"]) == (b"360", "no-store")
    await public.put("v720/00001.ts", b"720")
    assert (await public.get("v720/00001.ts")).content == b"720"
    (tmp_path / "file").write_bytes(b"adopted")
    assert await public.objects.adopt(f"videos/{VIDEO}/{REVISION}/v720/00000.ts", tmp_path / "file")
    assert (await public.get("v720/00000.ts")).content == b"adopted"
    assert not (tmp_path / "file").exists()


async def test_nothing_is_left_below_a_folder_that_was_deleted(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "objects", tmp_path / "elsewhere"
    objects = LocalObjects(root)
    for prefix in ("videos/a/1/", "videos/a/2"):
        await objects.create(f"{prefix.rstrip('/')}/v360/00000.ts", b"published")
        # As a process leaves it that is killed while it writes an object.
        (root / prefix / "v360" / "00001.ts#1").write_bytes(b"a part of somebody's video")
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    (root / "videos" / "a" / "1" / "link").symlink_to(elsewhere)
    await objects.create("videos/b/1/poster.jpg", b"another's")
    for prefix in ("videos/a/1/", "videos/a/2"):
        for _ in range(2):
            await objects.delete_below(prefix)
    assert [path.name for path in (root / "videos").iterdir()] == ["b"]
    assert [path.name for path in elsewhere.iterdir()] == ["kept"]
    for nowhere in ("", "/", "../elsewhere", "videos/../.."):
        with pytest.raises(KeyError):
            await objects.delete_below(nowhere)
    assert (elsewhere / "kept").exists()


async def test_what_is_written_into_a_folder_while_it_is_deleted_is_in_nobodys_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = LocalObjects(tmp_path)
    await objects.create("videos/a/1/v360/00000.ts", b"old")
    remove, late = os.rmdir, [tmp_path / "videos/a/1/v360/00001.ts"]

    def rmdir(path: str, **options: int) -> None:
        while late:
            late.pop().write_bytes(b"late")
        remove(path, **options)

    monkeypatch.setattr(os, "rmdir", rmdir)
    await objects.delete_below("videos/a/1/")
    assert await objects.sizes("videos/a/1") == {"videos/a/1/v360/00001.ts": 4}
    await objects.delete_below("videos/a/1/")
    assert not (tmp_path / "videos").exists()


FILE = "download/" + "f" * 26 + ".mp4"


def right_to_download(epoch: int = 0) -> str:
    return GRANTS.issue(f"{VIDEO}/download", epoch, datetime.now(UTC) + timedelta(hours=1))


async def test_a_file_is_downloaded_under_its_title_and_goes_on_where_it_broke_off(private: House) -> None:
    await private.put(FILE)
    grant = right_to_download()
    whole = await private.get(FILE, grant)
    assert (whole.status_code, whole.content) == (200, BODY)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["content-length"] == str(len(BODY))
    assert whole.headers["accept-ranges"] == "bytes"
    name = whole.headers["content-disposition"]
    assert name == "attachment; filename=\"Hafen bei Nacht.mp4\"; filename*=UTF-8''Hafen%20bei%20Nacht.mp4"
    assert whole.headers["cache-control"].startswith("private")
    again = right_to_download()  # of another moment, for the same file
    rest = await private.get(FILE, again, range="bytes=1000-", if_range=whole.headers["etag"])
    assert (rest.status_code, rest.content) == (206, BODY[1000:])
    changed = await private.get(FILE, again, range="bytes=1000-", if_range='"another"')
    assert (changed.status_code, changed.content) == (200, BODY)


async def test_what_everybody_may_watch_only_some_may_download(public: House) -> None:
    await public.put(FILE)
    assert (await public.get(FILE)).status_code == 404
    assert (await public.get(FILE, right_to_download())).status_code == 200


async def test_who_may_watch_may_not_for_that_reason_download(private: House) -> None:
    await private.put(FILE)
    await private.put("v720/00001.ts")
    watching = GRANTS.issue(VIDEO, 0, datetime.now(UTC) + timedelta(hours=1))
    assert (await private.get("v720/00001.ts", watching)).status_code == 200
    assert (await private.get(FILE, watching)).status_code == 404
    assert (await private.get("v720/00001.ts", right_to_download())).status_code == 404
    private.index.epoch += 1
    assert (await private.get(FILE, right_to_download(epoch=0))).status_code == 404, "no more"


async def test_single_pictures_are_listed_and_nothing_else_of_that_kind(public: House) -> None:
    await public.put("v720/iframes.m3u8", b"#EXTM3U\n")
    answer = await public.get("v720/iframes.m3u8")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vnd.apple.mpegurl")
    await public.put("v720/others.m3u8", b"#EXTM3U\n")
    assert (await public.get("v720/others.m3u8")).status_code == 404
