"""The meaning of a trial's numbers, by version."""

MEANING = 3
"""Part of every identity. Raise it when the same config comes to mean other numbers (a loss, a metric, a default).

3: the task is part of every config; compiled steps take hyperparameters as arguments, which moves last digits.
2: ω₀ = 1 is a frequency like any other in the initialisation of the first layer; a batch of all pixels,
evaluations beyond the last step, and raw units without an operator in the loss are named as what they amount to.
1: ω₀ = 1 was initialised as an activation without a frequency.
"""
