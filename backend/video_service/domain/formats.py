"""What kinds of files are accepted: the one table that demuxers, decoders and sentences follow from."""

from dataclasses import dataclass

from video_service.domain.notices import Notice, NoticeCode


@dataclass(frozen=True)
class Container:
    """A kind of file."""

    files: tuple[str, ...]
    """What people call such files."""
    seekable: bool = True
    """False: it has no index that can be relied on, or its times are missing, run backwards or begin anew.
    Jobs then read a working copy in Matroska, unless its own index was read and tried."""
    arrives_in_order: bool = False
    """It can be copied while it arrives: nothing at its end is needed for what precedes that."""
    marks_keys_at_end: bool = False
    """But for which pictures are key frames, where they do not tell that themselves."""
    has_header: bool = True
    """False: its packets alone tell what tracks there are."""
    begins_with_sound: bool = False
    """Of one that must be copied: sound that precedes its pictures is no rest of what was before."""
    holds_pictures: bool = True
    """False: there is only sound in such files."""


#: By ffmpeg's name of the demuxer, in the order in which people are told of them. Each reads the one
#: file that it is given, and nothing else: those that open others (playlists, concat, image sequences,
#: SDP) never belong here.
CONTAINERS = {
    "mov": Container(("MP4", "MOV", "3GP")),
    "matroska": Container(("MKV", "WebM")),
    "avi": Container(("AVI",), seekable=False, arrives_in_order=True, marks_keys_at_end=True),
    "flv": Container(("FLV",), seekable=False, arrives_in_order=True, begins_with_sound=True),
    "mpegts": Container(("MPEG-TS",), seekable=False, arrives_in_order=True, has_header=False),
    "mpeg": Container(("MPEG",), seekable=False, arrives_in_order=True, has_header=False),
    "asf": Container(("WMV",), seekable=False, arrives_in_order=True, begins_with_sound=True),
    "ogg": Container(("OGG",), seekable=False, arrives_in_order=True),
    "dv": Container(("DV",), seekable=False, arrives_in_order=True),
    "mxf": Container(("MXF",), seekable=False),
    "mp3": Container(("MP3",), holds_pictures=False),
    "flac": Container(("FLAC",), holds_pictures=False),
    "wav": Container(("WAV",), holds_pictures=False),
    "aac": Container(("AAC",), holds_pictures=False),
    "aiff": Container(("AIFF",), holds_pictures=False),
    "caf": Container(("CAF",), holds_pictures=False),
}
DEMUXERS = ",".join(CONTAINERS)

