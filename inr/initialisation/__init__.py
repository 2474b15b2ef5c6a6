"""Initialisation laws: how the weights of a coordinate MLP are drawn before training."""

from inr.initialisation import ordinary, siren, stable  # noqa: F401  each registers its laws
from inr.initialisation.base import INITIALISATIONS, Initialisation, Own, Place, places

__all__ = ["INITIALISATIONS", "Initialisation", "Own", "Place", "places"]
