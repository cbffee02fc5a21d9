"""Jobs: what is made first, what is refused and given up; and an independent judge of real recordings."""

import asyncio
import os
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_exactness import switched
from tests.support.clips import barcode_clip, read_barcodes
from tests.support.house import House
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.plan import Chunk, Lane
from video_service.domain.playlist import expected_bandwidths
from video_service.domain.transport_stream import CLOCK_HZ
from video_service.pipeline import chunk_job, finish_job
from video_service.pipeline import probe as probing
from video_service.pipeline.chunk_job import runs
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.precedence import PRECEDENCE, URGENCY, Need, _Program
from video_service.pipeline.probe import probe
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.segment_checks import WrongSegment


@pytest.fixture(scope="session")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def remux(source: Path, out: Path, *options: str, before: tuple[str, ...] = ()) -> Path:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *before, "-i", str(source), *options, str(out)]
    subprocess.run(command, check=True, timeout=60)
    return out


async def test_a_turned_recording_stands_upright(tmp_path: Path, sandbox: Sandbox) -> None:
    lying = barcode_clip(tmp_path / "lying.mp4", seconds=2)
    turned = remux(lying, tmp_path / "turned.mp4", "-c", "copy", "-metadata:s:v:0", "rotate=90")
    house = House(tmp_path / "house", turned, sandbox)
    plan = await house.everything()
    assert (house.work.facts["width"], house.work.facts["height"]) == (360, 640)
    assert all(rung.height > rung.width and not rung.copied for rung in plan.rungs)


async def test_a_chunk_made_twice_has_the_same_bytes(tmp_path: Path, sandbox: Sandbox) -> None:
    # A copy, sound, and two rungs of one decode.
    source = barcode_clip(tmp_path / "source.mp4", seconds=7, size=(640, 480), options=("-b:v", "2M"))
    made: list[dict[str, bytes]] = []
    cores = os.sched_getaffinity(0)
    for folder, allowed in (("once", cores), ("again", {min(cores)})):
        house = House(tmp_path / folder, source, sandbox)
        plan = await house.probe()
        os.sched_setaffinity(0, allowed)  # a retry may run on another machine
        try:
            for index in range(len(plan.chunks)):
                await house.chunk(index)
        finally:
            os.sched_setaffinity(0, cores)
        files = house.media.glob("*/*.ts")
        made.append({str(path.relative_to(house.media)): path.read_bytes() for path in files})
    assert plan.rungs[0].copied
    assert {chunk.lane for chunk in plan.chunks} == set(Lane) - {Lane.ALTERNATIVE}
    assert len(made[0]) == len(plan.rendition_names) * plan.timeline.segment_count
    assert made[0] == made[1]


