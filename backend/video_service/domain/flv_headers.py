"""FLV in which headers are said again: whoever goes on with a live recording begins with their own (Adobe
Flash Video File Format Specification 10.1, annex E.4).

A copy in Matroska says them once for all. So what is only repeated is left out, and what is new of pictures
is said before each key frame after it, where H.264 may say it, too.
"""

from collections.abc import Iterator

from video_service.domain.avc_pictures import configured_units, length_size

#: Of the file, with the size of the tag before the first; of a tag; and of what says how long the tag was.
_FILE_BYTES, _TAG_BYTES, _SIZE_BYTES = 13, 11, 4
_SOUND, _PICTURE, _SCRIPT = 8, 9, 18
_AAC, _AVC, _KEY = 10, 7, 1
_IS_HEADER = 0
#: The kind of the codec, and whether it is one of those that came later.
_NO_OTHER = 0x8F
#: Up to what AAC and AVC are given.
_SOUND_AT, _PICTURE_AT = 2, 5


class FlvHeaders:
    """Looks at a file while it is read from front to back."""

    def __init__(self) -> None:
        self._sound_changes = False
        self._rest = bytearray()
        self._begun = self._is_lost = False
        self._sound: bytes | None = None
        self._pictures: bytes | None = None
        self._first: bytes | None = None
        self._is_new = False

    def look(self, piece: bytes) -> bytes:
        """What is to be copied, as far as it is known. Ends with :meth:`rest`."""
        if self._is_lost:
            return piece
        self._rest += piece
        kept = b"".join(self._tags())
        return kept + self.rest() if self._is_lost else kept

    def rest(self) -> bytes:
        """What is left at the end: a tag that breaks off."""
        rest, self._rest = bytes(self._rest), bytearray()
        return rest

    def has_changed(self, _track_id: int | None) -> bool:
        """Whether its AAC has, so far: there is one track."""
        return self._sound_changes

    def _tags(self) -> Iterator[bytes]:
        """Those that are there as a whole. Of what is no tag, ffmpeg finds its way to the next by itself."""
        at, rest = 0, self._rest
        if not self._begun:
            if len(rest) < _FILE_BYTES:
                return
            self._begun, at = True, _FILE_BYTES
            yield bytes(rest[:at])
        while at + _TAG_BYTES <= len(rest):
            end = at + _TAG_BYTES + int.from_bytes(rest[at + 1 : at + 4])
            if rest[at] not in (_SOUND, _PICTURE, _SCRIPT):
                self._is_lost = True
                break
            if end + _SIZE_BYTES > len(rest):
                break
            if int.from_bytes(rest[end : end + _SIZE_BYTES]) != end - at:
                self._is_lost = True
                break
            yield self._copied(bytes(rest[at : end + _SIZE_BYTES]))
            at = end + _SIZE_BYTES
        del rest[:at]

    def _copied(self, tag: bytes) -> bytes:
        data = tag[_TAG_BYTES:-_SIZE_BYTES]
        if tag[0] == _SOUND and len(data) > _SOUND_AT and data[0] >> 4 == _AAC and data[1] == _IS_HEADER:
            return b"" if self._is_repeated(data[_SOUND_AT:]) else tag
        if tag[0] == _PICTURE and len(data) > _PICTURE_AT and data[0] & _NO_OTHER == _AVC:
            return self._picture(tag, data)
        return tag

    def _is_repeated(self, sound: bytes) -> bool:
        before, self._sound = self._sound, sound
        self._sound_changes = self._sound_changes or before not in (None, sound)
        return before == sound

    def _picture(self, tag: bytes, data: bytes) -> bytes:
        content = data[_PICTURE_AT:]
        if data[1] == _IS_HEADER:
            if self._first is None:
                self._first = self._pictures = content
                return tag
            if length_size(content) != length_size(self._first):
                return tag  # it could not be said among the pictures
            self._is_new = self._is_new or content != self._pictures
            self._pictures = content
            return b""
        length_bytes = length_size(self._first or b"")
        if not self._is_new or data[0] >> 4 != _KEY or length_bytes is None:
            return tag
        said = b"".join(
            len(unit).to_bytes(length_bytes) + unit for unit in configured_units(self._pictures or b"")
        )
        size_bytes = len(data) + len(said)
        head = tag[:1] + size_bytes.to_bytes(3) + tag[4:_TAG_BYTES]
        return head + data[:_PICTURE_AT] + said + content + (size_bytes + _TAG_BYTES).to_bytes(_SIZE_BYTES)
