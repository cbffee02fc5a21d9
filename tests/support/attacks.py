"""The attack set: files made to read, fetch, fill or exhaust, each by a function that writes it."""

import struct
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.boxes import grow, inner
from tests.support.canaries import Canaries
from tests.support.clips import barcode_clip

_SPARSE_BYTES = 50 * 10**9
#: The widest that a vulnerable design would be, for the disguises that need it.
_ALL = ("-protocol_whitelist", "file,http,tcp,crypto,data")


#: How the sentence begins that is said of a file which ffprobe refuses.
_UNREADABLE = "This file cannot be read as a video."
_NO_PICTURE = "There is no picture in this file that can be shown."
#: What ffprobe says of a demuxer that SAFE_INPUT does not name (libavformat/demux.c).
_UNLISTED = "Format not on whitelist"


@dataclass(frozen=True)
class Attack:
    """A file, and by what it must be stopped: another reason is luck, which the next codec may end."""

    name: str
    make: Callable[[Path, Canaries], Path]
    refused: str | None = None
    """How the sentence begins that its owner is told; ``None``: it is shown, and does no harm."""
    complaint: str = ""
    """A part of what ffprobe says to that, for operators only."""
    careless: Sequence[str] | None = None
    """Options with which an unconfined ffmpeg touches a canary; ``None``: that is not its aim."""


def clip(folder: Path, name: str = "clip.mp4", *options: str) -> Path:
    """A short, honest video."""
    return barcode_clip(folder / name, seconds=1, size=(320, 180), options=options)


def _text(name: str, template: str) -> Callable[[Path, Canaries], Path]:
    def make(folder: Path, canaries: Canaries) -> Path:
        path = folder / name
        path.write_text(template.replace("SECRET", str(canaries.secret)).replace("SERVER", canaries.url))
        return path

    return make


def _bytes(name: str, content: bytes) -> Callable[[Path, Canaries], Path]:
    def make(folder: Path, _: Canaries) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def _neighbour(folder: Path, canaries: Canaries) -> Path:
    """A list that names the file beside it, as sources lie beside each other in the object store:
    of a name without a path, ffmpeg's own `-safe` thinks nothing."""
    (folder / "neighbour.ts").hardlink_to(canaries.secret)
    path = folder / "concat.mkv"
    path.write_text("ffconcat version 1.0\nfile neighbour.ts\n")
    return path


_PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
_DASH = """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
 profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" mediaPresentationDuration="PT9S" minBufferTime="PT1S">
<Period><AdaptationSet mimeType="video/mp2t"><Representation id="1" bandwidth="9" codecs="avc1.64001f">
<BaseURL>SERVER/dash.ts</BaseURL><SegmentList duration="9"><SegmentURL media="SERVER/dash.ts"/></SegmentList>
</Representation></AdaptationSet></Period></MPD>
"""
_SVG = (  # the declaration makes ffmpeg sure of it: the name alone would make it a MOV
    "<?xml version='1.0'?>\n"
    "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='9' height='9'>"
    "<image xlink:href='SERVER/svg.png' width='9' height='9'/><image xlink:href='file://SECRET'/></svg>"
)
_SDP = (
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
)


def _data_reference(folder: Path, canaries: Canaries) -> Path:
    """A track whose samples lie in another file: an alias record with an absolute path."""
    path = clip(folder, "reference.mov", "-movflags", "-faststart")
    where = str(canaries.secret).encode()
    alias = bytearray(150)  # QuickTime File Format, alias record: names, and levels between the files
    struct.pack_into(">hh", alias, 118, 1, where.count(b"/"))
    entries = struct.pack(">hh", 2, len(where)) + where + b"\0" * (len(where) % 2)
    entries += struct.pack(">hh", 18, 1) + b"/\0" + struct.pack(">hh", -1, 0)
    payload = struct.pack(">I", 0) + bytes(alias) + entries
    reference = struct.pack(">I4s", 8 + len(payload), b"alis") + payload
    content = path.read_bytes()
    at = inner(content, "moov/trak/mdia/minf/dinf/dref")
    old = struct.unpack_from(">I", content, at + 16)[0]
    content = content[: at + 16] + reference + content[at + 16 + old :]
    path.write_bytes(grow(content, "moov/trak/mdia/minf/dinf/dref", len(reference) - old))
    return path


