"""The tables of cases: every registered activation at several hyperparameters, network shapes, wrong configs."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from torch import Tensor

from inr.activations import ACTIVATIONS, Activation
from inr.activations.base import ScalarJet
from inr.choices import options
from inr.initialisation import INITIALISATIONS
from inr.network import CoordinateMLP
from inr.operators import OPERATORS
from inr.tasks import TASKS
from inr.tree import flat as parameters

VALUES = {
    **{"omega_0": (1.0, 7.5), "first_omega_0": (45.0,), "n_modes": (1, 2, 3, 8, 16)},
    "amplitude": ("unit_peak", "unit_variance"),
}
"""Hyperparameter → values to try beside the default; one that is not here is tried at its default."""


def _activations() -> Iterator[Activation]:
    for cls in ACTIVATIONS.values():
        yield cls()
        for name in parameters(cls()):
            yield from (cls(**{name: value}) for value in VALUES.get(name, ()))


ACTIVATION_CASES = tuple(dict.fromkeys(_activations()))


SCALAR_CASES = tuple(phi for phi in ACTIVATION_CASES if phi.inputs == phi.outputs == 1)


def jets(activation: Activation) -> list[ScalarJet]:
    """The jets of which its outputs are products: its own, of one input and one output."""
    return [jet for factors in activation.factors() for jet in factors]


def bound(activation: Activation, z: Tensor, seed: int = 0) -> Activation:
    """The activation with what as many neurons have as ``z`` has on its last axis: constants, and what is drawn."""
    width = z.shape[-1] if z.ndim else 1
    kept = {**activation.constants(width), **activation.drawn(width, np.random.default_rng(seed))}
    shapes = {name: (*v.shape[:-1], *z.shape[-1:]) if v.shape[-1] == width else v.shape for name, v in kept.items()}
    return dataclasses.replace(
        activation, **{name: z.new_tensor(values).reshape(shapes[name]) for name, values in kept.items()}
    )


def label(activation: Activation) -> str:
    """``square(n_modes=8)``: the name, and what is not as by default."""
    default = parameters(type(activation)())
    other = [f"{name}={value}" for name, value in parameters(activation).items() if value != default[name]]
    return f"{activation.name()}({','.join(other)})"


DISCRETE = tuple(name for name, cls in OPERATORS.items() if cls().operator())
"""The names of the discrete operators."""


def choice(kind: str, name: str, **values: Any) -> Any:
    """An option of a kind, with those of the values that it has a parameter for."""
    option = options(kind)[name]
    return option(**{key: value for key, value in values.items() if key in parameters(option())})


NETWORK_SHAPES = tuple(itertools.product((1, 3), (0, 1, 2, 3)))
"""(output channels, hidden layers)."""


def small_network(
    activation: Activation, channels: int = 1, hidden_layers: int = 1, seed: int = 0, dimensions: int = 2
) -> CoordinateMLP:
    """A float64 network of width 5 under the activation's own initialisation."""
    return CoordinateMLP(
        activation,
        in_features=dimensions,
        hidden_features=5,
        hidden_layers=hidden_layers,
        out_features=channels,
        init=INITIALISATIONS[activation.init](),
        seed=seed,
    ).double()


SMALL_TASKS: dict[str, dict[str, Any]] = {
    "audio": {"seconds": 0.02},
    "blend": {"size": 24},
    "helmholtz": {"nodes": 33, "collocation": 40, "source_points": 8},
    "hypernetwork": {"collection": "brick", "crop": 128, "pictures": 2, "pixels": 12, "latent_features": 4},
    "image": {"size": 24},
    "poisson": {"size": 24},
    "inpainting": {"size": 24},
    "super_resolution": {"size": 24},
    "wave": {"nodes": 17, "collocation": 40, "start_points": 16},
    "video": {"frames": 5, "size": 12},
    "sdf": {"side": 16, "cloud": 100, "surface_points": 30},
}
"""Task → the parameters that make its data small."""

LOSSES = ", ".join(sorted({"all", "value", *(term for task in TASKS.values() for term in task.terms)}))
"""The words of ``--loss``."""

CONFIG_ERRORS = [
    ({"omega": 3}, "unknown parameter 'omega': did you mean 'omega_0'?"),
    ({"n_epoch": 3}, "unknown parameter 'n_epoch': did you mean 'n_epochs'?"),
    ({"activation": "sin"}, "--activation got 'sin': did you mean 'sine'?"),
    ({"activation": "xyz"}, f"--activation got 'xyz': expected one of {', '.join(sorted(ACTIVATIONS))}"),
    ({"holdout": None}, "--holdout got None: did you mean 'none'?"),
    ({"steps": "many"}, "--steps got 'many': expected an integer from 1 to 1000000000"),
    ({"steps": 30.5}, "--steps got 30.5: expected an integer from 1 to 1000000000"),
    ({"steps": float("inf")}, "--steps got inf: expected an integer from 1 to 1000000000"),
    ({"n_epochs": 0}, "--steps got 0: expected an integer from 1 to 1000000000"),
    ({"size": 4}, "--size got 4: expected an integer from 8 to 16384"),
    ({"size": True}, "--size got True: expected an integer from 8 to 16384"),
    ({"batch_size": -1}, "--batch_size got -1: expected an integer of at least 0"),
    ({"omega_0": "nan"}, "--omega_0 got 'nan': expected a number above 0 and up to 1e+06"),
    ({"omega_0": float("inf")}, "--omega_0 got inf: expected a number above 0 and up to 1e+06"),
    ({"omega_0": None}, "--omega_0 got None: expected a number above 0 and up to 1e+06"),
    ({"image_weight": float("nan")}, "--image_weight got nan: expected a number from 0 to 1000000000000"),
    ({"image_weight": 1e30}, "--image_weight got 1e+30: expected a number from 0 to 1000000000000"),
    ({"holdout": "random", "holdout_fraction": 1}, "--holdout_fraction got 1: expected a number above 0 and below 1"),
    ({"task": "blend", "alpha": 1.5}, "--alpha got 1.5: expected a number from 0 to 1"),
    ({"image": 5}, "--image got 5: expected a text"),
    ({"image": "camra"}, "image is 'camra'; expected a file's path or a known name; did you mean 'camera'?"),
    ({"loss": "imge"}, "--loss got 'imge': did you mean 'image'?"),
    (
        {"loss": "image+xyz"},
        f"--loss got 'image+xyz': expected one of {LOSSES}",
    ),
    (
        {"loss": ""},
        f"--loss got '': expected one of {LOSSES}",
    ),
    ({"steps": 3, "n_epochs": 4}, "steps got both 3 and 4 (n_epochs is its other spelling): give one"),
    (
        {"image_weight": 0},
        "--loss=image got no weight above 0: give one of its terms a positive weight",
    ),
    (
        {"operator": "analytic"},
        "--operator=analytic got --image=camera, which has no closed form: "
        "expected one of sinusoids, gaussians, bandlimited, or a discrete operator",
    ),
    (
        {"holdout": "random", "loss": "image+gradient"},
        "--holdout=random got --loss=image+gradient: a discrete derivative would see held-out samples; "
        "use --holdout=grid, --loss=image or --operator=analytic",
    ),
]
"""Flat values that are wrong, and the sentence that says so."""
