"""The plan: timeline, ladder, lanes and chunk boundaries; a pure function of the facts."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction


class Lane(StrEnum):
    """Chunks that share a purpose and a priority."""

    EXPRESS = "express"
    AUDIO = "audio"
    """The track that is heard unless another is chosen."""
    ALTERNATIVE = "alternative"
    """The other tracks (RFC 8216 section 4.3.4.2.1: alternative renditions)."""
    LADDER = "ladder"

    @property
    def is_sound(self) -> bool:
        return self in (Lane.AUDIO, Lane.ALTERNATIVE)


@dataclass(frozen=True)
class Timeline:
    """All cuts of a video. A published cut never moves."""

    time_base: Fraction
    """Seconds per tick."""
    on_grid: bool
    """True: ticks count frames of a constant grid from its first place on. False: source PTS."""
    cuts: tuple[int, ...]
    """One more than there are segments, in ticks; the first is the first picture."""
    frame_counts: tuple[int, ...]
    """Pictures in each segment."""
    begin: int | None = None
    """Media time 0 in source PTS, where a grid lies as suits pictures at varying times."""

    @property
    def segment_count(self) -> int:
        return len(self.frame_counts)

    def start_seconds(self, segment: int) -> float:
        """Media time at which a segment begins; the first begins at 0."""
        return self._seconds(self.cuts[segment] - self.cuts[0])

    def segment_seconds(self, segment: int) -> float:
        return self._seconds(self.cuts[segment + 1] - self.cuts[segment])

    @property
    def duration_seconds(self) -> float:
        return self._seconds(self.cuts[-1] - self.cuts[0])

    def _seconds(self, ticks: int) -> float:
        # As exact as a fraction's own conversion, and quick: a plan asks thousands of times.
        return ticks * self.time_base.numerator / self.time_base.denominator


@dataclass(frozen=True)
class VideoRung:
    """One rung of the ladder. ``copied`` takes the source's packets as they are."""

    name: str
    width: int
    height: int
    frame_rate: Fraction
    copied: bool
    codecs: str
    profile: str
    level: str
    crf: int
    maxrate_bps: int
    bufsize_bits: int


@dataclass(frozen=True)
class AudioRendition:
    """One audio track, encoded to AAC-LC."""

    name: str
    stream_index: int
    """Index of the track among all streams of the source."""
    codecs: str
    channels: int
    bitrate_bps: int
    language: str | None
    """A BCP 47 tag."""
    title: str
    """No two of a plan are the same."""
    is_aside: bool = False
    """For some people only: a commentary or a description."""
    describes_video: bool = False
    right_index: int | None = None
    """Index of the track that is heard on the right where the other one is only for the left."""

    @property
    def sides(self) -> tuple["AudioRendition", ...]:
        """One that is heard on both sides, or one for each."""
        return (self,) if self.right_index is None else (self, replace(self, stream_index=self.right_index))


@dataclass(frozen=True)
class Chunk:
    """A run of consecutive segments of some renditions, made by one ffmpeg process."""

    lane: Lane
    first_segment: int
    segment_count: int
    renditions: tuple[str, ...]

    @property
    def segments(self) -> range:
        return range(self.first_segment, self.first_segment + self.segment_count)


@dataclass(frozen=True)
class Plan:
    """Everything decided about a revision before the first segment is made.

    ``chunks`` are numbered by position and listed in the order of their lanes'
    importance: express, audio, alternative, ladder.
    """

    timeline: Timeline
    rungs: tuple[VideoRung, ...]
    """Best first. The express rungs are those named by express chunks."""
    audio: tuple[AudioRendition, ...]
    """The first is heard unless another is chosen."""
    chunks: tuple[Chunk, ...]

    @property
    def rendition_names(self) -> tuple[str, ...]:
        """Of every rung and audio track, best first."""
        return (*(rung.name for rung in self.rungs), *(track.name for track in self.audio))

    def with_audio(self, names: Collection[str]) -> "Plan":
        """The same with those of its audio tracks only."""
        return replace(self, audio=tuple(track for track in self.audio if track.name in names))
