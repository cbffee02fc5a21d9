"""Access: the whole table of who may see and change which video."""

from datetime import UTC, datetime
from itertools import product

import pytest

from video_service.domain.access import (
    NOT_SHARED,
    AccessFacts,
    Shared,
    Viewer,
    grant_lifetime_seconds,
    may_edit,
    may_moderate,
    may_view,
    needs_grant,
    view_ends_at,
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


END = datetime(2030, 1, 1, tzinfo=UTC)
BY_NAME, BY_LINK = Shared(by_name=True), Shared(by_link=True, link_ends_at=END)
BOTH = Shared(by_name=True, by_link=True, link_ends_at=END)


@pytest.mark.parametrize("shared", [BY_NAME, BY_LINK, BOTH])
@pytest.mark.parametrize("anonymous_access", [True, False])
def test_sharing_shows_a_private_video_and_no_deleted_one(shared: Shared, anonymous_access: bool) -> None:
    bob, nobody = VIEWERS["other"], VIEWERS["anonymous"]
    private = video(Visibility.PRIVATE)
    assert may_view(bob, private, shared, anonymous_access=anonymous_access)
    assert may_view(nobody, private, shared, anonymous_access=anonymous_access) is anonymous_access
    gone = video(Visibility.PRIVATE, deleted=True)
    assert not may_view(bob, gone, shared, anonymous_access=anonymous_access)


@pytest.mark.parametrize(
    ("viewer", "visibility", "shared", "ends"),
    [
        ("other", Visibility.PRIVATE, BY_LINK, True),
        ("anonymous", Visibility.PRIVATE, BY_LINK, True),
        ("other", Visibility.PRIVATE, BY_NAME, False),
        ("other", Visibility.PRIVATE, BOTH, False),
        ("other", Visibility.UNLISTED, BY_LINK, False),
        ("owner", Visibility.PRIVATE, BY_LINK, False),
        ("other", Visibility.PUBLIC, NOT_SHARED, False),
    ],
)
def test_only_what_a_link_alone_shows_ends_with_it(
    viewer: str, visibility: Visibility, shared: Shared, ends: bool
) -> None:
    assert view_ends_at(VIEWERS[viewer], video(visibility), shared) == (END if ends else None)


@pytest.mark.parametrize(
    ("role", "visibility", "deleted"),
    list(product(["user", "moderator", "admin", "Moderator", ""], Visibility, [False, True])),
)
def test_who_moderates_what(role: str, visibility: Visibility, deleted: bool) -> None:
    offered = visibility is not Visibility.PRIVATE and not deleted
    expected = offered and role in ("moderator", "admin")
    assert may_moderate(Viewer("eve", role=role), video(visibility, deleted=deleted)) is expected
    assert not may_moderate(Viewer("ada", role=role), video(visibility)), "it is theirs anyway"
