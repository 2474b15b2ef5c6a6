"""What ``import inr`` gives: a network fitted in memory or loaded from a record, with NumPy in and out."""

import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cases import ACTIVATION_CASES, label, small_network
from oracles import network_derivatives
from PIL import Image

import inr
import run
from inr.fitted import Network
from inr.signals import grid
from inr.weights import BEST, LAST, Weights

TINY: dict[str, Any] = {"size": 16, "hidden_features": 48, "hidden_layers": 1, "steps": 20, "eval_every": 2}
FALLS = {"learning_rate": 0.01}
"""Beside TINY: a trial whose best evaluation is at step 6."""

POINTS = np.random.default_rng(0).uniform(-1.5, 1.5, (7, 2))
NOISE = np.random.default_rng(1).integers(0, 256, (16, 20, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the trial TINY with FALLS."""
    return record(tmp_path_factory.mktemp("recorded"), **FALLS)


def record(runs: Path, *flags: str, **more: Any) -> Path:
    parameters = [f"--{name}={value}" for name, value in {**TINY, **more}.items()]
    assert run.main(["--trial", f"--runs={runs}", "--threads=1", *parameters, *flags]) == 0
    (folder,) = (runs / "trials").iterdir()
    return folder


def on_the_grid(network: Network, size: int = 16) -> np.ndarray:
    return network.value(grid(size, size).reshape(-1, 2)).reshape(size, size, -1)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("activation", ACTIVATION_CASES, ids=label)
def test_the_derivatives_are_those_of_nested_autograd(activation: Any, channels: int) -> None:
    plain = small_network(activation, channels)
    network, x = Network(plain), torch.tensor(POINTS)
    value, gradient, laplacian = network_derivatives(plain, x, 2)
    for ours, theirs in ((network.value, value), (network.gradient, gradient), (network.laplacian, laplacian)):
        np.testing.assert_allclose(ours(POINTS), theirs.detach().numpy(), rtol=1e-9, atol=1e-9)
    assert network.value(POINTS).shape == (7, channels)
    assert network.gradient(POINTS).shape == (7, channels, 2)
    assert network.laplacian(POINTS).shape == (7, channels)


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(small_network(ACTIVATION_CASES[-1], 3))
    whole = [f(POINTS) for f in (network.value, network.gradient, network.laplacian)]
    monkeypatch.setitem(inr.chunks.CHUNK_VALUES, "cpu", 1)
    for f, expected in zip((network.value, network.gradient, network.laplacian), whole, strict=True):
        np.testing.assert_allclose(f(POINTS), expected, rtol=1e-12, atol=1e-12)
        assert f(POINTS[:0]).shape == (0, *expected.shape[1:])


@pytest.mark.parametrize("x", [[0.0, 1.0], np.zeros((3, 3)), np.zeros((2, 2, 2)), 1.0, [["a", "b"]], [[1], [1, 2]]])
def test_points_of_another_shape_are_refused_in_a_sentence(x: Any) -> None:
    network = Network(small_network(ACTIVATION_CASES[0]))
    with pytest.raises(inr.UsageError, match=r"^the points (have the shape|are no array) .*\(P, 2\)"):
        network.value(x)


def test_the_module_equals_the_network_and_is_the_users_own(recorded: Path) -> None:
    network = inr.load(recorded)
    module, x = network.module(), torch.tensor(POINTS, dtype=torch.float32)
    np.testing.assert_allclose(module(x).detach().numpy(), network.value(POINTS), rtol=0, atol=2e-6)
    before = network.value(POINTS)
    optimizer = torch.optim.SGD(module.parameters(), 0.1)
    module(x).square().mean().backward()
    optimizer.step()
    assert not np.allclose(module(x).detach().numpy(), before, atol=1e-4)
    assert network.value(POINTS).tobytes() == before.tobytes()


@pytest.mark.parametrize("activation", [case for case in ACTIVATION_CASES if case == type(case)()], ids=label)
def test_the_module_goes_to_onnx(activation: Any, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    network = Network(small_network(activation, 3).float())
    x, path = torch.tensor(POINTS, dtype=torch.float32), tmp_path / "network.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the exporter, about itself
        shapes = {"x": {0: torch.export.Dim("points")}}
        torch.onnx.export(network.module().eval(), (x,), path, dynamic_shapes=shapes, verbose=False)
        from onnx.reference import ReferenceEvaluator

        model = ReferenceEvaluator(onnx.load(path))
    for points in (POINTS, np.concatenate([POINTS, -POINTS])):
        (found,) = model.run(None, {model.input_names[0]: points.astype(np.float32)})
        np.testing.assert_allclose(found, network.value(points), rtol=0, atol=2e-5)


def test_a_record_gives_the_network_whose_picture_it_has(recorded: Path) -> None:
    image = on_the_grid(inr.load(recorded))
    fields = np.load(recorded / "fields.npz")
    np.testing.assert_allclose(image, fields["image"], rtol=0, atol=1e-5)
    x = grid(16, 16).reshape(-1, 2)
    gradient = inr.load(recorded).gradient(x).reshape(16, 16, 1, 2)
    np.testing.assert_allclose(gradient, fields["gradient"], rtol=0, atol=1e-4 * np.abs(fields["gradient"]).max())


def psnr(network: Network, truth: np.ndarray) -> float:
    return float(10 * np.log10(4 / np.mean((on_the_grid(network) - truth) ** 2)))


def test_the_best_is_the_best_and_the_last_the_last(recorded: Path) -> None:
    content = json.loads((recorded / "record.json").read_text())
    truth = np.load(recorded / "fields.npz")["reference_image"]
    assert psnr(inr.load(recorded), truth) == pytest.approx(content["metrics"]["image/psnr"], abs=1e-3)
    assert psnr(inr.load(recorded, best=True), truth) == pytest.approx(content["best"]["image/psnr"], abs=1e-3)
    assert content["best"]["image/psnr"] > content["metrics"]["image/psnr"] + 1


def test_the_best_may_be_the_last(tmp_path: Path) -> None:
    folder = record(tmp_path)
    assert not (folder / BEST).exists()
    last, best = inr.load(folder), inr.load(folder, best=True)
    assert last.value(POINTS).tobytes() == best.value(POINTS).tobytes()


def refusal(folder: Path, **options: Any) -> str:
    with pytest.raises(inr.InputError) as error:
        inr.load(folder, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_cannot_be_loaded_is_told_in_a_sentence(recorded: Path, tmp_path: Path) -> None:
    assert refusal(tmp_path / "absent").endswith(
        "it has no record.json; give the folder of a trial, runs/trials/<trial_id>"
    )
    bare = record(tmp_path / "bare", "--keep_weights=false")
    assert "this finished trial has no weights; " in refusal(bare)
    folder = tmp_path / "copy"
    shutil.copytree(recorded, folder)
    (folder / LAST).write_bytes((folder / LAST).read_bytes()[:-1] + b"\0")
    assert refusal(folder) == f"cannot read {folder / LAST}: it is damaged; delete its folder to train again"
    (folder / BEST).unlink()
    shutil.copy(recorded / LAST, folder / LAST)
    assert "this finished trial has no weights of the best evaluation; " in refusal(folder, best=True)
    (folder / "record.json").write_text("{}")
    assert f"cannot read {folder / 'record.json'}: it is not a record (" in refusal(folder)


def test_weights_of_another_network_are_told_without_a_checksum_in_the_record(recorded: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(recorded, folder)
    content = json.loads((folder / "record.json").read_text())
    (folder / "record.json").write_text(json.dumps({k: v for k, v in content.items() if k not in ("digest", "files")}))
    weights = Weights.from_bytes((folder / LAST).read_bytes())
    arrays = {name: array[..., :3] for name, array in weights.arrays.items()}
    (folder / LAST).write_bytes(Weights(weights.trial_id, 20, arrays).to_bytes())
    assert refusal(folder).endswith("it is damaged; delete its folder to train again")
    (folder / LAST).write_bytes(Weights("another", 20, weights.arrays).to_bytes())
    assert refusal(folder).endswith("it has the weights of trial another")


def test_a_fit_is_the_trial_of_the_same_parameters_and_writes_nothing(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = inr.fit("camera", **TINY, **FALLS)
    content = json.loads((recorded / "record.json").read_text())
    assert {name: value for name, value in result.metrics.items() if value == value} == {
        name: value for name, value in content["metrics"].items() if value is not None
    }
    rows = [json.loads(line) for line in (recorded / "history.jsonl").read_text().splitlines()]
    assert [{*row} for row in result.history] == [{*row} for row in rows]
    assert [row["step"] for row in result.history] == [row["step"] for row in rows]
    assert result.network.value(POINTS).tobytes() == inr.load(recorded).value(POINTS).tobytes()
    np.testing.assert_array_equal(result.fields["image"], np.load(recorded / "fields.npz")["image"])
    assert not [*tmp_path.iterdir()]


def test_an_array_is_what_a_file_of_it_is(tmp_path: Path) -> None:
    Image.fromarray(NOISE).save(tmp_path / "noise.png")
    few = {**TINY, "steps": 2, "size": 20}
    by_file = inr.fit(tmp_path / "noise.png", channels="rgb", **few)
    for array in (NOISE, NOISE / 255, NOISE.astype(np.uint16) * 257):
        by_array = inr.fit(array, **{k: v for k, v in few.items() if k != "size"})
        assert by_array.fields["image"].shape == (16, 20, 3)
        np.testing.assert_allclose(by_array.fields["image"], by_file.fields["image"], rtol=0, atol=1e-5)
    gray = inr.fit(NOISE, channels="gray", **{**few, "size": 10})
    assert gray.fields["image"].shape == (8, 10, 1)
    assert inr.fit(NOISE[:, :, :1], **few).fields["image"].shape == (16, 20, 1)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (NOISE[0, 0], r"has the shape \(3,\): expected \(H, W\)"),
        (np.zeros((16, 16, 2)), r"has the shape \(16, 16, 2\)"),
        (np.zeros((0, 16)), r"has the shape \(0, 16\)"),
        (NOISE.astype(int), "has the type int64: expected uint8, uint16, or floats from 0 to 1"),
        (NOISE > 9, "has the type bool"),
        (NOISE.astype(float), r"spans 0 to 25\d: expected floats from 0 to 1, rescale it"),
        (NOISE / 127.5 - 1, r"spans -1 to .*\(from -1 to 1 by \(array \+ 1\) / 2\)"),
        (np.full((16, 16), np.nan), "spans nan to nan"),
        (np.eye(16, dtype=np.uint8), "has no value above 1 of 255: multiply it by 255"),
        (np.ones((16, 16)), "all its pixels are equal"),
    ],
)
def test_an_array_that_does_not_say_how_it_is_an_image_is_refused(array: np.ndarray, said: str) -> None:
    with pytest.raises(inr.InputError, match=f"the array.* ?{said}"):
        inr.fit(array, steps=1)


def test_an_array_is_no_sound() -> None:
    with pytest.raises(inr.UsageError, match=r"^--task=audio got an array, which is a picture: give its sound by name"):
        inr.fit(NOISE, task="audio")


def test_a_fit_says_what_was_ignored_what_is_wrong_and_what_diverged() -> None:
    result = inr.fit(**{**TINY, "steps": 1}, activation="relu", omega_0=3, loss="image+laplacian")
    periodic = "sine, sinc, square, triangle, sawtooth, real_gabor, wire, h_siren, finer, finer_gauss, "
    periodic += "finer_wavelet, hosc, spder, staf or comb"
    assert result.notes[0] == f"omega_0=3 is ignored: it counts only with --activation={periodic}"
    assert result.notes[1].startswith("the laplacian loss cannot train relu")
    with pytest.raises(inr.UsageError, match="did you mean"):
        inr.fit(hidden_feature=3)
    with pytest.raises(inr.Diverged, match="the loss is not finite at step"):
        inr.fit(**TINY, activation="relu", learning_rate=1e18)


def test_the_import_is_light_and_the_names_are_there() -> None:
    check = "import sys, inr; assert 'torch' not in sys.modules; print([getattr(inr, n).__name__ for n in inr.__all__])"
    said = subprocess.run([sys.executable, "-c", check], cwd=Path(run.__file__).parent, capture_output=True, text=True)
    assert said.stdout == f"{inr.__all__}\n", said.stderr
    with pytest.raises(AttributeError, match="module 'inr' has no attribute 'fitt'"):
        inr.fitt  # noqa: B018
