"""What a downloaded file is called (RFC 6266), from a title that anybody may have written."""

import re
import unicodedata
from urllib.parse import quote

#: File systems take 255, and people and browsers add to it.
_MAX_BYTES = 200
#: Separators and what Windows refuses in names; RFC 6266 appendix D warns of the percent sign.
_REFUSED = re.compile(r'[/\\:*?"<>|%]')
#: Names that are devices on Windows, whatever follows the first dot.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def attachment(title: str, extension: str) -> str:
    """The value of Content-Disposition: the name as it is, and in ASCII for who understands no other."""
    name = _safe(title)
    plain = _safe(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    return f"attachment; filename=\"{plain}{extension}\"; filename*=UTF-8''{quote(name + extension, safe='')}"


def _safe(title: str) -> str:
    """A file's name without its extension, the same everywhere and on every system allowed."""
    # Controls, what turns the direction of writing, line ends of other scripts.
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in title)
    name = " ".join(_REFUSED.sub(" ", kept).split())
    name = name.encode()[:_MAX_BYTES].decode(errors="ignore").strip(" .")
    if _DEVICES.match(name):
        name = f"_{name}"
    return name or "video"
