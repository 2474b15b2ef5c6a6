"""Plugins: their choices are like those of the package, their bytes are identity, and a failed one leaves nothing."""

import copy as copying
import hashlib
import math
import pickle
import sys
from pathlib import Path

import pytest
import torch
from plugin import EXAMPLE, copy

from inr.activations import ACTIVATIONS
from inr.choices import OPTIONS
from inr.config import TrialConfig, entries
from inr.errors import UsageError
from inr.names import DECLARED
from inr.origins import PLUGINS, from_record, to_record
from inr.plugins import load
from tests.inr import test_activations as activations
from tests.inr import test_choices as choices

pytestmark = pytest.mark.usefixtures("restored_registries")

BELL = {"activation": "bell", "bell_width": "2"}
HEAD = """
from dataclasses import dataclass
from typing import Annotated, ClassVar
from annotated_types import Gt
from inr.activations import ACTIVATIONS, Activation
from inr.doc import Doc
from inr.initialisation.stable import UnitVariance
from inr.schedules import Schedule

@dataclass(frozen=True, kw_only=True)
class Warm(Schedule):
"""
FACTOR = "    def factor(self, share):\n        return 1.0\n"
OF_AN_ACTIVATION = (
    activations.test_a_jet_is_the_derivatives_of_its_value,
    activations.test_second_moment_is_that_of_a_normal_pre_activation,
    activations.test_vanishes_from_is_true,
    activations.test_the_first_layer_has_the_first_frequency,
    activations.test_an_activation_is_a_value,
)
OF_A_CLASS = (
    activations.test_an_activation_says_what_it_is,
    choices.test_an_option_is_frozen_keyword_only_and_complete_without_arguments,
    choices.test_the_parameters_of_an_option_exist_exactly_where_it_is_chosen,
    choices.test_an_option_is_named_where_its_parameters_are_documented,
)


def bell():
    load(str(EXAMPLE))
    return ACTIVATIONS["bell"]


def state():
    """Everything that a plugin may add to."""
    options = {kind: dict(found) for kind, found in OPTIONS.items()}
    return copying.copy(DECLARED), options, dict(PLUGINS), {n for n in sys.modules if n.startswith("inr_plugin")}


def refused(path):
    """The sentence with which a file is refused, after which everything is as it was."""
    before = state()
    with pytest.raises(UsageError) as caught:
        load(str(path))
    assert state() == before
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "PATH")


def written(folder, text, name="mine.py"):
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize("width", [0.1, 0.5, 3.0])
@pytest.mark.parametrize("contract", OF_AN_ACTIVATION, ids=lambda contract: contract.__name__)
def test_the_example_keeps_the_contract_of_an_activation(contract, width):
    contract(bell()(bell_width=width))


@pytest.mark.parametrize("contract", OF_A_CLASS, ids=lambda contract: contract.__name__)
def test_the_example_keeps_the_contract_of_a_choice(contract):
    contract(bell())


def test_the_example_is_its_formula():
    phi = bell()(bell_width=2.0)
    z = torch.linspace(-5, 5, 101, dtype=torch.float64)
    assert phi.jet(z, 0)[0].tolist() == pytest.approx([math.exp(-(x**2) / 8) for x in z.tolist()], rel=1e-14)
    assert phi.second_moment == pytest.approx((1 + 2 / 2.0**2) ** -0.5, rel=1e-9)  # E exp(−z²/a²) of a normal z


def test_its_parameter_exists_with_it():
    bell()
    assert TrialConfig.from_flat(BELL).flat()["bell_width"] == 2.0
    assert entries()["bell_width"].condition == "with --activation=bell"
    with pytest.raises(UsageError, match="--bell_width got 0: expected a number above 0 and up to 1000"):
        TrialConfig.from_flat({**BELL, "bell_width": 0})


def test_only_a_trial_that_uses_it_has_its_bytes_in_its_identity(tmp_path):
    sine = TrialConfig.from_flat({}).trial_id
    load(str(copy(tmp_path)))
    first = TrialConfig.from_flat(BELL)
    assert (TrialConfig.from_flat({}).trial_id, TrialConfig.from_flat({}).plugins) == (sine, [])
    ((choice, plugin),) = first.plugins
    assert (choice, plugin.path) == ("activation.bell", str(tmp_path / "mine.py"))
    assert plugin.sha256 == hashlib.sha256(EXAMPLE.read_bytes()).hexdigest()
    assert first.trial_id == TrialConfig.from_flat({**BELL, "omega_0": 3}).trial_id


def identity(path):
    """The identity of a trial that uses the file, in a process that has read no other."""
    PLUGINS.clear()
    OPTIONS["activation"].pop("bell", None)
    DECLARED.pop("bell_width", None)
    load(str(path))
    return TrialConfig.from_flat(BELL).trial_id


def test_the_bytes_count_and_not_where_they_lie(tmp_path):
    first = identity(EXAMPLE)
    assert identity(copy(tmp_path, "elsewhere.py")) == first
    assert identity(copy(tmp_path, end="# other bytes\n")) != first


def test_the_same_bytes_are_loaded_once(tmp_path):
    first, again = bell(), bell()
    assert first is again
    assert load(str(copy(tmp_path))).path == str(EXAMPLE)
    assert pickle.loads(pickle.dumps(first(bell_width=3.0))) == first(bell_width=3.0)


def test_two_versions_of_a_file_are_told_apart(tmp_path):
    load(str(copy(tmp_path)))
    assert "PATH was loaded before with other bytes (sha256 " in refused(copy(tmp_path, end="# more\n"))
    other = refused(copy(tmp_path, "other.py", end="# more\n"))
    assert f"two options of activation are called 'bell', in {tmp_path / 'mine.py'} and PATH: rename one" in other


