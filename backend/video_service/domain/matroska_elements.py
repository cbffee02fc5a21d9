"""The elements of a Matroska or WebM file (RFC 8794), read in windows.

Every byte is the source's to choose: nothing is read beyond the file, and there is an end to how many
elements are looked at.
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from video_service.domain.container_index import NoIndex
from video_service.domain.ebml import WIDTHS, number_at

#: A day at 60 pictures a second has as many blocks of sound.
_MAX_ELEMENTS = 12_000_000
_WINDOW_BYTES = 1 << 18
#: An element's identifier and size, and a block's own header.
HEADER_BYTES = 32


class Element(NamedTuple):
    kind: int
    begin: int
    end: int
    """Where its content lies: to the end of what holds it, where its size is not said."""
    is_sized: bool


class Elements:
    """A file's elements (RFC 8794). Every method raises NoIndex for what cannot be."""

    def __init__(self, file: BinaryIO, most_elements: int = _MAX_ELEMENTS) -> None:
        self._file = file
        self._left = min(most_elements, _MAX_ELEMENTS)
        self.size_bytes = file.seek(0, 2)
        self._window, self._window_at = b"", 0

    def count(self, seen: int = 1) -> None:
        self._left -= seen
        if self._left < 0:
            raise NoIndex("too many elements")

    def around(self, at: int) -> tuple[bytes, int]:
        """Bytes in which an element's header at this place is, and its position in them."""
        position = at - self._window_at
        if not 0 <= position <= len(self._window) - HEADER_BYTES:
            self._file.seek(at)
            self._window, self._window_at = self._file.read(_WINDOW_BYTES), at
            if len(self._window) < _WINDOW_BYTES:
                # What is beyond the file is no element, nor the content of one.
                self._window += bytes(HEADER_BYTES)
            position = 0
        return self._window, position

    def beginning(self, at: int, most_bytes: int) -> bytes:
        """What lies there, as far as the file goes."""
        position = at - self._window_at
        if 0 <= position <= len(self._window) - most_bytes:
            return self._window[position : position + most_bytes]
        self._file.seek(at)
        return self._file.read(most_bytes)

    def read(self, element: Element, most_bytes: int) -> bytes:
        length = element.end - element.begin
        if length > most_bytes:
            raise NoIndex(f"{element.kind:x} is too large")
        self._file.seek(element.begin)
        content = self._file.read(length)
        if len(content) < length:
            raise NoIndex("the file became shorter")
        return content

    def number(self, element: Element) -> int:
        return int.from_bytes(self.read(element, 8), "big")

    def at(self, at: int, end: int) -> Element:
        """The element that begins there, in what ends at ``end``."""
        self.count()
        window, position = self.around(at)
        width = WIDTHS[window[position]]
        kind = int.from_bytes(window[position : position + width], "big")
        size, begin, is_sized = number_at(window, position + width)
        begin += at - position
        stop = begin + size if is_sized else end
        if not 0 < width <= 4 or stop > end:
            raise NoIndex(f"{kind:x} does not fit into what holds it")
        return Element(kind, begin, stop, is_sized)

    def inside(self, element: Element) -> Iterator[Element]:
        at = element.begin
        while at < element.end:
            inner = self.at(at, element.end)
            if not inner.is_sized:
                raise NoIndex(f"the size of {inner.kind:x} is not said")
            yield inner
            at = inner.end
