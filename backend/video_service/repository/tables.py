"""The tables of the video service. What Piccolo cannot say (checks, partial and full-text
indices, uniqueness over two columns) is in the second migration."""

import re

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    Serial,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table

from video_service.repository.engine import DB

#: Length of an id made by ``new_id``.
_ID = 26


def is_id(text: str) -> bool:
    """Whether this can be the id of anything: what cannot need not reach the database."""
    return re.fullmatch(r"[a-z2-7]{26}", text) is not None


class Owners(Table, tablename="owners", db=DB):
    """People who own videos or whom something here is of, as the gateway knows them."""

    id = Varchar(length=64, primary_key=True)
    name = Varchar(length=200)
    #: Nothing that they watch is recorded.
    history_paused = Boolean(default=False)


class Videos(Table, tablename="videos", db=DB):
    id = Varchar(length=_ID, primary_key=True)
    owner = ForeignKey(Owners, on_delete=OnDelete.restrict, null=False)
    title = Varchar(length=200)
    description = Text()
    tags = Array(base_column=Varchar(length=50))
    visibility = Varchar(length=16)
    state = Varchar(length=16)
    playable = Boolean(default=False)
    progress = DoublePrecision(default=0.0)
    #: How fast it is being made: see ``video_service.domain.pace``.
    pace_began_at = Timestamptz(null=True, default=None)
    pace_measured_at = Timestamptz(null=True, default=None)
    pace_recent = DoublePrecision(default=0.0)
    version = BigInt(default=1)
    access_epoch = Integer(default=1)
    filename = Varchar(length=255)
    #: The revision that is served: set once its plan, and so its playlists, stand.
    revision_id = Varchar(length=_ID, null=True, default=None)
    #: The revision that is being made to take its place.
    successor_id = Varchar(length=_ID, null=True, default=None)
    successor_progress = DoublePrecision(default=0.0)
    duration_seconds = DoublePrecision(null=True, default=None)
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    renditions = JSONB(default="[]")
    #: What its extras made, by kind: see ``video_service.domain.extras``.
    extras = JSONB(default="{}")
    #: See ``video_service.domain.chapters``.
    own_chapters = JSONB(default="[]")
    source_chapters = JSONB(default="[]")
    has_poster = Boolean(default=False)
    #: The poster that its owner chose: id, width, height.
    poster = JSONB(null=True, default=None)
    #: Whether those who may watch it may download it too; null: as the settings say.
    downloadable = Boolean(null=True, default=None)
    #: Whether it has captions: a trigger keeps it.
    captioned = Boolean(default=False)
    #: Whose pages may show it in a frame; null: everybody's.
    embed_sites = Array(base_column=Text(), null=True, default=None)
    warnings = Array(base_column=Text())
    failure_reason = Varchar(length=40, null=True, default=None)
    failure_message = Text(null=True, default=None)
    created_at = Timestamptz()
    updated_at = Timestamptz()
    deleted_at = Timestamptz(null=True, default=None)
    #: Id of who deleted it: what a moderator deleted, its owner does not bring back.
    deleted_by = Varchar(length=64, null=True, default=None)


class Revisions(Table, tablename="revisions", db=DB):
    """Published forms of a video's media."""

    id = Varchar(length=_ID, primary_key=True)
    video = ForeignKey(Videos, on_delete=OnDelete.cascade, null=False, index=True)
    source_key = Varchar(length=200)
    #: Found when it was to be copied.
    never_copied = Boolean(default=False)
    source_is_damaged = Boolean(default=False)
    plan = JSONB(null=True, default=None)
    #: How often what is one job was begun: see ``video_service.domain.ports.Step``.
    probe_attempts = Integer(default=0)
    poster_attempts = Integer(default=0)
    finish_attempts = Integer(default=0)
    #: When its jobs are due: see ``video_service.repository.priorities``.
    turn = BigInt(default=0)
    #: Renditions whose first segment is public.
    begun = Array(base_column=Varchar(length=16))
    #: Of a successor: what the video's columns become with it.
    becomes = JSONB(default="{}")
    #: When another took its place. It is served until nobody can be watching it any more.
    retired_at = Timestamptz(null=True, default=None)
    #: What went wrong, in full, for operators.
    log = Text()
    created_at = Timestamptz()


class Chunks(Table, tablename="chunks", db=DB):
    """The chunks of revisions that are being made; a finished revision has none."""

    id = Serial(primary_key=True)
    revision = ForeignKey(Revisions, on_delete=OnDelete.cascade, null=False)
    #: Position in the plan's chunks.
    position = Integer()
    lane = Varchar(length=16)
    renditions = Array(base_column=Varchar(length=16))
    first_segment = Integer()
    segment_count = Integer()
    #: waiting, done or given_up.
    state = Varchar(length=16, default="waiting")
    #: How often it was begun, and how often it failed by itself.
    attempts = Integer(default=0)
    failures = Integer(default=0)
    done_fraction = DoublePrecision(default=0.0)
    #: Its share of the work, in an arbitrary unit.
    weight = DoublePrecision()
    #: A segment that a viewer waits for.
    demanded_segment = Integer(null=True, default=None)
    #: Its job in the queue.
    job_id = BigInt(null=True, default=None)


class Extras(Table, tablename="extras", db=DB):
    """What is made around a revision's picture and sound."""

    id = Serial(primary_key=True)
    revision = ForeignKey(Revisions, on_delete=OnDelete.cascade, null=False)
    #: Of ``video_service.domain.extras.Extra``.
    kind = Varchar(length=16)
    #: waiting, done or failed.
    state = Varchar(length=16, default="waiting")
    #: How often it was begun, and how often it failed by itself.
    attempts = Integer(default=0)
    failures = Integer(default=0)
    #: Its job in the queue.
    job_id = BigInt(null=True, default=None)


