"""The rows of downloads: asked for, made, and forgotten when nobody asks any more."""

from datetime import timedelta
from typing import Any

from video_service.domain.downloads import Download, DownloadState, DownloadWork, download_file
from video_service.domain.video import new_id
from video_service.repository import queue, wanted
from video_service.repository.engine import DB
from video_service.repository.priorities import Band, priority
from video_service.repository.tables import Downloads
from video_service.repository.wanted import append_log


class DownloadRows:
    """Implements :class:`video_service.domain.downloads.Downloads` and
    :class:`video_service.domain.downloads.DownloadJobs`.

    A row lives as long as its revision, and at most until nobody has asked for some time. Who asks sees
    to it that a job is there, so none is looked for otherwise.
    """

    async def ask(self, revision_id: str, audio: str) -> Download | None:
        async with DB.transaction() as transaction:
            connection = transaction.connection
            row = await connection.fetchrow(_ASK, new_id(), revision_id, audio)
            if row is None:
                return None
            # Asked for by itself: a statement that waited for another's row still does not see its job.
            is_queued = await connection.fetchval(_IS_QUEUED, row["job_id"])
            if row["state"] == DownloadState.WAITING and not is_queued:
                # Before everybody's ladders, as a person waits; behind everything that others watch.
                payload = {"download_id": row["id"]}
                job_id = await queue.enqueue(connection, "download", payload, priority(Band.EXPRESS))
                await connection.execute("UPDATE downloads SET job_id = $2 WHERE id = $1", row["id"], job_id)
        return Download(row["id"], DownloadState(row["state"]), row["size_bytes"])

    async def begin(self, download_id: str) -> DownloadWork | None:
        rows = (
            await Downloads.update({Downloads.attempts: Downloads.attempts + 1})
            .where(_waiting(download_id))
            .returning(Downloads.revision, Downloads.audio, Downloads.attempts)
        )
        revision = await wanted.read(rows[0]["revision"]) if rows else None
        if revision is None:
            return None
        return DownloadWork(download_id, revision, rows[0]["audio"], rows[0]["attempts"])

    async def take_back(self, download_id: str) -> None:
        await Downloads.update({Downloads.attempts: Downloads.attempts - 1}).where(_waiting(download_id))

    async def done(self, download_id: str, size_bytes: int) -> None:
        await self._end(download_id, {Downloads.state: "done", Downloads.size_bytes: size_bytes})

    async def failed(self, download_id: str, log: str) -> int:
        async with DB.transaction():
            rows = (
                await Downloads.update({Downloads.failures: Downloads.failures + 1})
                .where(_waiting(download_id))
                .returning(Downloads.failures, Downloads.revision)
            )
            if not rows:
                return 1
            failures = int(rows[0]["failures"])
            await append_log(rows[0]["revision"], f"download, failure {failures}: {log}")
        return failures

    async def given_up(self, download_id: str, log: str) -> None:
        revision_id = await self._end(download_id, {Downloads.state: "failed"})
        if revision_id is not None:
            await append_log(revision_id, log)

    async def _end(self, download_id: str, values: dict[Any, Any]) -> str | None:
        row = await Downloads.select(Downloads.revision).where(_waiting(download_id)).first()
        if row is None:
            return None
        async with wanted.locked(row["revision"]) as locked:
            if locked is not None:
                await Downloads.update(values).where(_waiting(download_id))
                await locked.change_video()
        return str(row["revision"])


async def forget_downloads(idle_seconds: float) -> int:
    """Removes the rows of what nobody has asked for this long, and their files by jobs; returns how
    many. What failed may be tried again then."""
    async with DB.transaction() as transaction:
        connection = transaction.connection
        rows = await connection.fetch(_FORGET, timedelta(seconds=idle_seconds))
        for row in rows:
            key = f"videos/{row['video']}/{row['revision']}/{download_file(row['id'])}"
            await queue.enqueue(connection, "remove_download", {"key": key}, priority(Band.PURGE))
    return len(rows)


def _waiting(download_id: str) -> Any:
    return (Downloads.id == download_id) & (Downloads.state == "waiting")


#: The update locks the row, so that those who ask at once order it once. Asking for what failed does not keep
#: it from being forgotten, and tried again.
_ASK = """
INSERT INTO downloads (id, revision, audio, asked_at)
SELECT $1, id, $3, now() FROM revisions WHERE id = $2
ON CONFLICT (revision, audio) DO UPDATE
SET asked_at = CASE downloads.state WHEN 'failed' THEN downloads.asked_at ELSE now() END
RETURNING id, state, size_bytes, job_id
"""
_IS_QUEUED = "SELECT EXISTS (SELECT FROM pgqueuer WHERE id = $1)"
_FORGET = """
DELETE FROM downloads USING revisions
WHERE revisions.id = revision AND state <> 'waiting' AND asked_at < now() - $1::interval
RETURNING downloads.id, revision, video
"""
