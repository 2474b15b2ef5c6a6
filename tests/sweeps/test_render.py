"""``--render``: the picture is the network's, on whatever grid; what cannot be drawn is told before it is computed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import small_network
from PIL import Image
from scipy.io import wavfile
from tiny import train

import inr
import run
from inr.activations import ACTIVATIONS
from inr.fitted import Network
from inr.signals import grid
from inr.tasks import rendering
from inr.tasks.rendering import picture
from inr.weights import LAST
from sweeps.record.folder import RecordFolder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RecordFolder:
    return train(tmp_path_factory.mktemp("runs"), image="coffee", channels="rgb")


def draw(folder: RecordFolder, into: Path, *flags: str) -> int:
    return run.main([f"--render={folder.path.name}", f"--runs={folder.path.parent.parent}", f"--into={into}", *flags])


def levels(values: np.ndarray) -> np.ndarray:
    return 127.5 * (np.clip(values, -1, 1) + 1)


def test_as_trained_it_is_the_prediction_of_the_record(
    folder: RecordFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert draw(folder, tmp_path / "own.png") == 0
    with Image.open(tmp_path / "own.png") as image:
        drawn = np.asarray(image, dtype=float)
    expected = folder.arrays("fields")["image"]
    assert drawn.shape == expected.shape
    assert np.abs(drawn - levels(expected)).max() < 0.51
    out, err = capsys.readouterr()
    assert out == f"drawn: {tmp_path / 'own.png'} (16 x {len(expected)} pixels)\n"
    assert ("lie outside [-1, 1] and are drawn as black or white" in err) == bool((np.abs(expected) > 1).any())


@pytest.mark.parametrize("extent", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("trained", [(9, 9), (9, 17), (17, 9)])
def test_every_pixel_is_the_networks_value_at_its_centre(extent: float, trained: tuple[int, int]) -> None:
    network = Network(small_network(ACTIVATIONS["sine"](), 3))
    drawn = picture(network.value, trained, 33, extent)
    rows, columns = (33 if side == max(trained) else 17 for side in trained)
    points = extent * grid(rows, columns)
    values = np.array([[network.value(point[None])[0] for point in row] for row in points])
    assert drawn.levels.shape == (rows, columns, 3)
    assert np.abs(drawn.levels - levels(values)).max() < 0.51
    assert drawn.clipped == pytest.approx((np.abs(values) > 1).mean())


def test_a_finer_grid_has_the_pixels_of_the_trained_one(folder: RecordFolder) -> None:
    record = folder.read()
    assert record is not None
    trained = tuple(record.environment["data_shape"][:2])
    network = inr.load(folder.path)
    coarse = picture(network.value, trained, None, 1.0).levels
    fine = picture(network.value, trained, 4 * 15 + 1, 1.0).levels[::4, ::4]
    assert np.abs(fine.astype(int) - coarse).max() <= 1


def test_points_go_through_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(small_network(ACTIVATIONS["sine"]()))
    whole = picture(network.value, (9, 9), 40, 1.0).levels
    seen: list[int] = []
    value = network.value
    monkeypatch.setattr(network, "value", lambda x: (len(x) > 1 and seen.append(len(x))) or value(x))
    monkeypatch.setattr(rendering, "BAND", 130)
    banded = picture(network.value, (9, 9), 40, 1.0).levels
    assert (banded.dtype, banded.shape, max(seen), sum(seen)) == (np.uint8, (40, 40), 120, 1600)
    assert np.abs(banded.astype(int) - whole).max() <= 1


def complaint(code: int, folder: RecordFolder, into: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    before = into.read_bytes() if into.is_file() else None
    capsys.readouterr()
    assert draw(folder, into, *flags) == code
    assert (into.read_bytes() if into.is_file() else None) == before
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def test_a_picture_that_is_there_stays_without_force(
    folder: RecordFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "x.png"
    into.write_bytes(b"mine")
    said = complaint(1, folder, into, capsys)
    assert said.endswith("it is there already; give another name, or --force to replace it\n")
    assert draw(folder, into, "--force") == 0
    assert into.read_bytes().startswith(b"\x89PNG")
    assert [*tmp_path.iterdir()] == [into]


@pytest.mark.parametrize(
    ("name", "flags", "code", "said"),
    [
        ("x.jpg", [], 2, "expected a name that ends in .png"),
        ("x", [], 2, "expected a name that ends in .png"),
        ("absent/x.png", [], 1, "there is no folder "),
        ("x.png", ["--size=4"], 2, "--size got '4': expected an integer from 8 to 16384"),
        ("x.png", ["--extent=nan"], 2, "--extent got 'nan': expected a number above 0 and up to 1000"),
        ("x.png", ["--extent=wide"], 2, "--extent got 'wide'"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_a_sentence(
    name: str, flags: list[str], code: int, said: str, folder: RecordFolder, tmp_path: Path, capsys: Any
) -> None:
    assert said in complaint(code, folder, tmp_path / name, capsys, *flags)
    assert not [*tmp_path.iterdir()]


def test_a_record_without_weights_or_with_damaged_ones_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = train(tmp_path / "bare", "--keep_weights=false")
    assert "has no weights; " in complaint(1, bare, tmp_path / "x.png", capsys)
    damaged = train(tmp_path / "damaged")
    (damaged.path / LAST).write_bytes(b"what the disk made of it")
    assert f"{LAST}: it is damaged; " in complaint(1, damaged, tmp_path / "x.png", capsys)
    assert not (tmp_path / "x.png").exists()


def test_a_sound_is_a_wave_file_at_any_rate_and_beyond_its_ends(tmp_path: Path) -> None:
    sound = train(tmp_path / "runs", task="audio", seconds=0.02)
    network = inr.load(sound.path)
    for flags, rate, points in (
        ([], 8000, np.linspace(-1, 1, 160)),
        (["--rate=16000"], 16000, np.linspace(-1, 1, 319)),
        (["--extent=2"], 8000, np.linspace(-2, 2, 319)),
    ):
        assert draw(sound, tmp_path / "x.wav", "--force", *flags) == 0
        found, samples = wavfile.read(tmp_path / "x.wav")
        assert found == rate
        np.testing.assert_allclose(samples, network.value(points[:, None])[:, 0], atol=1e-5)


def test_a_task_takes_its_own_resolution_and_ending(
    folder: RecordFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "takes --size" in complaint(2, folder, tmp_path / "x.png", capsys, "--rate=8000")
    assert "ends in .png" in complaint(2, folder, tmp_path / "x.wav", capsys)
