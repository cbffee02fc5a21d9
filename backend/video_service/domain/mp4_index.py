"""When each picture of an MP4 or MOV file is shown, from its sample tables (ISO/IEC 14496-12 sections
8.6 to 8.8) instead of its packets: as quickly for two hours as for ten seconds.

The times are those that ffmpeg's demuxer gives the packets (libavformat/mov.c): the edit list moves
the first picture that is shown to the end of the empty edits. Where that demuxer guesses, or would
read what the tables do not say, this gives up with NoIndex, and the packets must be asked.
"""

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain, islice
from typing import BinaryIO

import numpy as np

from video_service.domain.avc_fields import FIELD_BYTES, field_pairs
from video_service.domain.boxes import Box, Boxes
from video_service.domain.container_index import IndexedVideo, NoIndex, spread
from video_service.domain.frame_indexing import Numbers, begins_and_end, frame_index
from video_service.domain.frames import MAX_PACKETS as _MAX_SAMPLES
from video_service.domain.frames import FrameIndex, check_count, check_size
from video_service.domain.mp4_fragments import Fragments

_MAX_TRACKS = 100
_MAX_EDITS = 16
_DESCRIPTION_BYTES = 1 << 20
_MOST_DESCRIPTIONS = 1024
#: What ffmpeg takes for damage or for negative numbers, and corrects in its own way.
_ODD_DELTA = 1 << 31
_ODD_OFFSET = 1 << 28
#: Of an edit, in ticks: all sums of such times are numbers of 64 bits.
_MOST_TICKS = 1 << 60
_NORMAL_SPEED = 1 << 16
_SELF_CONTAINED = 1
#: So many samples from some key frames on are looked at for fields, before all are.
_LOOKED_AT = 16


@dataclass(frozen=True)
class _Edit:
    """The one stretch of the track that is shown, in its own ticks."""

    delay: int
    media_time: int
    duration: int


@dataclass(frozen=True)
class _Samples:
    """In decoding order."""

    dts: Numbers
    pts: Numbers
    sizes: Numbers
    keys: Numbers
    """Positions of the key frames."""
    last_duration: int
    """Ticks until the next one would be decoded."""
    reordered: bool

    @cached_property
    def first(self) -> int:
        """When the first is shown, whichever that is."""
        return int(self.pts.min())

    @cached_property
    def last(self) -> int:
        return int(self.pts.max())

    @cached_property
    def longest_delay(self) -> int:
        """Where some are shown before they are decoded, all are decoded earlier (libavformat/mov.c)."""
        delays = self.pts - self.dts
        return int(delays.max()) - min(0, int(delays.min()))

    def duration(self, n: int) -> int:
        return int(self.dts[n + 1] - self.dts[n]) if n + 1 < len(self.dts) else self.last_duration


@dataclass(frozen=True)
class _Chunks:
    """Where samples lie: one behind the other in chunks, and runs of these have equally many."""

    offsets: Numbers
    firsts: Numbers
    """The first chunk of each run, counted from 0."""
    counts: Numbers
    """Samples in each chunk of a run."""
    begins: Numbers
    """The first sample of each run, and how many there are."""
    bytes_before: Numbers
    """Each sample, and all: one more than there are samples."""

    def begins_of(self, samples: Numbers) -> Numbers:
        """Where these lie."""
        run = np.searchsorted(self.begins, samples, side="right") - 1
        chunk, within = np.divmod(samples - self.begins[run], self.counts[run])
        in_chunk_bytes = self.bytes_before[samples] - self.bytes_before[samples - within]
        return np.asarray(self.offsets[self.firsts[run] + chunk] + in_chunk_bytes)

    def ends_of(self, chunks: Numbers) -> Numbers:
        """What follows the last sample of these."""
        run = np.searchsorted(self.firsts, chunks, side="right") - 1
        first = self.begins[run] + (chunks - self.firsts[run]) * self.counts[run]
        size_bytes = self.bytes_before[first + self.counts[run]] - self.bytes_before[first]
        return np.asarray(self.offsets[chunks] + size_bytes)


