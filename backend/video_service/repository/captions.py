"""The rows of captions. Each change publishes the master playlist again, under the video's row lock."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from video_service.domain.caption_stores import CaptionChanges, EmbeddedCaption, NewCaption
from video_service.domain.captions import MAX_CAPTIONS, Caption
from video_service.domain.cues import SpokenLine
from video_service.domain.errors import InvalidInput
from video_service.domain.notices import Notice, NoticeCode, too_many
from video_service.domain.ports import Publisher
from video_service.domain.sharing import Actor
from video_service.domain.video import new_id
from video_service.repository import publications
from video_service.repository.audit import note
from video_service.repository.engine import DB
from video_service.repository.publications import caption_of, captions_query
from video_service.repository.removal import changeable
from video_service.repository.tables import Captions, Revisions, Videos, is_id

#: Far below the megabyte that a tsvector may take (PostgreSQL documentation, section 12.11), also where
#: every word is another one.
_MAX_SEARCHED_CHARACTERS = 100_000


class CaptionRows:
    """Implements :class:`video_service.domain.caption_stores.Captions`."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def list(self, video_id: str) -> list[Caption]:
        return [caption_of(row) for row in await captions_query(video_id)]

    async def get(self, video_id: str, caption_id: str) -> Caption | None:
        row = await _select(video_id, caption_id)
        return None if row is None else caption_of(row)

    async def add(self, video_id: str, new: NewCaption, by: Actor) -> Caption | None:
        async with DB.transaction():
            if not await _lock(video_id, by):
                return None
            there = await captions_query(video_id)
            if len(there) >= MAX_CAPTIONS:
                raise InvalidInput("captions", too_many(MAX_CAPTIONS))
            if any((row["language"], row["kind"]) == (new.language, new.kind.value) for row in there):
                sentence = f"has {new.kind} already; replace them"
                raise InvalidInput("language", Notice(NoticeCode.LANGUAGE_TAKEN, sentence))
            caption_id = await insert(video_id, new, stream_index=None)
            await self._changed(video_id, "captions.add", new.language, by)
        return await self.get(video_id, caption_id)

    async def change(
        self, video_id: str, caption_id: str, changes: CaptionChanges, by: Actor
    ) -> Caption | None:
        async with DB.transaction():
            if not await _lock(video_id, by):
                return None
            row = await _select(video_id, caption_id)
            if row is None:
                return None
            values: dict[Any, Any] = {Captions.touched: True, Captions.updated_at: datetime.now(UTC)}
            if changes.label is not None:
                values[Captions.label] = changes.label
            if changes.webvtt is not None:
                values[Captions.webvtt] = changes.webvtt
            await Captions.update(values).where(Captions.id == caption_id)
            if changes.spoken is not None:
                await _index(caption_id, changes.spoken)
            action = "captions.rename" if changes.webvtt is None else "captions.replace"
            await self._changed(video_id, action, row["language"], by)
        return await self.get(video_id, caption_id)

    async def remove(self, video_id: str, caption_id: str, by: Actor) -> bool:
        async with DB.transaction():
            if not await _lock(video_id, by):
                return False
            row = await _select(video_id, caption_id)
            if row is None:
                return False
            if row["stream_index"] is None:
                await Captions.delete().where(Captions.id == caption_id)
            else:
                gone: dict[Any, Any] = {Captions.removed: True, Captions.touched: True, Captions.webvtt: ""}
                await Captions.update(gone).where(Captions.id == caption_id)
                await _index(caption_id, ())
            await self._changed(video_id, "captions.delete", row["language"], by)
            # Now that no playlist names it.
            revisions = await Revisions.select(Revisions.id).where(Revisions.video == video_id)
            folder = caption_of(row).folder
            await self._publisher.withdraw(video_id, [one["id"] for one in revisions], folder)
        return True

    async def _changed(self, video_id: str, action: str, language: str, by: Actor) -> None:
        await note(by, action, video_id, language=language)
        # Raises the version: whoever follows the video hears of it.
        await Videos.update({Videos.progress: Videos.progress}).where(Videos.id == video_id)
        await publications.publish(video_id, self._publisher)


async def put_embedded(video_id: str, found: Collection[EmbeddedCaption]) -> None:
    """What the source holds, in place of what was found in it before; what its owner changed stays.
    The video's row must be locked."""
    for one in found:
        mine = (Captions.video == video_id) & (Captions.stream_index == one.stream_index)
        before = await Captions.select(Captions.id, Captions.touched).where(mine).first()
        if before is None:
            await insert(video_id, one.caption, stream_index=one.stream_index)
        elif not before["touched"]:
            values: dict[Any, Any] = {
                Captions.webvtt: one.caption.webvtt,
                Captions.updated_at: datetime.now(UTC),
            }
            await Captions.update(values).where(mine)
            await _index(before["id"], one.caption.spoken)


async def insert(video_id: str, new: NewCaption, *, stream_index: int | None) -> str:
    now, caption_id = datetime.now(UTC), new_id()
    await Captions.insert(
        Captions(
            id=caption_id,
            video=video_id,
            language=new.language,
            kind=new.kind.value,
            label=new.label,
            webvtt=new.webvtt,
            stream_index=stream_index,
            touched=stream_index is None,
            created_at=now,
            updated_at=now,
        )
    )
    await _index(caption_id, new.spoken)
    return caption_id


async def _index(caption_id: str, spoken: Iterable[SpokenLine]) -> None:
    """All of it, to find the video; each line, to find the time in it."""
    lines = list(_searched(spoken))
    await Captions.raw(
        "UPDATE captions SET search = to_tsvector('simple', {}) WHERE id = {}",
        "\n".join(line.text for line in lines),
        caption_id,
    )
    await Captions.raw("DELETE FROM caption_lines WHERE caption = {}", caption_id)
    await Captions.raw(
        "INSERT INTO caption_lines (caption, position, start_ms, text)"
        " SELECT {}, number, start_ms, text"
        " FROM unnest({}::int[], {}::text[]) WITH ORDINALITY AS line (start_ms, text, number)",
        caption_id,
        [line.start_ms for line in lines],
        [line.text for line in lines],
    )


def _searched(spoken: Iterable[SpokenLine]) -> Iterator[SpokenLine]:
    characters = 0
    for line in spoken:
        characters += len(line.text) + 1
        if characters > _MAX_SEARCHED_CHARACTERS:
            return
        yield line


async def _lock(video_id: str, by: Actor) -> bool:
    return bool(await Videos.select(Videos.id).where(changeable(video_id, by)).lock_rows("UPDATE"))


async def _select(video_id: str, caption_id: str) -> dict[str, Any] | None:
    if not is_id(caption_id):
        return None
    row: dict[str, Any] | None = await captions_query(video_id).where(Captions.id == caption_id).first()
    return row
