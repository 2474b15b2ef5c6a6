"""The Gaussian answer: the most likely picture, given some of its pixels, of those that are like the pictures seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST = 1e-12
"""The least variance of the noise, of values in [-1, 1]: covariances are then never singular."""


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A Gaussian law of pictures of Q pixels, N(μ, (1 − ρ) S + ρ m I), where S is the covariance of N pictures.

    m is the mean of S's diagonal, and ρ the shrinkage of Ledoit & Wolf (2004, J. Multivariate Analysis 88, 365-411):
    the one that minimises the expected error of the covariance, in closed form. Nothing is tuned.
    """

    mean: Array
    """μ, (Q,)"""
    deviations: Array
    """(N, Q): X, with S = XᵀX / N."""
    shrinkage: float
    """ρ, in [0, 1]."""
    level: float
    """m"""

    @classmethod
    def of(cls, pictures: Array) -> "Gaussian":
        """Fit the law to pictures (N, Q)."""
        count, pixels = pictures.shape
        mean = pictures.mean(axis=0)
        x = pictures - mean
        squares = (x**2).sum(axis=1)
        level = squares.sum() / count / pixels
        products = x @ x.T if count <= pixels else x.T @ x
        norm = float((products**2).sum()) / count**2  # ‖S‖², the same of XXᵀ and XᵀX
        spread = norm - pixels * level**2
        error = float((squares**2).sum()) / count**2 - norm / count
        return cls(mean, x, min(1.0, max(0.0, error / spread)) if spread > 0 else 1.0, float(level))

    def posterior(self, values: Array, known: NDArray[np.bool_]) -> Array:
        """Compute the posterior mean (Q,) of a picture (Q,) of which the ``known`` pixels (Q,) are given.

        The isotropic part of the covariance counts as noise of each pixel: the mean is that of the rest. So all of the
        pixels give a picture as the law sees it, and not the pixels themselves.
        """
        given = self.deviations[:, known]
        signal = (1 - self.shrinkage) / len(given)
        noise = max(self.shrinkage * self.level, LEAST)
        covariance = signal * given.T @ given + noise * np.eye(given.shape[1])
        weights = np.linalg.solve(covariance, values[known] - self.mean[known])
        answer: Array = self.mean + signal * (given @ weights) @ self.deviations
        return answer
