"""Whatever a disk or a person makes of a journal is one sentence with its remedy, or is harmless."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_sweeps import spec_of

from inr.errors import InputError
from sweeps.crew.dashboard import failures, latest
from sweeps.search.queue import Worker
from sweeps.search.study import fill, open_study

KINDS = ("is damaged", "was begun with another space", "was begun by a version of this program")
DAMAGE = {
    "a line of something else": lambda lines: [*lines[:5], b"garbage{{{", *lines[5:]],
    "NULs": lambda lines: [*lines, b"\0" * 40],
    "an object without an operation": lambda lines: [*lines, b'{"a": 1}'],
    "a number": lambda lines: [*lines, b"5"],
    "nested without end": lambda lines: [*lines, b"[" * 200_000],
    "no text": lambda lines: [*lines, b"\xff\xfe"],
}


def begun(folder: Path):
    """A sweep of two trials, one of them done; its spec and its journal."""
    spec = spec_of(folder, "seed: {values: [1, 2]}")
    study = open_study(spec, folder / "x.journal")
    fill(study, spec)
    study.tell(Worker(study).claim(), 1.0)
    return spec, folder / "x.journal"


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_journal_is_one_sentence_with_the_remedy(tmp_path, damage):
    spec, journal = begun(tmp_path)
    journal.write_bytes(b"\n".join(DAMAGE[damage](journal.read_bytes().splitlines())) + b"\n")
    with pytest.raises(InputError) as error:
        open_study(spec, journal)
    assert str(error.value) == (
        f"the journal {str(journal)!r} is damaged: delete it and run the same command; "
        "the records of its trials are intact and will be found"
    )


@st.composite
def changed(draw, lines):
    """The lines of a journal with one taken, moved, repeated, cut, flipped or replaced."""
    at, to = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
    line, rest = lines[at], [*lines[:at], *lines[at + 1 :]]
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
    shapes = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner))
    place = draw(st.integers(0, len(line) - 1))
    flip = line[:place] + bytes([line[place] ^ draw(st.integers(1, 255))]) + line[place + 1 :]
    other = {**json.loads(line), "op_code": draw(st.integers(0, 12))}
    put = draw(st.sampled_from([[], [line, line], [line[:place]], [flip], ["shape"], [json.dumps(other).encode()]]))
    put = [json.dumps(draw(shapes)).encode()] if put == ["shape"] else put
    return [*rest[:to], *put, *rest[to:]]


@settings(deadline=None)
@given(data=st.data())
def test_whatever_becomes_of_a_journal_is_told_or_harmless(tmp_path_factory, data):
    spec, journal = begun(tmp_path_factory.mktemp("mutated"))
    lines = journal.read_bytes().splitlines()
    journal.write_bytes(b"\n".join(data.draw(changed(lines))) + b"\n")
    assert outcome(spec, journal) in ("read", *KINDS)


def outcome(spec, journal):
    try:
        study = open_study(spec, journal)
        fill(study, spec)
        failures(latest(study.get_trials()))
    except InputError as error:
        said = str(error).splitlines()[0]
        return next((kind for kind in KINDS if kind in said), said)
    return "read"
