"""REST: the captions of a video."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.openapi.spec import Example
from litestar.params import Body, Parameter

from gateway.accounts.caller import Callers
from gateway.accounts.guards import json_only
from gateway.caption_client import CaptionClient, Captions, Format, Kind
from gateway.described import CaptionsOperation
from gateway.times import rfc3339
from gateway.video_client import VideoClient
from shared.tokens import Scope

_NOT_KEPT = {"Cache-Control": "no-store"}
#: One megabyte, and a little for the video service to refuse by itself, with a sentence.
_MOST_BYTES = 1_010_000
_MEDIA_TYPES = {"vtt": "text/vtt; charset=utf-8", "srt": "application/x-subrip; charset=utf-8"}
_LABEL_EXAMPLE = Body(examples=[Example(value={"label": "English (director's comments)"})])
_LANGUAGE = Parameter(
    description="BCP 47 tag.", examples=[Example(value="en"), Example(value="pt-BR")], min_length=1
)


@dataclass(frozen=True)
class CaptionsAnswer:
    """Captions. `embedded`: they come from the source and were not changed since."""

    id: str
    language: str
    kind: str
    label: str
    embedded: bool
    updated_at: str


@dataclass(frozen=True)
class StoredCaptionsAnswer:
    """Captions that were stored, and how many places of the file made no sense and were left out."""

    captions: CaptionsAnswer
    ignored: int


@dataclass(frozen=True)
class AllCaptionsAnswer:
    captions: list[CaptionsAnswer]


@dataclass(frozen=True)
class NewLabel:
    label: str


def caption_routes(client: VideoClient, callers: Callers) -> Router:
    captions = CaptionClient(client)

    @get("/", summary="List the captions of a video", tags=["Captions"])
    async def list_captions(request: Request[Any, Any, Any], video_id: str) -> Response[AllCaptionsAnswer]:
        person = await callers.person(request, Scope.MANAGE)
        found = await captions.list(person.authorization, video_id)
        return Response(AllCaptionsAnswer([_answer(one) for one in found]), headers=_NOT_KEPT)

    @post("/", status_code=201, request_max_body_size=_MOST_BYTES, summary="Upload captions",
          tags=["Captions"], operation_class=CaptionsOperation)  # fmt: skip
    async def upload_captions(
        request: Request[Any, Any, Any],
        video_id: str,
        language: Annotated[str, _LANGUAGE],
        kind: Kind = "subtitles",
        label: Annotated[str, Parameter(description="What menus call them.")] = "",
    ) -> Response[StoredCaptionsAnswer]:
        """The body is the file: SubRip or WebVTT, of any encoding, up to 1 MB. Players offer the
        captions at once. 400 where there are some of this language and kind already."""
        person = await callers.person(request, Scope.MANAGE)
        file = await request.body()
        stored, ignored = await captions.upload(person.authorization, video_id, language, kind, label, file)
        return Response(StoredCaptionsAnswer(_answer(stored), ignored), headers=_NOT_KEPT)

    @put("/{captions_id:str}", request_max_body_size=_MOST_BYTES, summary="Replace captions",
         tags=["Captions"], operation_class=CaptionsOperation)  # fmt: skip
    async def replace_captions(
        request: Request[Any, Any, Any], video_id: str, captions_id: str
    ) -> Response[StoredCaptionsAnswer]:
        """The body is the file, as for new ones."""
        person = await callers.person(request, Scope.MANAGE)
        file = await request.body()
        stored, ignored = await captions.replace(person.authorization, video_id, captions_id, file)
        return Response(StoredCaptionsAnswer(_answer(stored), ignored), headers=_NOT_KEPT)

    @patch("/{captions_id:str}", guards=[json_only], summary="Rename captions", tags=["Captions"])
    async def rename_captions(
        request: Request[Any, Any, Any],
        video_id: str,
        captions_id: str,
        data: Annotated[NewLabel, _LABEL_EXAMPLE],
    ) -> Response[CaptionsAnswer]:
        """An empty label becomes the language's name."""
        person = await callers.person(request, Scope.MANAGE)
        changed = await captions.rename(person.authorization, video_id, captions_id, data.label)
        return Response(_answer(changed), headers=_NOT_KEPT)

    @get("/{captions_id:str}", media_type="text/vtt", summary="Download captions", tags=["Captions"])
    async def download_captions(
        request: Request[Any, Any, Any],
        video_id: str,
        captions_id: str,
        form: Annotated[Format, Parameter(query="format")] = "vtt",
    ) -> Response[bytes]:
        """WebVTT or SubRip, in UTF-8."""
        person = await callers.person(request, Scope.MANAGE)
        found, file = await captions.download(person.authorization, video_id, captions_id, form)
        headers = {
            **_NOT_KEPT,
            "Content-Disposition": f'attachment; filename="{found.language}-{found.kind}.{form}"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(file, headers=headers, media_type=_MEDIA_TYPES[form])

    @delete("/{captions_id:str}", status_code=204, summary="Delete captions", tags=["Captions"])
    async def delete_captions(request: Request[Any, Any, Any], video_id: str, captions_id: str) -> None:
        """For good, everywhere."""
        person = await callers.person(request, Scope.MANAGE)
        await captions.delete(person.authorization, video_id, captions_id)

    return Router(
        path="/api/videos/{video_id:str}/captions",
        route_handlers=[
            list_captions,
            upload_captions,
            replace_captions,
            rename_captions,
            download_captions,
            delete_captions,
        ],
    )


def _answer(captions: Captions) -> CaptionsAnswer:
    return CaptionsAnswer(
        id=captions.id,
        language=captions.language,
        kind=captions.kind,
        label=captions.label,
        embedded=captions.embedded,
        updated_at=rfc3339(captions.updated_at),
    )
