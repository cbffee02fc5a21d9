"""What the API's documentation says of requests whose handlers read a body or a header themselves: nothing
in their signatures tells it."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Parameter, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat

_TEXT = Schema(type=OpenAPIType.STRING)
_BYTES = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
_FORM = Schema(
    type=OpenAPIType.OBJECT,
    properties={
        "file": _BYTES,
        "title": Schema(type=OpenAPIType.STRING, description="Without it the file's name is taken."),
        "description": _TEXT,
        "visibility": Schema(type=OpenAPIType.STRING, enum=["public", "unlisted", "private"]),
    },
    required=["file"],
)


def _header(name: str, description: str, *, required: bool = True) -> Parameter:
    return Parameter(name=name, param_in="header", schema=_TEXT, description=description, required=required)


_VERSION = _header("Tus-Resumable", "`1.0.0`")
_LENGTH = _header("Upload-Length", "Bytes of the file.")
_OFFSET = _header("Upload-Offset", "Where these bytes begin: what the upload has so far.")
_METADATA = _header(
    "Upload-Metadata",
    "`filename`, `title`, `description` and `visibility`: `key base64,key base64`.",
    required=False,
)
_SHARE_PASS = _header(
    "Playhead-Share", "`pass` of an opened share link, in place of an account.", required=False
)
_CHECKSUM = _header(
    "Upload-Checksum", "Of this request's bytes: `sha1` or `sha256`, a space, base64.", required=False
)


@dataclass
class FormOperation(Operation):
    """A form with a file."""

    def __post_init__(self) -> None:
        content = {"multipart/form-data": OpenAPIMediaType(schema=_FORM)}
        self.request_body = RequestBody(content, required=True)


@dataclass
class PictureOperation(Operation):
    """A picture as it is."""

    def __post_init__(self) -> None:
        kinds = ("image/jpeg", "image/png", "image/webp")
        content = {kind: OpenAPIMediaType(schema=_BYTES) for kind in kinds}
        self.request_body = RequestBody(content, required=True)


@dataclass
class CaptionsOperation(Operation):
    """A file of captions as it is."""

    def __post_init__(self) -> None:
        content = {kind: OpenAPIMediaType(schema=_BYTES) for kind in ("text/vtt", "application/x-subrip")}
        self.request_body = RequestBody(content, required=True)


@dataclass
class SharedOperation(Operation):
    """What whoever opened a share link may see, too."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or ()), _SHARE_PASS]


@dataclass
class TusOperation(Operation):
    """A request about an upload that exists."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or ()), _VERSION]


@dataclass
class TusCreation(Operation):
    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or ()), _VERSION, _LENGTH, _METADATA, _CHECKSUM]
        self.request_body = _bytes("The first bytes, if they come along.", required=False)


@dataclass
class TusAppending(Operation):
    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or ()), _VERSION, _OFFSET, _CHECKSUM]
        self.request_body = _bytes("The next bytes; as many as arrive are kept.", required=True)


def _bytes(description: str, *, required: bool) -> RequestBody:
    content = {"application/offset+octet-stream": OpenAPIMediaType(schema=_BYTES)}
    return RequestBody(content, description, required)
