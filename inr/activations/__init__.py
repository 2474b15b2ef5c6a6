"""The zoo of activations. To add one, write one class in a module of this folder: it is found and tested."""

import importlib
import pkgutil
from typing import cast

from inr.activations.base import Activation
from inr.choices import options

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

ACTIVATIONS = cast(dict[str, type[Activation]], options("activation"))
"""Name → class of every activation."""

__all__ = ["ACTIVATIONS", "Activation"]
