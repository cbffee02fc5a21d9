"""Resumable uploads: tus 1.0.0 (https://tus.io/protocols/resumable-upload), core protocol with the
extensions creation, creation-with-upload, termination, checksum and expiration."""

import base64
import hashlib
from email.utils import format_datetime
from typing import Any

from litestar import Request, Response, Router, delete, head, patch, post, route

from gateway.accounts.caller import Callers, Person
from gateway.described import TusAppending, TusCreation, TusOperation
from gateway.limits import Limits
from gateway.problems import Problem, invalid
from gateway.settings import Settings
from gateway.uploads.body import pieces_until_client_leaves
from gateway.video_client import VideoClient
from gateway.video_records import Checksum, NewUpload, Upload
from shared.rpc_errors import WireError
from shared.tokens import Scope

PATH = "/api/uploads"
VERSION = "1.0.0"
_EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
_ALGORITHMS = ("sha1", "sha256")
_BYTES_TYPE = "application/offset+octet-stream"
_VISIBILITIES = ("public", "unlisted", "private")
_CHECKSUM_MISMATCH = 460
#: A length has at most this many digits: 2**63 - 1 has 19.
_MOST_DIGITS = 18


def tus_routes(settings: Settings, client: VideoClient, callers: Callers, limits: Limits) -> Router:
    async def append(person: Person, upload: Upload, request: Request[Any, Any, Any]) -> Upload:
        """The body, from where the request says; completes the upload with its last byte."""
        offset_bytes = _number(request, "upload-offset") if request.method == "PATCH" else 0
        pieces, checksum = pieces_until_client_leaves(request), _checksum(request)
        try:
            upload = await client.append(person.authorization, upload.id, offset_bytes, pieces, checksum)
        except Problem as problem:
            if problem.error.metadata.get("field") == "checksum":
                raise Problem(problem.error, status=_CHECKSUM_MISMATCH) from problem
            raise
        return await completed(person, upload)

    async def completed(person: Person, upload: Upload) -> Upload:
        if upload.offset_bytes != upload.size_bytes or upload.complete:
            return upload
        # The bytes may have taken longer than the token lives that they came with.
        authorization = callers.allowing(person, Scope.UPLOAD)
        try:
            await client.complete_upload(authorization, upload.id)
        except Problem as problem:
            # It does not stand there any more: whoever asks is told where it does.
            if problem.error.reason != "UPLOAD_OFFSET_MISMATCH":
                raise
        return await client.upload(authorization, upload.id)

    @route("/", http_method=["OPTIONS"], status_code=204, summary="What is supported", tags=["Uploads"])
    async def options() -> Response[None]:
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": _EXTENSIONS,
            "Tus-Max-Size": str(settings.max_upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
        }
        return _answer(204, headers)

    @post(
        "/",
        status_code=201,
        operation_class=TusCreation,
        summary="Create an upload, and the video it becomes",
        tags=["Uploads"],
    )
    async def create(request: Request[Any, Any, Any]) -> Response[None]:
        person = await callers.person(request, Scope.UPLOAD)
        _require_version(request)
        if "upload-defer-length" in request.headers:
            raise invalid("Upload-Defer-Length", "The length must be known when an upload is created.")
        size_bytes = _number(request, "upload-length")
        if size_bytes > settings.max_upload_bytes:
            limit = {"limit_bytes": str(settings.max_upload_bytes)}
            raise Problem(WireError("TOO_LARGE", "The file is larger than allowed.", limit))
        said = request.headers.get("upload-metadata", "")
        metadata = parse_metadata(said)
        visibility = metadata.get("visibility") or None
        if visibility not in (None, *_VISIBILITIES):
            raise invalid("visibility", f"Visibility is one of {', '.join(_VISIBILITIES)}.")
        new = NewUpload(
            size_bytes=size_bytes,
            max_size_bytes=settings.max_upload_bytes,
            quotas=settings.quotas,
            filename=metadata.get("filename", ""),
            title=metadata.get("title", ""),
            description=metadata.get("description", ""),
            visibility=visibility,
            metadata=said,
        )
        with_bytes = request.headers.get("content-length", "0") != "0" or (
            "transfer-encoding" in request.headers
        )
        if with_bytes:
            _require_bytes_type(request)
        limits.upload_created(request, person.identity.user_id)
        upload = await client.create_upload(person.authorization, new)
        headers = {"Location": f"{PATH}/{upload.id}", "Playhead-Video-Id": upload.video_id}
        if with_bytes:
            upload = await append(person, upload, request)
        return _answer(201, headers | _state(upload))

    @head(
        "/{upload_id:str}",
        status_code=200,
        operation_class=TusOperation,
        summary="Where an upload stands",
        tags=["Uploads"],
    )
    async def status(request: Request[Any, Any, Any], upload_id: str) -> Response[None]:
        """Completes what was fully received but not completed, because something crashed between."""
        person = await callers.person(request, Scope.UPLOAD)
        _require_version(request)
        upload = await client.upload(person.authorization, upload_id)
        upload = await completed(person, upload)
        headers = {"Upload-Length": str(upload.size_bytes), "Playhead-Video-Id": upload.video_id}
        if upload.metadata:
            headers["Upload-Metadata"] = upload.metadata
        return _answer(200, headers | _state(upload))

    @patch(
        "/{upload_id:str}",
        status_code=204,
        operation_class=TusAppending,
        summary="Append bytes",
        tags=["Uploads"],
    )
    async def append_bytes(request: Request[Any, Any, Any], upload_id: str) -> Response[None]:
        person = await callers.person(request, Scope.UPLOAD)
        _require_version(request)
        _require_bytes_type(request)
        upload = await client.upload(person.authorization, upload_id)
        return _answer(204, _state(await append(person, upload, request)))

    @delete(
        "/{upload_id:str}",
        status_code=204,
        operation_class=TusOperation,
        summary="Give up an upload and its video",
        tags=["Uploads"],
    )
    async def terminate(request: Request[Any, Any, Any], upload_id: str) -> Response[None]:
        """Only until it is complete: deleting an upload never deletes a video."""
        person = await callers.person(request, Scope.UPLOAD)
        _require_version(request)
        try:
            await client.abort_upload(person.authorization, upload_id)
        except Problem as problem:
            if problem.error.reason == "NOT_FOUND":
                raise Problem(problem.error, status=410) from problem
            raise
        return _answer(204, {})

    return Router(
        path=PATH,
        route_handlers=[options, create, status, append_bytes, terminate],
        request_max_body_size=None,
    )