class Posters(Table, tablename="posters", db=DB):
    """Pictures of owners', from their arrival on."""

    id = Varchar(length=_ID, primary_key=True)
    video = ForeignKey(Videos, on_delete=OnDelete.cascade, null=False, index=True)
    #: waiting, taken or refused.
    state = Varchar(length=16, default="waiting")
    #: How often it was begun to be looked at.
    attempts = Integer(default=0)
    created_at = Timestamptz()


class Captions(Table, tablename="captions", db=DB):
    """Texts beside a video; what is published is made of them. Words are in a column of their own, and
    line by line in ``caption_lines``."""

    id = Varchar(length=_ID, primary_key=True)
    video = ForeignKey(Videos, on_delete=OnDelete.cascade, null=False, index=True)
    language = Varchar(length=35)
    kind = Varchar(length=16)
    label = Varchar(length=60)
    webvtt = Text()
    #: Of what was found in the source.
    stream_index = Integer(null=True, default=None)
    #: By the owner: stays when the source is read again.
    touched = Boolean()
    #: By the owner: kept without its text, so that it does not come back when the source is read again.
    removed = Boolean(default=False)
    created_at = Timestamptz()
    updated_at = Timestamptz()


class Downloads(Table, tablename="downloads", db=DB):
    """Revisions that somebody wants as one file."""

    id = Varchar(length=_ID, primary_key=True)
    revision = ForeignKey(Revisions, on_delete=OnDelete.cascade, null=False)
    #: An audio rendition, or nothing.
    audio = Varchar(length=16)
    #: waiting, done or failed.
    state = Varchar(length=16, default="waiting")
    #: How often it was begun, and how often it failed by itself.
    attempts = Integer(default=0)
    failures = Integer(default=0)
    size_bytes = BigInt(default=0)
    #: Its job in the queue.
    job_id = BigInt(null=True, default=None)
    #: When somebody last asked for it.
    asked_at = Timestamptz(index=True)


class Uploads(Table, tablename="uploads", db=DB):
    id = Varchar(length=_ID, primary_key=True)
    video = ForeignKey(Videos, on_delete=OnDelete.cascade, null=False, index=True)
    owner = ForeignKey(Owners, on_delete=OnDelete.restrict, null=False)
    #: -1 while it is not known.
    size_bytes = BigInt()
    max_size_bytes = BigInt()
    #: What it takes of its owner's quotas, and the most that it may grow to.
    reserved_bytes = BigInt(default=0)
    #: As the client said it.
    metadata = Text()
    complete = Boolean(default=False)
    #: Waiting, running, ended, or empty where there is none: see ``video_service.domain.early_copies``.
    early_copy = Varchar(length=16, default="")
    created_at = Timestamptz()


class Shares(Table, tablename="shares", db=DB):
    """People whom a video is shared with."""

    id = Serial(primary_key=True)
    video = ForeignKey(Videos, on_delete=OnDelete.cascade, null=False)
    person = ForeignKey(Owners, on_delete=OnDelete.cascade, null=False, index=True)
    created_at = Timestamptz()
    shares_once = Unique([video, person])


class ShareLinks(Table, tablename="share_links", db=DB):
    """Links that open a video. What opens them is not stored."""

    id = Varchar(length=_ID, primary_key=True)
    video = ForeignKey(Videos, on_delete=OnDelete.cascade, null=False, index=True)
    label = Varchar(length=80)
    #: SHA-256 in hexadecimal.
    secret_hash = Varchar(length=64)
    #: argon2id.
    password_hash = Text(null=True, default=None)
    created_at = Timestamptz()
    expires_at = Timestamptz(null=True, default=None)


class Viewings(Table, tablename="viewings", db=DB):
    """How far people have watched videos."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Owners, on_delete=OnDelete.cascade, null=False)
    video = ForeignKey(Videos, on_delete=OnDelete.cascade, null=False, index=True)
    position_seconds = DoublePrecision()
    #: See ``video_service.domain.viewing``.
    finished = Boolean()
    watched_at = Timestamptz(index=True)
    viewings_once = Unique([person, video])


class ViewCounts(Table, tablename="view_counts", db=DB):
    """How often videos were watched; who did is not written down."""

    video = ForeignKey(Videos, on_delete=OnDelete.cascade, null=False, primary_key=True)
    views = BigInt()


class WatchLater(Table, tablename="watch_later", db=DB):
    """What people keep for later."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Owners, on_delete=OnDelete.cascade, null=False)
    video = ForeignKey(Videos, on_delete=OnDelete.cascade, null=False, index=True)
    added_at = Timestamptz()
    watch_later_once = Unique([person, video])


class DepartedOwners(Table, tablename="departed_owners", db=DB):
    """People whose accounts were deleted: a token of theirs may live for minutes more."""

    id = Varchar(length=64, primary_key=True)
    departed_at = Timestamptz()


class AuditEvents(Table, tablename="audit_events", db=DB):
    """Who did what when. It outlives what it tells of, so it refers to nothing."""

    id = BigSerial(primary_key=True)
    time = Timestamptz(index=True)
    actor_id = Varchar(length=64)
    actor_name = Varchar(length=200)
    action = Varchar(length=40)
    subject_id = Varchar(length=64)
    details = JSONB()


ALL_TABLES: list[type[Table]] = [
    Owners,
    Videos,
    Revisions,
    Chunks,
    Extras,
    Posters,
    Captions,
    Downloads,
    Uploads,
    Shares,
    ShareLinks,
    Viewings,
    ViewCounts,
    WatchLater,
    DepartedOwners,
    AuditEvents,
]
