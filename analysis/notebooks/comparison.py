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
from analysis.compare import compare
from analysis.figures.names import losses
from analysis.load import load
from analysis.tables import render
from inr.errors import InputError

frame = load(os.environ.get("RUNS", "../../runs"), os.environ.get("SWEEP") or None)
frame.attrs["notes"], frame["status"].value_counts().to_dict()

# %% [markdown]
# ## The tables
#
# One a loss: what is best under a gradient loss says nothing of an image loss. Read what stands under a table before
# its numbers: what was held fixed, how many images, and whether a test can be made at all. An activation that was not
# tuned is not a baseline.

# %%
for loss in losses(frame["loss"]):
    display(Markdown(f"### {loss}"))
    try:
        display(Markdown(render(compare(frame, where={"loss": loss}), "markdown")))
    except InputError as reason:  # one sentence: what else varies, and would be averaged over
        display(Markdown(f"*{reason}*"))

# %% [markdown]
# ## The pictures of the original study
#
# One scale a row, the reference's. A good image (first row) with a bad gradient (second row) is what a network that
# memorises its pixels looks like; under the reference stands what an all-zero map scores.

# %%
for activation in sorted(frame["activation"].dropna().unique()):
    display(Image(figures.png(figures.study_grid(frame, activation))))

# %% [markdown]
# ## How fast
#
# Curves that still rise at the last step were cut short: their order may change.

# %%
Image(figures.png(figures.convergence(frame)))

# %% [markdown]
# ## Image against derivatives
#
# Above, the network's own derivatives; below, the operator applied to its image. Where the two rows rank activations
# differently, believe neither alone. Points below the dotted line are worse than no derivative at all.

# %%
Image(figures.png(figures.pareto(frame)))

# %% [markdown]
# ## What decides, and what it costs
#
# A parameter that matters less than the seed does not matter at this number of trials.

# %%
display(Image(figures.png(figures.importance(frame))), Image(figures.png(figures.cost(frame))))
