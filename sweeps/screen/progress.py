"""The progress of a trial for a person to see: a bar on a terminal, plain lines elsewhere."""

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from inr.trial import Evaluation, Step
from inr.vocabulary import headlines, metric
from sweeps.screen.console import say
from sweeps.screen.terminal import Screen


class TrialProgress:
    """A consumer of steps: the loss, the headlines of the last evaluation and the time left, on standard error."""

    def __init__(self, steps: int, quiet: bool = False) -> None:
        self.steps, self.quiet = steps, quiet
        screen = Screen(stderr=True)
        columns = (
            TextColumn("step {task.completed}/{task.total}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("loss {task.fields[loss]}  {task.fields[scores]}", markup=False),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=screen, disable=quiet or not screen.is_terminal)
        self.task = self.bar.add_task("", total=steps, loss="–", scores="–")

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def __call__(self, step: Step) -> None:
        """Show the step."""
        self.bar.update(self.task, completed=step.step, loss=_loss(step))
        if step.evaluation:
            scores = _scores(step.evaluation)
            self.bar.update(self.task, scores=scores)
            if self.bar.disable and not self.quiet:
                say(f"step {step.step}/{self.steps}  loss {_loss(step)}  {scores}")


def _loss(step: Step) -> str:
    """Step 0, before training, has none."""
    return f"{step.loss:.2e}" if step.step else "–"


def _scores(evaluation: Evaluation) -> str:
    """``PSNR (dB) image 28.31  gradient 21.04``: each score's header, then the number of each family."""
    found: dict[str, str] = {}
    for known in filter(lambda known: known.name in evaluation.metrics, map(metric, headlines())):
        assert known.score is not None
        assert known.family is not None
        number = known.format(evaluation.metrics[known.name])
        found[known.score.header] = f"{found.get(known.score.header, '')}  {known.family.noun} {number}"
    return "  ".join(header + numbers[1:] for header, numbers in found.items())
