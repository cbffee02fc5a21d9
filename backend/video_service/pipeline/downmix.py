"""A track with any number of channels becomes stereo that never clips.

From the ffmpeg filters documentation (aresample, channelmap, pan) and ITU-R BS.775-3 annex 4: the centre
and each surround channel are 3 dB lower, so that they are as loud from two loudspeakers as from their own;
LFE is left out; all is divided by the sum for a side, so that full scale everywhere is full scale.
"""

from collections.abc import Sequence
from typing import Any

import ffmpeg

from video_service.domain.sound import AudioTrack

_MINUS_3_DB = 0.7071
#: Layouts that ffmpeg mixes by that rule, with the channels that it knows of them.
_SURROUND = {
    "2.1", "3.0", "3.0(back)", "3.1", "4.0", "4.1", "quad", "quad(side)", "5.0", "5.0(side)", "5.1",
    "5.1(side)", "6.0", "6.0(front)", "6.1", "6.1(back)", "6.1(front)", "7.0", "7.0(front)", "7.1",
    "7.1(wide)", "7.1(wide-side)", "hexagonal", "octagonal", "hexadecagonal", "22.2",
}  # fmt: skip
#: What a number of channels means where nothing is said: the order of WAVE files. Three or four may be
#: anything, as field recorders write them.
_UNSAID = (6, 8)
#: Each side as that rule has it, by the names of the channels. Those that a layout does not have count for
#: nothing, in the sum neither: one filter for mono, stereo and surround, whichever of them comes.
_SIDE = "F{0}<F{0}+F{0}C+{1}FC+{1}B{0}+{1}S{0}+0.5BC"


def to_stereo(sound: Any, track: AudioTrack) -> Any:
    """Mono is heard on both sides, as loud as it is."""
    if track.layout in _SURROUND or (not _is_said(track) and track.channels in _UNSAID):
        return sound.filter(
            "aresample", ochl="stereo", center_mix_level=_MINUS_3_DB, surround_mix_level=_MINUS_3_DB,
            lfe_mix_level=0, rematrix_maxval=1,
        )  # fmt: skip
    if track.layout in ("mono", "stereo"):
        return of_any_layout(sound)  # broadcasts change from one to the other, and to surround
    if track.channels == 2:
        return sound.filter("channelmap", "0|1", channel_layout="stereo")
    # Nobody knows where these are: each is heard in the middle.
    every = "+".join(f"{1 / track.channels:.6f}*c{channel}" for channel in range(track.channels))
    return sound.filter("pan", args=f"stereo|c0={every}|c1={every}")


def side_by_side(sounds: Sequence[Any]) -> Any:
    """One as it is; of two, whose samples begin together, the first is heard on the left."""
    return ffmpeg.filter(sounds, "join", map="0.0-FL|1.0-FR") if len(sounds) > 1 else sounds[0]


def of_any_layout(sound: Any) -> Any:
    """Whatever its frames are, whose layout may be another than the header says."""
    sides = (_SIDE.format(side, _MINUS_3_DB) for side in "LR")
    return sound.filter("pan", args="|".join(("stereo", *sides)))


def _is_said(track: AudioTrack) -> bool:
    return track.layout not in ("", "unknown")
