"""Who may do what with a video: the one rule behind every byte and every field."""

from dataclasses import dataclass

from video_service.domain.video import Visibility

#: In a media URL, the place of the grant when none is needed.
PUBLIC = "public"


@dataclass(frozen=True)
class Viewer:
    """Who is asking. Anonymous viewers have no id."""

    user_id: str | None = None
    name: str = ""
    role: str = "user"


@dataclass(frozen=True)
class AccessFacts:
    """What the rule needs to know of a video."""

    owner_id: str
    visibility: Visibility
    deleted: bool
    epoch: int
    """Raised when visibility or sharing changes; ends the grants made before."""


def may_edit(viewer: Viewer, video: AccessFacts) -> bool:
    """Only its owner changes or deletes a video."""
    return viewer.user_id is not None and viewer.user_id == video.owner_id


def may_view(viewer: Viewer, video: AccessFacts, *, anonymous_access: bool) -> bool:
    """Whether the viewer may know of the video at all. A deleted one is seen by nobody."""
    if video.deleted:
        return False
    if may_edit(viewer, video):
        return True
    if viewer.user_id is None and not anonymous_access:
        return False
    return video.visibility is not Visibility.PRIVATE


def needs_grant(video: AccessFacts, *, anonymous_access: bool) -> bool:
    """Whether media URLs must carry a grant. Only media that is open to everyone needs none."""
    return video.visibility is not Visibility.PUBLIC or not anonymous_access


def grant_lifetime_seconds(duration_seconds: float | None) -> float:
    """Long enough for a native player, which cannot renew it: 6 h, or twice the video's length."""
    return max(6 * 3600.0, 2 * (duration_seconds or 0.0))
