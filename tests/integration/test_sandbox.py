"""The box itself, asked from inside; and what is done about programs that use too much of it."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest
import uvloop

from tests.support.canaries import MemoryWatch, tools_running
from tests.support.clips import barcode_clip
from video_service.domain.errors import UnsupportedMedia
from video_service.pipeline import limits
from video_service.pipeline.ffmpeg import (
    LimitExceeded,
    Outage,
    SandboxUnavailable,
    ToolFailed,
    detect_sandbox,
    run_lines,
)
from video_service.pipeline.outbox import HostileOutput, names, take
from video_service.pipeline.precedence import AFTERWARDS, WHOLE, Need, Precedence
from video_service.pipeline.probe import probe
from video_service.pipeline.sandbox import PLAIN, Limits, Sandbox

_LIMITS = Limits(60, 10, 2 << 30, 1 << 20, 4 << 20, 16, 1 << 16)


@pytest.fixture(params=["boxed", "plain"])
async def box(request: pytest.FixtureRequest) -> Sandbox:
    return await _boxed() if request.param == "boxed" else PLAIN


async def _boxed() -> Sandbox:
    found = await detect_sandbox("auto")
    if not found.boxed:
        pytest.skip("bubblewrap does not work here")
    return found


async def shell(box: Sandbox, folder: Path, script: str, allowed: Limits = _LIMITS) -> list[str]:
    """What a shell prints where ffmpeg would run. It has nothing but its builtins there."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    source = folder / "source"
    source.write_text("the source\n")
    lines: list[str] = []
    await run_lines(box, "sh", ["-c", script], source, lines.extend, limits=allowed, folder=out)
    return lines


def session_niceness(pid: int) -> int | None:
    """``None`` where the kernel does not share a processor between sessions."""
    autogroup = Path(f"/proc/{pid}/autogroup")
    return int(autogroup.read_text().split()[-1]) if autogroup.exists() else None


