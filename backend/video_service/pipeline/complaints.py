"""How ffmpeg's programs tell that a source is damaged."""

import re

#: The exit status where more of the packets than allowed cannot be decoded (fftools/ffmpeg.c, ``main``).
TOO_MANY_ERRORS = 69
#: What decoders and parsers of the H.264 family complain of in pictures of which parts are wrong, but
#: not where a file merely begins in the middle of something.
_COMPLAINT = re.compile(r"error while decoding MB|Invalid NAL unit size")

#: Of a packet that a decoder does not accept (fftools/ffmpeg.c, ``process_input_packet``). At the beginning
#: of a line: what a source says of itself is printed too, but indented.
_REFUSED = re.compile(r"^Error while decoding stream #", re.MULTILINE)


def tells_of_damaged_sound(said: str) -> bool:
    """The same of sound, where it was decoded from its beginning and no complaint was left out. One packet
    is none: recordings begin in the middle of the first."""
    return len(_REFUSED.findall(said)) > 1


def tells_of_damage(said: str) -> bool:
    """Whether there is damage to pictures in what a program of ffmpeg complained of."""
    return _COMPLAINT.search(said) is not None
