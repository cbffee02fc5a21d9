"""No file makes a request, reads a foreign byte, or harms another job: with bubblewrap and without."""

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.attacks import ATTACKS, REFUSED, SHOWN, Attack
from tests.support.canaries import Canaries, MemoryWatch, canaries, tools_running
from tests.support.clips import barcode_clip, read_barcodes
from tests.support.house import House
from video_service.pipeline import probe_job
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import PLAIN, Limits, Sandbox, boxes

SECRET = b"PLAYHEAD-CANARY-7f1d " * 4000
#: What ffprobe may have; an honest file of this set takes a twentieth of it.
_MEMORY_BYTES = 2 << 30
_WORKER_GROWTH_BYTES = 200 << 20
BY_NAME = {attack.name: attack for attack in ATTACKS}


@dataclass(frozen=True)
class Result:
    """What became of one attack."""

    outcome: str
    said: str
    """Everything that anybody is told: failure, warnings, playlists."""
    touched: list[str]
    left: list[str]
    leaked: list[Path]
    memory_bytes: int


@dataclass(frozen=True)
class Trial:
    """The whole set, run one by one while an honest job runs beside."""

    results: dict[str, Result]
    beside: list[int]
    """The honest job's pictures, as they came out."""
    worker_growth_bytes: int


@pytest.fixture(scope="module", params=["boxed", "plain"])
async def trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    sandbox = PLAIN
    if request.param == "boxed":
        sandbox = await _box()
    folder = tmp_path_factory.mktemp(request.param)
    honest = House(folder / "honest", barcode_clip(folder / "honest.mp4", seconds=6), sandbox)
    beside = asyncio.create_task(honest.everything())
    before = psutil.Process().memory_info().rss
    results = {}
    with canaries(folder, SECRET) as watched, MemoryWatch() as memory:
        for attack in ATTACKS:
            place = folder / attack.name
            place.mkdir()
            source = await asyncio.to_thread(attack.make, place, watched)
            memory.peak_bytes()
            results[attack.name] = await _suffer(sandbox, source, place, watched, memory)
    growth_bytes = psutil.Process().memory_info().rss - before
    plan = await beside
    pictures = read_barcodes(await honest.whole(plan.rungs[-1].name))
    assert not tools_running()
    return Trial(results, pictures, growth_bytes)


async def _box() -> Sandbox:
    if not any(boxes()):
        pytest.skip("bubblewrap is not installed")
    sandbox = await detect_sandbox("auto")
    if not sandbox.boxed:
        pytest.skip("bubblewrap does not work here")
    return sandbox


async def _suffer(
    sandbox: Sandbox, source: Path, place: Path, watched: Canaries, memory: MemoryWatch
) -> Result:
    house = House(place / "house", source, sandbox)

    async def materialise(key: str) -> Path:
        return source  # the hostile name itself, which the store would never hand out

    house.objects.materialise = materialise  # type: ignore[method-assign]
    work = house.work
    await probe_job.run(house.bench, {"revision_id": work.revision_id})
    if work.plan is not None:
        await house.everything()
    texts = [str(work.failure), *work.warnings]
    texts += [path.read_text() for path in house.media.rglob("*.m3u8")]
    published = [path for path in (place / "house").rglob("*") if path.is_file() and not path.is_symlink()]
    return Result(
        outcome=SHOWN if work.ready else REFUSED,
        said="\n".join(texts),
        touched=watched.touched(),
        left=[path.name for path in house.scratch.iterdir()],
        leaked=[path for path in published if SECRET[:16] in path.read_bytes()],
        memory_bytes=memory.peak_bytes(),
    )


@pytest.mark.parametrize("name", BY_NAME)
async def test_an_attack_gets_nothing(trial: Trial, name: str) -> None:
    result = trial.results[name]
    assert result.outcome == BY_NAME[name].outcome, result.said
    assert result.touched == []
    assert result.leaked == []
    assert result.left == []
    assert result.memory_bytes < _MEMORY_BYTES
    assert "PLAYHEAD-CANARY" not in result.said
    assert "/tmp" not in result.said, "no path of this machine is told to anybody"
    if result.outcome == REFUSED:
        assert "UNSUPPORTED_MEDIA" in result.said


async def test_a_track_cannot_write_lines_into_a_playlist(trial: Trial) -> None:
    said = trial.results["hostile-names"].said
    [line] = [line for line in said.splitlines() if line.startswith("#EXT-X-MEDIA:TYPE=AUDIO")]
    assert line.count("URI=") == 2, "one of them inside the quotes of a name"
    assert line.endswith('URI="a0/index.m3u8"')


async def test_the_job_beside_is_whole(trial: Trial) -> None:
    assert trial.beside == list(range(180))


async def test_the_worker_itself_does_not_grow(trial: Trial) -> None:
    assert trial.worker_growth_bytes < _WORKER_GROWTH_BYTES


def _careless(attack: Attack, source: str) -> list[str]:
    assert attack.careless is not None
    return ["-nostdin", "-v", "error", "-y", *attack.careless, "-i", f"file:{source}", "-f", "null", "-"]


async def _run(command: list[str]) -> None:
    await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=30, check=False)


_CARELESS = [attack for attack in ATTACKS if attack.careless is not None]


@pytest.mark.parametrize("attack", _CARELESS, ids=lambda attack: attack.name)
async def test_the_box_holds_where_ffmpeg_is_careless(tmp_path: Path, attack: Attack) -> None:
    """The control, too: without box and lists, each of these files does touch a canary."""
    sandbox = await _box()
    limits = Limits(30, 30, 2 << 30, 1 << 20, 1 << 20, 8, 1 << 20)
    with canaries(tmp_path, SECRET) as watched:
        source = attack.make(tmp_path, watched)
        arguments = _careless(attack, str(source))
        await _run(["ffmpeg", *arguments])
        assert watched.touched() != [], "the attack is no attack"
        boxed = _careless(attack, sandbox.source_path(source))
        command = sandbox.command("ffmpeg", boxed, source, tmp_path / "out", limits)
        (tmp_path / "out").mkdir()
        await _run(command)
        assert watched.touched() == []
