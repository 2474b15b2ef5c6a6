"""What is asked costs what the plan that answers it costs, and neither config nor cost needs torch."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from inr.jet import Ask
from inr.planes.choose import cheapest
from inr.planes.cost import products

FREE = "inr.config, inr.tasks, inr.vocabulary, inr.plugins, inr.planes.cost"


@given(gradient=st.booleans(), operators=st.integers(0, 3), dimensions=st.integers(1, 4), channels=st.integers(1, 3))
def test_the_cost_without_torch_is_the_plans(gradient, operators, dimensions, channels):
    ask = Ask(gradient, tuple((float(k),) * dimensions for k in range(1, operators + 1)))
    assert products(ask, dimensions, channels) == cheapest(ask, dimensions, channels).products


def test_a_config_and_its_cost_are_known_without_torch():
    code = f"import {FREE}, sys; inr.config.TrialConfig.from_flat({{'loss': 'all'}}); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
