"""Blending: the gradient of a weighted sum of two pictures, cut to one grid."""

import numpy as np
import pytest
from PIL import Image as Pillow

from inr.config import TrialConfig
from inr.errors import InputError, UsageError
from inr.jet import Jet
from inr.operators import OPERATORS
from inr.signals import blended, load_signal, middle_of
from inr.trial import problem_of
from tests import oracles


def problem(**flat):
    return problem_of(TrialConfig.from_flat({"task": "blend", "size": 24, **flat}))


def pictures(*names, size=24):
    return [load_signal(name, size, "gray") for name in names]


def test_the_target_is_the_sum_of_both_gradients():
    first, second = pictures("camera", "moon")
    (group,) = problem(other_image="moon", alpha=0.3).groups
    gradients = [OPERATORS["sobel"]().gradient(each.values, each.spacing) for each in (first, second)]
    expected = 0.3 * gradients[0] + 0.7 * gradients[1]
    np.testing.assert_allclose(group.data["gradient"], expected.reshape(-1, 1, 2), atol=1e-12)


def test_the_closed_form_answer_is_the_sum_but_for_a_constant():
    first, second = pictures("camera", "moon")
    answer = 0.3 * first.values + 0.7 * second.values
    judge = problem(other_image="moon", alpha=0.3).judge
    gradient = judge.reference.maps.gradient.reshape(-1, 1, 2)
    scores = judge.scores(Jet(answer.reshape(-1, 1) + 0.4, gradient, np.zeros((answer.size, 1, 1))))
    assert judge.rank_by == "image/psnr_aligned"
    assert scores["image/psnr_aligned"] > 250
    assert scores["image/psnr"] == pytest.approx(oracles.psnr(answer + 0.4, answer, 2.0))
    assert scores["image/psnr_solve"] < scores["image/psnr_ceiling"] < 60


def test_the_solution_by_cosines_is_that_of_dense_least_squares():
    """Differences of neighbours against the targets' means between them, from scratch."""
    judge = problem(size=12, other_image="moon").judge
    h, gradient, truth = judge.signal.spacing, judge.reference.maps.gradient[..., 0, :], judge.signal.values[..., 0]

    def steps(image):
        return np.concatenate([np.diff(image[..., 0], axis=0).ravel(), np.diff(image[..., 0], axis=1).ravel()]) / h

    down = [(gradient[i, j, 0] + gradient[i + 1, j, 0]) / 2 for i in range(11) for j in range(12)]
    right = [(gradient[i, j, 1] + gradient[i, j + 1, 1]) / 2 for i in range(12) for j in range(11)]
    matrix = np.concatenate([oracles.matrix_of(steps, (12, 12)), np.ones((1, 144))])
    found = np.linalg.lstsq(matrix, np.array([*down, *right, truth.sum()]))[0].reshape(12, 12)
    assert judge.constants["image/psnr_solve"] == pytest.approx(oracles.psnr(found, truth, 2.0), abs=1e-6)


@pytest.mark.parametrize(("alpha", "name"), [(1.0, "camera"), (0.0, "moon")])
def test_at_its_ends_it_is_one_picture(alpha, name):
    (found,), (expected,) = (
        problem(other_image="moon", alpha=alpha).groups,
        problem_of(TrialConfig.from_flat({"size": 24, "image": name, "loss": "gradient"})).groups,
    )
    np.testing.assert_allclose(found.data["gradient"], expected.data["gradient"], atol=1e-12)


def test_two_closed_forms_have_exact_derivatives():
    exact = {"image": "sinusoids", "other_image": "gaussians", "operator": "analytic"}
    judge = problem(**exact).judge
    first, second = pictures("sinusoids", "gaussians")
    np.testing.assert_allclose(judge.reference.maps.laplacian, (first.laplacian + second.laplacian) / 2)
    with pytest.raises(UsageError, match="--operator=analytic got --other_image=moon, which has no closed form"):
        problem(**{**exact, "other_image": "moon"})


def test_the_second_picture_is_cut_to_the_proportions_of_the_first():
    first = problem(image="coffee", other_image="camera")
    assert first.data_shape == (16, 24, 1)
    assert first.notes == ("'camera' was cut to its middle 16x24 pixels.",)
    whole = load_signal("coffee", 36, "gray").values
    second = problem(image="camera", other_image="coffee", alpha=0.0).judge.signal.values
    np.testing.assert_array_equal(second, whole[:, 6:30])


def test_a_picture_that_is_cut_keeps_its_exact_derivatives():
    (whole,) = pictures("sinusoids")
    part = middle_of(whole, 16, 24)
    np.testing.assert_array_equal(part.gradient, whole.gradient[4:20])
    np.testing.assert_allclose(part.coordinates, whole.coordinates[4:20], atol=1e-12)


def test_an_array_is_blended_with_the_second_picture():
    flat = {"task": "blend", "size": 24, "other_image": "moon"}
    camera, moon = pictures("camera", "moon")
    task = TrialConfig.from_flat(flat).task
    np.testing.assert_allclose(
        task.fitted_to(camera, 0).judge.signal.values, (camera.values + moon.values) / 2, atol=1e-12
    )


@pytest.mark.parametrize("alpha", [-0.1, 1.5])
def test_a_weight_outside_its_range_is_refused(alpha):
    with pytest.raises(UsageError, match=rf"^--alpha got {alpha}: expected a number from 0 to 1$"):
        problem(alpha=alpha)


def test_pictures_that_cancel_one_another_are_refused():
    (camera,) = pictures("camera")
    with pytest.raises(InputError, match="add up to a constant, so there is nothing to learn; give another --alpha"):
        blended(camera, type(camera)("negative", -camera.values), 0.5)


def test_a_name_that_is_not_known_is_refused_with_its_flag():
    with pytest.raises(UsageError, match=r"^other_image is 'mooon'; expected .* did you mean 'moon'\?$"):
        problem(other_image="mooon")


def test_the_second_picture_counts_by_its_bytes(tmp_path):
    pixels = (np.random.default_rng(0).random((24, 24)) * 255).astype(np.uint8)
    for name, content in (("a.png", pixels), ("b.png", pixels), ("c.png", pixels.T)):
        Pillow.fromarray(content).save(tmp_path / name)
    flat = {"task": "blend", "size": 24}
    ids = [TrialConfig.from_flat({**flat, "other_image": str(tmp_path / f"{n}.png")}).trial_id for n in "abc"]
    assert ids[0] == ids[1] != ids[2]


def test_the_title_names_both_with_their_weights():
    config = TrialConfig.from_flat({"task": "blend", "alpha": 0.25})
    assert config.task.title(config.flat()).startswith("0.25 camera + 0.75 astronaut 64 px, gradient loss")
