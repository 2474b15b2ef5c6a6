"""Coordinate networks: fit one to an image in memory, or load the one of a record.

``inr.fit(image, **parameters)`` trains and returns an :class:`inr.fitting.Result`; ``inr.load(folder)`` returns the
:class:`inr.fitted.Network` of a record. What is imported from here is loaded on first use: it needs torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inr.errors import InputError, UsageError
    from inr.fitted import Network
    from inr.fitting import Result, fit
    from inr.loading import load
    from inr.trial import Diverged

__all__ = ["Diverged", "InputError", "Network", "Result", "UsageError", "fit", "load"]

_HOME = {
    **dict.fromkeys(("InputError", "UsageError"), "inr.errors"),
    **dict.fromkeys(("Result", "fit"), "inr.fitting"),
    "Network": "inr.fitted",
    "load": "inr.loading",
    "Diverged": "inr.trial",
}
"""Name → the module that has it."""


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'inr' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
