"""What a file holds, read in the test's own process by PyAV, whose FFmpeg is neither the version nor the
build that made it, and without a program that must start for each question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

BARCODE_BITS = 20
_DARK_BELOW = 128
#: Code points of ITU-T H.273, tables 2 to 4, in ffmpeg's words; those that tests speak of.
_COLOURS = {1: "bt709", 5: "bt470bg", 6: "smpte170m"}
_RANGES = {1: "tv", 2: "pc"}


@dataclass(frozen=True)
class Look:
    """One picture as a decoder shows it."""

    seconds: float
    luma: NDArray[np.uint8]
    """Rows and columns, in the picture's own range."""

    @property
    def number(self) -> int:
        """That of its barcode: in the middle of the top tenth, lowest bit on the left, white for 1."""
        height, width = self.luma.shape
        line = self.luma[height // 40 : height // 40 + max(1, height // 20)].mean(axis=0)
        edges = np.arange(BARCODE_BITS + 1) * width // BARCODE_BITS
        light = np.add.reduceat(line, edges[:-1]) / np.diff(edges)
        return sum(1 << bit for bit in range(BARCODE_BITS) if light[bit] >= _DARK_BELOW)


def looks(path: Path) -> Iterator[Look]:
    """The pictures of the first video stream, in the order in which they are shown."""
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            yield Look(float(frame.pts * frame.time_base), _luma(frame))


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    if frame.format.name not in ("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "gray"):
        return frame.to_ndarray(format="gray").astype(np.uint8)
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width].copy()


def first_through(path: Path, *filters: tuple[str, str]) -> NDArray[np.uint8]:
    """The first picture after these filters, name and arguments, as they lie in memory, without padding."""
    with av.open(str(path)) as file:
        graph = av.filter.Graph()
        steps = [graph.add(name, arguments) for name, arguments in filters]
        graph.link_nodes(graph.add_buffer(template=file.streams.video[0]), *steps, graph.add("buffersink"))
        graph.configure()
        graph.vpush(next(file.decode(video=0)))
        graph.vpush(None)
        return graph.vpull().to_ndarray().astype(np.uint8).reshape(-1)


def picture_tags(path: Path) -> dict[str, str]:
    """Pixels, shape and colours of a video, in ffmpeg's words."""
    with av.open(str(path)) as file:
        video = file.streams.video[0].codec_context
        shape = video.sample_aspect_ratio
        return {
            "pix_fmt": str(video.pix_fmt),
            "sample_aspect_ratio": "unknown" if shape is None else f"{shape.numerator}:{shape.denominator}",
            "color_range": _RANGES.get(video.color_range, "unknown"),
            "color_space": _COLOURS.get(video.colorspace, "unknown"),
            "color_transfer": _COLOURS.get(video.color_trc, "unknown"),
            "color_primaries": _COLOURS.get(video.color_primaries, "unknown"),
        }


@dataclass(frozen=True)
class Heard:
    """All sound of a file's first track, and where each of its pieces begins."""

    samples: NDArray[np.float32]
    """Of one channel, the mean of all."""
    rate_hz: int
    begins: Sequence[int]
    """The first sample of each piece that the decoder gave."""
    seconds: Sequence[float]
    """When it begins, on the file's own clock."""


def heard(path: Path) -> Heard:
    pieces, seconds = [], []
    with av.open(str(path)) as file:
        rate_hz = file.streams.audio[0].rate
        resampler = av.AudioResampler(format="fltp")
        for frame in file.decode(audio=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            seconds.append(float(frame.pts * frame.time_base))
            [same] = resampler.resample(frame)
            pieces.append(same.to_ndarray().mean(axis=0))
    begins = np.cumsum([0, *map(len, pieces[:-1])]).tolist()
    return Heard(np.concatenate(pieces), rate_hz, begins, seconds)


@dataclass(frozen=True)
class Packet:
    pts: int
    """In ticks of the stream's clock, as `dts`."""
    dts: int
    key: bool
    segment: int


def read_packets(path: Path, kind: str, number: int = 0) -> Iterator["av.Packet[Any]"]:
    """Of one stream: the file's first ``video`` or ``audio``, or a later one."""
    with av.open(str(path)) as file:
        for packet in file.demux(**{kind: number}):
            if packet.size:  # the last has none, and only says that it is the last
                yield packet


def packets(parts: Sequence[Path], whole: Path) -> list[Packet]:
    """Of segments joined to one file, in its order. Where the demuxer tells no DTS, it is the PTS."""
    ends = np.cumsum([part.stat().st_size for part in parts])
    read, position = [], 0
    with av.open(str(whole)) as file:
        for packet in file.demux():
            if packet.size == 0:
                continue  # the last one, which only says so
            assert packet.pts is not None
            # Of the frames that share a PES packet, only the first has a position.
            position = packet.pos if packet.pos is not None and packet.pos >= 0 else position
            dts = packet.pts if packet.dts is None else packet.dts
            segment = int(np.searchsorted(ends, position, side="right"))
            read.append(Packet(packet.pts, dts, packet.is_keyframe, segment))
    return read
