"""The client that the web app uses, in Node, with the app's own generated code, against sonora."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.video_service import Running
from tools.processes import ROOT
from video_service.domain.video import new_id

FRONTEND = ROOT / "frontend"
_BUNDLE = """
import { build } from 'rolldown';
const [input, file, modules] = process.argv.slice(1);
await build({ input, platform: 'node', resolve: { modules: [modules] }, output: { file, format: 'esm' },
  logLevel: 'warn' });
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenarios, bundled with the generated TypeScript as the app's own build would."""
    bundle = tmp_path_factory.mktemp("connect-web") / "client.mjs"
    source = Path(__file__).with_name("connect_web.mjs")
    subprocess.run(
        ["node", "--input-type=module", "-e", _BUNDLE, source, bundle, FRONTEND / "node_modules"],
        cwd=FRONTEND, check=True, timeout=60,
    )  # fmt: skip
    return bundle


async def run(client: Path, service: Running, scenario: str, *arguments: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        "node", str(client), service.url, scenario, *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


async def test_a_video_arrives_whole(service: Running, client: Path) -> None:
    video, _ = await service.published("ada", title="Grüße", filename="a.mp4")
    seen = await run(client, service, "get", video.id, service.token("ada"))
    assert (seen["title"], seen["state"], seen["filename"]) == ("Grüße", "VIDEO_STATE_READY", "a.mp4")
    assert [one["name"] for one in seen["renditions"]] == ["v720", "v360", "a0"]
    assert "filename" not in await run(client, service, "get", video.id)


@pytest.mark.parametrize(
    ("token", "code", "reason"),
    [("", "NotFound", "NOT_FOUND"), ("nonsense", "Unauthenticated", "NOT_SIGNED_IN")],
)
async def test_an_error_arrives_with_its_reason(
    service: Running, client: Path, token: str, code: str, reason: str
) -> None:
    seen = await run(client, service, "get", new_id(), token)
    assert (seen["error"]["code"], seen["error"]["reasons"]) == (code, [reason])


async def test_pages(service: Running, client: Path) -> None:
    for number in range(5):
        await service.uploaded("ada", title=f"Film {number}")
    seen = await run(client, service, "pages", service.token("ada"))
    assert seen == [["Film 4", "Film 3"], ["Film 2", "Film 1"], ["Film 0"]]


async def test_an_update_with_a_mask(service: Running, client: Path) -> None:
    video = await service.uploaded("ada", title="Before", description="kept")
    seen = await run(client, service, "update", video.id, service.token("ada"))
    assert (seen["title"], seen["description"], seen["tags"]) == ("Grüße 🎬", "kept", ["a", "b"])


async def test_a_watch_stream_tells_and_is_left(service: Running, client: Path) -> None:
    video = await service.uploaded("ada")
    seen = await run(client, service, "watch", video.id, service.token("ada"))
    assert seen == {"cases": ["video", "goneId"], "code": "Canceled"}


async def test_a_deadline_ends_a_stream(service: Running, client: Path) -> None:
    video = await service.uploaded("ada")
    # On a busy machine an early one may come before the first event.
    for deadline_ms in ("1000", "15000"):
        seen = await run(client, service, "deadline", video.id, service.token("ada"), deadline_ms)
        assert seen["code"] == "DeadlineExceeded"
        if seen["seen"]:
            break
    assert seen["seen"] == 1
