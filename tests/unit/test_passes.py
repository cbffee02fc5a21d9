"""A pass says that its bearer opened one link of one video, until it expires."""

import base64
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from video_service.domain.access import OpenedLink
from video_service.domain.video import new_id
from video_service.storage.keys import HmacGrants, HmacPasses

NOW = datetime(2030, 1, 1, tzinfo=UTC)
KEY = b"k" * 32
PASSES = HmacPasses(KEY)


def test_a_pass_says_which_link_was_opened_until_it_expires() -> None:
    opened = OpenedLink(new_id(), new_id())
    issued = PASSES.issue(opened, NOW + timedelta(hours=1))
    assert PASSES.opened(issued, NOW) == opened
    assert PASSES.opened(issued, NOW + timedelta(hours=1)) is None
    assert HmacPasses(b"x" * 32).opened(issued, NOW) is None


@given(position=st.integers(0, 76), flip=st.integers(1, 255))
def test_no_byte_of_a_pass_can_be_changed(position: int, flip: int) -> None:
    issued = PASSES.issue(OpenedLink("a" * 26, "b" * 26), NOW + timedelta(hours=1))
    raw = bytearray(base64.urlsafe_b64decode(issued + "=" * (-len(issued) % 4)))
    assert len(raw) == 77
    raw[position] ^= flip
    assert PASSES.opened(base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), NOW) is None


@given(st.text(max_size=300))
def test_garbage_is_no_pass(text: str) -> None:
    assert PASSES.opened(text, NOW) is None


def test_passes_and_grants_of_the_same_key_are_never_taken_for_each_other() -> None:
    video, later = new_id(), NOW + timedelta(hours=1)
    grants = HmacGrants(KEY)
    assert PASSES.opened(grants.issue(video, 1, later), NOW) is None
    assert grants.epoch_granted(PASSES.issue(OpenedLink(video, new_id()), later), video, NOW) is None
