"""The weights of a network as bytes: safetensors, with the trial, the step and a checksum in the header. No torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from inr.record_content import checksum

LAST, BEST = "weights.safetensors", "best.safetensors"
"""Files of a record: the weights of the last evaluation, and of the best where it is another."""

_KEY = "inr"
"""One entry of the header's metadata: the library writes several in no fixed order, and bytes should repeat."""


@dataclass(frozen=True, eq=False)
class Weights:
    """The parameters of a trial's network after ``step`` steps, by name."""

    trial_id: str
    step: int
    arrays: Mapping[str, NDArray[Any]]

    def to_bytes(self) -> bytes:
        """Serialise as the content of a ``.safetensors`` file; equal weights give equal bytes."""
        about = {"trial_id": self.trial_id, "step": self.step, "checksum": self._checksum()}
        return safetensors.numpy.save(dict(self.arrays), {_KEY: json.dumps(about)})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Weights":
        """Read the content of a file. Raises an error of one of several classes for anything else."""
        size = int.from_bytes(data[:8], "little")
        about = json.loads(json.loads(data[8 : 8 + size])["__metadata__"][_KEY])
        weights = cls(str(about["trial_id"]), int(about["step"]), safetensors.numpy.load(data))
        if about["checksum"] != weights._checksum():
            raise ValueError("its checksum does not fit: it was changed after it was written")
        return weights

    def _checksum(self) -> str:
        parts = [
            f"{name} {a.dtype.str} {a.shape} ".encode() + np.ascontiguousarray(a).tobytes()
            for name, a in sorted(self.arrays.items())
        ]
        return checksum(b"".join(parts))
