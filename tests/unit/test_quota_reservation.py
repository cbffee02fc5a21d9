"""Quotas: what a new upload gets, and what it never gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_service.domain.errors import QuotaExceeded, RateLimited
from video_service.domain.quotas import UNKNOWN_SIZE, Quotas, Usage, reserve

limits = st.integers(0, 100)


@given(
    quotas=st.builds(Quotas, limits, limits, st.integers(0, 5)),
    uploads=st.lists(
        st.tuples(
            st.one_of(st.just(UNKNOWN_SIZE), st.integers(1, 60)), st.integers(60, 120), st.integers(0, 5)
        )
    ),
)
def test_no_sequence_of_uploads_gets_more_than_the_quotas(
    quotas: Quotas, uploads: list[tuple[int, int, int]]
) -> None:
    reserved: list[int] = []
    for size_bytes, max_size_bytes, open_uploads in uploads:
        usage = Usage(sum(reserved), sum(reserved), open_uploads)
        try:
            got = reserve(quotas, usage, size_bytes, max_size_bytes)
        except QuotaExceeded as error:
            limit, used = int(error.data["limit_bytes"]), int(error.data["used_bytes"])
            assert used == sum(reserved)
            assert limit in (quotas.storage_bytes, quotas.daily_bytes)
            # What was refused would not have fitted.
            assert used + max(size_bytes, 1) > limit > 0
        except RateLimited:
            assert 0 < quotas.concurrent_uploads <= open_uploads
        else:
            assert not 0 < quotas.concurrent_uploads <= open_uploads
            assert got == size_bytes or (size_bytes == UNKNOWN_SIZE and 1 <= got <= max_size_bytes)
            reserved.append(got)
        for quota in filter(None, (quotas.storage_bytes, quotas.daily_bytes)):
            assert sum(reserved) <= quota


def test_an_unknown_length_gets_what_the_tighter_quota_leaves() -> None:
    usage = Usage(stored_bytes=70, uploaded_today_bytes=40, open_uploads=1)
    assert reserve(Quotas(100, 50), usage, UNKNOWN_SIZE, 1000) == 10
    assert reserve(Quotas(100, 500), usage, UNKNOWN_SIZE, 1000) == 30
    assert reserve(Quotas(100, 500), usage, UNKNOWN_SIZE, 20) == 20
    assert reserve(Quotas(), usage, UNKNOWN_SIZE, 1000) == 1000


@pytest.mark.parametrize(
    ("quotas", "size_bytes", "data"),
    [
        (Quotas(100, 0), 31, {"quota": "storage", "limit_bytes": "100", "used_bytes": "70"}),
        (Quotas(0, 50), 11, {"quota": "daily", "limit_bytes": "50", "used_bytes": "40"}),
        (Quotas(70, 0), UNKNOWN_SIZE, {"quota": "storage", "limit_bytes": "70", "used_bytes": "70"}),
        (Quotas(60, 0), 1, {"quota": "storage", "limit_bytes": "60", "used_bytes": "70"}),
    ],
)
def test_a_refusal_says_which_quota_and_how_much_is_used(
    quotas: Quotas, size_bytes: int, data: dict[str, str]
) -> None:
    with pytest.raises(QuotaExceeded) as refusal:
        reserve(quotas, Usage(70, 40, 1), size_bytes, 1000)
    assert refusal.value.data == data
