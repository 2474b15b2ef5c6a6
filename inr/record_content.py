"""The files of a record: written with checksums, checked when they are read.

A file that a disk, a person or another program has changed ends in one sentence, never in a traceback, and never in a
number that no trial had.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import pydantic

from inr.errors import InputError

DIGEST = "digest"
"""The key of the checksum over everything else in ``record.json``."""

Score = float | None
Value = str | int | float | bool | None


class _Checked(pydantic.BaseModel):
    """The types of a record. Records of earlier versions lack some keys, those of later ones have more."""

    model_config = pydantic.ConfigDict(strict=True)

    trial_id: str
    status: str
    config: Annotated[dict[str, Value], pydantic.Field(min_length=1)]
    metrics: dict[str, Score] = {}
    best: dict[str, Value] = {}
    timing: dict[str, Score] = {}
    environment: dict[str, Any] = {}
    notes: list[str] = []
    learned: dict[str, list[Score | Annotated[list[Score], pydantic.Field(min_length=1)]]] = {}
    reason: str | None = None
    files: dict[str, str] = {}


LEARNED = "learned"
"""The family of the metrics that tell what was learned."""


def learned_metrics(learned: Mapping[str, Sequence[Any]]) -> dict[str, Score]:
    """Name what a record tells of learned hyperparameters as metrics: ``learned/omega_0/layer_1``, its number.

    Of quantiles, of neurons or terms that have numbers of their own, it is the median. A layer without has none.
    """
    values = ((name, place, value) for name, layers in learned.items() for place, value in enumerate(layers, start=1))
    return {
        f"{LEARNED}/{name}/layer_{place}": value[len(value) // 2] if isinstance(value, Sequence) else value
        for name, place, value in values
        if value is not None
    }


_ROW = pydantic.TypeAdapter(dict[str, Score], config=pydantic.ConfigDict(strict=True))


def record_text(content: Mapping[str, Any]) -> str:
    """Write a record's content as the text of ``record.json``, with its checksum."""
    finite = _finite(content)
    return json.dumps({**finite, DIGEST: _digest(finite)}, indent=1, allow_nan=False)


def row_text(row: Mapping[str, Any]) -> str:
    """Write one evaluation as a line of ``history.jsonl``."""
    return json.dumps(_finite(row), allow_nan=False)


def read_record(text: bytes) -> dict[str, Any]:
    """Read the text of a ``record.json``, of this or another version, as a dict without the checksum.

    Raises :class:`ValueError` with a short reason for anything that is not a whole record.
    """
    content = _loads(text)
    if not isinstance(content, dict):
        raise ValueError("it is not a JSON object")
    written = content.pop(DIGEST, None)
    try:
        _Checked.model_validate(content)
    except pydantic.ValidationError as error:
        raise ValueError(_reason(error)) from error
    if written is not None and written != _digest(content):
        raise ValueError("its checksum does not fit: it was changed after it was written")
    if content["status"] == "finished" and not content.get("metrics"):
        raise ValueError("it is finished and has no metrics")
    return content


def read_row(line: str) -> dict[str, Any]:
    """Read a line of ``history.jsonl``: an evaluation. Raises :class:`ValueError` for anything else."""
    row = _loads(line)
    _ROW.validate_python(row)
    if not isinstance(row.get("step"), int):
        raise ValueError("it has no step")
    return dict(row)


def checksum(data: bytes) -> str:
    """Compute the checksum of a file's bytes: 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def file_checksum(path: Path) -> str:
    """Compute the :func:`checksum` of a file's bytes, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def damaged(path: Path) -> InputError:
    """Make the error for a file of a record that is not what was written."""
    return InputError(f"cannot read {path}: it is damaged; delete its folder to train again")


@contextmanager
def damage_of(path: Path) -> Iterator[None]:
    """Turn every error of the block, which reads ``path``, into :class:`InputError`.

    On bytes that are no archive zipfile, zlib, pickle and NumPy raise errors of more than ten classes.
    """
    try:
        yield
    except Exception as error:
        raise damaged(path) from error


def _loads(text: bytes | str) -> Any:
    """JSON in which a number that is not finite (NaN, 1e999) is None, as in everything that we write."""
    try:
        return json.loads(text, parse_constant=lambda _: None, parse_float=_float)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _float(text: str) -> Score:
    number = float(text)
    return number if math.isfinite(number) else None


def _digest(content: Mapping[str, Any]) -> str:
    return checksum(json.dumps(content).encode())


def _reason(error: pydantic.ValidationError) -> str:
    """The first fault of several in a few words: ``its metrics/image/psnr is 'abc', not a valid number``."""
    first = error.errors(include_url=False)[0]
    name = "/".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"it has no {name}"
    if first["type"] == "dict_type":
        return f"its {name} is not an object"
    return f"its {name} is {str(first['input'])[:40]!r}: {first['msg'][:1].lower()}{first['msg'][1:]}"


def _finite(value: Any) -> Any:
    """The value with None in place of each number that JSON does not have (nan, inf)."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