def parse_metadata(header: str) -> dict[str, str]:
    """``key base64,key base64``; keys without a value are empty. Raises :class:`Problem`."""
    if not (header.isascii() and header.isprintable()):
        raise invalid("Upload-Metadata", "Names and values are printable ASCII.")
    metadata: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            metadata[name] = base64.b64decode(value.strip(), validate=True).decode()
        except ValueError as error:  # of base64, of UTF-8, or what is not even ASCII
            raise invalid("Upload-Metadata", "A value is not UTF-8 in base64.") from error
    return metadata


def _checksum(request: Request[Any, Any, Any]) -> Checksum | None:
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    if algorithm not in _ALGORITHMS:
        raise invalid("Upload-Checksum", f"The algorithm is one of {', '.join(_ALGORITHMS)}.")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except ValueError as error:
        raise invalid("Upload-Checksum", "The checksum is not base64.") from error
    if len(digest) != hashlib.new(algorithm).digest_size:
        raise invalid("Upload-Checksum", "The checksum has the wrong length.")
    return Checksum(algorithm, digest)


def _number(request: Request[Any, Any, Any], header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise invalid(header.title(), "A whole number of bytes is needed.")
    return int(text)


def _require_version(request: Request[Any, Any, Any]) -> None:
    if request.headers.get("tus-resumable") != VERSION:
        error = WireError("INVALID_INPUT", "This is tus 1.0.0: the header Tus-Resumable must say so.")
        raise Problem(error, status=412, headers={"Tus-Version": VERSION})


def _require_bytes_type(request: Request[Any, Any, Any]) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _BYTES_TYPE:
        error = WireError("INVALID_INPUT", f"The content type must be {_BYTES_TYPE}.")
        raise Problem(error, status=415)


def _state(upload: Upload) -> dict[str, str]:
    headers = {"Upload-Offset": str(upload.offset_bytes)}
    if upload.expires_at:
        headers["Upload-Expires"] = format_datetime(upload.expires_at, usegmt=True)
    return headers


def _answer(status: int, headers: dict[str, str]) -> Response[None]:
    caching = {"Cache-Control": "no-store"}
    return Response(None, status_code=status, headers=caching | headers)
