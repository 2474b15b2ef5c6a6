"""Claims as data: each verdict from records made by hand, and the files that come with the program."""

import frames
import numpy as np
import pytest
import yaml

import analysis
from analysis.claims.claim import Claim, read_claims, shipped
from analysis.claims.layers import NEAR_ZERO, with_near_zero
from analysis.claims.verdict import FAILS, HOLDS, UNDECIDED, UNTESTED, judge
from analysis.commands import main
from analysis.comparison.question import Question
from inr.activations import ACTIVATIONS
from inr.errors import UsageError
from inr.vocabulary import rankable

IMAGES = ("camera", "coins", "page", "clock", "moon", "text", "cell", "grass")


def claim(**changes):
    said = {
        "sentence": "Sine is better.",
        "source": "somebody",
        "sweep": "fair",
        "where": {"task": "image", "loss": "image"},
        "metric": "image/psnr",
        "ahead": "sine",
        "of": ("relu",),
    }
    return Claim(**{**said, **changes})


def leads(runs, lead, images=IMAGES, name="image/psnr", **config):
    """Write trials in which sine's score is ``lead`` (a number an image) above relu's."""
    for place, (image, ahead) in enumerate(zip(images, lead, strict=True)):
        frames.write(runs, {name: 20.0 + place}, activation="relu", image=image, **config)
        frames.write(runs, {name: 20.0 + place + ahead}, activation="sine", image=image, **config)
    return analysis.load(runs)


SPREAD = np.array([1.9, 2.1, 2.0, 1.8, 2.2, 2.05, 1.95, 2.0])
VERDICTS = [
    (SPREAD, {}, HOLDS),
    (SPREAD, {"margin": 1.0}, HOLDS),
    (SPREAD, {"margin": 2.0}, UNDECIDED),
    (SPREAD, {"margin": 3.0}, FAILS),
    (-SPREAD, {}, FAILS),
    (SPREAD * [1, -1, 1, -1, 1, -1, 1, -1], {}, UNDECIDED),
    (SPREAD, {"ahead": "relu", "of": ("sine",)}, FAILS),
    (SPREAD, {"images": 9}, UNTESTED),
    (SPREAD, {"seeds": 2}, UNTESTED),
]


@pytest.mark.parametrize(("lead", "changes", "state"), VERDICTS)
def test_the_verdict_is_where_the_interval_of_the_lead_lies(runs, lead, changes, state):
    verdict = judge(claim(**changes), leads(runs, lead), Question())
    assert verdict.state == state
    assert len(verdict.trials) == 16


def test_the_sentence_has_the_lead_its_interval_and_the_margin(runs):
    verdict = judge(claim(margin=1.0), leads(runs, np.full(8, 2.0)), Question())
    assert verdict.sentences == (
        "sine is 2.00 dB ahead of relu in image PSNR (95 % interval of its lead 2.00 to 2.00); "
        "at least 1.00 dB is claimed.",
    )


def test_of_an_error_the_lower_is_ahead(runs):
    frame = leads(runs, -SPREAD, name="image/nrmse")
    verdict = judge(claim(metric="image/nrmse"), frame, Question())
    assert verdict.state == HOLDS
    assert verdict.sentences[0].startswith("sine is 2.000 ahead of relu in image NRMSE (95 % interval of its lead 1.9")


def test_seeds_are_averaged_before_images_are_compared(runs):
    for seed, shift in ((0, 30.0), (1, -26.0)):  # a lead of 2 on the mean of the seeds, of either sign in each
        leads(runs, SPREAD + shift, seed=seed)
    verdict = judge(claim(seeds=2), analysis.load(runs), Question())
    assert verdict.state == HOLDS
    assert verdict.sentences[0].startswith("sine is 4.00 dB ahead of relu")


def test_a_claim_over_several_holds_only_over_all(runs):
    leads(runs, SPREAD)
    for place, (image, jitter) in enumerate(zip(IMAGES, np.tile([1.0, -1.0], 4), strict=True)):
        frames.write(runs, {"image/psnr": 22.0 + place + jitter}, activation="triangle", image=image)
    frame = analysis.load(runs)
    assert judge(claim(of=("relu",)), frame, Question()).state == HOLDS
    both = judge(claim(of=("relu", "triangle")), frame, Question())
    assert both.state == UNDECIDED
    assert len(both.sentences) == 2


def test_one_image_is_no_test_however_many_seeds(runs):
    for seed in range(8):
        leads(runs, [2.0], images=("camera",), seed=seed)
    verdict = judge(claim(), analysis.load(runs), Question())
    assert verdict.state == UNTESTED
    assert verdict.sentences == (
        "There are 1 image and 8 seeds of each activation; 8 images and 1 seed are asked for.",
        "sine is 2.00 dB ahead of relu in image PSNR.",
    )