def _hostile_names(folder: Path, canaries: Canaries) -> Path:
    """Attachment, subtitle and sound whose names are paths, lines of a playlist, or markup."""
    font = folder / "font.ttf"
    font.write_bytes(b"\0\1\0\0" + bytes(6_000_000))
    lines = folder / "lines.srt"
    lines.write_text("1\n00:00:00,000 --> 00:00:01,000\n<script>alert(1)</script>\n")
    out = folder / "names.mkv"
    evil = f'x"\n#EXT-X-MEDIA:TYPE=AUDIO,URI="{canaries.url}/title"\n../../../../evil'
    names = ["-metadata:s:t:0", "filename=../../../../../../evil.ttf", "-metadata:s:a:0", f"title={evil}"]
    names += ["-metadata:s:t:0", "mimetype=font/ttf", "-metadata:s:s:0", "title=../../..%5Cevil.vtt"]
    inputs = ["-i", str(clip(folder)), "-i", str(lines), "-attach", str(font), "-map", "0", "-map", "1"]
    _ffmpeg(*inputs, "-c", "copy", "-c:s", "srt", *names, str(out))
    return out


def _gray(folder: Path, width: int, height: int, pictures: int) -> Path:
    """Even a huge picture of nothing is small. 4:4:4, which is never copied but always decoded."""
    path = folder / f"{width}.264"
    source = f"color=gray:s={width}x{height}:r=30,format=yuv444p"
    encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1"]
    _ffmpeg("-f", "lavfi", "-i", source, "-frames:v", str(pictures), *encoder, str(path))
    return path


def _picture_bomb(folder: Path, _: Canaries) -> Path:
    """A picture just larger than any may be, as its header says."""
    path = folder / "bomb.mp4"
    _ffmpeg("-r", "30", "-i", str(_gray(folder, 6016, 6016, 1)), "-c", "copy", str(path))
    return path


def _hidden_picture_bomb(folder: Path, _: Canaries) -> Path:
    """One whose header says nothing of what comes: 100 MB each, after a second of small pictures."""
    small, large = _gray(folder, 320, 180, 30), _gray(folder, 6016, 6016, 2)
    mixed = folder / "mixed.264"
    mixed.write_bytes(small.read_bytes() + large.read_bytes() + small.read_bytes())
    path = folder / "hidden.mp4"
    _ffmpeg("-r", "30", "-i", str(mixed), "-c", "copy", str(path))
    return path


_SAMPLES = 88_000_000


def _sample_bomb(folder: Path, _: Canaries) -> Path:
    """Samples of one byte each, claimed in twenty bytes, whose index takes 2.1 GB: as much as ffmpeg
    ever asks for at once (libavutil/mem.c, max_alloc_size)."""
    path = clip(folder, "samples.mp4", "-movflags", "-faststart")
    content = path.read_bytes()
    table = inner(content, "moov/trak/mdia/minf/stbl/stsz")
    old = struct.unpack_from(">I", content, table)[0]
    claimed = struct.pack(">I4sIII", 20, b"stsz", 0, 1, _SAMPLES)
    runs = inner(content, "moov/trak/mdia/minf/stbl/stsc")
    patched = bytearray(content)
    struct.pack_into(">I", patched, runs + 20, _SAMPLES)  # samples in each chunk
    content = bytes(patched[:table]) + claimed + bytes(patched[table + old :])
    path.write_bytes(grow(content, "moov/trak/mdia/minf/stbl", 20 - old))
    return path


