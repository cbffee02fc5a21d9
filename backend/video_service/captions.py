"""Captions: what the owner of a video does with the text beside it."""

import asyncio

from video_service.authority import Authority
from video_service.domain import caption_files
from video_service.domain.access import Viewer
from video_service.domain.caption_stores import CaptionChanges, Captions, NewCaption
from video_service.domain.captions import Caption, CaptionKind, checked_label, checked_language
from video_service.domain.errors import NotFound

_NOT_THERE = "There are no such captions."


class CaptionDesk:
    """The use cases behind ``CaptionService``. All are the owner's alone and raise what
    :meth:`video_service.authority.Authority.own` does."""

    def __init__(self, captions: Captions, authority: Authority) -> None:
        self._captions = captions
        self._authority = authority

    async def list(self, viewer: Viewer, video_id: str) -> list[Caption]:
        await self._authority.own(viewer, video_id)
        return await self._captions.list(video_id)

    async def upload(
        self, viewer: Viewer, video_id: str, language: str, kind: CaptionKind, label: str, content: bytes
    ) -> tuple[Caption, int]:
        """The captions, and how many places of the file made no sense. Raises InvalidInput."""
        by = await self._authority.own(viewer, video_id)
        language = checked_language(language)
        label = checked_label(label, language, kind)
        found = await asyncio.to_thread(caption_files.read, content, language)
        webvtt, spoken = caption_files.webvtt(found.cues), caption_files.spoken(found.cues)
        added = await self._captions.add(video_id, NewCaption(language, kind, label, webvtt, spoken), by)
        if added is None:
            raise NotFound
        return added, found.ignored

    async def replace(
        self, viewer: Viewer, video_id: str, caption_id: str, content: bytes
    ) -> tuple[Caption, int]:
        """As :meth:`upload`. Raises InvalidInput."""
        by = await self._authority.own(viewer, video_id)
        before = await self._existing(video_id, caption_id)
        found = await asyncio.to_thread(caption_files.read, content, before.language)
        changes = CaptionChanges(
            webvtt=caption_files.webvtt(found.cues), spoken=caption_files.spoken(found.cues)
        )
        return _there(await self._captions.change(video_id, caption_id, changes, by)), found.ignored

    async def rename(self, viewer: Viewer, video_id: str, caption_id: str, label: str) -> Caption:
        """An empty label becomes the language's name. Raises InvalidInput."""
        by = await self._authority.own(viewer, video_id)
        before = await self._existing(video_id, caption_id)
        changes = CaptionChanges(label=checked_label(label, before.language, before.kind))
        return _there(await self._captions.change(video_id, caption_id, changes, by))

    async def webvtt(self, viewer: Viewer, video_id: str, caption_id: str) -> tuple[Caption, str]:
        await self._authority.own(viewer, video_id)
        caption = await self._existing(video_id, caption_id)
        return caption, caption.webvtt

    async def subrip(self, viewer: Viewer, video_id: str, caption_id: str) -> tuple[Caption, str]:
        caption, text = await self.webvtt(viewer, video_id, caption_id)
        found = await asyncio.to_thread(caption_files.read, text.encode(), caption.language)
        return caption, caption_files.subrip(found.cues)

    async def remove(self, viewer: Viewer, video_id: str, caption_id: str) -> None:
        by = await self._authority.own(viewer, video_id)
        if not await self._captions.remove(video_id, caption_id, by):
            raise NotFound(_NOT_THERE)

    async def _existing(self, video_id: str, caption_id: str) -> Caption:
        return _there(await self._captions.get(video_id, caption_id))


def _there(caption: Caption | None) -> Caption:
    if caption is None:
        raise NotFound(_NOT_THERE)
    return caption