def test_what_is_missing_is_told(runs):
    frame = leads(runs, SPREAD)
    for changes, reason in (
        ({"of": ("square",)}, "no trial has activation=square"),
        ({"where": {"task": "image", "loss": "gradient"}}, "no trial has loss=gradient"),
        ({"metric": "gradient/psnr"}, "unknown column 'gradient/psnr'"),
        ({"where": {"side": 3}}, "no trial has side=3"),
    ):
        verdict = judge(claim(**changes), frame, Question())
        assert verdict.state == UNTESTED
        assert verdict.sentences[0].startswith(f"There is nothing to test it on: {reason}")
        assert not verdict.trials


def test_nuisance_parameters_are_chosen_on_the_selection_seeds(runs):
    for rate, bonus in ((1e-3, 0.0), (1e-4, 5.0)):  # the second is better on seed 0, and worse on the others
        leads(runs, SPREAD + bonus, seed=0, learning_rate=rate)
        leads(runs, SPREAD - bonus, seed=1, learning_rate=rate)
    frame = analysis.load(runs)
    assert "learning_rate" in judge(claim(), frame, Question()).sentences[0]
    chosen = judge(claim(), frame, Question(selection_seeds=(0,)))
    assert chosen.state == FAILS
    assert chosen.sentences[0].startswith("sine is 3.00 dB behind relu")


def test_the_claims_that_come_with_the_program_can_be_tested():
    claims = read_claims(shipped())
    assert len(claims) >= 9
    for each in claims:
        assert set(each.rows) <= ACTIVATIONS.keys()
        assert each.metric in (*rankable(), NEAR_ZERO)
        assert (frames.Path(__file__).parents[2] / "sweeps" / f"{each.sweep}.yaml").is_file()


def test_the_share_near_zero_is_that_of_the_last_evaluation(runs):
    record = frames.write(runs, 30.0)
    folder = runs / "trials" / record.trial_id
    near = np.array([[0.9, 0.9, 0.9], [0.1, 0.7, 0.3]])  # two evaluations of three groups
    np.savez(folder / "histograms.npz", kind=np.array(["activation", "weight", "activation"]), near_zero=near)
    frames.write(runs, 31.0, activation="relu")
    found = with_near_zero(analysis.load(runs)).set_index("activation")[NEAR_ZERO]
    assert found["sine"] == pytest.approx(0.2)
    assert np.isnan(found["relu"])


def test_the_command_prints_verdicts_and_their_numbers(runs, tmp_path, capsys):
    leads(runs, SPREAD)
    file = tmp_path / "mine.yaml"
    ours = {**claim().__dict__, "of": ["relu"]}
    file.write_text(yaml.safe_dump([ours, {**ours, "ahead": "square"}], sort_keys=False))
    assert main(["claims", str(runs), f"--file={file}"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "holds: Sine is better."
    assert printed[1] == "  (somebody)"
    tests = f"python -m analysis tests {runs} --metrics image/psnr --where task=image loss=image activation=sine"
    assert printed[3] == f"  16 trials: {tests} activation=relu"
    assert printed[4] == "not tested at this size: Sine is better."
    assert printed[-1] == "2 claims (holds: 1, not tested at this size: 1)"


WRONG = [
    ("{}", "expected a list of claims, each with"),
    ("[1", "this is not YAML"),
    ("- {sentence: a}", "claim 1: source: field required"),
    ("- {sentense: a}", "claim 1: "),
]


@pytest.mark.parametrize(("content", "sentence"), WRONG)
def test_a_wrong_file_is_told_in_one_sentence(runs, tmp_path, capsys, content, sentence):
    frames.write(runs, 30.0)
    file = tmp_path / "mine.yaml"
    file.write_text(content)
    assert main(["claims", str(runs), f"--file={file}"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert sentence in told


def test_wrong_values_are_told(tmp_path):
    ours = {**claim().__dict__, "of": ["relu"]}
    for changes, sentence in (
        ({"images": 2}, "images: input should be greater than or equal to 5"),
        ({"of": []}, "of: "),
        ({"metrik": "a"}, "metrik: is unknown: expected one of sentence, source, "),
    ):
        file = tmp_path / "mine.yaml"
        file.write_text(yaml.safe_dump([{**ours, **changes}]))
        with pytest.raises(UsageError, match=sentence):
            read_claims([file])


def test_a_missing_file_and_a_given_row_are_told(runs, capsys):
    frames.write(runs, 30.0)
    assert main(["claims", str(runs), "--file=nowhere.yaml"]) == 1
    assert "cannot read the claims in 'nowhere.yaml': no such file" in capsys.readouterr().err
    assert main(["claims", str(runs), "--by=image"]) == 2
    assert "a claim itself says which activations it compares" in capsys.readouterr().err
