"""No file makes a request, reads a foreign byte, or harms another job: with bubblewrap and without."""

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.attacks import ATTACKS, Attack
from tests.support.canaries import Canaries, MemoryWatch, canaries, tools_running
from tests.support.clips import barcode_clip, read_barcodes
from tests.support.house import House
from video_service.pipeline import probe_job
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import PLAIN, Limits, Sandbox, boxes

SECRET = b"PLAYHEAD-CANARY-7f1d " * 4000
#: What ffmpeg takes of an attack; an honest file of this size takes a third of it.
_MEMORY_BYTES = 384 << 20
_WORKER_GROWTH_BYTES = 64 << 20
BY_NAME = {attack.name: attack for attack in ATTACKS}


@dataclass(frozen=True)
class Result:
    """What became of one attack."""

    end: str
    """``shown``, what its owner is told instead, or what came out of the job."""
    log: str
    said: str
    """Everything that anybody is told: failure, warnings, playlists."""
    touched: list[str]
    leaked: list[Path]
    memory_bytes: int
    worker_bytes: int


@dataclass(frozen=True)
class Trial:
    """The whole set, run one by one while honest jobs of the same worker run beside."""

    results: dict[str, Result]
    beside: list[list[int]] | BaseException
    """The pictures of each honest job, as they came out."""
    left: list[str]
    before_bytes: int
    """What the worker took before the first attack."""


@pytest.fixture(scope="module", params=["boxed", "plain"])
async def trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    sandbox = PLAIN
    if request.param == "boxed":
        sandbox = await _box()
    folder = tmp_path_factory.mktemp(request.param)
    scratch = folder / "scratch"
    (folder / "honest").mkdir()
    over = asyncio.Event()
    beside = asyncio.create_task(_honest(folder / "honest", sandbox, scratch, over))
    results = {}
    with canaries(folder, SECRET) as watched, MemoryWatch() as memory:
        before_bytes = psutil.Process().memory_info().rss
        for attack in ATTACKS:
            place = folder / attack.name
            place.mkdir()
            source = await asyncio.to_thread(attack.make, place, watched)
            memory.forget()
            house = House(place / "house", source, sandbox, scratch)
            results[attack.name] = await _suffer(house, source, watched, memory)
    over.set()
    [pictures] = await asyncio.gather(beside, return_exceptions=True)
    assert not tools_running()
    return Trial(results, pictures, [path.name for path in scratch.iterdir()], before_bytes)


async def _honest(folder: Path, sandbox: Sandbox, scratch: Path, over: asyncio.Event) -> list[list[int]]:
    """One job after the other, so that each attack has one beside it."""
    source = await asyncio.to_thread(barcode_clip, folder / "clip.mp4", seconds=2, size=(320, 180))
    made: list[list[int]] = []
    while not over.is_set():
        house = House(folder / str(len(made)), source, sandbox, scratch)
        plan = await house.everything()
        made.append(await asyncio.to_thread(read_barcodes, await house.whole(plan.rungs[-1].name)))
    return made


async def _box() -> Sandbox:
    if not any(boxes()):
        pytest.skip("bubblewrap is not installed")
    sandbox = await detect_sandbox("auto")
    if not sandbox.boxed:
        pytest.skip("bubblewrap does not work here")
    return sandbox


async def _suffer(house: House, source: Path, watched: Canaries, memory: MemoryWatch) -> Result:
    async def materialise(key: str) -> Path:
        return source  # the hostile name itself, which the store would never hand out

    house.objects.materialise = materialise  # type: ignore[method-assign]
    work = house.work
    [broken] = await asyncio.gather(_processed(house), return_exceptions=True)
    told = work.failure[1] if work.failure else "nothing"
    texts = [str(work.failure), *work.warnings]
    texts += [path.read_text() for path in house.media.rglob("*.m3u8")]
    kept = [path for path in house.media.rglob("*") if path.is_file() and not path.is_symlink()]
    return Result(
        end=repr(broken) if broken else "shown" if work.ready else told,
        log=work.log,
        said="\n".join(texts),
        touched=watched.touched(),
        leaked=[path for path in kept if SECRET[:16] in path.read_bytes()],
        memory_bytes=memory.peak_bytes(),
        worker_bytes=memory.own_peak_bytes(),
    )


async def _processed(house: House) -> None:
    await probe_job.run(house.bench, {"revision_id": house.work.revision_id})
    if house.work.plan is not None:
        await house.everything()


@pytest.mark.parametrize("name", BY_NAME)
async def test_an_attack_gets_nothing(trial: Trial, name: str) -> None:
    attack, result = BY_NAME[name], trial.results[name]
    if attack.refused is None:
        assert result.end == "shown"
    else:
        assert result.end.startswith(attack.refused)
        assert attack.complaint in result.log
        assert "UNSUPPORTED_MEDIA" in result.said
    assert result.touched == []
    assert result.leaked == []
    assert result.memory_bytes < _MEMORY_BYTES
    assert "PLAYHEAD-CANARY" not in result.said
    assert "/tmp" not in result.said, "no path of this machine is told to anybody"


async def test_a_track_cannot_write_lines_into_a_playlist(trial: Trial) -> None:
    said = trial.results["hostile-names"].said
    [line] = [line for line in said.splitlines() if line.startswith("#EXT-X-MEDIA:TYPE=AUDIO")]
    assert line.count("URI=") == 2, "one of them inside the quotes of a name"
    assert line.endswith('URI="a0/index.m3u8"')


async def test_the_job_beside_is_whole(trial: Trial) -> None:
    assert isinstance(trial.beside, list), trial.beside
    assert trial.beside[1:]
    assert trial.beside == [list(range(60))] * len(trial.beside)


async def test_nothing_is_left_of_any_job(trial: Trial) -> None:
    assert trial.left == []


async def test_the_worker_itself_does_not_grow(trial: Trial) -> None:
    grown = {name: result.worker_bytes - trial.before_bytes for name, result in trial.results.items()}
    assert max(grown.values()) < _WORKER_GROWTH_BYTES, grown


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
