# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which activation function?
#
# The comparison, from records. `jupyter lab analysis/notebooks` opens this file as a notebook (right click,
# *Open With*, *Notebook*); the environment variables `RUNS` and `SWEEP` say which records. Needs
# `pip install '.[notebooks]'`.

# %%
import os

from IPython.display import Image, Markdown, display

from analysis import figures
from analysis.comparison.blocks import compare_losses
from analysis.comparison.subject import by_task
from analysis.sources.load import load
from analysis.tables.text import render
from inr.errors import InputError

frame = load(os.environ.get("RUNS", "../../runs"), os.environ.get("SWEEP") or None)
tasks = by_task(frame)  # a table or a figure is of one task
frame.attrs["notes"], frame["status"].value_counts().to_dict()

# %% [markdown]
# ## The tables
#
# One a loss: what is best under one loss says nothing of another. Read what stands under a table before its numbers:
# what was held fixed, over how much data it is averaged, and whether a test can be made at all. An activation that was
# not tuned is not a baseline.

# %%
for task, trials in tasks.items():
    display(Markdown(f"### {task}"))
    try:
        display(Markdown(render(compare_losses(trials), "markdown", every=True)))
    except InputError as reason:  # one sentence: what else varies, and would be averaged over
        display(Markdown(f"*{reason}*"))

# %% [markdown]
# ## The sheets of the original study
#
# One scale a row, the reference's. Good values (first row) with a bad derivative (below) are what a network that
# memorises its samples looks like; under the reference stands what an all-zero map scores.

# %%
for trials in tasks.values():
    for activation in sorted(trials["activation"].dropna().unique()):
        display(Image(figures.png(figures.study_grid(trials, activation))))

# %% [markdown]
# ## How fast
#
# Curves that still rise at the last step were cut short: their order may change.

# %%
display(*(Image(figures.png(figures.convergence(trials))) for trials in tasks.values()))

# %% [markdown]
# ## Values against derivatives
#
# Above, the network's own derivatives; below, the operator applied to its values. Where the two rows rank activations
# differently, believe neither alone. Points below the dotted line are worse than no derivative at all.

# %%
display(*(Image(figures.png(figures.pareto(trials))) for trials in tasks.values()))

# %% [markdown]
# ## Importance and cost
#
# A parameter whose importance is below the seed's has no measurable effect at this number of trials.

# %%
for trials in tasks.values():
    display(Image(figures.png(figures.importance(trials))), Image(figures.png(figures.cost(trials))))
