"""The answer: the leader by hand, its distance, the test, the classical answer; or why there is none."""

import frames
import pytest

import analysis
from analysis.commands import main
from analysis.comparison.answer import answer
from analysis.comparison.compare import compare
from analysis.report.answers import answers
from analysis.report.page import report

RUNS = {"sine": 40.0, "triangle": 38.0, "relu": 20.0}


def written(runs, scores, images=("camera", "coins"), **extra):
    for activation, score in scores.items():
        for place, image in enumerate(images):
            frames.write(
                runs,
                {"image/psnr": score + place, "held_out/psnr": score / 2, "held_out/psnr_bilinear": 15.0 + place},
                activation=activation,
                image=image,
                holdout="grid",
                **extra,
            )
    return analysis.load(runs)


def test_the_leader_its_distance_and_what_stands_in_the_way_of_a_test(runs):
    found = answer(compare(written(runs, RUNS)))
    assert found.leads == "sine"
    leads, ahead, tested, classical = found.sentences
    assert leads.startswith("sine leads: image PSNR 40.50 dB, the mean over 2 images, 95 % interval ")
    assert ahead == "It is ahead of triangle by 2.00 dB."
    assert tested == "No test can be made with n = 2: 3 rows at a level of 0.05 need n ≥ 7; run more images."
    assert classical == (
        "In held-out samples PSNR, where sine has 20.00 dB, without a network: linear interpolation 15.50 dB; "
        "sine is 4.50 dB better than linear interpolation."
    )


def test_with_enough_images_the_test_speaks(runs):
    images = ("camera", "coins", "page", "clock", "moon", "text", "cell", "grass")
    scores = {"sine": 40.0, "triangle": 39.0, "relu": 20.0}
    for place, image in enumerate(images):
        for activation, score in scores.items():
            jitter = (-1) ** place * 2.0 if activation == "triangle" else 0.1 * place
            frames.write(runs, {"image/psnr": score + jitter}, activation=activation, image=image)
    _, ahead, tested, _ = answer(compare(analysis.load(runs))).sentences
    assert ahead.startswith("It is ahead of triangle by 1.35 dB (95 % interval ")
    assert ", p = " in ahead
    assert tested == "Not distinguishable from it: triangle."


def test_an_error_is_led_by_the_lowest_and_its_interval_has_the_sign_of_the_lead(runs):
    for place, image in enumerate(("camera", "coins", "page", "clock", "moon", "text")):
        for activation, score in {"sine": 0.1, "relu": 0.5}.items():
            frames.write(
                runs, {"image/nrmse": score + 0.01 * place * (score > 0.2)}, activation=activation, image=image
            )
    frame = analysis.load(runs).assign(**{"best/rank_by": "image/nrmse"})
    leads, ahead, *_ = answer(compare(frame)).sentences
    assert leads.startswith("sine leads: image NRMSE 0.100")
    assert ahead.startswith("It is ahead of relu by 0.425 (95 % interval 0.41")


def test_a_row_alone_leads_nothing_else(runs):
    _, alone, *_ = answer(compare(written(runs, {"sine": 30.0}, images=("camera",)))).sentences
    assert alone == "There is no other row to compare it with."


def test_every_task_and_loss_has_an_answer_or_the_reason_for_none(runs, capsys):
    written(runs, RUNS)
    written(runs, {"sine": 30.0}, loss="gradient")
    frames.write(runs, {"sound/snr": 12.0}, task="audio", image=None, sound="chirp", loss="sound")
    found = answers(analysis.load(runs))
    assert [(each.task, bool(each.found)) for each in found] == [("audio", True), ("image", True), ("image", False)]
    (reason,) = found[2].sentences
    assert reason == "There is no answer yet: no trial has a score of the metric that ranks them."
    assert main(["answer", str(runs)]) == 0
    said = capsys.readouterr().out
    assert "image, loss: image\n  sine leads: image PSNR 40.50 dB" in said
    assert "audio, loss: sound\n  sine leads: sound SNR 12.00 dB" in said


def test_the_report_begins_with_it(runs, tmp_path):
    written(runs, RUNS)
    page = report(analysis.load(runs), tmp_path / "report.html").read_text()
    first = page.index("sine leads: image PSNR 40.50 dB")
    assert page.index('<section id="answer"') < first < page.index('<section id="comparison"')


@pytest.mark.parametrize("flags", [["--by", "activation,loss"], ["--where", "activation=sine"]])
def test_rows_and_trials_are_chosen_as_for_a_table(runs, capsys, flags):
    written(runs, RUNS)
    assert main(["answer", str(runs), *flags]) == 0
    assert "sine" in capsys.readouterr().out


def test_the_method_without_a_network_is_the_one_beside_the_leader(runs):
    for activation, score, guess in (("sine", 40.0, 15.0), ("relu", 20.0, 35.0)):
        given = {"image/psnr": score, "held_out/psnr": score / 2, "held_out/psnr_bilinear": guess}
        frames.write(runs, given, activation=activation, holdout="grid")
    *_, classical = answer(compare(analysis.load(runs))).sentences
    assert classical.endswith("linear interpolation 15.00 dB; sine is 5.00 dB better than linear interpolation.")
