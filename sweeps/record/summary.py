"""The table that a trial ends with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table

from inr.families import FAMILIES
from inr.scores import SCORES
from inr.tasks import task_of, with_task
from inr.vocabulary import MISSING, families, metric, references
from sweeps.record import continuation
from sweeps.record.folder import Record, RecordFolder
from sweeps.screen.terminal import Screen


def show(record: Record, folder: RecordFolder, recorded_before: bool, screen: Screen) -> None:
    """Print the metrics of a record, its status and its folder."""
    screen.print(Group(_table(record), *_lines(record, folder, recorded_before)), soft_wrap=True)


def _table(record: Record) -> Table:
    """Make one row a family: its scores, then the references of its first score."""
    measured = [family for family in families() if any(name in record.metrics for name in family.metrics)]
    rows = [family for family in measured if not family.apart]
    scores = [score for score in SCORES.values() if any(score in family.scores for family in rows)]
    beside = [variant for variant in references() if variant.beside]
    table = Table(title=_title(record.config), title_justify="left", padding=(0, 1, 0, 0))
    table.add_column("map")
    unit = f" ({scores[0].unit})" if scores and scores[0].unit else ""
    for header in [*(score.header for score in scores), *(variant.label + unit for variant in beside)]:
        table.add_column(header, justify="right")
    for family in rows:
        lead = metric(family.metrics[0])
        names = [f"{family.name}/{score.name}" for score in scores]
        cells = [metric(name).format(record.metrics.get(name)) for name in names]
        cells += [lead.format(record.metrics.get(lead.reference(variant.name))) for variant in beside]
        table.add_row(family.label, *cells)
    return table


def _title(config: Mapping[str, Any]) -> str:
    given = with_task(config)
    problem = task_of(given).title(given)
    return f"{problem}; {config['activation']}, {config['steps']} steps, seed {config['seed']}"


def _learned(layers: Sequence[float | Sequence[float | None] | None]) -> str:
    """The numbers of the layers, or the median of each with the ends."""
    shown = []
    for layer in layers:
        if isinstance(layer, Sequence):
            low, middle, high = (_number(layer[place]) for place in (0, len(layer) // 2, -1))
            shown.append(f"{middle} ({low} … {high})")
        else:
            shown.append(_number(layer))
    return ", ".join(shown)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _lines(record: Record, folder: RecordFolder, recorded_before: bool) -> list[str]:
    lines = [*_variants(record.metrics), *_apart(record.metrics)]
    if record.best:
        lines.append(_best(record))
    lines += _layers(record.metrics)
    if (cycles := record.metrics.get("reach/cycles_per_sample")) is not None:
        lines.append(f"ω₀ reaches {cycles:.3f} cycles a sample in the first layer (Nyquist's limit is 0.5)")
    lines += [f"learned {name}: {_learned(layers)}" for name, layers in record.learned.items()]
    seconds = record.timing.get("seconds_per_step")
    if seconds is not None:
        lines.append(f"{1000 * seconds:.1f} ms a step (median), {record.timing['seconds_total']:.0f} s in all")
    if parts := record.environment.get("parts"):
        lines.append(f"trained in {len(parts)} parts, {continuation.describe(parts)}")
    if "anonymised" in record.environment:
        lines.append(f"anonymised: {record.environment['anonymised']}")
    lines.append(
        record.status
        + (f": {record.reason}" if record.reason else "")
        + (", recorded before" if recorded_before else "")
    )
    lines.append(f"record: {folder.path}")
    return lines


def _layers(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Tell the numbers of the layers, from the input on, beside what the weights predict."""
    for family in (family for family in FAMILIES.values() if family.layered):
        found = {name: value for name, value in metrics.items() if name.startswith(f"{family.name}/layer_")}
        measured = [_short(value) for name, value in found.items() if not name.endswith("_predicted")]
        predicted = [_short(value) for name, value in found.items() if name.endswith("_predicted")]
        if found:
            yield f"{family.noun} by layer: {' '.join(measured)} (predicted: {' '.join(predicted)})"


def _apart(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Tell the scores that only one family has, each with the references beside which it is read."""
    for name in (name for family in families() if family.apart for name in family.metrics if name in metrics):
        known = metric(name)
        beside = ((each.label, metrics.get(known.reference(each.name))) for each in references())
        told = ", ".join(f"{label} {known.with_unit(value)}" for label, value in beside if value is not None)
        yield f"{known.label}: {known.with_unit(metrics[name])}" + (f" ({told})" if told else "")


def _short(value: float | None) -> str:
    return MISSING if value is None else f"{value:.3g}"


def _best(record: Record) -> str:
    """Tell the best evaluation, and what it is above the last: a stop there is an oracle's, who knows the truth."""
    known, step = metric(record.best["rank_by"]), record.best["step"]
    best, last = record.best[known.name], record.metrics.get(known.name)
    told = f"best {known.label} {known.with_unit(best)} at step {step}"
    if last is None or last == best:
        return f"{told} (rank by the last)"
    return (
        f"{told}, {known.with_unit(abs(best - last))} better than the last (rank by the last: stopping needs the truth)"
    )


def _variants(metrics: Mapping[str, Any]) -> Iterator[str]:
    """The variants of each family's first score that the table does not have."""
    for known in map(metric, metrics):
        variant, lead = known.variant, known.family.metrics[0] if known.family and known.score else None
        apart = known.family is not None and known.family.apart
        if variant and not variant.beside and not apart and known.plain == lead:
            yield f"{known.label}: {known.with_unit(metrics[known.name])}"