def test_bytes_that_were_asked_for_are_the_only_ones_taken(tmp_path):
    path = copy(tmp_path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(UsageError, match=f"has other bytes than those that were asked for .sha256 {digest[:16]}, not "):
        load(f"{path}@sha256:{'0' * 16}")
    plugin = load(f"{path}@sha256:{digest}")
    assert load(plugin.argument) is plugin


def test_a_base_and_a_law_of_another_plugin_count_too(tmp_path):
    bell()
    law = "@dataclass(frozen=True, kw_only=True)\nclass Law(UnitVariance):\n    pass\n"
    law = law.replace("UnitVariance", "type(UnitVariance()).__mro__[1]") + "    fill = UnitVariance.fill\n"
    load(str(written(tmp_path, HEAD + FACTOR + law, "law.py")))
    wide = 'class Wide(ACTIVATIONS["bell"]):\n    init: ClassVar[str] = "law"\n'
    load(str(written(tmp_path, HEAD.partition("@")[0] + wide)))
    used = TrialConfig.from_flat({"activation": "wide"}).plugins
    assert [(choice, Path(plugin.path).name) for choice, plugin in used] == [
        ("activation.wide", "mine.py"),
        ("activation.wide", "activation.py"),
        ("init.law", "law.py"),
    ]


FAULTS = {
    "def f(:": "PATH cannot be loaded, line 1: SyntaxError: invalid syntax",
    "\n\nimport absent_module": "PATH cannot be loaded, line 3: ModuleNotFoundError: No module named 'absent_module'",
    "def f():\n    1 / 0\n\nf()": "PATH cannot be loaded, line 2: ZeroDivisionError: division by zero",
    "import sys\nsys.exit(0)": "PATH cannot be loaded, line 2: SystemExit: 0",
    "x = 1": "PATH cannot be loaded: it defines no choice: expected a class of activation, ",
    "x = 'a\0b'": "PATH cannot be loaded: ",
    HEAD
    + "    gaussian_sigma: Annotated[float, Gt(0), Doc('x')] = 1.0\n": "line 11: 'gaussian_sigma' is declared by both "
    "inr.operators.Gaussian and Warm in PATH: rename one of them",
    HEAD + "    plugin: int = 1\n": "line 11: Warm in PATH declares 'plugin', which is a flag of run.py: rename it",
    HEAD + "    warm: int = 1\n" + FACTOR: "Warm annotates warm otherwise than expected: Annotated[float, Gt(0), Doc(",
    HEAD + "    warm: Annotated[list, Doc('x')] = 1\n" + FACTOR: "Warm annotates warm otherwise than expected: ",
    HEAD + "    warm: Annotated[float, Gt(0), Doc('x')]\n" + FACTOR: "Warm has no default for warm: give one",
    HEAD
    + "    warm: Annotated[float, Gt(0), Doc('x')] = -1.0\n"
    + FACTOR: "--warm got -1.0: expected a number above 0",
    HEAD + "    pass\n": "Warm does not define factor, which every schedule has: write it",
    HEAD.replace("@dataclass(frozen=True, kw_only=True)", "")
    + "    warm: Annotated[float, Gt(0), Doc('x')] = 1.0\n": "Warm is no keyword-only dataclass: write @dataclass(",
    HEAD.replace("Warm(Schedule)", "Warm(Activation)")
    + "    def jet(self, z, order):\n        return z\n": "Warm has no init, which every activation has: give it a",
    HEAD + FACTOR + "    def __post_init__(self):\n        1 / 0\n": "line 15: ZeroDivisionError: division by zero",
    HEAD + FACTOR + "raise ValueError('two\\nlines')\n": "line 14: ValueError: two",
}


@pytest.mark.parametrize("text", FAULTS, ids=range(len(FAULTS)))
def test_a_file_that_cannot_be_used_is_one_sentence_and_leaves_nothing(tmp_path, text):
    assert FAULTS[text] in refused(written(tmp_path, text))


def test_what_is_no_file_of_text_is_one_sentence(tmp_path):
    assert refused(tmp_path / "absent.py") == "--plugin=PATH cannot be read: there is no such file; check the path"
    assert refused(tmp_path) == "--plugin=PATH cannot be read: is a directory; expected a Python file"
    (tmp_path / "latin.py").write_bytes("# é".encode("latin-1"))
    assert "PATH cannot be loaded: it is not text in UTF-8; save it as such" in refused(tmp_path / "latin.py")


def test_a_record_says_which_plugin_its_config_needs(tmp_path):
    load(str(copy(tmp_path)))
    config = TrialConfig.from_flat(BELL)
    content = {"config": config.flat(), "environment": {"plugins": to_record(config.plugins)}}
    assert from_record(content["environment"]["plugins"]) == config.plugins
    assert TrialConfig.from_record(content) == config
    digest = config.plugins[0][1].sha256[:16]
    PLUGINS.clear()
    with pytest.raises(UsageError) as caught:
        TrialConfig.from_record(content)
    assert str(caught.value) == (
        f"activation.bell is defined by the plugin {tmp_path}/mine.py (sha256 {digest}), which is not loaded: "
        f"give --plugin={tmp_path}/mine.py@sha256:{digest}"
    )
    assert TrialConfig.from_record({"config": {}}) == TrialConfig.from_flat({})


@pytest.mark.parametrize("content", [None, "x", 3, [1], [{"choice": "a"}], [{"choice": 1, "file": "x", "sha256": "y"}]])
def test_a_record_without_plugins_needs_none(content):
    assert from_record(content) == []


def test_a_parameter_is_no_flag():
    with pytest.raises(UsageError, match=r"'plugin' is a flag of run.py, and no parameter of a trial: give it there"):
        TrialConfig.from_flat({"plugin": "mine.py"})
