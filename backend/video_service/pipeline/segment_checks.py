"""Whether a segment holds exactly what was planned for it."""

from video_service.domain.avc_pictures import are_alike
from video_service.domain.facts import SourceFacts
from video_service.domain.plan import Plan
from video_service.domain.transport_stream import AAC_FRAME_SAMPLES, CLOCK_HZ, Segment
from video_service.pipeline.commands import OFFSET_SECONDS
from video_service.pipeline.decode_order import first_decode_seconds
from video_service.pipeline.sound_commands import SAMPLE_RATE_HZ, audio_frames, first_audio_frame

#: Source times are rounded to the transport clock, and Matroska's to milliseconds.
_PTS_TOLERANCE = CLOCK_HZ // 500


class WrongSegment(Exception):
    """A segment is not what the plan says, although ffmpeg did not complain."""


class NotAlike(WrongSegment):
    """Nothing is missing, but pictures are of several kinds, or are not to be begun with: of a source that is
    as it should be and cannot be copied."""


def check_video(facts: SourceFacts, plan: Plan, name: str, segment: int, seen: Segment) -> None:
    """Raises WrongSegment unless the segment holds the planned pictures from the planned time on, and
    can be decoded between any rung's segments before and after it."""
    planned = plan.timeline.frame_counts[segment]
    if seen.units != planned:
        raise WrongSegment(f"{name} segment {segment}: {seen.units} pictures, planned {planned}")
    begin = round((OFFSET_SECONDS + plan.timeline.start_seconds(segment)) * CLOCK_HZ)
    if abs(seen.first_pts - begin) > _PTS_TOLERANCE:
        raise WrongSegment(f"{name} segment {segment}: begins at {seen.first_pts}, planned {begin}")
    if not (seen.starts_at_random_access and seen.starts_with_idr):
        raise NotAlike(f"{name} segment {segment}: does not begin with an IDR picture")
    # What a source's header says precedes each key frame that is copied: also a whole segment may be another.
    if not are_alike(set(seen.sequences)):
        raise NotAlike(f"{name} segment {segment}: pictures of several kinds")
    decoding, after = (
        round((OFFSET_SECONDS + first_decode_seconds(facts, plan.timeline, k)) * CLOCK_HZ)
        for k in (segment, segment + 1)
    )
    is_in_order = seen.dts_ascend and seen.last_dts < after
    if not is_in_order or abs(seen.first_dts - decoding) > _PTS_TOLERANCE:
        times = f"{seen.first_dts} to {seen.last_dts}, planned {decoding} to {after}"
        raise WrongSegment(f"{name} segment {segment}: decoded from {times}")


def check_audio(plan: Plan, name: str, segment: int, seen: Segment) -> None:
    """Raises WrongSegment unless the segment holds its AAC frames from its first one on."""
    timeline = plan.timeline
    frame = first_audio_frame(timeline, segment)
    is_first, is_last = segment == 0, segment == timeline.segment_count - 1
    begin_samples = (frame - is_first) * AAC_FRAME_SAMPLES  # the encoder's delay precedes the first
    begin = OFFSET_SECONDS * CLOCK_HZ + round(begin_samples * CLOCK_HZ / SAMPLE_RATE_HZ)
    if abs(seen.first_pts - begin) > _PTS_TOLERANCE:
        raise WrongSegment(f"{name} segment {segment}: begins at {seen.first_pts}, planned {begin}")
    planned = audio_frames(timeline) if is_last else first_audio_frame(timeline, segment + 1)
    planned += is_first - frame
    if seen.aac_frames != planned:
        raise WrongSegment(f"{name} segment {segment}: {seen.aac_frames} AAC frames, planned {planned}")
