"""The grid of AAC frames that all chunks of a track share, and which of them belong to a segment.

Cuts are where pictures are; sound is cut at the first frame from there on, and ends a little later.
"""

from math import ceil

from video_service.domain.plan import Timeline
from video_service.domain.transport_stream import AAC_FRAME_SAMPLES

SAMPLE_RATE_HZ = 48_000
#: Sound must outlast the picture, or some players never report the end.
_TAIL_SECONDS = 0.064


def first_audio_frame(timeline: Timeline, segment: int) -> int:
    """The first AAC frame that belongs to a segment: the first that begins at or after its cut. Of the
    segment after the last: the first that is not made any more."""
    if segment == timeline.segment_count:
        return ceil((timeline.duration_seconds + _TAIL_SECONDS) * SAMPLE_RATE_HZ / AAC_FRAME_SAMPLES)
    cut = (timeline.cuts[segment] - timeline.cuts[0]) * timeline.time_base
    return ceil(cut * SAMPLE_RATE_HZ / AAC_FRAME_SAMPLES)


def audio_seconds(timeline: Timeline, segment: int) -> float:
    """How long the frames of a segment last."""
    frames = first_audio_frame(timeline, segment + 1) - first_audio_frame(timeline, segment)
    return frames * AAC_FRAME_SAMPLES / SAMPLE_RATE_HZ