def _loop(folder: Path, _: Canaries) -> Path:
    """An edit list that shows the same ten seconds fifteen thousand times."""
    path = barcode_clip(folder / "loop.mp4", seconds=10, size=(64, 36))
    content = path.read_bytes()
    at = inner(content, "moov/trak/edts")
    old = struct.unpack_from(">I", content, at)[0]
    edits = struct.pack(">IIHH", 10_000, 0, 1, 0) * 15_000
    body = struct.pack(">I4sII", 16 + len(edits), b"elst", 0, 15_000) + edits
    box = struct.pack(">I4s", 8 + len(body), b"edts") + body
    path.write_bytes(grow(content[:at] + box + content[at + old :], "moov/trak", len(box) - old))
    return path


def _for_ever(folder: Path, _: Canaries) -> Path:
    """Three pictures, the last of them in a thousand years."""
    out = folder / "forever.mkv"
    late = "setts=ts='if(gte(N,2),N+1e12,TS)'"
    _ffmpeg("-i", str(clip(folder)), "-an", "-c", "copy", "-frames:v", "3", "-bsf:v", late, str(out))
    return out


def _endless_title(folder: Path, _: Canaries) -> Path:
    out, described = folder / "title.mkv", folder / "title.txt"
    described.write_text(";FFMETADATA1\n[STREAM]\ntitle=a\n[STREAM]\ntitle=" + "x" * 16_000_000 + "\n")
    inputs = ["-i", str(clip(folder)), "-i", str(described)]
    _ffmpeg(*inputs, "-map", "0", "-map_metadata:s:a:0", "1:s:1", "-c", "copy", str(out))
    return out


def _sparse(source: str | None) -> Callable[[Path, Canaries], Path]:
    def make(folder: Path, _: Canaries) -> Path:
        path = clip(folder, source) if source else folder / "sparse.mp4"
        with path.open("ab") as file:
            file.truncate(_SPARSE_BYTES)
        return path

    return make


def _named(name: str) -> Callable[[Path, Canaries], Path]:
    return lambda folder, _: clip(folder).rename(folder / name)


ATTACKS = (
    Attack("playlist", _text("local.mp4", _PLAYLIST.format("file://SECRET")), _UNREADABLE, _UNLISTED, _ALL),
    Attack("playlist-web", _text("web.mp4", _PLAYLIST.format("SERVER/a.ts")), _UNREADABLE, _UNLISTED, _ALL),
    Attack("ffconcat", _neighbour, _UNREADABLE, _UNLISTED, ()),
    Attack("dash", _text("dash.mp4", _DASH), _UNREADABLE, _UNLISTED, _ALL),
    # These two take nothing even from a careless ffmpeg; the next version may be another matter.
    Attack("svg", _text("picture.mov", _SVG), _UNREADABLE, _UNLISTED),
    Attack("sdp", _text("session.mp4", _SDP), _UNREADABLE, _UNLISTED),
    Attack(
        "data-reference", _data_reference, _NO_PICTURE,
        careless=("-enable_drefs", "1", "-use_absolute_path", "1"),
    ),
    Attack("hostile-names", _hostile_names),
    Attack("picture-bomb", _picture_bomb, _UNREADABLE, "exceeds specified max pixel count"),
    Attack("hidden-picture-bomb", _hidden_picture_bomb),
    Attack("sample-bomb", _sample_bomb, "This video has more pictures than a day holds."),
    Attack("loop", _loop, "The pictures in this file together are larger than the file."),
    Attack("for-ever", _for_ever, "This video is longer than 26 hours."),
    Attack("endless-title", _endless_title, "To read this file takes more time or memory"),
    Attack("nothing", _bytes("nothing.mp4", b""), _UNREADABLE),
    Attack("one-byte", _bytes("one.mp4", b"x"), _UNREADABLE),
    Attack("sparse", _sparse(None), _UNREADABLE),
    Attack("sparse-mp4", _sparse("sparse.mp4")),
    Attack("name-with-newline", _named("a\nb'\"$(id)`;.mp4")),
    Attack("name-with-dash", _named("-i.mp4")),
    Attack("name-that-climbs", _named("..%5C..%2F%05d.mp4")),
)  # fmt: skip


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True, timeout=60)
