"""A picture that follows a field: its targets, its exact answer, its border, and what is refused."""

import numpy as np
import pytest
from PIL import Image as Pillow

from inr.config import TrialConfig
from inr.errors import InputError, UsageError
from inr.jet import Jet
from inr.operators import OPERATORS
from inr.poisson import differences
from inr.seamless import seamless_clone
from inr.signals import load_signal, region_mask
from inr.trial import problem_of, run_trial
from tests import oracles

SOBEL = OPERATORS["sobel"]()


def config(**flat):
    return TrialConfig.from_flat({"task": "poisson", "size": 24, **flat})


def problem(**flat):
    return problem_of(config(**flat))


def pictures(size=24):
    return [load_signal(name, size, "gray") for name in ("camera", "moon")]


def derived(problem):
    """The targets of the derivatives on the grid, and where they count."""
    data = problem.groups[0].data
    return {name: values.reshape(*problem.data_shape[:2], *values.shape[1:]) for name, values in data.items()}


def test_its_own_gradient_and_laplacian_are_the_pictures():
    camera, _ = pictures()
    found = derived(problem(loss="gradient+laplacian"))
    np.testing.assert_array_equal(found["gradient"], SOBEL.gradient(camera.values, camera.spacing))
    np.testing.assert_array_equal(found["laplacian"], SOBEL.laplacian(camera.values, camera.spacing))
    assert (found["inside"] == found["smooth"]).all()


def test_a_clone_follows_the_second_picture_inside_the_region():
    camera, moon = pictures()
    region = region_mask("disc", 24, 24)
    own, other = (SOBEL.gradient(each.values, each.spacing) for each in (camera, moon))
    found = derived(problem(guidance="clone"))["gradient"]
    np.testing.assert_array_equal(found[region], other[region])
    np.testing.assert_array_equal(found[~region], own[~region])


def test_the_stronger_gradient_is_taken_inside_the_region_only():
    camera, moon = pictures()
    own, other = (SOBEL.gradient(each.values, each.spacing)[:, :, 0] for each in (camera, moon))
    region = region_mask("square", 24, 24)
    found = derived(problem(guidance="stronger", region="square"))["gradient"][:, :, 0]
    for i, j in np.ndindex(24, 24):
        stronger = region[i, j] and np.hypot(*other[i, j]) > np.hypot(*own[i, j])
        assert found[i, j].tolist() == (other if stronger else own)[i, j].tolist()
    taken = (found == other).all(-1)
    assert 0.1 < taken[region].mean() < 0.9


@pytest.mark.parametrize("guidance", ["clone", "stronger"])
def test_the_laplacian_of_a_composed_field_is_its_divergence(guidance):
    built = problem(guidance=guidance, loss="gradient+laplacian")
    found, h = derived(built), built.judge.signal.spacing
    v, i, j = found["gradient"][:, :, 0], 9, 14
    across = v[i + 1, j, 0] - v[i - 1, j, 0] + v[i, j + 1, 1] - v[i, j - 1, 1]
    assert found["laplacian"][i, j, 0] == pytest.approx(across / (2 * h))


@pytest.mark.parametrize("guidance", ["clone", "stronger"])
def test_the_answer_keeps_the_picture_outside_the_region_and_follows_the_field_inside(guidance):
    camera, moon = pictures()
    region = region_mask("disc", 24, 24)
    answer = problem(guidance=guidance, loss="gradient+border").judge.signal.values
    np.testing.assert_array_equal(answer[~region], camera.values[~region])
    a, f, g = answer[..., 0], camera.values[..., 0], moon.values[..., 0]
    for i, j in np.argwhere(region):
        residual = 0.0
        for place in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
            own, other = f[i, j] - f[place], g[i, j] - g[place]
            wanted = own if guidance == "stronger" and abs(own) >= abs(other) else other
            residual += a[i, j] - a[place] - wanted
        assert abs(residual) < 1e-10


def test_without_a_border_the_answer_fits_all_differences_best():
    """Dense least squares over the differences, each the second picture's where it touches the region."""
    camera, moon = (load_signal(name, 12, "gray") for name in ("camera", "moon"))
    region, rows, right = region_mask("square", 12, 12), [], []
    for i, j in np.ndindex(12, 12):
        for place in ((i + 1, j), (i, j + 1)):
            if max(place) < 12:
                row = np.zeros((12, 12))
                row[i, j], row[place] = -1, 1
                source = moon if region[i, j] or region[place] else camera
                rows.append(row.ravel())
                right.append(source.values[place][0] - source.values[i, j, 0])
    expected = np.linalg.lstsq(np.array(rows), np.array(right))[0].reshape(12, 12)
    answer = problem(size=12, guidance="clone", region="square").judge.signal.values[..., 0]
    np.testing.assert_allclose(answer - answer.mean(), expected - expected.mean(), atol=1e-10)
    assert answer[~region].mean() == pytest.approx(camera.values[~region].mean())