async def test_another_track_with_a_hole_is_left_out_and_the_first_is_not(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    one = barcode_clip(tmp_path / "one.mp4", seconds=7, size=(320, 180))
    source = remux(one, tmp_path / "two.mp4", "-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy")
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    first, other = (track.name for track in plan.audio)
    assert {first, other} < {one.name for one in house.work.renditions}
    for name, left in ((other, {first}), (first, {first})):
        (house.media / name / "00001.ts").unlink()
        await finish_job.run(house.bench, {"revision_id": house.work.revision_id})
        told = {one.name for one in house.work.renditions}
        assert told & {first, other} == left
        assert {rung.name for rung in plan.rungs} < told


async def test_a_cut_between_two_ticks_of_the_transport_clock_is_met(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """From the first cut on, pictures come 82/15360 s late: 0.47 of a tick of 1/90000 s, which is less
    than half a tick as it is and more when written in microseconds."""
    even = barcode_clip(tmp_path / "even.mp4", seconds=7, size=(640, 480), options=("-b:v", "2M"))
    late = "setts=pts=PTS+82*gte(N\\,60):dts=DTS+82*gte(N\\,60)"
    scale = ("-video_track_timescale", "15360")
    source = remux(even, tmp_path / "late.mp4", "-c", "copy", *scale, "-bsf:v", late)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    assert plan.rungs[0].copied
    assert plan.timeline.cuts[1] * plan.timeline.time_base * CLOCK_HZ % 1 == Fraction(15, 32)
    for rung in plan.rungs:
        assert read_barcodes(await house.whole(rung.name)) == list(range(210))


async def test_sound_is_not_wrapped_in_much_else(tmp_path: Path, sandbox: Sandbox) -> None:
    noise = "anoisesrc=sample_rate=48000:duration=11:color=pink"
    options = ("-f", "lavfi", "-i", noise, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac")
    silent = barcode_clip(tmp_path / "silent.mp4", seconds=11, size=(64, 36), sound=False)
    house = House(tmp_path / "house", remux(silent, tmp_path / "loud.mp4", *options), sandbox)
    plan = await house.everything()
    [track] = plan.audio
    whole = await house.whole(track.name)
    bare = remux(whole, tmp_path / "bare.aac", "-c", "copy")
    assert whole.stat().st_size < 1.1 * bare.stat().st_size
    heaviest_bps = max(
        part.stat().st_size * 8 / plan.timeline.segment_seconds(int(part.stem))
        for part in (house.media / track.name).glob("*.ts")
    )
    assert heaviest_bps < expected_bandwidths(plan)[track.name].peak_bps


async def test_a_demanded_segment_is_made_first(tmp_path: Path, sandbox: Sandbox) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=30, codec="mpeg4")
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    index = max(range(len(plan.chunks)), key=lambda n: plan.chunks[n].segment_count)
    chunk = plan.chunks[index]
    demanded = chunk.segments[-1]
    house.work.demanded[index] = demanded
    await house.chunk(index)
    made = sorted((house.media / chunk.renditions[0]).glob("*.ts"), key=lambda path: path.stat().st_mtime_ns)
    assert made[0].name == f"{demanded:05d}.ts"
    assert len(made) == chunk.segment_count


async def test_what_a_dead_worker_published_is_reported_by_the_next(tmp_path: Path, sandbox: Sandbox) -> None:
    house = House(tmp_path / "house", barcode_clip(tmp_path / "source.mp4", seconds=1), sandbox)
    plan = await house.probe()
    await house.chunk(0)
    house.work.first_of.clear()  # as if it had died between the segment and the row
    await house.chunk(0)
    assert house.work.first_of == set(plan.chunks[0].renditions)


async def test_a_segment_that_a_loss_of_power_left_empty_is_made_again(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    house = House(tmp_path / "house", barcode_clip(tmp_path / "source.mp4", seconds=2), sandbox)
    plan = await house.everything()
    for index, chunk in enumerate(plan.chunks):
        path = house.media / chunk.renditions[0] / "00000.ts"
        made = path.read_bytes()
        os.truncate(path, 0)
        await house.chunk(index)
        assert path.read_bytes() == made
    for rung in plan.rungs:
        os.truncate(house.media / rung.name / "00000.ts", 0)
    await finish_job.run(house.bench, {"revision_id": house.work.revision_id})
    assert house.work.failure is not None, "no rung begins"


async def test_a_chunk_gives_way_to_one_that_is_waited_for(tmp_path: Path, sandbox: Sandbox) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=24, codec="mpeg4", sound=False)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    index = max(range(len(plan.chunks)), key=lambda n: plan.chunks[n].segment_count)
    chunk = plan.chunks[index]
    demanded = house.work.demanded[index] = chunk.segments[-1]
    house.work.demands = 1
    await house.chunk(index)
    folder = house.media / chunk.renditions[0]
    assert [path.name for path in folder.glob("*.ts")] == [f"{demanded:05d}.ts"], "its own demand comes first"
    [(put_back, missing)] = house.work.put_back
    assert (put_back, missing) == (index, list(chunk.segments[:-1]))
    assert index not in house.work.done
    await house.chunk(index)
    assert index in house.work.done
    assert house.work.attempts[index] == 1, "giving way is no attempt"
    assert len(list(folder.glob("*.ts"))) == chunk.segment_count


async def with_long_express_chunk(folder: Path, sandbox: Sandbox) -> tuple[House, int, Chunk]:
    source = barcode_clip(folder / "source.mp4", seconds=60, codec="mpeg4", sound=False)
    house = House(folder / "house", source, sandbox)
    plan = await house.probe()
    chunk = max((one for one in plan.chunks if one.lane is Lane.EXPRESS), key=lambda one: one.segment_count)
    return house, plan.chunks.index(chunk), chunk


async def test_a_chunk_that_stands_still_gives_way_too(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For sound of the place that a viewer has jumped to, while the picture of it waits for a slot."""
    house, index, _ = await with_long_express_chunk(tmp_path, sandbox)
    stands = asyncio.Event()
    stand_still = _Program.stand_still

    def noted(program: _Program) -> None:
        stand_still(program)
        stands.set()

    monkeypatch.setattr(_Program, "stand_still", noted)
    monkeypatch.setattr(_Program, "go_on", lambda _: None)  # not even after a while
    making = asyncio.ensure_future(house.chunk(index))
    more_urgent = Need()
    more_urgent.change(URGENCY.get() + 1, is_awaited=True)
    async with asyncio.timeout(30) as deadline:
        with PRECEDENCE.running(2**22, deadline, more_urgent):
            await stands.wait()
            assert not making.done()
            house.work.demands = 1
            await making
    [(put_back, _)] = house.work.put_back
    assert put_back == index


async def test_what_is_there_is_told_of_before_a_chunk_gives_way(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, index, chunk = await with_long_express_chunk(tmp_path, sandbox)
    tell = house.work.segments_published

    async def told_slowly(*arguments: Any) -> bool:
        house.work.demands = 1
        await asyncio.sleep(0.5)  # longer than it takes until it is looked who waits
        return await tell(*arguments)

    monkeypatch.setattr(house.work, "segments_published", told_slowly)
    await house.chunk(index)
    there = len(list((house.media / chunk.renditions[0]).glob("*.ts")))
    assert 0 < there < chunk.segment_count
    assert house.work.published == [(index, there / chunk.segment_count)]
    [(_, missing)] = house.work.put_back
    assert missing == list(chunk.segments)[there:]


async def test_a_beginning_that_is_there_is_no_failure(tmp_path: Path, sandbox: Sandbox) -> None:
    """Though what follows it in the same chunk cannot be made, and nothing stands in for it."""
    source = barcode_clip(
        tmp_path / "source.mp4", seconds=9, codec="mpeg4", sound=False, size=(320, 180), options=("-g", "999")
    )
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    assert len(plan.rungs) == 1
    house.work.demands = 1
    await house.chunk(0)
    house.work.attempts[0] = 10  # begun, and never heard of again
    await house.chunk(0)
    assert house.work.warnings
    assert house.work.failure is None


@pytest.mark.parametrize("demands", [0, 1])
async def test_behind_a_beginning_others_do_not_wait_for_what_follows(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, demands: int
) -> None:
    """Which is made by the same program where nobody waits, as its key frame is far."""
    options = ("-g", "999")
    source = barcode_clip(tmp_path / "source.mp4", seconds=9, codec="mpeg4", sound=False, options=options)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    segments = list(plan.chunks[0].segments)
    ran: list[tuple[int, int]] = []
    make_run = chunk_job._Maker._make_run

    async def noted(maker: chunk_job._Maker, first: int, count: int) -> None:
        ran.append((first, count))
        await make_run(maker, first, count)

    monkeypatch.setattr(chunk_job._Maker, "_make_run", noted)
    house.work.demands = demands
    await house.chunk(0)
    assert len(segments) > 1
    assert ran == [(0, 1 if demands else len(segments))]
    assert house.work.put_back == ([(0, segments[1:])] if demands else [])


async def test_a_chunk_that_is_there_as_a_whole_does_not_stand_still(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would keep its slot, though it has nothing more to make."""
    source = barcode_clip(tmp_path / "source.mp4", seconds=12, codec="mpeg4")
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    served: list[bool] = []
    run_ffmpeg = vars(chunk_job)["run_ffmpeg"]

    async def noted(*arguments: Any, **options: Any) -> str:
        said = str(await run_ffmpeg(*arguments, **options))
        served.append(options["need"].has_served)
        return said

    monkeypatch.setattr(chunk_job, "run_ffmpeg", noted)
    sound = [n for n, chunk in enumerate(plan.chunks) if chunk.lane is Lane.AUDIO]
    assert next(plan.chunks[n].segment_count for n in sound) == 1 < len(sound)
    house.work.demanded[sound[1]] = plan.chunks[sound[1]].first_segment
    for index in sound[:2]:
        await house.chunk(index)
    assert served == [False, True]


async def test_only_what_gives_a_head_start_is_as_urgent_as_the_first_segment(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_as: list[int] = []
    command = Sandbox.command

    def noted(box: Sandbox, *arguments: Any, niceness: int = 0) -> list[str]:
        run_as.append(niceness)
        return command(box, *arguments, niceness=niceness)

    monkeypatch.setattr(Sandbox, "command", noted)
    source = barcode_clip(tmp_path / "clip.mp4", seconds=24, codec="mpeg4", size=(480, 480), rate=10)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    for index, chunk in enumerate(plan.chunks):
        run_as.clear()
        payload = {"revision_id": house.work.revision_id, "index": index}
        await chunk_job.run(house.bench, payload, niceness=7)
        is_near = chunk.lane is not Lane.LADDER and plan.timeline.start_seconds(chunk.first_segment) < 10
        assert set(run_as) == {0 if is_near else 7}, chunk
    assert {chunk.lane for chunk in plan.chunks} == {Lane.EXPRESS, Lane.AUDIO, Lane.LADDER}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("script", ["kill -9 $$", "echo 'bwrap: Creating new namespace failed' >&2; exit 1"])
async def test_a_first_look_that_is_ended_from_outside_is_repeated(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, script: str, times: int
) -> None:
    """Who takes too much memory here may be another; a file that always does it is refused."""
    ended: list[str] = []
    command = Sandbox.command

    def at_first(box: Sandbox, program: str, *arguments: Any, **options: Any) -> list[str]:
        if program == "ffprobe" and len(ended) < times:
            ended.append(program)
            return ["sh", "-c", script]
        return command(box, program, *arguments, **options)

    house = House(tmp_path / "house", barcode_clip(tmp_path / "source.mp4", seconds=1), sandbox)
    monkeypatch.setattr(Sandbox, "command", at_first)
    for _ in range(min(times, 2)):
        with pytest.raises(UnsupportedMedia):
            await house.probe()
        assert house.work.failure is None
    if times == 1:
        assert (await house.probe()).timeline.segment_count == 1
    else:
        with pytest.raises(AssertionError):
            await house.probe()
        assert house.work.failure is not None


async def test_a_chunk_that_takes_its_workers_down_is_given_up(tmp_path: Path, sandbox: Sandbox) -> None:
    house = House(tmp_path / "house", barcode_clip(tmp_path / "source.mp4", seconds=1), sandbox)
    plan = await house.probe()
    for index, chunk in enumerate(plan.chunks):
        if chunk.lane is not Lane.AUDIO:
            house.work.attempts[index] = 10  # begun, and never heard of again
            await house.chunk(index)
    assert house.work.warnings
    assert house.work.failure is None, "another rung may stand in, until there is none"
    await finish_job.run(house.bench, {"revision_id": house.work.revision_id})
    assert house.work.failure is not None
    assert not house.work.ready
    assert not list(house.media.glob("*/*.ts"))


@pytest.mark.parametrize("at", [84, 180], ids=["in a segment", "with a segment"])
async def test_pictures_that_change_where_nobody_looked_are_not_copied(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(probing, "sequences", lambda *_: ())
    house = House(tmp_path / "house", switched(tmp_path, at), sandbox)
    plan = await house.probe()
    assert plan.rungs[0].copied
    cuts_seconds = [plan.timeline.start_seconds(k) for k in range(plan.timeline.segment_count)]
    assert (at / 30 in cuts_seconds) == (at == 180)
    last = max(n for n, chunk in enumerate(plan.chunks) if chunk.renditions == (plan.rungs[0].name,))
    for _ in range(2):
        with pytest.raises(WrongSegment, match="several kinds"):
            await house.chunk(last)
    await house.chunk(last)
    plan = await house.everything()
    assert not any(rung.copied for rung in plan.rungs), "it is begun again, without copying"
    assert house.work.failure is None
    assert not [*house.work.warnings, *house.work.facts["warnings"]]


@pytest.mark.parametrize(
    ("missing", "demanded", "expected"),
    [
        ([], None, []),
        ([3, 4, 5], None, [(3, 3)]),
        ([3, 4, 7], None, [(3, 2), (7, 1)]),
        ([3, 4, 5, 6], 5, [(5, 2), (3, 2)]),
        ([3, 4, 5], 9, [(3, 3)]),
    ],
)
def test_runs(missing: list[int], demanded: int | None, expected: list[tuple[int, int]]) -> None:
    assert runs(missing, demanded) == expected


async def test_a_wrong_segment_is_never_published(tmp_path: Path, sandbox: Sandbox) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=6)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    # The source changes under the plan: ffmpeg is content, the pictures are too few.
    (tmp_path / "house/objects/sources/source").unlink()
    shutil.copy(barcode_clip(tmp_path / "short.mp4", seconds=3), tmp_path / "house/objects/sources/source")
    house.bench._facts.clear()
    last = max(n for n, chunk in enumerate(plan.chunks) if chunk.renditions[0] == plan.rungs[-1].name)
    media = house.media
    for _ in range(2):
        with pytest.raises(Exception, match=r"ended with|pictures|fewer|begins"):
            await house.chunk(last)
    await house.chunk(last)
    assert house.work.source_is_damaged, "it is begun again, without copying"
    assert not (media / plan.rungs[-1].name / "00001.ts").exists()


async def test_a_copy_whose_key_frames_are_none_is_encoded_instead(tmp_path: Path, sandbox: Sandbox) -> None:
    """One that is not looked at by the probe, and that a segment would begin with."""
    options = ("-g", "7", "-keyint_min", "7", "-bf", "0")
    whole = barcode_clip(tmp_path / "whole.mp4", seconds=16, sound=False, options=options)
    pictures = remux(whole, tmp_path / "pictures.h264", "-c", "copy").read_bytes()
    slices = [found.start() for found in re.finditer(rb"\x00\x00\x01[\x41\x61\x65]", pictures)]
    assert len(slices) == 16 * 30
    # The first at two seconds; decoding may begin there (ITU-T H.264 section D.1.8), says whoever wrote it.
    recovery_point, at = b"\0\0\1\x06\x06\x01\xc4\x80", slices[60]
    (tmp_path / "pictures.h264").write_bytes(pictures[:at] + recovery_point + pictures[at:])
    rate = ("-r", "30")
    source = remux(tmp_path / "pictures.h264", tmp_path / "source.mp4", "-c", "copy", before=rate)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    assert plan.rungs[0].copied
    name = plan.rungs[0].name
    [copied] = [n for n, one in enumerate(plan.chunks) if name in one.renditions and 1 in one.segments]
    assert plan.timeline.start_seconds(1) == 2
    for _ in range(2):
        with pytest.raises(Exception, match="IDR"):
            await house.chunk(copied)
    await house.chunk(copied)
    plan = await house.everything()
    assert not any(rung.copied for rung in plan.rungs)
    assert (house.work.failure, house.work.warnings) == (None, [])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("one.mp4", b"x"),
        (
            "playlist.mp4",
            b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        ),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("picture.mp4", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"),
    ],
)
async def test_what_is_no_video_is_refused_with_a_sentence(
    tmp_path: Path, sandbox: Sandbox, name: str, content: bytes
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(UnsupportedMedia) as refused:
        await probe(sandbox, source)
    assert str(tmp_path) not in refused.value.message
    assert refused.value.message.endswith(".")


async def test_a_chunk_that_nobody_wants_any_more_ends_with_its_next_segment(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=7, codec="mpeg4")
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    index = max(range(len(plan.chunks)), key=lambda n: plan.chunks[n].segment_count)
    assert plan.chunks[index].segment_count > 1
    house.work.wanted = False
    await house.chunk(index)
    assert [of for of, _ in house.work.published] == [index], "told once, and heard it"
    assert not house.work.done
    assert not list(house.scratch.iterdir()), "half-made files are cleared away"
