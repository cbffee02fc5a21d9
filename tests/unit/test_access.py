"""Access: the whole table of who may see and change which video."""

from itertools import product

import pytest

from video_service.domain.access import (
    AccessFacts,
    Viewer,
    grant_lifetime_seconds,
    may_edit,
    may_view,
    needs_grant,
)
from video_service.domain.video import Visibility

VIEWERS = {
    "owner": Viewer("ada", "Ada"),
    "other": Viewer("bob", "Bob"),
    "admin": Viewer("eve", "Eve", role="admin"),
    "anonymous": Viewer(),
}
#: What is not here is forbidden.
SEEN = {
    ("owner", Visibility.PUBLIC): "always",
    ("owner", Visibility.UNLISTED): "always",
    ("owner", Visibility.PRIVATE): "always",
    ("other", Visibility.PUBLIC): "always",
    ("other", Visibility.UNLISTED): "always",
    ("admin", Visibility.PUBLIC): "always",
    ("admin", Visibility.UNLISTED): "always",
    ("anonymous", Visibility.PUBLIC): "with anonymous access",
    ("anonymous", Visibility.UNLISTED): "with anonymous access",
}
TABLE = list(product(VIEWERS, Visibility, [False, True], [False, True]))


def video(visibility: Visibility, *, deleted: bool = False, epoch: int = 0) -> AccessFacts:
    return AccessFacts("ada", visibility, deleted, epoch)


@pytest.mark.parametrize(("viewer", "visibility", "deleted", "anonymous_access"), TABLE)
def test_who_sees_what(viewer: str, visibility: Visibility, deleted: bool, anonymous_access: bool) -> None:
    rule = SEEN.get((viewer, visibility))
    expected = not deleted and (rule == "always" or (rule is not None and anonymous_access))
    seen = may_view(VIEWERS[viewer], video(visibility, deleted=deleted), anonymous_access=anonymous_access)
    assert seen is expected


@pytest.mark.parametrize(
    ("viewer", "visibility", "deleted"), list(product(VIEWERS, Visibility, [False, True]))
)
def test_who_changes_what(viewer: str, visibility: Visibility, deleted: bool) -> None:
    # A deleted video stays its owner's: deleting can be undone.
    assert may_edit(VIEWERS[viewer], video(visibility, deleted=deleted)) is (viewer == "owner")


@pytest.mark.parametrize(
    ("visibility", "anonymous_access", "needed"),
    [
        (Visibility.PUBLIC, True, False),
        (Visibility.PUBLIC, False, True),
        (Visibility.UNLISTED, True, True),
        (Visibility.UNLISTED, False, True),
        (Visibility.PRIVATE, True, True),
        (Visibility.PRIVATE, False, True),
    ],
)
def test_which_media_needs_a_grant(visibility: Visibility, anonymous_access: bool, needed: bool) -> None:
    assert needs_grant(video(visibility), anonymous_access=anonymous_access) is needed


@pytest.mark.parametrize(("visibility", "anonymous_access"), list(product(Visibility, [False, True])))
def test_media_without_a_grant_is_seen_by_everyone(visibility: Visibility, anonymous_access: bool) -> None:
    if not needs_grant(video(visibility), anonymous_access=anonymous_access):
        for viewer in VIEWERS.values():
            assert may_view(viewer, video(visibility), anonymous_access=anonymous_access)


def test_nobody_is_not_the_owner_of_a_video_without_one() -> None:
    orphan = AccessFacts("", Visibility.PRIVATE, deleted=False, epoch=0)
    assert not may_edit(Viewer(), orphan)
    assert not may_view(Viewer(), orphan, anonymous_access=True)
    assert not may_edit(Viewer("Ada"), video(Visibility.PRIVATE)), "ids are compared exactly"


@pytest.mark.parametrize(
    ("duration_seconds", "hours"),
    [(None, 6), (0.0, 6), (3600.0, 6), (3 * 3600.0, 6), (3.5 * 3600, 7), (12 * 3600.0, 24)],
)
def test_a_grant_lasts_six_hours_or_twice_the_video(duration_seconds: float | None, hours: int) -> None:
    assert grant_lifetime_seconds(duration_seconds) == hours * 3600