def test_the_border_is_the_outermost_pixels_and_those_around_the_region():
    region = region_mask("disc", 24, 24)
    around = {(i + a, j + b) for i, j in np.argwhere(region) for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1))} - {
        tuple(place) for place in np.argwhere(region)
    }
    outermost = {(i, j) for i, j in np.ndindex(24, 24) if {i, j} & {0, 23}}
    camera, _ = pictures()
    _, border = problem(guidance="clone", loss="gradient+border").groups
    found = {tuple(np.rint((point + 1) / camera.spacing).astype(int)) for point in border.points}
    assert found == around | outermost
    assert len(border.points) == len(found)
    values = [camera.values[tuple(np.rint((point + 1) / camera.spacing).astype(int))] for point in border.points]
    np.testing.assert_array_equal(border.data["border"], values)


def test_a_region_at_the_edge_of_the_picture_is_free_there(tmp_path):
    mask = np.zeros((24, 24), dtype=np.uint8)
    mask[:10, :10] = 255
    Pillow.fromarray(mask).save(tmp_path / "mask.png")
    built = problem(guidance="clone", loss="gradient+border", region=str(tmp_path / "mask.png"))
    places = np.rint((built.groups[1].points + 1) / built.judge.signal.spacing).astype(int)
    assert not mask[tuple(places.T)].any()
    assert built.judge.constants["image/psnr_solve"] > 15


def test_the_laplacian_does_not_count_where_an_anchored_picture_has_a_kink():
    with_border = derived(problem(guidance="clone", loss="laplacian+border"))["smooth"]
    without = derived(problem(guidance="clone", loss="laplacian"))["smooth"]
    region = region_mask("disc", 24, 24)
    assert (without & ~with_border).any()
    assert not (without & ~with_border & region).any()
    inside = without & ~with_border
    neighbours = np.pad(region, 1)
    beside = neighbours[2:, 1:-1] | neighbours[:-2, 1:-1] | neighbours[1:-1, 2:] | neighbours[1:-1, :-2]
    assert (inside == (beside & ~region & without)).all()


def jet_of(values, maps):
    count = values.size
    return Jet(values.reshape(count, 1), maps.gradient.reshape(count, 1, 2), maps.laplacian.reshape(count, 1, 1))


@pytest.mark.parametrize(
    ("loss", "offset", "rank_by"),
    [
        ("gradient", lambda y, x: 0.3 + 0 * y, "image/psnr_aligned"),
        ("laplacian", lambda y, x: 0.3 + 0.2 * x * y, "image/psnr_aligned"),
        ("gradient+laplacian", lambda y, x: 0.3 + 0 * y, "image/psnr_aligned"),
        ("gradient+border", lambda y, x: 0 * y, "image/psnr"),
        ("laplacian+border", lambda y, x: 0 * y, "image/psnr"),
    ],
)
@pytest.mark.parametrize("guidance", ["own", "clone", "stronger"])
def test_what_the_loss_leaves_free_does_not_count(loss, offset, rank_by, guidance):
    judge = problem(loss=loss, guidance=guidance).judge
    y, x = np.moveaxis(judge.signal.coordinates, -1, 0)
    scores = judge.scores(jet_of(judge.signal.values + offset(y, x)[..., None], judge.reference.maps))
    assert (
        judge.rank_by
        == rank_by
        == config(loss=loss, guidance=guidance).task.rank_by(config(loss=loss, guidance=guidance).flat())
    )
    assert scores[rank_by] > 200
    assert ("image/psnr_aligned" in scores) == (rank_by == "image/psnr_aligned")
    assert scores["gradient/psnr"] == np.inf


@pytest.mark.parametrize("guidance", ["own", "clone", "stronger"])
@pytest.mark.parametrize("loss", ["gradient", "laplacian", "gradient+border", "laplacian+border", "all"])
def test_classical_answers_and_ceilings_stand_beside_every_loss(guidance, loss):
    scores = problem(guidance=guidance, loss=loss).judge.constants
    assert 15 < scores["image/psnr_ceiling"] < 60
    assert scores["image/psnr_solve"] > 15
    assert ("image/psnr_opencv" in scores) == (guidance == "clone" and "border" in config(loss=loss).task.loss)


def test_the_score_of_opencv_is_that_of_its_picture():
    camera, moon = pictures()
    judge = problem(guidance="clone", loss="gradient+border").judge
    found = seamless_clone(camera.values, moon.values, region_mask("disc", 24, 24))
    expected = oracles.psnr(found, judge.signal.values, 2.0)
    assert judge.constants["image/psnr_opencv"] == pytest.approx(expected)


