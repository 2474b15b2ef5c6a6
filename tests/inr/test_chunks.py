"""Every point is in one chunk, every chunk in one thread's share."""

import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inr.chunks import CHUNK_VALUES, on_threads, shares
from inr.planes.choose import cheapest
from tests.fits import TERMS, ask_of


@given(points=st.integers(1, 500), threads=st.integers(1, 9), width=st.integers(1, 60), terms=st.integers(1, 3))
def test_shares_are_all_points_once_in_equal_chunks(points, threads, width, terms):
    plan = cheapest(ask_of(TERMS[:terms]), 2, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CHUNK_VALUES, "cpu", 240)
        patch.setattr("inr.chunks.THREAD_VALUES", 60)
        dealt = shares(points, plan, torch.empty(width, 2), threads)
    chunks = [chunk for share in dealt for chunk in share]
    assert [i for chunk in chunks for i in range(points)[chunk]] == list(range(points))
    sizes = [chunk.stop - chunk.start for chunk in chunks]
    assert 1 <= min(sizes) <= max(sizes) <= max(min(sizes) + 1, 1)
    assert max(sizes) * width * plan.planes <= 240 or max(sizes) == 1
    wanted = max(1, min(threads, points, points * width * plan.planes // 60))
    assert len(dealt) == wanted or (len(chunks) == points and len(dealt) < wanted)  # no point is split
    assert len({len(share) for share in dealt}) == 1 or len(chunks) == points


@pytest.mark.parametrize("in_turn", [True, False])
def test_a_fault_in_a_thread_is_the_callers(in_turn):
    with pytest.raises(ZeroDivisionError):
        on_threads(lambda i: 1 / i, [1, 0, 2], in_turn=in_turn)


def test_threads_work_at_the_same_time_or_in_turn():
    meeting = threading.Barrier(3, timeout=20)
    assert sorted(on_threads(lambda i: meeting.wait(), range(3))) == [0, 1, 2]
    names = on_threads(lambda i: threading.current_thread().name, range(3), in_turn=True)
    assert len(set(names)) == 1
    assert names[0] != threading.current_thread().name
    assert on_threads(lambda i: threading.current_thread(), [0]) == [threading.current_thread()]
