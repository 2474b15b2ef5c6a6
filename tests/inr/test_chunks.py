"""Every point is in one chunk, every chunk in one thread's share."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inr.activations.periodic import Sine
from inr.chunks import CHUNK_VALUES, on_threads, shares
from inr.derivatives import plan_for
from tests.cases import small_network


@given(points=st.integers(1, 500), threads=st.integers(1, 9), width=st.integers(1, 60), order=st.integers(0, 2))
def test_shares_are_all_points_once_in_equal_chunks(points, threads, width, order):
    plan, before = plan_for(small_network(Sine()), order), CHUNK_VALUES["cpu"]
    CHUNK_VALUES["cpu"] = 240
    try:
        dealt = shares(points, plan, torch.empty(width, 2), threads)
    finally:
        CHUNK_VALUES["cpu"] = before
    chunks = [chunk for share in dealt for chunk in share]
    assert [i for chunk in chunks for i in range(points)[chunk]] == list(range(points))
    sizes = [chunk.stop - chunk.start for chunk in chunks]
    assert 1 <= min(sizes) <= max(sizes) <= max(min(sizes) + 1, 1)
    assert max(sizes) * width * plan.planes <= 240 or max(sizes) == 1
    assert len(dealt) == min(threads, len(chunks))
    assert len({len(share) for share in dealt}) == 1 or len(chunks) == points


def test_a_fault_in_a_thread_is_the_callers():
    with pytest.raises(ZeroDivisionError):
        on_threads(lambda i: 1 / i, [1, 0, 2], threads=2)
