"""The points of a sweep. The search is ours and not W&B's, so it says nothing about W&B's search."""

import itertools
import math
import random
from collections.abc import Iterator
from typing import Any

from .graphql import NotUnderstood


def points(config: dict[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    """Yield flat parameter dictionaries: `grid` is the product; `random` and `bayes` draw without end."""
    method = config.get("method")
    parameters: dict[str, dict[str, Any]] = config.get("parameters") or {}
    if method == "grid":
        return _grid(parameters)
    if method in ("random", "bayes"):
        return _draws(parameters, random.Random(seed))
    if method == "custom":
        return iter(())  # a scheduler queues the points
    raise NotUnderstood(f"a sweep with method {method!r}")


def expected(config: dict[str, Any]) -> int | None:
    """Return how many runs the sweep will have, None when there is no end to it."""
    cap = config.get("run_cap")
    if config.get("method") != "grid":
        return cap
    total = math.prod(len(_values(name, spec)) for name, spec in (config.get("parameters") or {}).items())
    return total if cap is None else min(cap, total)


def _grid(parameters: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    axes = [_values(name, spec) for name, spec in parameters.items()]
    for combination in itertools.product(*axes):
        yield dict(zip(parameters, combination, strict=True))


def _values(name: str, spec: dict[str, Any]) -> list[Any]:
    if "value" in spec:
        return [spec["value"]]
    if "values" in spec:
        return list(spec["values"])
    raise NotUnderstood(f"grid parameter {name!r} without value or values: {spec}")


def _draws(parameters: dict[str, dict[str, Any]], generator: random.Random) -> Iterator[dict[str, Any]]:
    while True:
        yield {name: _draw(name, spec, generator) for name, spec in parameters.items()}


def _draw(name: str, spec: dict[str, Any], generator: random.Random) -> Any:
    if "value" in spec:
        return spec["value"]
    if "values" in spec:
        return generator.choice(spec["values"])
    distribution = spec.get("distribution")
    if not {"min", "max"} <= set(spec):
        raise NotUnderstood(f"parameter {name!r}: {spec}")
    low, high = spec["min"], spec["max"]
    if distribution == "log_uniform_values":
        return math.exp(generator.uniform(math.log(low), math.log(high)))
    if distribution not in (None, "uniform", "int_uniform"):
        raise NotUnderstood(f"parameter {name!r} with distribution {distribution!r}")
    if isinstance(low, int) and isinstance(high, int) and distribution != "uniform":
        return generator.randint(low, high)
    return generator.uniform(low, high)
