"""``curl -F file=@… /upload``: a form (RFC 7578), parsed while it arrives and passed straight on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import structlog
from litestar import Request, Response, Router, post
from litestar.exceptions import HTTPException
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from gateway.accounts.caller import Callers, Person
from gateway.described import FormOperation
from gateway.limits import Limits
from gateway.problems import Problem, invalid
from gateway.requests import PublicUrls
from gateway.settings import Settings
from gateway.uploads.body import ClientLeft, body_pieces
from gateway.uploads.usage import outgrown
from gateway.video_client import VideoClient
from gateway.video_records import NewUpload, Upload
from shared.rpc_errors import WireError
from shared.tokens import Scope

_log = structlog.get_logger("gateway.uploads")

_FIELDS = ("title", "description", "visibility")
_VISIBILITIES = ("public", "unlisted", "private")
#: Of one field. Far more than a description may have.
_MOST_FIELD_BYTES = 64 * 1024
_MOST_PARTS = 32
#: What a form may hold besides the file.
_MOST_OTHER_BYTES = 2**20

_Events = AsyncIterator[MultipartSegment | bytes | bytearray | None]


@dataclass(frozen=True)
class UploadedAnswer:
    id: str
    """The video's."""
    url: str


def form_routes(
    settings: Settings, client: VideoClient, callers: Callers, urls: PublicUrls, limits: Limits
) -> Router:
    async def receive(person: Person, events: _Events, most_bytes: int) -> Upload:
        """Reads the form to its end; an upload that cannot be finished is given up."""
        fields: dict[str, str] = {}
        sent: dict[str, str] = {}
        upload: Upload | None = None
        try:
            async for part in events:
                assert isinstance(part, MultipartSegment)
                if part.name == "file":
                    _require_first(upload)
                    sent = dict(fields)
                    new = _new_upload(settings, most_bytes, part.filename or "", sent)
                    upload = await client.create_upload(authorization(person), new)
                    contents = limited(person, upload, _contents(events))
                    upload = await client.append(authorization(person), upload.id, 0, contents)
                elif part.name in _FIELDS:
                    fields[part.name] = await _text(part.name, events)
                else:
                    async for _ in _contents(events):
                        pass
            finished = _require_file(upload)
            _require_visibility(fields)
            late = {name: value for name, value in fields.items() if sent.get(name) != value and value}
            if late:
                # They came after the file and belong to it: no more than the upload asks for.
                may_change = callers.allowing(person, Scope.MANAGE)
                await client.update_video(may_change, finished.video_id, late)
            await client.complete_upload(authorization(person), finished.id)
        except BaseException:
            if upload is not None:
                await abort(person, upload)
            raise
        return finished

    def authorization(person: Person) -> str:
        """Good from now on: a form may take longer than the token lives that it came with."""
        return callers.allowing(person, Scope.UPLOAD)

    async def limited(person: Person, upload: Upload, contents: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """As they are, up to the largest file and what the quotas left. Raises :class:`Problem`."""
        size_bytes = 0
        async for piece in contents:
            size_bytes += len(piece)
            if size_bytes > settings.max_upload_bytes:
                raise _too_large(settings)
            if size_bytes > upload.limit_bytes:
                used = await client.usage(authorization(person))
                raise Problem(outgrown(settings.quotas, used, upload.limit_bytes))
            yield piece

    async def abort(person: Person, upload: Upload) -> None:
        try:
            await client.abort_upload(authorization(person), upload.id)
        except Problem as problem:  # it expires by itself; the first error is the one to tell
            _log.warning("upload_not_aborted", upload_id=upload.id, reason=problem.error.reason)

    @post(
        "/upload",
        status_code=201,
        request_max_body_size=None,
        operation_class=FormOperation,
        summary="Upload with a form",
        tags=["Uploads"],
    )
    async def upload_form(request: Request[Any, Any, Any]) -> Response[UploadedAnswer]:
        """Multipart form: `file`, and optionally `title`, `description` and `visibility`."""
        person = await callers.person(request, Scope.UPLOAD)
        most_bytes = settings.max_upload_bytes
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit():
            form_bytes = int(length[:19])
            if form_bytes > settings.max_upload_bytes + _MOST_OTHER_BYTES:
                raise _too_large(settings)
            # The file is shorter than its form: no need to reserve more of the person's quotas.
            most_bytes = min(most_bytes, max(1, form_bytes))
        boundary = _boundary(request)
        limits.upload_created(request, person.identity.user_id)
        try:
            upload = await receive(person, _events(request, boundary), most_bytes)
        except MultipartError as error:
            raise invalid("body", "The form is malformed or cut short.") from error
        except ClientLeft as left:  # nobody reads this answer
            raise HTTPException(status_code=400, detail="client left") from left
        url = f"{urls.gateway(request.scope)}/videos/{upload.video_id}"
        return Response(UploadedAnswer(upload.video_id, url), status_code=201, headers={"Location": url})

    return Router(path="/", route_handlers=[upload_form])


def _boundary(request: Request[Any, Any, Any]) -> str:
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    if media_type != "multipart/form-data" or not options.get("boundary"):
        error = WireError("INVALID_INPUT", "Send a multipart form with the file in the field `file`.")
        raise Problem(error, status=415)
    return str(options["boundary"])


async def _events(request: Request[Any, Any, Any], boundary: str) -> _Events:
    """A segment, its pieces, None; and again. Raises MultipartError."""
    parser = PushMultipartParser(boundary, max_segment_count=_MOST_PARTS)
    async for piece in body_pieces(request):
        for event in parser.parse(piece):
            yield event
    parser.close()


async def _contents(events: _Events) -> AsyncIterator[bytes]:
    """The rest of the current part."""
    async for event in events:
        if event is None:
            return
        assert isinstance(event, bytes | bytearray)
        yield bytes(event)


async def _text(name: str, events: _Events) -> str:
    collected = bytearray()
    async for piece in _contents(events):
        collected += piece
        if len(collected) > _MOST_FIELD_BYTES:
            raise invalid(name, "This is too long.")
    try:
        return collected.decode().strip()
    except UnicodeDecodeError as error:
        raise invalid(name, "This is not UTF-8.") from error


def _new_upload(settings: Settings, most_bytes: int, filename: str, fields: dict[str, str]) -> NewUpload:
    _require_visibility(fields)
    return NewUpload(
        size_bytes=-1,
        max_size_bytes=most_bytes,
        quotas=settings.quotas,
        filename=filename,
        title=fields.get("title", ""),
        description=fields.get("description", ""),
        visibility=fields.get("visibility") or None,
    )


def _require_first(upload: Upload | None) -> None:
    if upload is not None:
        raise invalid("file", "One file at a time.")


def _require_file(upload: Upload | None) -> Upload:
    if upload is None or upload.offset_bytes == 0:
        raise invalid("file", "The form needs a file that is not empty, in the field `file`.")
    return upload


def _require_visibility(fields: dict[str, str]) -> None:
    if fields.get("visibility") and fields["visibility"] not in _VISIBILITIES:
        raise invalid("visibility", f"Visibility is one of {', '.join(_VISIBILITIES)}.")


def _too_large(settings: Settings) -> Problem:
    limit = {"limit_bytes": str(settings.max_upload_bytes)}
    return Problem(WireError("TOO_LARGE", "The file is larger than allowed.", limit))