def test_a_laplacian_is_inverted_exactly_by_the_classical_solution():
    for loss in ("laplacian", "laplacian+border"):
        assert problem(loss=loss).judge.constants["image/psnr_solve"] > 150


def test_two_losses_fit_the_same_pictures():
    hashes = {problem(guidance="clone", loss=loss).data_hash for loss in ("gradient", "gradient+border")}
    others = {problem(**flat).data_hash for flat in ({}, {"guidance": "clone", "region": "square"})}
    assert len(hashes) == 1
    assert len(others | hashes) == 3
    assert problem().data_hash == pictures()[0].data_hash


@pytest.mark.parametrize("weights", [{"border_weight": 0}, {"gradient_weight": 0}])
def test_a_term_without_a_weight_has_no_points(weights):
    built, settings = problem(loss="gradient+border", **weights), config(loss="gradient+border", **weights)
    assert len(built.groups) == len(settings.task.work()) == 1
    assert (built.judge.rank_by == "image/psnr_aligned") == ("border_weight" in weights)


def test_a_network_learns_a_clone_with_a_border():
    flat = {"guidance": "clone", "loss": "gradient+border", "size": 16, "steps": 200, "eval_every": 200}
    *_, last = run_trial(config(**flat, hidden_features=32, hidden_layers=1, learning_rate=2e-3, omega_0=10))
    first = next(run_trial(config(**flat, hidden_features=32, hidden_layers=1, omega_0=10)))
    assert last.evaluation.metrics["image/psnr"] > 20 > first.evaluation.metrics["image/psnr"]


def test_a_mask_in_a_file_is_white_where_the_second_picture_goes(tmp_path):
    mask = np.zeros((48, 48), dtype=np.uint8)
    mask[10:30, 20:40] = 255
    Pillow.fromarray(mask).save(tmp_path / "mask.png")
    region = region_mask(str(tmp_path / "mask.png"), 24, 24)
    assert (np.argwhere(region).min(0).tolist(), np.argwhere(region).max(0).tolist()) == ([5, 10], [14, 19])
    Pillow.fromarray(mask.T).save(tmp_path / "other.png")
    Pillow.fromarray(mask).save(tmp_path / "copy.png")
    ids = [config(guidance="clone", region=str(tmp_path / f"{n}.png")).trial_id for n in ("mask", "copy", "other")]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("shape", "level", "sentence"),
    [
        (
            (20, 30),
            255,
            r"its 20x30 pixels become 16x24 at the size of the picture, expected 24x24; give a mask of the",
        ),
        ((24, 24), 100, r"none of its pixels are bright; give one that is white where"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(tmp_path, shape, level, sentence):
    mask = np.zeros(shape, dtype=np.uint8)
    mask[3:8, 4:9] = level
    Pillow.fromarray(mask).save(tmp_path / "mask.png")
    with pytest.raises(InputError, match=r"^cannot use the mask '.*mask\.png': " + sentence):
        problem(guidance="clone", region=str(tmp_path / "mask.png"))


@pytest.mark.parametrize(
    ("flat", "sentence"),
    [
        ({"region": "disk"}, r"^region is 'disk'; expected a file's path or a known name; did you mean 'disc'\?$"),
        ({"other_image": "mooon"}, r"^other_image is 'mooon'; .* did you mean 'moon'\?$"),
        (
            {"operator": "analytic", "image": "sinusoids"},
            r"^--operator=analytic got --guidance=clone, whose field has no closed form: use a discrete operator or",
        ),
    ],
)
def test_what_means_nothing_is_refused_in_a_sentence(flat, sentence):
    with pytest.raises(UsageError, match=sentence):
        config(guidance="clone", **flat)


def test_a_mask_that_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"^cannot read 'nowhere\.png': there is no such file"):
        config(guidance="clone", region="nowhere.png").trial_id  # noqa: B018


def test_a_second_picture_exists_with_a_composed_field_only():
    assert not {"other_image", "region"} & config().flat().keys()
    assert config(region="square", other_image="coins").ignored == ("region", "other_image")
    assert (
        config(guidance="stronger")
        .task.title(config(guidance="stronger").flat())
        .startswith("camera, stronger of moon 24 px, gradient loss")
    )


def test_differences_are_per_unit_of_coordinate():
    (camera, _) = pictures()
    edges = differences(camera.values, camera.spacing)
    assert edges.down[3, 4, 0] == pytest.approx((camera.values[4, 4, 0] - camera.values[3, 4, 0]) / camera.spacing)
