"""The zoo of activations. To add one, write one class in a module of this folder: it is found and tested."""

import importlib
import pkgutil

from inr.activations.base import REGISTRY, Activation

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

ACTIVATIONS: dict[str, type[Activation]] = dict(sorted(REGISTRY.items()))
"""Name → class of every activation."""

__all__ = ["ACTIVATIONS", "Activation"]