def read_mp4_video(file: BinaryIO, track_id: int | None = None) -> IndexedVideo:
    """Of one track, or of the only one that has pictures.

    Raises NoIndex, and UnsupportedMedia for what no packet could make right.
    """
    boxes = Boxes(file)
    moov = next((box for box in boxes.top() if box.kind == b"moov"), None)
    if moov is None:
        raise NoIndex("no moov")
    movie_timescale = timescale_of(boxes, boxes.need(moov, b"mvhd"))
    track, track_id = _track(boxes, moov, track_id)
    media = boxes.need(track, b"mdia")
    timescale = timescale_of(boxes, boxes.need(media, b"mdhd"))
    tables = boxes.need(media, b"minf/stbl")
    _check_data_is_here(boxes, boxes.need(media, b"minf/dinf/dref"))
    configuration, has_fields = _avc_configuration(boxes, boxes.need(tables, b"stsd")), False
    edits = read_edits(boxes, boxes.find(track, b"edts/elst"))
    try:
        if boxes.find(moov, b"mvex"):
            if boxes.table(boxes.need(tables, b"stts"), 2, _MAX_SAMPLES):
                raise NoIndex("samples in the movie box and in fragments")
            delay = _single(edits, timescale, movie_timescale) if edits else None
            shift = 0 if delay is None else delay.delay - delay.media_time
            fragments = Fragments(boxes, moov, track_id)
            frames, keys_at = fragments.frames(shift), spread(fragments.keys_at)
        else:
            samples, chunks = _samples(boxes, tables)
            keys_at = chunks.begins_of(samples.keys[spread(range(len(samples.keys)))]).tolist()
            second = _second_fields(boxes, samples, chunks, configuration)
            if len(second):
                samples, has_fields = _without(samples, second), True
            frames = _shown(samples, _single(edits, timescale, movie_timescale) if edits else None)
            frames = replace(frames, longest_delay=samples.longest_delay)
    except OverflowError as error:  # of a signed number of 64 bits, as which all times are kept
        raise NoIndex("times that cannot be") from error
    time_base = Fraction(1, timescale)
    return IndexedVideo(track_id, time_base, frames, configuration, keys_at, has_fields=has_fields)


def _track(boxes: Boxes, moov: Box, track_id: int | None) -> tuple[Box, int]:
    tracks = islice((box for box in boxes.inside(moov) if box.kind == b"trak"), _MAX_TRACKS)
    found = [
        (track, own_id)
        for track in tracks
        if (own_id := _track_id(boxes, track)) == track_id
        or (track_id is None and _has_pictures(boxes, track))
    ]
    if len(found) != 1:
        raise NoIndex(f"{len(found)} tracks may be meant")
    return found[0]


def _has_pictures(boxes: Boxes, track: Box) -> bool:
    """By its handler (ISO/IEC 14496-12 section 8.4.3)."""
    return boxes.read(boxes.need(track, b"mdia/hdlr").begin, 12)[8:] == b"vide"


def _track_id(boxes: Boxes, track: Box) -> int:
    header = boxes.content(boxes.need(track, b"tkhd"), 1024)
    at = 20 if header[:1] == b"\1" else 12
    return _number(header, at)


def timescale_of(boxes: Boxes, box: Box) -> int:
    """Of ``mvhd`` or ``mdhd``, whose fields are laid out alike up to it."""
    header = boxes.content(box, 1024)
    timescale = _number(header, 20 if header[:1] == b"\1" else 12)
    if timescale == 0:
        raise NoIndex("no timescale")
    return timescale


def _number(content: bytes, at: int) -> int:
    if len(content) < at + 4:
        raise NoIndex("a header is cut off")
    return int.from_bytes(content[at : at + 4], "big")


def _check_data_is_here(boxes: Boxes, references: Box) -> None:
    """Raises NoIndex where samples are said to lie in another file."""
    inner = boxes.inside(Box(references.kind, references.begin + 8, references.end))
    for reference in inner:
        if _number(boxes.read(reference.begin, 4), 0) != _SELF_CONTAINED:
            raise NoIndex("the data is elsewhere")


