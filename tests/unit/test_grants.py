"""Grants open one video, in one access epoch, until they expire."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_service.domain.access import (
    AccessFacts,
    Viewer,
    grant_lifetime_seconds,
    may_edit,
    may_view,
    needs_grant,
)
from video_service.domain.video import Visibility, new_id
from video_service.storage.keys import HmacGrants, load_or_create_key

NOW = datetime(2030, 1, 1, tzinfo=UTC)
GRANTS = HmacGrants(b"k" * 32)


def allows(grants: HmacGrants, grant: str, video_id: str, epoch: int, now: datetime) -> bool:
    return grants.epoch_granted(grant, video_id, now) == epoch


def test_a_grant_opens_its_video_until_it_expires() -> None:
    video = new_id()
    grant = GRANTS.issue(video, 3, NOW + timedelta(hours=6))
    assert allows(GRANTS, grant, video, 3, NOW)
    assert not allows(GRANTS, grant, video, 3, NOW + timedelta(hours=6))


def test_a_grant_opens_nothing_else() -> None:
    video = new_id()
    grant = GRANTS.issue(video, 3, NOW + timedelta(hours=6))
    assert not allows(GRANTS, grant, new_id(), 3, NOW)
    assert not allows(GRANTS, grant, video, 4, NOW), "a change of visibility ends it"
    assert not allows(HmacGrants(b"x" * 32), grant, video, 3, NOW)


@given(position=st.integers(0, 38), bit=st.integers(0, 5))
def test_no_bit_of_a_grant_can_be_changed(position: int, bit: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    grant = GRANTS.issue("v", 0, NOW + timedelta(hours=1))
    position %= len(grant) - 1  # the last character holds padding bits that decode to nothing
    changed = alphabet[alphabet.index(grant[position]) ^ (1 << bit)]
    assert not allows(GRANTS, grant[:position] + changed + grant[position + 1 :], "v", 0, NOW)


@given(st.text(max_size=80))
def test_garbage_is_no_grant(text: str) -> None:
    assert not allows(GRANTS, text, "v", 0, NOW)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "grants.key"
    key = load_or_create_key(path)
    assert len(key) == 32
    assert load_or_create_key(path) == key
    assert path.stat().st_mode & 0o077 == 0


OWNER, OTHER, NOBODY = Viewer("owner"), Viewer("other"), Viewer()


@pytest.mark.parametrize(
    ("visibility", "viewer", "anonymous_access", "seen"),
    [
        (Visibility.PUBLIC, NOBODY, True, True),
        (Visibility.PUBLIC, NOBODY, False, False),
        (Visibility.PUBLIC, OTHER, False, True),
        (Visibility.UNLISTED, NOBODY, True, True),
        (Visibility.UNLISTED, NOBODY, False, False),
        (Visibility.PRIVATE, NOBODY, True, False),
        (Visibility.PRIVATE, OTHER, True, False),
        (Visibility.PRIVATE, OWNER, True, True),
        (Visibility.PRIVATE, OWNER, False, True),
    ],
)
def test_who_sees_a_video(visibility: Visibility, viewer: Viewer, anonymous_access: bool, seen: bool) -> None:
    video = AccessFacts("owner", visibility, deleted=False, epoch=0)
    assert may_view(viewer, video, anonymous_access=anonymous_access) is seen
    deleted = AccessFacts("owner", visibility, deleted=True, epoch=0)
    assert not may_view(viewer, deleted, anonymous_access=anonymous_access)


def test_only_the_owner_edits() -> None:
    video = AccessFacts("owner", Visibility.PUBLIC, deleted=False, epoch=0)
    assert may_edit(OWNER, video)
    assert not may_edit(OTHER, video)
    assert not may_edit(NOBODY, video)


def test_media_open_to_everyone_needs_no_grant() -> None:
    assert not needs_grant(AccessFacts("o", Visibility.PUBLIC, False, 0), anonymous_access=True)
    assert needs_grant(AccessFacts("o", Visibility.PUBLIC, False, 0), anonymous_access=False)
    assert needs_grant(AccessFacts("o", Visibility.UNLISTED, False, 0), anonymous_access=True)


def test_a_grant_outlives_a_long_video() -> None:
    assert grant_lifetime_seconds(None) == 6 * 3600
    assert grant_lifetime_seconds(5 * 3600) == 10 * 3600
