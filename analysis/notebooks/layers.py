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
# # The distributions in the layers
#
# The distribution of pre-activations and activations, at initialisation and after training. `jupyter lab
# analysis/notebooks` opens this file as a notebook (right click, *Open With*, *Notebook*); the environment variables
# `RUNS` and `SWEEP` say which records. Needs `pip install '.[notebooks]'`.

# %%
import os

from IPython.display import Image, display

from analysis import figures
from analysis.comparison.subject import by_task
from analysis.sources.load import load

frame = load(os.environ.get("RUNS", "../../runs"), os.environ.get("SWEEP") or None)
tasks = by_task(frame)  # a figure is of one task

# %% [markdown]
# ## Layer by layer
#
# Grey is the initialisation, the line is the trained network, and the dashed line is the law that theory predicts for
# the initialisation: after the first layer u = ω₀z is normal, with the deviation that follows from the weights and the
# biases, which ω₀ multiplies too; the output of a sine whose phase covers many periods has the arcsine law. Where the
# trained network differs from the law, it has learned.

# %%
for trials in tasks.values():
    for activation in sorted(trials["activation"].dropna().unique()):
        display(Image(figures.png(figures.layer_distributions(trials, activation))))

# %% [markdown]
# ## Is triangle sparse, and square dense?
#
# The original study concludes this from its histograms. Sparse means many values near zero (below a tenth of the root
# mean square) and a high kurtosis; dense means the contrary, down to −2 for two values only. Compare the rows with
# sine: having more values near zero than a square does not make a triangle sparse. ReLU is sparse.

# %%
for trials in tasks.values():
    display(figures.sparsity(trials).style.format(precision=3).hide(axis="index"))

# %%
display(*(Image(figures.png(figures.sparsity_by_layer(trials))) for trials in tasks.values()))
