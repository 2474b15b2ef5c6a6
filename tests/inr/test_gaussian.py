"""The Gaussian answer: Ledoit and Wolf's shrinkage, and the posterior mean, against their definitions."""

import numpy as np
import pytest

from inr.gaussian import Gaussian


def random_pictures(count, pixels, seed=0):
    draw = np.random.default_rng(seed).normal
    return draw(size=(count, 3)) @ draw(size=(3, pixels)) + 0.5 * draw(size=(count, pixels)) + draw(size=pixels)


def shrunk(pictures):
    """Ledoit and Wolf's S, m and ρ from lemmas 3.2 to 3.5 of their article, one picture after the other."""
    x = pictures - pictures.mean(0)
    count, pixels = x.shape
    s = sum(np.outer(row, row) for row in x) / count
    m = np.trace(s) / pixels
    inner = lambda a: np.sum(a * a) / pixels  # noqa: E731
    error = sum(inner(np.outer(row, row) - s) for row in x) / count**2
    return s, m, min(error, inner(s - m * np.eye(pixels))) / inner(s - m * np.eye(pixels))


@pytest.mark.parametrize("shape", [(12, 30), (40, 9)])
def test_the_shrinkage_is_ledoit_and_wolfs(shape):
    pictures = random_pictures(*shape)
    law = Gaussian.of(pictures)
    _, m, shrinkage = shrunk(pictures)
    assert 0 < law.shrinkage < 1
    assert law.level == pytest.approx(m)
    assert law.shrinkage == pytest.approx(shrinkage)


def test_the_shrinkage_is_scikit_learns():
    covariance = pytest.importorskip("sklearn.covariance")
    pictures = random_pictures(12, 30)
    law = Gaussian.of(pictures)
    expected, shrinkage = covariance.ledoit_wolf(pictures)
    assert law.shrinkage == pytest.approx(shrinkage)
    found = (1 - law.shrinkage) * law.deviations.T @ law.deviations / 12 + law.shrinkage * law.level * np.eye(30)
    np.testing.assert_allclose(found, expected)


def test_the_posterior_mean_minimises_the_gaussian_energy():
    pictures = random_pictures(12, 30)
    law, (_, m, shrinkage) = Gaussian.of(pictures), shrunk(pictures)
    values, known = random_pictures(1, 30, seed=1)[0], np.arange(30) % 3 == 0
    # −log p(u) − log p(y | u) at u = μ + Xᵀ a, of which the mean is the minimum: y = u + N(0, ρ m I) where known
    x, y = law.deviations, (values - pictures.mean(0))[known]
    inverse = 12 * np.linalg.pinv(x @ x.T) / (1 - shrinkage)
    weights = np.linalg.solve(
        x[:, known] @ x[:, known].T / (shrinkage * m) + x @ x.T @ inverse, x[:, known] @ y / (shrinkage * m)
    )
    np.testing.assert_allclose(law.posterior(values, known), pictures.mean(0) + x.T @ weights)


def test_equal_pictures_have_an_answer_too():
    law = Gaussian.of(np.tile(np.linspace(-1, 1, 6), (4, 1)))
    assert law.shrinkage == 1
    np.testing.assert_allclose(law.posterior(np.ones(6), np.arange(6) < 2), np.linspace(-1, 1, 6))
