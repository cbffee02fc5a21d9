"""The shape of a picture may change without its size, and its size be another than its pictures say."""

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.boxes import inner
from tests.support.decoding import looks
from tests.support.house import House
from video_service.domain.extras import Extra
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox

MPEG2 = ("-c:v", "mpeg2video", "-q:v", "3", "-g", "12")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "12")
#: Of 720 x 576: the width of what is shown as high as wide, if it has 128 lines.
SQUARE = {"4/3": 120, "16/9": 90}


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def square(aspect: str) -> str:
    """White, in the middle."""
    width = SQUARE[aspect]
    return f"drawbox=c=white:t=fill:w={width}:h=128:x=(iw-{width})/2:y=(ih-128)/2"


def part(path: Path, aspect: str, shown: str, *codec: str) -> bytes:
    """Two seconds."""
    bars = ("-f", "lavfi", "-i", f"color=gray:s=720x576:r=25:d=2,{shown}")
    kind = ("-f", "vob") if path.suffix == ".mpg" else ()
    return made(path, *bars, *codec, "-aspect", aspect, *kind)


def made(path: Path, *options: str) -> bytes:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *options, str(path)], check=True, timeout=60)
    return path.read_bytes()


def is_square(luma: NDArray[np.uint8]) -> bool:
    """To a pixel or two at its edges."""
    wide, high = ((luma > 200).any(axis=across).sum() for across in (0, 1))
    return bool(abs(int(wide) - int(high)) <= max(3, wide // 20))


@pytest.mark.parametrize(
    ("name", "codec", "aspects", "shown", "sides"),
    [
        ("evening.ts", MPEG2, ("4/3", "16/9"), (720, 540), (120, 90)),
        ("evening.ts", MPEG2, ("16/9", "4/3"), (720, 404), (90, 90)),
        ("tape.mpg", MPEG2, ("4/3", "16/9"), (720, 540), (120, 90)),
        ("evening.ts", H264, ("4/3", "16/9"), (720, 540), (120, 90)),
    ],
)
async def test_a_broadcast_may_change_between_the_shapes_of_television(
    tmp_path: Path, sandbox: Sandbox, name: str, codec: tuple[str, ...], aspects: tuple[str, str],
    shown: tuple[int, int], sides: tuple[int, int],
) -> None:  # fmt: skip
    source = tmp_path / name
    source.write_bytes(
        b"".join(part(tmp_path / f"part-{name}", aspect, square(aspect), *codec) for aspect in aspects)
    )
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    assert (plan.rungs[0].width, plan.rungs[0].height) == shown
    pictures = [look.luma for look in looks(await house.whole(plan.rungs[0].name))]
    for still in (await house.extra(Extra.STILLS))["pictures"]:
        assert still["width"] == shown[0]
    for file in house.media.glob("stills/*/poster.jpg"):
        [still] = [look.luma for look in looks(file)]
        assert is_square(still)
    board = await house.extra(Extra.STORYBOARD)
    [sheet] = [look.luma for look in looks(house.media / "storyboard/000.jpg")]
    columns = sheet.shape[1] // board["width"]
    for row, column in (divmod(number, columns) for number in range(board["pictures"])):
        top, left = row * board["height"], column * board["width"]
        assert is_square(sheet[top : top + board["height"], left : left + board["width"]])
    for picture, side in ((pictures[10], sides[0]), (pictures[-10], sides[1])):
        white = picture > 200
        for across in (0, 1):
            assert white.any(axis=across).sum() == pytest.approx(side, abs=4)
    edge = pictures[-10][5] if aspects[1] == "16/9" else pictures[-10][:, 5]
    assert edge.max() < 40, "beside it there is nothing"


async def test_fields_stay_apart_where_the_shape_changes(tmp_path: Path, sandbox: Sandbox) -> None:
    """One of two is white, and the other black."""
    fields = "geq=lum='16+219*mod(Y+N,2)':cb=128:cr=128"
    codec = (*MPEG2, "-flags", "+ildct+ilme", "-top", "1")
    parts = [part(tmp_path / "part.ts", aspect, fields, *codec) for aspect in ("4/3", "16/9")]
    (tmp_path / "evening.ts").write_bytes(b"".join(parts))
    house = House(tmp_path / "house", tmp_path / "evening.ts", sandbox)
    plan = await house.everything()
    pictures = [look.luma for look in looks(await house.whole(plan.rungs[0].name))]
    assert len(pictures) == 100
    for picture in (*pictures[10:20], *pictures[-20:-10]):
        middle = picture[200:340, 100:620]
        assert int(middle.max()) - int(middle.min()) < 30


@pytest.mark.parametrize("name", ["camera.mov", "camera.mkv"])
async def test_lines_that_the_container_leaves_out_are_not_shown(
    tmp_path: Path, sandbox: Sandbox, name: str
) -> None:
    """Of whole macroblocks, as some cameras have it: the pictures themselves do not say so."""
    source = tmp_path / name
    lines = "color=gray:s=320x192:r=25:d=1,drawbox=c=white:t=fill:w=320:h=8:x=0:y=184"
    content = made(source, "-f", "lavfi", "-i", lines, *H264)
    before, after = (
        (struct.pack(">HH", 320, 192), struct.pack(">HH", 320, 184))
        if name.endswith("mov")
        else (b"\xb0\x82\x01\x40\xba\x81\xc0", b"\xb0\x82\x01\x40\xba\x81\xb8")  # PixelWidth, PixelHeight
    )
    at = content.index(before, inner(content, "moov/trak/mdia/minf/stbl/stsd") if name.endswith("mov") else 0)
    source.write_bytes(content[:at] + after + content[at + len(after) :])
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    assert (plan.rungs[0].width, plan.rungs[0].height) == (320, 184)
    pictures = [look.luma for look in looks(await house.whole(plan.rungs[0].name))]
    assert len(pictures) == 25
    assert pictures[10].max() < 200, "not smaller either"
