"""Videos elsewhere, as crawlers, other sites and browsers meet them: heads, oEmbed, frames, sitemaps.

The video service runs in the test's process, the gateway beside it; both are asked as a stranger asks.
"""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import asyncpg
import grpc
import httpx
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from playhead.video.v1 import sitemap_pb2, sitemap_pb2_grpc, video_pb2
from tests.integration.test_sharing import share
from tests.support.database import Databases
from tests.support.gateway import RunningGateway, running_gateway
from tests.support.video_service import Running, reason_of, running_service
from tests.unit.test_video_head import Head
from video_service.domain import sitemap
from video_service.domain.video import new_id

PUBLIC, UNLISTED, PRIVATE = (
    video_pb2.VISIBILITY_PUBLIC, video_pb2.VISIBILITY_UNLISTED, video_pb2.VISIBILITY_PRIVATE,
)  # fmt: skip
SHELL = (
    '<!doctype html><html><head><meta name="description" content="In general." />'
    "<title>Playhead</title></head><body>{}</body></html>"
)
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
async def service(
    video_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """One for all of these tests, and one gateway beside it."""
    async with (
        video_databases.fresh() as url,
        running_service(url, tmp_path_factory.mktemp("service")) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A web app as its build leaves it, as far as it matters here."""
    folder = tmp_path_factory.mktemp("dist")
    for name in ("index", "watch", "embed"):
        (folder / f"{name}.html").write_text(SHELL.format(name))
        (folder / f"{name}.html.br").write_text("compressed")
    return folder


@pytest.fixture(scope="module")
def gateway(service: Running, dist: Path, data: Path, database_url: str) -> Iterator[RunningGateway]:
    port = service.settings.grpc_port
    address = {"VIDEO_GRPC_URL": f"127.0.0.1:{port}", "VIDEO_PUBLIC_URL": "https://media.example"}
    with running_gateway(data, database_url, FRONTEND_DIST=str(dist), **address) as gateway:
        yield gateway


@pytest.fixture
async def stranger(gateway: RunningGateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "identity"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=30) as client:
        yield client


async def embeddable(service: Running, video_id: str, *sites: str, anywhere: bool = False) -> Any:
    changed = video_pb2.Video(id=video_id, embedding=video_pb2.Embedding(anywhere=anywhere, sites=sites))
    request = video_pb2.UpdateVideoRequest(video=changed, update_mask=FieldMask(paths=["embedding"]))
    answer = await service.videos.UpdateVideo(request, metadata=service.as_("ada"))
    return answer.video.embedding


async def page_with(what: str, stranger: httpx.AsyncClient, video_id: str) -> str:
    """A page that has something of its video: it does not wait long for a video service that is busy."""
    async with asyncio.timeout(30):
        while what not in (page := (await stranger.get(f"/videos/{video_id}")).text):
            pass
    return page


def without_trace(answer: httpx.Response) -> tuple[Any, ...]:
    """Everything but what tells one request from the other."""
    passing = {"date", "x-request-id"}
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in passing]
    return answer.status_code, headers, answer.content


def directive(answer: httpx.Response, name: str) -> str | None:
    """CSP level 3, section 2.2."""
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {key: value for key, _, value in parts}.get(name)


async def test_a_page_has_the_head_of_its_video_and_hides_what_is_hidden(
    service: Running, stranger: httpx.AsyncClient, gateway: RunningGateway
) -> None:
    title = "</title><script>hacked=1</script>"
    public, _ = await service.published("ada", visibility=PUBLIC, title=title)
    unlisted, _ = await service.published("ada", visibility=UNLISTED)
    page = await page_with("opening", stranger, public.id)
    start, end = page.index("<head>") + 6, page.index("</head>")
    head = Head(page[start:end])
    assert head.texts["title"] == [f"{title} · Playhead"]
    assert head.links["canonical"] == [f"{gateway.url}/videos/{public.id}"]
    assert json.loads(head.texts["script"][0])["duration"] == "PT0M2S"
    assert "description" in head.contents
    assert (head.others, page.count("<body>watch")) == ([], 1)
    told = json.loads(head.texts["opening"][0])
    of_public = video_pb2.GetVideoRequest(id=public.id), video_pb2.GetPlaybackRequest(id=public.id)
    playback = await service.videos.GetPlayback(of_public[1])
    assert video_pb2.GetVideoResponse.FromString(b64decode(told["video"])) == await service.videos.GetVideo(
        of_public[0]
    )
    assert video_pb2.GetPlaybackResponse.FromString(b64decode(told["playback"])) == playback
    assert (told["id"], head.links["preload"]) == (public.id, [f"https://media.example{playback.hls_path}"])
    # Whoever may see it by its link gets a grant of their own, which nothing on the way may keep.
    page = await page_with("noindex", stranger, unlisted.id)
    assert ("opening" in page, "/media/" in page) == (False, False)

    private, _ = await service.published("ada", visibility=PRIVATE)
    shared, _ = await service.published("ada", visibility=PRIVATE)
    await share(service, shared.id, "eve")
    deleted, _ = await service.published("ada", visibility=PUBLIC)
    request = video_pb2.DeleteVideoRequest(id=deleted.id)
    await service.videos.DeleteVideo(request, metadata=service.as_("ada"))
    hidden = [private.id, shared.id, deleted.id, new_id(), "nonsense"]
    for path in ("/videos/{}", "/embed/{}"):
        answers = [without_trace(await stranger.get(path.format(video_id))) for video_id in hidden]
        assert answers == [answers[0]] * len(answers), path
        assert SHELL.format("watch" if "videos" in path else "embed").encode() == answers[0][2]
    problems = []
    for video_id in hidden:
        answer = await stranger.get("/oembed", params={"url": f"{gateway.url}/videos/{video_id}"})
        assert answer.status_code == 404
        problems.append({name: value for name, value in answer.json().items() if name != "request_id"})
    # The last one has no address of a video.
    assert problems[:4] == [problems[0]] * 4


async def test_oembed_answers_as_its_specification_says(
    service: Running, stranger: httpx.AsyncClient, gateway: RunningGateway
) -> None:
    video, _ = await service.published("ada", visibility=UNLISTED, title='"Tom & <i>Jerry</i>"')
    url = f"{gateway.url}/videos/{video.id}"
    answer = await stranger.get("/oembed", params={"url": f"{url}?t=1m5s", "maxwidth": 320})
    assert answer.headers["content-type"].startswith("application/json")
    told = answer.json()
    assert (told["version"], told["type"], told["title"]) == ("1.0", "video", '"Tom & <i>Jerry</i>"')
    assert (told["width"], told["height"], told["author_name"]) == (320, 180, "Ada")
    assert f'src="{gateway.url}/embed/{video.id}?t=1m5s"' in told["html"]
    assert "<i>" not in told["html"]
    xml = await stranger.get("/oembed", params={"url": url, "format": "xml", "maxheight": 90})
    assert xml.headers["content-type"].startswith("text/xml")
    root = ElementTree.fromstring(xml.content)
    assert (root.tag, root.findtext("width"), root.findtext("title")) == ("oembed", "160", told["title"])
    for wrong in (
        url.replace("127.0.0.1", "evil.example"),
        f"{url}x",
        "nonsense",
        "https://[",
        "javascript:",
    ):
        assert (await stranger.get("/oembed", params={"url": wrong})).status_code == 404, wrong
    for query in ("", f"url={url}&maxwidth=0", f"url={url}&format=yaml"):
        assert (await stranger.get(f"/oembed?{query}")).status_code == 400, query
    document = (await stranger.get("/api/openapi.json")).json()
    described = document["paths"]["/oembed"]["get"]["responses"]["200"]["content"]
    assert set(described) == {"application/json", "text/xml"}
    await embeddable(service, video.id)
    link = (await stranger.get("/oembed", params={"url": url})).json()
    assert (link["type"], "html" in link) == ("link", False)


async def test_a_player_is_framed_by_whom_the_owner_allows(
    service: Running, stranger: httpx.AsyncClient
) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    page = await stranger.get(f"/embed/{video.id}")
    assert (page.status_code, directive(page, "frame-ancestors")) == (200, None)
    assert directive(page, "script-src") == "'self'"
    assert {"Referer", "Sec-Fetch-Dest"} <= set(page.headers["vary"].split(", "))

    stored = await embeddable(service, video.id, "HTTPS://Friend.example/", "*.school.example")
    sites = ["https://friend.example", "*.school.example"]
    assert (list(stored.sites), stored.anywhere) == (sites, False)
    page = await stranger.get(f"/embed/{video.id}")
    assert directive(page, "frame-ancestors") == " ".join(sites)
    framed = {"Sec-Fetch-Dest": "iframe", "Referer": "https://evil.example/"}
    refused = await stranger.get(f"/embed/{video.id}", headers=framed)
    assert (refused.status_code, directive(refused, "frame-ancestors")) == (403, None)
    assert '<meta name="playhead-refusal" content="site" />' in refused.text

    await embeddable(service, video.id)
    assert directive(await stranger.get(f"/embed/{video.id}"), "frame-ancestors") == "'none'"
    for path in ("/", f"/videos/{video.id}", "/login"):
        assert directive(await stranger.get(path), "frame-ancestors") == "'none'"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await embeddable(service, video.id, "example.org; script-src *")
    told = {"field": "embedding", "code": "NOT_A_SITE", "site": "example.org; script-src *"}
    assert reason_of(caught.value) == ("INVALID_INPUT", told)


async def test_a_player_is_waited_for_longer_than_the_head_of_a_page(
    service: Running, stranger: httpx.AsyncClient
) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    busy = await asyncpg.connect(service.database_url)
    async with busy.transaction():
        await busy.execute("LOCK TABLE videos")
        player = asyncio.ensure_future(stranger.get(f"/embed/{video.id}"))
        page = await stranger.get(f"/videos/{video.id}")
        assert (page.text, player.done()) == (SHELL.format("watch"), False)
    await busy.close()
    answer = await player
    assert (answer.status_code, "playhead-refusal" in answer.text) == (200, False)


async def test_search_engines_are_told_of_what_is_public_and_nothing_else(
    service: Running, stranger: httpx.AsyncClient, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, _ = await service.published("ada", visibility=PUBLIC)
    hidden = {
        (await service.published("ada", visibility=UNLISTED))[0].id,
        (await service.published("ada", visibility=PRIVATE))[0].id,
        (await service.uploaded("ada", visibility=PUBLIC)).id,
    }
    robots = (await stranger.get("/robots.txt")).text.splitlines()
    assert robots[0] == "User-agent: *"
    assert f"Sitemap: {gateway.url}/sitemap.xml" in robots
    answer = await stranger.get("/sitemap.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    root = ElementTree.fromstring(answer.content)
    pages = [found.text for found in root.iterfind(f"{MAPS}url/{MAPS}loc")]
    found = await service.fetch("SELECT id FROM videos WHERE visibility = 'public' AND state = 'ready'")
    listed = {f"{gateway.url}/videos/{row['id']}" for row in found}
    assert (root.tag, pages[0]) == (f"{MAPS}urlset", f"{gateway.url}/")
    assert f"{gateway.url}/videos/{public.id}" in pages
    assert set(pages[1:]) <= listed
    assert not [page for page in pages if page and page[-26:] in hidden]
    assert (await stranger.get("/sitemap/abc.xml")).status_code == 404

    # As if more than a thousand were public.
    monkeypatch.setattr(sitemap, "MOST_IN_ONE_PART", 0)
    index = ElementTree.fromstring((await stranger.get("/sitemap.xml")).content)
    parts = [str(found.text) for found in index.iterfind(f"{MAPS}sitemap/{MAPS}loc")]
    assert (index.tag, len(parts)) == (f"{MAPS}sitemapindex", 32)
    inside: list[str | None] = []
    for address in parts:
        part = ElementTree.fromstring((await stranger.get(address)).content)
        ids = [str(found.text)[-26:] for found in part.iter(f"{MAPS}loc")]
        assert all(one.startswith(address.removesuffix(".xml")[-1]) for one in ids)
        inside += (f"{gateway.url}/videos/{one}" for one in ids)
    assert sorted(map(str, inside)) == sorted(map(str, pages[1:])), "each is in one part"


async def test_a_part_of_a_sitemap_is_read_from_an_index(service: Running) -> None:
    plan = await service.fetch(
        "EXPLAIN SELECT id, updated_at FROM videos WHERE visibility = 'public' AND playable"
        " AND state <> 'failed' AND deleted_at IS NULL AND id ~>=~ 'ab' AND id ~<~ 'ab{'"
        " ORDER BY id USING ~<~ LIMIT 5000"
    )
    assert "videos_sitemap" in str(plan)
    stub = sitemap_pb2_grpc.SitemapServiceStub(service.channel)  # type: ignore[no-untyped-call]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.GetSitemap(sitemap_pb2.GetSitemapRequest(prefix="%"))
    assert reason_of(caught.value)[0] == "INVALID_INPUT"