#: By ffmpeg's name of the codec. The first of them are named where a file is refused.
VIDEO_CODECS = {
    "h264": "H.264", "hevc": "HEVC", "vp9": "VP9", "av1": "AV1", "vp8": "VP8", "prores": "ProRes",
    "mpeg1video": "MPEG-1", "mpeg2video": "MPEG-2", "mpeg4": "MPEG-4", "msmpeg4v1": "MPEG-4 v1",
    "msmpeg4v2": "MPEG-4 v2", "msmpeg4v3": "DivX 3", "h261": "H.261", "h263": "H.263",
    "flv1": "Sorenson H.263", "vp6": "VP6", "vp6f": "VP6", "vp6a": "VP6", "theora": "Theora",
    "wmv1": "WMV 7", "wmv2": "WMV 8", "wmv3": "WMV 9", "vc1": "VC-1", "mjpeg": "Motion JPEG",
    "dnxhd": "DNxHD", "dvvideo": "DV", "ffv1": "FFV1", "huffyuv": "HuffYUV", "ffvhuff": "HuffYUV",
    "svq1": "Sorenson 1", "svq3": "Sorenson 3", "cinepak": "Cinepak", "qtrle": "QuickTime Animation",
    "rpza": "QuickTime Video", "smc": "QuickTime Graphics", "msvideo1": "Microsoft Video 1",
    "rawvideo": "uncompressed video", "v210": "uncompressed 10-bit video", "utvideo": "Ut Video",
    "zmbv": "DOSBox capture", "png": "PNG", "jpeg2000": "JPEG 2000", "cfhd": "CineForm",
    "flashsv": "Flash Screen Video", "flashsv2": "Flash Screen Video", "tscc": "Camtasia",
    "tscc2": "Camtasia", "cscd": "CamStudio", "fraps": "Fraps", "dxtory": "Dxtory",
    "mss1": "Windows Media Screen", "mss2": "Windows Media Screen", "msrle": "Microsoft RLE",
    "lagarith": "Lagarith", "magicyuv": "MagicYUV", "aic": "Apple Intermediate", "mjpegb": "Motion JPEG B",
    "hap": "Hap", "hq_hqa": "Canopus HQ", "hqx": "Canopus HQX", "cllc": "Canopus Lossless",
    "v308": "uncompressed video", "v408": "uncompressed video", "v410": "uncompressed 10-bit video",
    "r210": "uncompressed 10-bit video", "indeo2": "Indeo 2", "indeo3": "Indeo 3", "indeo4": "Indeo 4",
    "indeo5": "Indeo 5", "vp3": "VP3", "vp5": "VP5", "vp7": "VP7",
}  # fmt: skip
_NAMED_CODECS = 6
#: Sound that a working copy takes over as it is, by ffmpeg's names: what Matroska has a name for (RFC 9559,
#: codec registry) or Microsoft a number. The rest is decoded for it: of QuickTime, discs and broadcasts.
MATROSKA_SOUND = {
    "aac", "aac_latm", "ac3", "adpcm_ima_wav", "adpcm_ms", "adpcm_yamaha", "alac", "dts", "eac3", "flac",
    "gsm_ms", "mlp", "mp1", "mp2", "mp3", "opus", "pcm_alaw", "pcm_f32le", "pcm_f64le", "pcm_mulaw",
    "pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le", "pcm_u8", "speex",
    "truehd", "tta", "vorbis", "wavpack", "wmav1", "wmav2", "wmapro",
}  # fmt: skip
#: Those that may hold two fields in a picture.
INTERLACEABLE_CODECS = {
    "h264", "mpeg2video", "mpeg4", "vc1", "wmv3", "mjpeg", "prores", "dnxhd", "dvvideo", "ffv1", "huffyuv",
    "ffvhuff",
}  # fmt: skip
#: Others, of which the container alone knows: tapes that were captured as they are.
INTERLACED_WHERE_SAID = {"rawvideo", "v210", "v410", "cfhd", "aic", "hq_hqa", "hqx", "cllc", "lagarith"}
#: Those in which ffmpeg sees which pictures are key frames.
TELLING_KEYS = {"h264", "mpeg4", "mjpeg"}
#: Others, whose pictures are always shown in the order in which they are stored.
SHOWN_AS_STORED = {
    "cfhd", "cinepak", "cscd", "dvvideo", "dxtory", "ffv1", "ffvhuff", "fraps", "huffyuv", "jpeg2000",
    "lagarith", "magicyuv", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "msrle", "msvideo1", "png", "rawvideo",
    "tscc", "tscc2", "utvideo", "v210", "wmv1", "wmv2", "zmbv",
}  # fmt: skip
#: Names of what is not accepted, where ffmpeg prints only four letters of the file.
OTHER_CODECS = {"vvc1": "H.266 (VVC)", "vvi1": "H.266 (VVC)", "evc1": "EVC", "braw": "Blackmagic RAW"}


def _listed(names: list[str], last: str) -> str:
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def _files(*, holds_pictures: bool) -> list[str]:
    containers = [one for one in CONTAINERS.values() if one.holds_pictures is holds_pictures]
    return [name for container in containers for name in container.files]


_FILES, _SOUND_FILES = _files(holds_pictures=True), _files(holds_pictures=False)
_CODECS = list(VIDEO_CODECS.values())[:_NAMED_CODECS]
_ACCEPTED = (
    f"Accepted are {_listed(_FILES, 'and')} files "
    f"with {_listed([*_CODECS, 'an older kind of video'], 'or')}, "
    f"and sound as {_listed(_SOUND_FILES, 'and')}."
)


def refusal(code: NoticeCode, sentence: str, **values: str) -> Notice:
    """What is wrong with a file, and what is accepted."""
    accepted = {"files": _FILES, "codecs": _CODECS, "sound_files": _SOUND_FILES}
    names = {name: ", ".join(listed) for name, listed in accepted.items()}
    return Notice(code, f"{sentence} {_ACCEPTED}", **names, **values)