async def test_what_is_nice_makes_way_for_other_sessions(box: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    source = tmp_path / "source"
    source.touch()
    running = asyncio.Event()
    work = asyncio.ensure_future(
        run_lines(
            box, "sh", ["-c", "echo; while :; do :; done"], source, lambda _: running.set(),
            limits=_LIMITS, folder=tmp_path / "out", niceness=7,
        )
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            await running.wait()
        [shell] = [child for child in psutil.Process().children(recursive=True) if child.name() == "sh"]
        assert shell.nice() == psutil.Process().nice() + 7
        assert os.getsid(shell.pid) != os.getsid(0)
        assert session_niceness(shell.pid) in (7, None)
    finally:
        work.cancel()
        await asyncio.wait({work})


def wait_for_status(process: psutil.Process, status: str) -> None:
    deadline = time.monotonic() + 60
    while process.status() != status:
        assert time.monotonic() < deadline, process.status()
        time.sleep(0.01)


async def test_what_makes_way_stands_still_while_something_is_waited_for(
    box: Sandbox, tmp_path: Path
) -> None:
    out, source = tmp_path / "out", tmp_path / "source"
    out.mkdir()
    source.touch()
    run = partial(run_lines, box, "sh", source=source, folder=out)
    begun = asyncio.Event()
    said: list[str] = []

    def on_lines(lines: list[str]) -> None:
        said.extend(lines)
        begun.set()

    patient = ["-c", "echo begun; until [ -e go ]; do :; done; echo gone on"]
    behind = asyncio.ensure_future(run(patient, on_lines=on_lines, limits=_LIMITS, niceness=7))
    await begun.wait()
    [shell] = [child for child in psutil.Process().children(recursive=True) if child.name() == "sh"]

    async def until_it_stands(_: list[str]) -> None:
        await asyncio.to_thread(wait_for_status, shell, psutil.STATUS_STOPPED)
        (out / "go").touch()
        stood.append(shell.status())

    stood: list[str] = []
    await run(["-c", "echo"], on_lines=until_it_stands, limits=_LIMITS)
    assert stood == [psutil.STATUS_STOPPED]
    await behind
    assert said == ["begun", "gone on"]


def need(urgency: int) -> Need:
    made = Need()
    made.change(urgency, is_awaited=True)
    return made


_PATIENCE = "video_service.pipeline.precedence._PATIENCE_SECONDS"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes on because it stood still for long, however long a busy machine takes to look at it."""
    monkeypatch.setattr(_PATIENCE, 600.0)


def none_stands(*processes: psutil.Process) -> bool:
    """Who was just told to go on may not have got the processor yet, and does not sleep again."""
    return psutil.STATUS_STOPPED not in {process.status() for process in processes}


@asynccontextmanager
async def sleeping(program: str | Path = "sleep") -> AsyncIterator[psutil.Process]:
    """In a session of its own; it has come so far that it sleeps."""
    process = await asyncio.create_subprocess_exec(program, "600", start_new_session=True)
    try:
        sleeper = psutil.Process(process.pid)
        await asyncio.to_thread(wait_for_status, sleeper, psutil.STATUS_SLEEPING)
        yield sleeper
    finally:
        process.kill()
        await process.wait()


async def test_the_time_that_a_program_stands_still_is_not_its_own() -> None:
    precedence = Precedence()
    async with sleeping() as patient, sleeping() as urgent, asyncio.timeout(60) as deadline:
        before = deadline.when()
        with precedence.running(patient.pid, deadline, Need(niceness=7)):
            await asyncio.sleep(0.3)  # until it may be stopped
            began = time.monotonic()
            with precedence.running(urgent.pid, asyncio.timeout(60), need(1)):
                held = time.monotonic()
                await asyncio.sleep(0.2)
                least = time.monotonic() - held
            # It went on at some time until now, whenever this comes to it.
            most = time.monotonic() - began
        after = deadline.when()
        assert before is not None
        assert after is not None
        assert least <= after - before + 0.001
        assert after - before <= most + 0.001


async def test_of_two_that_are_waited_for_the_less_urgent_stands_still() -> None:
    precedence = Precedence()
    async with sleeping() as first, sleeping() as same, sleeping() as urgent, asyncio.timeout(60) as deadline:
        with (
            precedence.running(first.pid, deadline, need(1)),
            precedence.running(same.pid, deadline, need(1)),
        ):
            with precedence.running(urgent.pid, deadline, need(2)):
                for process, status in ((first, "stopped"), (same, "stopped"), (urgent, "sleeping")):
                    await asyncio.to_thread(wait_for_status, process, status)
            for process in (first, same):
                await asyncio.to_thread(wait_for_status, process, "sleeping")


@pytest.mark.parametrize(
    ("processors", "stands"), [({0, 1}, True), ({0}, True), ({8, 9}, False)], ids=["all", "one", "others"]
)
async def test_what_another_worker_makes_goes_first_too(
    processors: set[int], stands: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    precedence = Precedence()
    async with sleeping() as bulk, sleeping() as urgent, asyncio.timeout(60) as deadline:
        with (
            precedence.running(bulk.pid, deadline, Need(niceness=7)),
            precedence.running(urgent.pid, deadline, need(2)),
        ):
            await asyncio.sleep(0.3)  # until they may be stopped
            precedence.hear("other", 3, processors)
            status = "stopped" if stands else "sleeping"
            await asyncio.to_thread(wait_for_status, bulk, "stopped")
            await asyncio.to_thread(wait_for_status, urgent, status)
            precedence.hear("other", 1, processors)
            await asyncio.to_thread(wait_for_status, urgent, "sleeping")


async def test_another_worker_that_leaves_processors_free_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    precedence = Precedence()
    async with sleeping() as bulk, asyncio.timeout(60) as deadline:
        with precedence.running(bulk.pid, deadline, Need(niceness=7)):
            await asyncio.sleep(0.3)  # until it may be stopped
            precedence.hear("first", 3, {0, 1, 2, 3})
            assert none_stands(bulk)
            precedence.hear("second", 3, {0, 1, 2, 3})
            await asyncio.to_thread(wait_for_status, bulk, "stopped")
            precedence.hear("first", None, {0, 1, 2, 3})
            await asyncio.to_thread(wait_for_status, bulk, "sleeping")


async def test_what_a_worker_told_that_is_heard_of_no_more_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_PATIENCE, 4.0)
    precedence = Precedence()
    async with sleeping() as bulk, sleeping() as next_one, asyncio.timeout(60) as deadline:
        with precedence.running(bulk.pid, deadline, Need(niceness=7)):
            await asyncio.sleep(0.3)  # until it may be stopped
            precedence.hear("other", 3, os.sched_getaffinity(0))
            await asyncio.to_thread(wait_for_status, bulk, "stopped")
            await asyncio.to_thread(wait_for_status, bulk, "sleeping")
            with precedence.running(next_one.pid, deadline, Need(niceness=7)):
                await asyncio.sleep(0.3)  # until it may be stopped
                assert none_stands(bulk, next_one)


async def test_others_are_told_of_the_most_urgent_program() -> None:
    precedence = Precedence()
    told: list[int | None] = []
    precedence.tells(told.append)
    async with sleeping() as one, sleeping() as two:
        with precedence.running(one.pid, asyncio.timeout(60), Need(niceness=7)):
            assert told == []
            with precedence.running(two.pid, asyncio.timeout(60), need(4)):
                precedence.hear("other", 9, {0})
                assert told == [4]
            assert told == [4, None]


@asynccontextmanager
async def three_sleeping() -> AsyncIterator[tuple[psutil.Process, psutil.Process, psutil.Process]]:
    async with sleeping() as one, sleeping() as two, sleeping() as three:
        yield one, two, three


async def test_parts_of_the_same_whole_do_not_stop_each_other() -> None:
    """Sound that was begun before somebody asked for it, and a picture that was begun after."""
    precedence = Precedence()
    async with three_sleeping() as (sound, picture, other), asyncio.timeout(60) as deadline:
        whole = WHOLE.set("one video")
        with (
            precedence.running(sound.pid, deadline, need(1)),
            precedence.running(picture.pid, deadline, need(2)),
        ):
            WHOLE.set("another")
            with precedence.running(other.pid, deadline, need(1)):
                await asyncio.to_thread(wait_for_status, other, "stopped")
                assert none_stands(sound, picture)
        WHOLE.reset(whole)


async def test_a_part_that_has_served_stands_for_one_that_has_not() -> None:
    """Sound goes on for minutes behind what somebody waits for, and its picture is not there yet."""
    precedence, heard, seen = Precedence(), need(1), need(1)
    async with three_sleeping() as (sound, picture, other), asyncio.timeout(60) as deadline:
        whole = WHOLE.set("one video")
        with (
            precedence.running(sound.pid, deadline, heard),
            precedence.running(picture.pid, deadline, seen),
        ):
            WHOLE.set("another")
            with precedence.running(other.pid, deadline, need(1)):
                await asyncio.sleep(0.3)  # until they may be stopped
                heard.serve()
                await asyncio.to_thread(wait_for_status, sound, "stopped")
                assert none_stands(picture, other)
                seen.serve()
                await asyncio.to_thread(wait_for_status, sound, "sleeping")
                assert none_stands(picture, other)
        WHOLE.reset(whole)


async def test_what_follows_a_beginning_is_less_urgent() -> None:
    precedence, begun = Precedence(), need(4)
    told: asyncio.Queue[int | None] = asyncio.Queue()
    precedence.tells(told.put_nowait)
    afterwards = AFTERWARDS.set(2)
    async with sleeping() as one, asyncio.timeout(60) as deadline:
        with precedence.running(one.pid, deadline, begun):
            assert await told.get() == 4
            begun.serve()
            assert await told.get() == 2
    AFTERWARDS.reset(afterwards)


async def test_who_is_waited_for_from_some_moment_on_goes_first_from_then_on() -> None:
    precedence, early = Precedence(), Need(niceness=1)
    async with three_sleeping() as (copy, steady, bulk), asyncio.timeout(60) as deadline:
        with (
            precedence.running(copy.pid, deadline, early),
            precedence.running(steady.pid, deadline, Need(niceness=5)),
            precedence.running(bulk.pid, deadline, Need(niceness=12)),
        ):
            await asyncio.sleep(0.3)  # until they may be stopped
            assert none_stands(copy, steady, bulk)
            early.change(-7, is_awaited=True)
            await asyncio.to_thread(wait_for_status, bulk, "stopped")
            assert none_stands(copy, steady)
            early.change(-7, is_awaited=False)
            await asyncio.to_thread(wait_for_status, bulk, "sleeping")
            early.change(1, is_awaited=True)
            for other in (steady, bulk):
                await asyncio.to_thread(wait_for_status, other, "stopped")
            assert copy.status() == "sleeping"


async def test_a_box_that_is_still_being_built_is_not_stopped(tmp_path: Path) -> None:
    """It could outlive its worker."""
    shutil.copy(str(shutil.which("sleep")), tmp_path / "bwrap")
    precedence = Precedence()
    async with (
        sleeping(tmp_path / "bwrap") as box, sleeping() as begun, sleeping() as urgent,
        asyncio.timeout(60) as deadline,
    ):  # fmt: skip
        with (
            precedence.running(box.pid, deadline, need(1)),
            precedence.running(begun.pid, deadline, need(1)),
            precedence.running(urgent.pid, deadline, need(2)),
        ):
            await asyncio.to_thread(wait_for_status, begun, "stopped")
            assert none_stands(box)


async def test_inside_there_is_nothing_but_the_source(tmp_path: Path) -> None:
    box = await _boxed()
    (tmp_path / "secret").write_text("secret")
    places = "/* /in/* /bin/* /dev/* /home/* /root/* /proc/* /tmp/* /etc/passwd " + str(tmp_path / "secret")
    script = f"for name in {places}; do [ -e $name ] && echo $name; done; read line < /in/source; echo $line"
    seen = await shell(box, tmp_path, script)
    libraries = {"/usr", "/lib", "/lib64", "/etc"}
    assert set(seen) - libraries == {
        "/in",
        "/in/source",
        "/bin",
        "/bin/sh",
        "/dev",
        "/dev/null",
        "/dev/urandom",
        "/out",
        "the source",
    }


async def test_who_is_fed_sees_no_source_at_all(tmp_path: Path) -> None:
    """And what it is fed is all that it gets."""
    box = await _boxed()
    said: list[str] = []

    async def pieces() -> AsyncGenerator[bytes, None]:
        for _ in range(3):
            yield b"x" * (1 << 20)
        yield b"\nlast"

    script = "echo /in/*; read first; echo ${#first}; read second; echo $second; read third || echo end"
    await run_lines(box, "sh", ["-c", script], None, said.extend, limits=_LIMITS, feed=pieces())
    assert said == ["/in/*", str(3 << 20), "last", "end"]


def test_the_loop_of_the_services_feeds_programs_too(tmp_path: Path) -> None:
    """Its pipes are not those of asyncio."""
    uvloop.run(test_who_is_fed_sees_no_source_at_all(tmp_path))


async def test_nothing_can_be_written_but_the_folder(tmp_path: Path) -> None:
    box = await _boxed()
    places = "/x /in/x /in/source /bin/x /dev/x /usr/x /usr/lib/x /etc/x /out/x"
    script = f"for name in {places}; do (echo hello > $name) 2>/dev/null && echo $name; done; true"
    assert await shell(box, tmp_path, script) == ["/out/x"]
    assert (tmp_path / "out" / "x").read_text() == "hello\n"


async def test_the_environment_is_empty(
    tmp_path: Path, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDEO_DATABASE_URL", "postgresql://secret")
    # Not `env`, which a box does not have.
    seen = {line.partition("=")[0] for line in await shell(box, tmp_path, "export -p; set")}
    assert not any("VIDEO_DATABASE_URL" in name for name in seen)


@pytest.mark.parametrize(
    "script",
    [
        "while :; do echo more; done",
        "n=0; while :; do n=$((n+1)); echo x > $n; done",
        'block=$(printf %1000s); n=0; while :; do n=$((n+1)); echo "$block$block" >> big$((n%8)); done',
    ],
    ids=["prints", "many-files", "many-bytes"],
)
async def test_who_makes_too_much_is_stopped(tmp_path: Path, box: Sandbox, script: str) -> None:
    with pytest.raises(ToolFailed):
        await shell(box, tmp_path, script)
    assert not tools_running()
    written = sum(path.stat().st_size for path in (tmp_path / "out").iterdir())
    assert written < 64 << 20


async def test_memory_ends_at_its_limit(tmp_path: Path, box: Sandbox) -> None:
    allowed = Limits(60, 20, 256 << 20, 1 << 20, 4 << 20, 16, 1 << 16)
    with MemoryWatch() as memory:
        with pytest.raises(ToolFailed):
            await shell(box, tmp_path, "x=xxxxxxxx; while [ ${#x} -lt 2000000000 ]; do x=$x$x; done", allowed)
        assert memory.peak_bytes() < allowed.memory_bytes


async def test_too_much_is_found_at_the_end_too(tmp_path: Path, box: Sandbox) -> None:
    with pytest.raises(LimitExceeded, match="wrote too much"):
        await shell(box, tmp_path, "for n in 1 2 3 4 5 6 7 8 9 a b c d e f g h; do echo x > $n; done")


def wait_until_gone(what: str) -> None:
    """Until no process, whoever's child, has this in its command line. That of a zombie is empty."""
    deadline = time.monotonic() + 20
    while any(what in " ".join(found.info["cmdline"] or ()) for found in psutil.process_iter(["cmdline"])):
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.05)  # a kill takes effect a moment later


async def test_who_takes_too_long_is_stopped_with_its_children(tmp_path: Path, box: Sandbox) -> None:
    # What it was told stands in the command line of the child too, who else would be nobody's.
    script = f"(while :; do :; done) >/dev/null 2>&1 & while :; do :; done # {tmp_path}"
    async with asyncio.timeout(60):
        with pytest.raises(LimitExceeded, match="longer than"):
            await shell(box, tmp_path, script, Limits(0.5, 60, 2 << 30, 1, 1, 16, 1))
    await asyncio.to_thread(wait_until_gone, str(tmp_path))


async def test_nobody_is_to_blame_for_a_time_in_which_all_stood_still(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a worker is stopped and goes on: the program may have ended long ago."""
    (tmp_path / "source").touch()
    loop = asyncio.get_running_loop()
    clock = loop.time

    def stand_still(_: list[str]) -> None:
        # Nothing is done, and the clock goes on: far beyond the program's time, though it began in time.
        monkeypatch.setattr(loop, "time", lambda: clock() + 600)

    with pytest.raises(Outage):
        await run_lines(
            box, "sh", ["-c", "echo begun; while :; do :; done"], tmp_path / "source", stand_still,
            limits=Limits(60, 60, 2 << 30, 1 << 20, 4 << 20, 16, 1 << 16),
        )  # fmt: skip
    monkeypatch.undo()
    assert not tools_running()


async def test_a_kill_does_not_wait_for_output_that_nobody_reads(tmp_path: Path, box: Sandbox) -> None:
    def refuse(_: list[str]) -> None:
        raise UnsupportedMedia("enough")

    source = tmp_path / "source"
    source.touch()
    script = "while :; do echo an endless story that fills every pipe; done"
    with pytest.raises(UnsupportedMedia, match="enough"):
        await run_lines(box, "sh", ["-c", script], source, refuse, limits=_LIMITS)
    assert not tools_running()


async def test_a_file_that_is_read_for_ever_ends_with_its_processor_time(
    tmp_path: Path, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty gigabytes of nothing after a valid beginning, in which a demuxer looks for more."""
    source = barcode_clip(tmp_path / "hole.mkv", seconds=1, size=(64, 36))
    with source.open("ab") as file:
        file.truncate(50 * 10**9)
    monkeypatch.setattr(limits, "_PROBE_CPU_SECONDS", 1)
    monkeypatch.setattr(limits, "_CPU_SECONDS_PER_GB", 0)
    with pytest.raises(UnsupportedMedia) as refused:
        await probe(box, source)
    assert str(refused.value.__cause__).startswith("ffprobe ended with")
    assert not tools_running()


async def test_links_and_pipes_in_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "00000.ts").write_text("secret")
    out = tmp_path / "out"
    (out / "v360").mkdir(parents=True)
    (out / "v360" / "00000.ts").symlink_to(secret / "00000.ts")
    (out / "v720").symlink_to(secret)
    os.mkfifo(out / "poster.jpg")
    for name in ("v360/00000.ts", "v720/00000.ts", "poster.jpg"):
        with pytest.raises(HostileOutput):
            await asyncio.to_thread(take, out, name, 100)
    with pytest.raises(HostileOutput):
        names(out, "v720", ".ts")
    assert (secret / "00000.ts").read_text() == "secret"
    (out / "large.ts").write_bytes(bytes(101))
    with pytest.raises(HostileOutput, match="larger than 100 bytes"):
        take(out, "large.ts", 100)


async def test_required_refuses_where_ffmpeg_itself_cannot_be_boxed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`bwrap` is there and starts, but what it is for does not work: as where namespaces are forbidden."""
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SandboxUnavailable, match="SANDBOX=auto"):
        await detect_sandbox("required")
    assert await detect_sandbox("auto") == PLAIN
