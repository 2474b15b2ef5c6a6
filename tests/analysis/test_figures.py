"""Pictures: what they draw is what was recorded, they are legible, and what is missing is said."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from records import ACTIVATIONS, LOSSES, copy, true_runs  # noqa: F401

import analysis
from analysis import figures
from analysis.comparison.quality import with_quality
from analysis.comparison.statistics import critical_difference
from analysis.figures.importance import ENOUGH
from analysis.figures.pareto import front
from analysis.figures.sparsity import layer_statistics
from analysis.figures.style import STYLES, styles
from inr.activations import ACTIVATIONS as REGISTERED
from inr.errors import InputError
from sweeps.record.folder import RecordFolder


@pytest.fixture
def frame(true_runs: Path) -> pd.DataFrame:  # noqa: F811
    return analysis.load(true_runs)


def the(frame: pd.DataFrame, **wanted: object) -> pd.Series:
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    return frame.iloc[0]


def texts(figure: Figure) -> str:
    """All that the picture says."""
    own = [figure.get_suptitle(), figure.get_supxlabel(), figure.get_supylabel()]
    axes = [t.get_text() for a in figure.axes for t in (a.title, a.xaxis.label, a.yaxis.label, *a.texts)]
    legends = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    titles = [a.get_title(side) for a in figure.axes for side in ("left", "right")]
    return "\n".join([*own, *axes, *legends, *titles])


def test_every_activation_of_the_package_has_a_style_of_its_own() -> None:
    own = styles(REGISTERED)
    looks = {(style.color, style.marker, str(style.line)) for style in own.values()}
    assert own.keys() == set(REGISTERED)
    assert len(looks) == len(REGISTERED) > 12


def test_the_styles_differ_in_grey_marker_and_line() -> None:
    grey = sorted(float(np.dot(to_rgb(s.color), (0.2126, 0.7152, 0.0722))) for s in STYLES.values())
    assert min(np.diff(grey)) > 0.05
    assert len({s.marker for s in STYLES.values()}) == len({str(s.line) for s in STYLES.values()}) == len(STYLES)
    assert styles(["gaussian", "sine"])["sine"] == styles(["sine"])["sine"]
    named = styles(["a", "b", "c", *STYLES])
    assert len({(s.color, s.marker) for s in named.values()}) == len(named)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_grid_has_one_scale_a_row_the_references(frame: pd.DataFrame, activation: str) -> None:
    figure = figures.study_grid(frame, activation, "coins")
    panels = np.array(figure.axes[: 3 * 5]).reshape(3, 5)
    for line in panels:
        assert len({axes.images[0].get_clim() for axes in line}) == 1
    maps = RecordFolder(Path(the(frame, activation=activation, loss="gradient", image="coins")["folder"])).arrays(
        "fields"
    )
    shown = panels[1][0].images[0].get_array()
    expected = np.linalg.norm(maps["reference_gradient"][:, :, 0], axis=-1)
    np.testing.assert_allclose(shown, expected, rtol=1e-6)
    np.testing.assert_allclose(panels[1][0].images[0].get_clim(), (0, expected.max()), rtol=1e-6)
    np.testing.assert_allclose(panels[2][2].images[0].get_array(), maps["laplacian"][:, :, 0], rtol=1e-6)
    said = texts(figure)
    for words in ("reference", "loss: all three", "per unit of coordinate", "per unit²", "grey value", "median of 2"):
        assert words in said
    assert figures.png(figure).startswith(b"\x89PNG")


def test_the_grid_aligns_what_the_loss_leaves_free(frame: pd.DataFrame) -> None:
    figure = figures.study_grid(frame, "sine", "camera")
    panels = np.array(figure.axes[: 3 * 5]).reshape(3, 5)
    reference, recovered = (panels[0][i].images[0].get_array() for i in (0, 2))
    assert abs(float(np.mean(reference - recovered))) < 1e-6
    psnr = the(frame, activation="sine", loss="gradient", image="camera")["image/psnr_aligned"]
    assert panels[0][2].get_xlabel() == f"{psnr:.2f} dB aligned"


def test_the_grid_says_that_a_zero_laplacian_is_the_zero_map(frame: pd.DataFrame) -> None:
    assert texts(figures.study_grid(frame, "relu")).count("= all-zero map") == len(LOSSES)


def test_a_loss_without_a_trial_is_an_empty_column(frame: pd.DataFrame) -> None:
    less = frame[~((frame["activation"] == "sine") & (frame["loss"] == "gradient"))]
    assert texts(figures.study_grid(less, "sine")).count("no trial") == 3


@pytest.mark.parametrize("damage", ["absent", "cut", "text", "flipped"])
def test_a_trial_without_its_maps_is_told_and_the_rest_is_drawn(
    true_runs: Path, tmp_path: Path, damage: str  # noqa: F811
) -> None:  # fmt: skip
    frame = analysis.load(copy(true_runs, tmp_path / "runs"))
    trial = the(frame, activation="sine", loss="gradient", image="camera")
    for name in ("fields.npz", "histograms.npz"):
        path = Path(trial["folder"]) / name
        content = path.read_bytes()
        path.unlink()
        if damage != "absent":
            flipped = bytearray(content)
            flipped[len(content) // 3 : len(content) // 3 + 40] = b"\xff" * 40
            path.write_bytes({"cut": content[:200], "text": b"not an archive", "flipped": bytes(flipped)}[damage])
    said = texts(figures.study_grid(frame, "sine", "camera"))
    assert "no maps" in said
    assert trial["trial_id"] in said.replace("\n", "")
    only = frame[frame["trial_id"] == trial["trial_id"]]
    with pytest.raises(InputError, match="no trial of sine has maps to show"):
        figures.study_grid(only, "sine")
    with pytest.raises(InputError, match="no layers of sine to draw"):
        figures.layer_distributions(only, "sine")
    long, notes = layer_statistics(frame)
    assert trial["trial_id"] not in set(long["trial_id"])
    assert any(trial["trial_id"] in note for note in notes)


def test_convergence_shows_medians_and_what_they_are_over(frame: pd.DataFrame) -> None:
    rows = frame[(frame["omega_0"] == 30) & (frame["activation"] == "sine")]
    figure = figures.convergence(rows, "image/psnr")
    (line,) = figure.axes[0].lines
    own = rows[rows["loss"] == "image"]
    assert list(line.get_xdata()) == [0, 10, 20]
    assert line.get_ydata()[-1] == pytest.approx(own["image/psnr"].median())
    said = texts(figure)
    assert "smallest to largest value" in said
    assert "over 2 values of image, 2 of seed" in said
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    quartiles = figures.convergence(own, "image/psnr")
    assert "lower to upper quartile" in texts(quartiles)


def test_convergence_is_of_the_aligned_image_where_the_loss_leaves_it_free(frame: pd.DataFrame) -> None:
    trial = the(frame, activation="sine", loss="gradient", image="camera")
    (line,) = figures.convergence(frame[frame["trial_id"] == trial["trial_id"]]).axes[0].lines
    assert line.get_ydata()[-1] == pytest.approx(trial["image/psnr_aligned"])


def test_the_response_draws_every_value(frame: pd.DataFrame) -> None:
    figure = figures.response(frame[frame["image"] == "camera"], "omega_0")
    lines = {str(line.get_color()): line for line in figure.axes[0].lines}
    assert list(lines[STYLES["sine"].color].get_xdata()) == [5, 12.5, 30]
    assert "one value only: square" in texts(figure).replace("\n", " ")
    with pytest.raises(InputError, match="no activation was tried at two values of hidden_layers"):
        figures.response(frame, "hidden_layers")
    with pytest.raises(InputError, match="no trial has beta"):
        figures.response(frame, "beta")


def test_the_front_is_what_no_point_beats() -> None:
    x, y = [1, 2, 3, 3, 0], [3, 3, 1, 0, 3]
    assert front(x, y).tolist() == [False, True, True, False, False]
    points = np.random.default_rng(0).integers(0, 6, (60, 2))
    beaten = [any((q >= p).all() and (q > p).any() for q in points) for p in points]
    assert front(*points.T).tolist() == [not b for b in beaten]


def test_pareto_points_are_medians_of_settings(frame: pd.DataFrame) -> None:
    rows = frame[frame["omega_0"].isin([30]) & (frame["n_modes"].isna() | (frame["n_modes"] == 4))]
    figure = figures.pareto(rows)
    drawn = np.concatenate([c.get_offsets() for c in figure.axes[0].collections])
    assert len(drawn) == 3 * len(LOSSES)
    own = rows[(rows["activation"] == "sine") & (rows["loss"] == "image")]
    middle = [own["image/psnr"].median(), own["gradient/psnr"].median()]
    assert np.isclose(drawn, middle).all(axis=1).any()


def test_a_size_is_the_number_of_parameters_that_the_record_has(frame: pd.DataFrame) -> None:
    image = frame[frame["loss"] == "image"]
    count = 8 * (2 + 1) + 8 * (8 + 1) + 1 * (8 + 1)
    assert f"all networks have {count} parameters" in texts(figures.cost(image)).replace("\n", " ")
    sizes = image.assign(**{"network/parameters": [1000, 2000] * (len(image) // 2)})
    _, panel = figures.cost(sizes).axes
    assert panel.get_xticks().tolist() == [1000, 2000]


def test_importance_says_how_it_was_had(frame: pd.DataFrame) -> None:
    many = figures.parameter_importance(frame)
    assert many.method.startswith("PED-ANOVA")
    assert many.trials == len(frame) >= ENOUGH
    assert {"activation", "loss", "seed"} <= set(many.values)
    few = figures.parameter_importance(frame.iloc[: ENOUGH - 1])
    assert few.method.startswith("rank correlation")
    assert all(0 <= value <= 1 for value in few.values.values())
    assert f"{ENOUGH - 1} trials" in texts(figures.importance(frame.iloc[: ENOUGH - 1]))
    with pytest.raises(InputError, match="importance needs 4 trials and 1 parameter"):
        figures.importance(frame.iloc[:2])


def test_importance_finds_the_parameter_that_decides() -> None:
    rng = np.random.default_rng(0)
    rows = [
        {"trial_id": str(i), "status": "finished", "loss": "image", "omega_0": float(w), "image/psnr": 20 + w}
        | {"learning_rate": 10 ** -rng.uniform(2, 4)}
        for i, w in enumerate(rng.uniform(5, 60, 80))
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    for some in (frame, frame.iloc[:20]):
        assert next(iter(figures.parameter_importance(some).values)) == "omega_0"


def test_the_diagram_of_ranks_joins_what_is_alike() -> None:
    values = pd.DataFrame({"sine": [30.0, 31, 32, 33], "relu": [20.0, 21, 22, 23], "triangle": [29.0, 32, 31, 32]})
    found = critical_difference(values)
    figure = figures.critical_difference(found, "image/psnr")
    thick = [line for line in figure.axes[0].lines if line.get_linewidth() == 4]
    assert len(thick) == len(found.cliques)
    assert "sine  1.25" in texts(figure)
    with pytest.raises(InputError, match="needs two rows"):
        figures.critical_difference(critical_difference(values[["sine"]]))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_layers_are_drawn_as_recorded(frame: pd.DataFrame, activation: str) -> None:
    figure = figures.layer_distributions(frame, activation)
    assert len(figure.axes) == 4
    for axes in figure.axes:
        for patch in axes.patches:
            values, edges, _ = patch.get_data()
            assert np.sum(values * np.diff(edges)) == pytest.approx(1)
    assert "arcsine" not in texts(figure)  # ω₀ = 5 here: the phase of the first layer covers less than a period


def test_spectra_are_what_was_recorded(frame: pd.DataFrame) -> None:
    rows = frame[(frame["image"] == "camera") & (frame["seed"] == 0) & (frame["loss"] == "image")]
    rows = rows.drop_duplicates("activation")
    figure = figures.spectra(rows)
    (axes,) = figure.axes
    picture, *lines = axes.lines[:5]
    assert len(lines) == len(rows) == 4
    for line, activation in zip(lines, sorted(rows["activation"]), strict=True):
        trial = the(rows, activation=activation)
        found = RecordFolder(Path(trial["folder"])).arrays("fields")
        whole, beyond = found["reference_spectrum"].sum(), line.get_xdata() > 1
        np.testing.assert_allclose(line.get_ydata(), found["spectrum"][1:] / whole, rtol=1e-6)
        np.testing.assert_allclose(picture.get_ydata(), found["reference_spectrum"][1:] / whole, rtol=1e-6)
        share = line.get_ydata()[beyond].sum() * whole / found["spectrum"].sum()
        assert share == pytest.approx(trial["alias/above"], rel=1e-6)
    assert picture.get_ydata().sum() == pytest.approx(1)
    assert "loss: image, camera" in texts(figure)


def test_trials_of_before_have_no_spectra(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="looked at between its pixels"):
        figures.spectra(frame.drop(columns="alias/above"))


def test_sparsity_is_what_was_recorded(frame: pd.DataFrame) -> None:
    table = figures.sparsity(frame)
    row = the(table, activation="square", layer=2)
    own = frame[frame["activation"] == "square"]
    found = [RecordFolder(Path(folder)).arrays("histograms") for folder in own["folder"]]
    group = [
        i
        for i, (k, n) in enumerate(zip(found[0]["kind"], found[0]["layer"], strict=True))
        if (k, n) == ("activation", 2)
    ]
    assert row["near_zero (trained)"] == pytest.approx(np.median([a["near_zero"][-1, group[0]] for a in found]))
    assert row["n"] == len(own)
    trained = table.groupby("activation")["near_zero (trained)"].mean()
    assert trained["triangle"] > trained["square"]


DRAW = {
    "convergence": figures.convergence,
    "response": figures.response,
    "pareto": figures.pareto,
    "cost": figures.cost,
    "importance": figures.importance,
    "sparsity": figures.sparsity_by_layer,
    "spectra": figures.spectra,
    "grid": lambda frame: figures.study_grid(frame, "sine"),
    "layers": lambda frame: figures.layer_distributions(frame, "sine"),
}


@pytest.mark.parametrize("name", DRAW)
def test_every_picture_is_the_same_bytes_and_keeps_inside_its_sheet(frame: pd.DataFrame, name: str) -> None:
    assert figures.svg(DRAW[name](frame)) == figures.svg(DRAW[name](frame))
    figure = DRAW[name](frame)
    figures.png(figure)
    box = figure.get_tightbbox()
    assert box.x0 > -0.02
    assert box.y0 > -0.02
    assert box.x1 < figure.get_figwidth() + 0.02
    assert box.y1 < figure.get_figheight() + 0.02


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("what", ["empty", "unfinished", "elsewhere"])
def test_every_picture_refuses_in_one_sentence(frame: pd.DataFrame, name: str, what: str) -> None:
    given = {
        "empty": frame.iloc[:0],
        "unfinished": frame.assign(status="failed"),
        "elsewhere": frame.assign(folder=None),
    }[what]
    if what == "elsewhere" and name in ("response", "pareto", "cost", "importance"):
        assert isinstance(DRAW[name](given), Figure)
        return
    with pytest.raises(InputError) as caught:
        DRAW[name](given)
    assert "\n" not in str(caught.value)


def test_a_damaged_history_is_told(true_runs: Path, tmp_path: Path) -> None:  # noqa: F811
    frame = analysis.load(copy(true_runs, tmp_path / "runs"))
    rows = frame[(frame["activation"] == "sine") & (frame["loss"] == "image") & (frame["omega_0"] == 30)]
    (Path(rows["folder"].iloc[0]) / "history.jsonl").write_text("{]\n")
    (Path(rows["folder"].iloc[1]) / "history.jsonl").unlink()
    shutil.rmtree(rows["folder"].iloc[2])
    said = texts(figures.convergence(rows)).replace("\n", " ")
    assert "is damaged" in said
    assert "has no history" in said


def test_quality_is_aligned_without_an_image_term() -> None:
    frame = pd.DataFrame({"loss": ["image", "gradient"], "image/psnr": [30.0, 8.0], "image/psnr_aligned": [None, 25.0]})
    assert with_quality(frame)["quality"].tolist() == [30, 25]


def test_a_sweep_that_ends_with_pictures_does_not_pay_for_statistics() -> None:
    code = "import sys, analysis.figures.sheets; sys.exit('scipy.stats' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