def _avc_configuration(boxes: Boxes, descriptions: Box) -> bytes | None:
    """``None`` where there is none, or more than one, as in joined recordings. Raises NoIndex where these are
    of several kinds: ffmpeg leaves some of them out."""
    content = boxes.content(descriptions, _DESCRIPTION_BYTES)
    # A visual sample entry has 78 bytes before its boxes (section 12.1.3).
    begin = descriptions.begin + 8
    entries = list(
        islice(boxes.inside(Box(descriptions.kind, begin, descriptions.end)), _MOST_DESCRIPTIONS + 1)
    )
    if len(entries) != _number(content, 4) or not 0 < len(entries) <= _MOST_DESCRIPTIONS:
        raise NoIndex("no description, or not all of them")
    if len({entry.kind for entry in entries}) > 1 or min(entry.end - entry.begin for entry in entries) < 78:
        raise NoIndex("several kinds of descriptions, or too short ones")
    [entry, *others] = entries
    if others or entry.kind not in (b"avc1", b"avc3"):
        return None
    found = boxes.find(Box(entry.kind, entry.begin + 78, entry.end), b"avcC")
    return None if found is None else boxes.content(found, _DESCRIPTION_BYTES)


def read_edits(boxes: Boxes, box: Box | None) -> list[tuple[int, int]]:
    """Duration in ticks of the movie, and media time; -1 for an empty edit."""
    if box is None:
        return []
    version, count = struct.unpack(">B3xI", boxes.read(box.begin, 8))
    row = struct.Struct(">QqI" if version == 1 else ">IiI")
    if count > _MAX_EDITS or box.begin + 8 + count * row.size > box.end:
        raise NoIndex("a long edit list")
    edits = []
    for duration, media_time, speed in row.iter_unpack(boxes.read(box.begin + 8, count * row.size)):
        if media_time < -1 or speed != _NORMAL_SPEED:
            raise NoIndex("an odd edit")
        edits.append((duration, media_time))
    return edits


