"""Quality: what a record says that its trial is ranked by."""

from pathlib import Path

import frames
import pandas as pd
import pytest

import analysis
from analysis.comparison.compare import compare
from analysis.comparison.quality import QUALITY, axis_label, footnote, ranked_by, ranking_metric, with_quality
from analysis.comparison.question import Question

SCORES = {"image/psnr": [30.0, 8.0, 9.0], "image/psnr_aligned": [None, 25.0, 26.0]}


def test_the_record_is_believed_and_not_the_loss() -> None:
    frame = pd.DataFrame({"loss": "image", "best/rank_by": ["image/psnr", "image/psnr_aligned", None], **SCORES})
    assert with_quality(frame)[QUALITY].tolist() == [30, 25, 9]


def test_without_a_record_the_terms_that_train_decide() -> None:
    frame = pd.DataFrame({"loss": ["all", "gradient", "image+gradient"], "image_weight": [1.0, None, 0.0], **SCORES})
    assert ranked_by(frame).tolist() == ["image/psnr", "image/psnr_aligned", "image/psnr_aligned"]
    assert with_quality(frame)[QUALITY].tolist() == [30, 25, 26]


def test_a_metric_that_no_trial_has_is_nothing() -> None:
    frame = pd.DataFrame({"best/rank_by": ["timbre/snr", "image/psnr"], "image/psnr": [1.0, 2.0]})
    assert with_quality(frame)[QUALITY].isna().tolist() == [True, False]
    assert ranking_metric(frame) == "image/psnr"


@pytest.mark.parametrize(
    ("losses", "columns", "metric"),
    [
        (["image", "gradient"], ["image/psnr", "image/psnr_aligned"], "image/psnr"),
        (["gradient", "laplacian"], ["image/psnr", "image/psnr_aligned"], "image/psnr_aligned"),
        (["gradient"], ["image/psnr"], "image/psnr"),
        ([None], ["image/psnr"], "image/psnr"),
    ],
)
def test_several_trials_are_compared_by_one_metric(losses: list[str | None], columns: list[str], metric: str) -> None:
    assert ranking_metric(pd.DataFrame({"loss": losses, **dict.fromkeys(columns, 1.0)})) == metric


def test_the_words_of_quality() -> None:
    one, both = (pd.DataFrame({"best/rank_by": names}) for names in (["image/psnr_aligned"], [*SCORES]))
    assert (axis_label(QUALITY, one), footnote(QUALITY, one)) == ("image PSNR, aligned (dB)", "")
    assert axis_label(QUALITY, both) == "image PSNR* (dB)"
    assert footnote(QUALITY, both) == "*image PSNR or image PSNR, aligned: what ranks the trial"
    assert (axis_label("gradient/ssim", both), footnote("gradient/ssim", both)) == ("gradient (network) SSIM", "")


def test_a_row_whose_trials_are_ranked_differently_is_told(runs: Path) -> None:
    for loss in ("image", "gradient"):
        for seed in (0, 1):
            frames.write(runs, {**frames.metrics(30.0), "image/psnr_aligned": 31.0}, loss=loss, seed=seed)
    found = compare(analysis.load(runs), Question(over=("image", "loss", "seed"), selection_seeds=[0]))
    assert [choice.rank_by for choice in found.choices] == ["image/psnr"]
    said = "are ranked by image/psnr and image/psnr_aligned: chosen by image/psnr"
    assert any(note.endswith(said) for note in found.notes)
