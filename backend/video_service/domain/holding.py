"""Pictures that are held while there is only sound, at both ends of a source."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from video_service.domain.facts import MAX_DURATION_SECONDS, SourceFacts, VideoTrack
from video_service.domain.frames import FrameIndex
from video_service.domain.ladder import frame_rate
from video_service.domain.sound import AudioTrack

#: Sound and pictures of a recording hardly end together.
_OUTLASTS_SECONDS = 0.5
#: Nor do they begin together. A picture that is held cannot be copied, so little is rather left out.
_PRECEDES_SECONDS = 1.0


def held_for_sound(
    frames: FrameIndex, video: VideoTrack, container: str, audio: Sequence[AudioTrack], said_seconds: float
) -> FrameIndex:
    """With its last picture held while the sound that is heard goes on, as every player does: songs with a
    single picture, recordings of a screen on which nothing moves at the end.

    The track is believed as far as the container says the same of itself, and a video may last.
    """
    if not audio or not said_seconds:
        return frames
    begin_seconds = float(frames.pts[0] * video.time_base)
    said_end = said_seconds + max(0.0, min(begin_seconds, audio[0].start_seconds))
    # Only Matroska's own length is that of its packets; others' may be an estimate.
    unsaid = said_end if container == "matroska" else 0.0
    end_seconds = min(said_end, unsaid if audio[0].end_seconds is None else audio[0].end_seconds)
    end = round(end_seconds / video.time_base)
    outlasts = (end - frames.end) * video.time_base > _OUTLASTS_SECONDS
    if not outlasts or end_seconds - begin_seconds > MAX_DURATION_SECONDS:
        return frames
    return replace(frames, end=end)


def begun_with_sound(facts: SourceFacts) -> SourceFacts:
    """With its first picture shown from when on the sound that is heard begins, where that is much earlier:
    a call that was recorded before anybody's camera was on."""
    frames, time_base = facts.frames, facts.video.time_base
    if not facts.audio or facts.video.is_unordered:  # which has no times of its own
        return facts
    early_seconds = float(frames.pts[0] * time_base) - facts.audio[0].start_seconds
    is_believed = facts.duration_seconds + early_seconds <= MAX_DURATION_SECONDS
    if early_seconds <= _PRECEDES_SECONDS or not is_believed:
        return facts
    # By whole steps of the grid that will be made, so that the pictures lie on it as they would without.
    rate = frame_rate(facts)
    begin = frames.pts[0] - round(ceil(early_seconds * rate) / rate / time_base)
    return replace(facts, frames=replace(frames, begin=begin))
