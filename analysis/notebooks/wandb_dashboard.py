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
# # A W&B project
#
# The same table and pictures from the mirror of the records, through W&B's API. `jupyter lab analysis/notebooks` opens
# this file as a notebook (right click, *Open With*, *Notebook*); the environment variable `PROJECT` says which project,
# `SWEEP` which of its sweeps. Needs `pip install '.[notebooks]'` and `wandb login`.

# %%
import os

from IPython.display import Image, Markdown, display

from analysis import figures
from analysis.comparison.blocks import compare_losses
from analysis.comparison.subject import by_task, subjects
from analysis.sources.load import load
from analysis.tables.text import render
from inr.errors import InputError
from inr.vocabulary import headlines

frame = load(f"wandb:{os.environ.get('PROJECT', 'entity/project')}", os.environ.get("SWEEP") or None)
tasks = by_task(frame)  # a table or a figure is of one task
frame.attrs["notes"], frame["status"].value_counts().to_dict()

# %% [markdown]
# ## The runs
#
# There is one row per trial, also if it was mirrored twice. A running or crashed trial has that status.

# %%
shown = ["trial_id", "status", "activation", "loss", *subjects(), "seed", *headlines()]
frame[[name for name in shown if name in frame]]

# %% [markdown]
# ## The comparison
#
# As with records, a comparison that would average over a parameter that `over` does not name is refused.

# %%
for trials in tasks.values():
    try:
        display(Markdown(render(compare_losses(trials), "markdown", every=True)))
    except InputError as reason:
        display(Markdown(f"*{reason}*"))

# %% [markdown]
# ## Quality
#
# Maps, histograms and histories are in the records only. These pictures need only the last numbers of each run.

# %%
for trials in tasks.values():
    for draw in (figures.pareto, figures.importance, figures.cost):
        try:
            display(Image(figures.png(draw(trials))))
        except InputError as reason:
            display(Markdown(f"*{reason}*"))
