"""Who may do what with a video: the one rule behind every byte and every field."""

from dataclasses import dataclass
from datetime import datetime

from video_service.domain.video import Visibility

#: In a media URL, the place of the grant when none is needed.
PUBLIC = "public"
ADMIN = "admin"
MODERATORS = frozenset({"moderator", ADMIN})
#: A pass is renewed with its link's secret.
PASS_LIFETIME_SECONDS = 12 * 3600.0


@dataclass(frozen=True)
class OpenedLink:
    """What a genuine pass says: its bearer opened this link of this video."""

    video_id: str
    link_id: str


@dataclass(frozen=True)
class Viewer:
    """Who is asking. Anonymous viewers have no id."""

    user_id: str | None = None
    name: str = ""
    role: str = "user"
    opened: OpenedLink | None = None


@dataclass(frozen=True)
class AccessFacts:
    """What the rule needs to know of a video."""

    owner_id: str
    visibility: Visibility
    deleted: bool
    epoch: int
    """Raised when visibility, sharing or the right to download changes; ends the grants made before."""


@dataclass(frozen=True)
class Shared:
    """How a video is shared with one viewer."""

    by_name: bool = False
    by_link: bool = False
    """The viewer opened a link that still exists and has not expired."""
    link_ends_at: datetime | None = None
    """``None``: never by itself."""


NOT_SHARED = Shared()


def may_edit(viewer: Viewer, video: AccessFacts) -> bool:
    """Only its owner changes, shares and deletes a video."""
    return viewer.user_id is not None and viewer.user_id == video.owner_id


def may_moderate(viewer: Viewer, video: AccessFacts) -> bool:
    """Moderators hide and delete what others offer to everybody; what is private stays so."""
    offered = not video.deleted and video.visibility is not Visibility.PRIVATE
    return offered and viewer.role in MODERATORS and not may_edit(viewer, video)


def may_view(
    viewer: Viewer, video: AccessFacts, shared: Shared = NOT_SHARED, *, anonymous_access: bool
) -> bool:
    """Whether the viewer may know of the video at all. A deleted one is seen by nobody."""
    if video.deleted:
        return False
    if may_edit(viewer, video):
        return True
    if viewer.user_id is None and not anonymous_access:
        return False
    return video.visibility is not Visibility.PRIVATE or shared.by_name or shared.by_link


def view_ends_at(viewer: Viewer, video: AccessFacts, shared: Shared) -> datetime | None:
    """When what a viewer may see ends by itself: with the link that alone shows it to them."""
    only_by_link = video.visibility is Visibility.PRIVATE and not shared.by_name
    return None if may_edit(viewer, video) or not only_by_link else shared.link_ends_at


def needs_grant(video: AccessFacts, *, anonymous_access: bool) -> bool:
    """Whether media URLs must carry a grant. Only media that is open to everyone needs none."""
    return video.visibility is not Visibility.PUBLIC or not anonymous_access


def download_subject(video_id: str) -> str:
    """What a grant of the file is of: who may watch a video may not always have it."""
    return f"{video_id}/download"


def grant_lifetime_seconds(duration_seconds: float | None) -> float:
    """Long enough for a native player, which cannot renew it: 6 h, or twice the video's length."""
    return max(6 * 3600.0, 2 * (duration_seconds or 0.0))
