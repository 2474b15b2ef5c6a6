"""What a disk, a person or another program may make of a file: strategies for property tests."""

import json

from hypothesis import strategies as st

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
SHAPES = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner))
"""JSON of any shape."""


def mutations(content: bytes) -> st.SearchStrategy[bytes]:
    """The content with a byte flipped, cut, or replaced by JSON of any shape."""
    places = st.integers(0, max(0, len(content) - 1))
    flipped = st.tuples(places, st.integers(1, 255)).map(lambda at: _flipped(content, *at))
    return flipped | places.map(lambda end: content[:end]) | SHAPES.map(lambda value: json.dumps(value).encode())


def _flipped(content: bytes, place: int, bits: int) -> bytes:
    return content[:place] + bytes(byte ^ bits for byte in content[place : place + 1]) + content[place + 1 :]
