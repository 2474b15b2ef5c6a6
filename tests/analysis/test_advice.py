"""The rule of ω₀ on records that follow a known law, and its error on signals left out."""

from pathlib import Path

import numpy as np
import pytest

from analysis.advice import calibrate
from inr.advice import band
from inr.errors import InputError
from inr.record_content import checksum
from sweeps.record.folder import Record, RecordFolder, Runs

OMEGAS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0)
REACH = 0.005
"""Cycles a sample of the reach, for each unit of ω₀."""


def picture(frequency: float) -> np.ndarray:
    rows, columns = np.meshgrid(np.arange(64), np.arange(64), indexing="ij")
    return np.sin(2 * np.pi * frequency * (rows + 0.5 * columns))[..., None].astype(np.float32)


PICTURES = {"slow": picture(0.05), "middling": picture(0.1), "fast": picture(0.2), "faster": picture(0.4)}


def write(runs: Path, name: str, omega: float, score: float, hidden: float | None = None, **config: object) -> None:
    """Record a trial that had a score."""
    hidden = omega if hidden is None else hidden
    given = {"task": "image", "activation": "sine", "loss": "image", "image": name, "size": 64, "seed": 0, **config}
    given |= {"first_omega_0": omega, "omega_0": hidden}
    folder = RecordFolder(Runs(runs).path / "trials" / checksum(repr(sorted(given.items())).encode())[:16])
    folder.path.mkdir(parents=True)
    folder.write_arrays("fields", {"reference_image": PICTURES[name]})
    metrics = {"image/psnr": score, "reach/cycles_per_sample": REACH * omega}
    environment = {"data_hash": name, "data_shape": [64, 64, 1]}
    folder.write(Record(folder.path.name, "finished", given, metrics, {"rank_by": "image/psnr"}, {}, environment))


def peaked(omega: float, best: float) -> float:
    """A score that falls by 10 dB for a factor of two, to either side of its peak."""
    return float(50 - 10 * abs(np.log2(omega / best)))


def calibrated(runs: Path, default: float = 30.0):  # type: ignore[no-untyped-def]
    return calibrate(runs, "image", "sine", "image", default)


def test_a_law_that_the_spectrum_decides_is_found_and_loses_nothing(tmp_path: Path) -> None:
    bands = {name: band(values) for name, values in PICTURES.items()}
    for name in PICTURES:
        for omega in OMEGAS:
            write(tmp_path, name, omega, peaked(omega, 0.5 * bands[name] / REACH))
    found = calibrated(tmp_path)
    assert found.trials == len(OMEGAS) * len(PICTURES)
    assert found.rule.hidden is None
    assert found.rule.factor == pytest.approx(0.5, rel=0.5)  # the best records are on a grid of factors of two
    assert {one.name: one.band for one in found.left_out} == pytest.approx(bands)
    assert found.mean("lost") < 3 < found.mean("lost_by_constant") < found.mean("lost_by_default") + 5


def test_a_law_that_the_spectrum_does_not_decide_is_lost_to_a_constant(tmp_path: Path) -> None:
    for name in PICTURES:
        for omega in OMEGAS:
            write(tmp_path, name, omega, peaked(omega, 20))
    found = calibrated(tmp_path, default=40.0)
    for one in found.left_out:
        assert (one.best_omega, one.best) == (20, 50)
        assert one.lost_by_constant == 0
        assert one.lost_by_default == pytest.approx(10)
        expected = 10 * abs(np.log2(one.proposed / 20))  # one grid point beside the peak and beyond it alike
        assert one.lost == pytest.approx(min(expected, 10 * np.log2(160 / 5)), abs=1e-6)
    assert found.mean("lost") > found.mean("lost_by_constant")


def test_what_is_left_out_does_not_decide_its_own_proposal(tmp_path: Path) -> None:
    """Of two pictures with a law each, each has the other's factor proposed."""
    best = {"slow": 40.0, "faster": 20.0}
    bands = {name: band(PICTURES[name]) for name in best}
    for name, peak in best.items():
        for omega in OMEGAS:
            write(tmp_path, name, omega, peaked(omega, peak))
    slow, faster = sorted(calibrated(tmp_path).left_out, key=lambda one: one.band)
    assert slow.proposed == pytest.approx(20 * bands["slow"] / bands["faster"], rel=0.03)
    assert faster.proposed == pytest.approx(40 * bands["faster"] / bands["slow"], rel=0.03)
    assert slow.lost == pytest.approx(10 * np.log2(40 / 5))  # flat below the lowest record
    assert faster.lost == pytest.approx(10 * np.log2(160 / 20))


def test_the_hidden_frequency_is_chosen_where_it_was_tried(tmp_path: Path) -> None:
    for name in PICTURES:
        peak = 0.5 * band(PICTURES[name]) / REACH
        for omega in OMEGAS:
            for hidden in (10.0, 30.0):
                write(tmp_path, name, omega, peaked(omega, peak) - (40 if hidden == 10 else 0), hidden)
    found = calibrated(tmp_path)
    assert found.rule.hidden == 30
    assert max(one.lost for one in found.left_out) < 15


def test_no_proposal_lies_beyond_what_was_tried(tmp_path: Path) -> None:
    """The lowest ω₀ is best everywhere; below it nothing is known, and equal losses there count for nothing."""
    for name in PICTURES:
        for omega in OMEGAS:
            write(tmp_path, name, omega, -omega)
    found = calibrated(tmp_path)
    assert found.mean("lost_by_constant") == 0
    tried = [REACH * omega / band(values) for omega in OMEGAS for values in PICTURES.values()]
    assert min(tried) <= found.rule.factor <= max(tried)


def test_seeds_are_averaged_and_settings_kept_apart(tmp_path: Path) -> None:
    for name in PICTURES:
        for omega in OMEGAS:
            for seed, off in ((0, -2.0), (1, 2.0)):
                for steps, more in ((10, 0.0), (20, 30.0)):
                    write(tmp_path, name, omega, peaked(omega, 20) + off + more, steps=steps, seed=seed)
    found = calibrated(tmp_path, default=20.0)
    assert found.mean("lost_by_default") == pytest.approx(0)


@pytest.mark.parametrize("names", [[], ["slow"]])
def test_too_few_signals_are_told(names: list[str], tmp_path: Path) -> None:
    (tmp_path / "trials").mkdir()
    for name in names:
        for omega in OMEGAS:
            write(tmp_path, name, omega, 30.0)
    with pytest.raises(InputError, match=f"has records of {len(names)} signals? of sine, image loss, at several ω₀"):
        calibrated(tmp_path)


def test_a_single_frequency_tells_nothing(tmp_path: Path) -> None:
    for name in PICTURES:
        write(tmp_path, name, 30.0, 30.0)
    with pytest.raises(InputError, match="has records of 0 signals"):
        calibrated(tmp_path)