def _single(edits: list[tuple[int, int]], timescale: int, movie_timescale: int) -> _Edit:
    """Empty edits and one stretch. Raises NoIndex for more."""

    def ticks(duration: int) -> int:
        return (duration * timescale + movie_timescale // 2) // movie_timescale

    if max(map(max, edits)) * max(1, timescale // movie_timescale + 1) >= _MOST_TICKS:
        raise NoIndex("times that cannot be")
    *empty, (duration, media_time) = edits
    if media_time < 0 or any(time >= 0 for _, time in empty):
        raise NoIndex("not one edit")
    return _Edit(sum(ticks(length) for length, _ in empty), media_time, ticks(duration))


def _shown(samples: _Samples, edit: _Edit | None) -> FrameIndex:
    if edit is None:
        return _whole(samples, 0)
    dts, pts, keys = samples.dts, samples.pts, samples.keys
    begin = _first_read(samples, edit)
    end = _last_read(samples, edit, begin)
    shown_until = edit.media_time + edit.duration
    if end - begin == len(pts) and samples.first >= edit.media_time and samples.last < shown_until:
        return _whole(samples, edit.delay - max(samples.first, int(dts[0])))
    read = pts[begin:end]
    kept = begin + np.flatnonzero((read >= edit.media_time) & (read < shown_until))
    if not len(kept):
        raise NoIndex("nothing is shown")
    shown = pts[kept]
    first = int(shown.min())
    _check_all_decode(samples, int(kept[0]), first, keys[keys >= begin])
    # The first picture that is shown comes at the end of the empty edits.
    moved = edit.delay - max(first, int(dts[kept[0]]))
    return frame_index(
        shown + moved,
        np.flatnonzero(np.isin(kept, keys)),
        samples.duration(int(kept[shown.argmax()])),
        int(samples.sizes[begin:end].sum()),
        has_discarded=len(kept) < end - begin,
    )


def _whole(samples: _Samples, shift: int) -> FrameIndex:
    """All of them, so many ticks later. Nearly every file goes this way."""
    dts, pts, keys = samples.dts, samples.pts, samples.keys
    _check_all_decode(samples, 0, samples.first, keys)
    # All are shown for as long as all are decoded, in whatever order: that leaves this for the last.
    last_ticks = samples.first + int(dts[-1]) + samples.last_duration - int(dts[0]) - samples.last
    return frame_index(pts + shift, keys, last_ticks, int(samples.sizes.sum()), has_discarded=False)


def _samples(boxes: Boxes, tables: Box) -> tuple[_Samples, _Chunks]:
    sizes = _sizes(boxes, boxes.need(tables, b"stsz"))
    count = len(sizes)
    kinds = {box.kind for box in boxes.inside(tables)}
    if b"stps" in kinds or any(_is_random_access(boxes, box) for box in boxes.inside(tables)):
        raise NoIndex("key frames of other kinds")
    chunks = _chunks(boxes, tables, sizes)
    lengths, durations = _columns(boxes.table(boxes.need(tables, b"stts"), 2, _MAX_SAMPLES), 2)
    if not _fit(lengths, count) or durations.max() >= _ODD_DELTA:
        raise NoIndex("durations do not fit the samples")
    dts = begins_and_end(_each(durations, lengths))[:-1]
    pts, box = dts, boxes.find(tables, b"ctts")
    if box is not None:
        lengths, offsets = _columns(boxes.table(box, 2, _MAX_SAMPLES), 2)
        if not _fit(lengths, count):
            raise NoIndex("offsets do not fit the samples")
        signed = offsets.view(np.int32)
        if signed.max() >= _ODD_OFFSET or signed.min() <= -_ODD_OFFSET:
            raise NoIndex("offsets that cannot be")
        pts = dts + _each(signed, lengths)
    keys = _keys(boxes, boxes.find(tables, b"stss"), count)
    return _Samples(dts, pts, sizes, keys, int(durations[-1]), box is not None), chunks


def _second_fields(
    boxes: Boxes, samples: _Samples, chunks: _Chunks, configuration: bytes | None
) -> Sequence[int]:
    """Samples that are the second field of a picture whose first is the sample before. They should be one,
    but programs store what they took from a transport stream as it was there."""
    pairs, count = field_pairs(configuration or b""), len(samples.pts)
    if pairs is None or not pairs.may_come:
        return []
    begins = chunks.begins_of(np.arange(count))

    def seconds(numbers: Iterable[int]) -> Iterator[int]:
        looked = pairs.copy()
        for n in numbers:
            if looked.is_second(boxes.read(int(begins[n]), min(int(samples.sizes[n]), FIELD_BYTES))):
                yield n

    near = (range(key, min(key + _LOOKED_AT, count)) for key in spread(samples.keys.tolist()))
    is_any = any(True for _ in seconds(chain.from_iterable(near)))
    return list(seconds(range(count))) if is_any else []


def _without(samples: _Samples, second: Sequence[int]) -> _Samples:
    """Each of these counts to the sample before it."""
    kept = np.delete(np.arange(len(samples.pts)), second)
    ends = int(samples.dts[-1]) + samples.last_duration
    return replace(
        samples,
        dts=samples.dts[kept],
        pts=samples.pts[kept],
        sizes=np.add.reduceat(samples.sizes.astype(np.int64), kept),
        keys=np.flatnonzero(np.isin(kept, samples.keys)),
        last_duration=ends - int(samples.dts[kept[-1]]),
    )


def _sizes(boxes: Boxes, box: Box) -> Numbers:
    """Raises UnsupportedMedia where they are too many, or larger than the file together."""
    each, count = struct.unpack(">4xII", boxes.read(box.begin, 12))
    check_count(count)
    if count == 0:
        raise NoIndex("no samples")
    if each:
        check_size(each * count, boxes.size_bytes)
        return np.full(count, each, np.int64)
    [sizes] = _columns(boxes.entries(box, box.begin + 12, count, 1, _MAX_SAMPLES), 1)
    check_size(int(sizes.sum()), boxes.size_bytes)
    return sizes


def _chunks(boxes: Boxes, tables: Box, sizes: Numbers) -> _Chunks:
    """Raises NoIndex unless every sample lies in the file: of a cut-off one, less is shown."""
    runs = _columns(boxes.table(boxes.need(tables, b"stsc"), 3, _MAX_SAMPLES), 3)
    firsts, counts = (column.astype(np.int64) for column in runs[:2])
    offsets = _chunk_offsets(boxes, tables)
    lengths = np.diff(firsts, append=len(offsets) + 1)
    if not len(firsts) or firsts[0] != 1 or lengths.min() < 1 or counts.min() < 1:
        raise NoIndex("chunks that cannot be")
    begins = begins_and_end(lengths * counts)
    if begins[-1] != len(sizes):
        raise NoIndex("chunks do not fit the samples")
    chunks = _Chunks(offsets, firsts - 1, counts, begins, begins_and_end(sizes))
    # Nearly all are so far from the end that no sample of theirs could reach it.
    safe = boxes.size_bytes - int(counts.max()) * int(sizes.max())
    [others] = np.nonzero(offsets > safe)
    if np.any(chunks.ends_of(others) > boxes.size_bytes):
        raise NoIndex("samples beyond the end of the file")
    return chunks


def _chunk_offsets(boxes: Boxes, tables: Box) -> Numbers:
    small = boxes.find(tables, b"stco")
    if small is not None:
        [offsets] = _columns(boxes.table(small, 1, _MAX_SAMPLES), 1)
        return offsets
    high, low = _columns(boxes.table(boxes.need(tables, b"co64"), 2, _MAX_SAMPLES), 2)
    if np.any(high >= 1 << 30):
        raise NoIndex("samples beyond the end of the file")
    return high.astype(np.int64) << 32 | low


def _is_random_access(boxes: Boxes, box: Box) -> bool:
    """Samples grouped as random access points (section 10.4), which ffmpeg takes for key frames."""
    return box.kind == b"sbgp" and boxes.read(box.begin, 8)[4:] == b"rap "


def _keys(boxes: Boxes, box: Box | None, count: int) -> Numbers:
    if box is None:
        return np.arange(count)
    [numbers] = _columns(boxes.table(box, 1, _MAX_SAMPLES), 1)
    if not len(numbers) or numbers[0] < 1 or numbers[-1] > count:
        raise NoIndex("key frames that are no samples")
    if np.any(numbers[1:] <= numbers[:-1]):
        raise NoIndex("key frames out of order")
    return numbers.astype(np.int64) - 1


def _columns(table: "array[int]", columns: int) -> Sequence[Numbers]:
    """Unsigned numbers of 32 bits, not copied."""
    return tuple(np.asarray(table).reshape(-1, columns).T)


def _each(values: Numbers, lengths: Numbers) -> Numbers:
    """Of every sample. Runs are of one each in every file whose pictures are reordered."""
    return values if lengths.max() == 1 else np.repeat(values, lengths)


def _fit(lengths: Numbers, count: int) -> bool:
    """Whether runs have so many samples. One that is empty ffmpeg never leaves."""
    return len(lengths) > 0 and int(lengths.min()) > 0 and int(lengths.sum()) == count


def _check_all_decode(samples: _Samples, begin: int, first: int, keys: Numbers) -> None:
    """Raises NoIndex where a picture precedes the first key frame, in the file or on the screen: it
    cannot be decoded, and is left out where packets are read."""
    if not len(keys) or begin < keys[0] or first < samples.pts[keys[0]]:
        raise NoIndex("pictures before the first key frame")


def _first_read(samples: _Samples, edit: _Edit) -> int:
    """The key frame from which the stretch can be decoded."""
    keys = samples.keys
    before = keys[(samples.dts[keys] <= edit.media_time) & (samples.pts[keys] <= edit.media_time)]
    return int(before[-1]) if len(before) else 0


def _last_read(samples: _Samples, edit: _Edit, begin: int) -> int:
    """Behind the first key frame after the stretch; where pictures are reordered, the second."""
    keys, count = samples.keys[samples.keys >= begin], len(samples.dts)
    next_dts = samples.dts[np.minimum(keys + 1, count - 1)]
    lasting = np.where(keys + 1 < count, next_dts - samples.dts[keys], edit.duration)
    after = keys[samples.pts[keys] + lasting >= edit.media_time + edit.duration]
    wanted = 2 if samples.reordered else 1
    return int(after[wanted - 1]) + 1 if len(after) >= wanted else count
