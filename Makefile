PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: run install test bench bench-check clean

# The main job: four activations under four losses on a picture that ships with scikit-image; tables and pictures.
run: install
	$(RUN) run.py --sweep sweeps/activations.yaml

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

# Lint, types, import rules, tests; three at a time, as many of them wait for processes of their own.
test: install
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	OMP_NUM_THREADS=1 $(RUN) -m pytest -n 3 --dist worksteal --durations=12

# Step times, memory, start-up, and what a sweep costs; a quiet machine is wanted. Prints tables, writes bench*.json.
bench: install
	$(RUN) -m tests.benchmarks.steps
	$(RUN) -m tests.benchmarks.tasks
	$(RUN) -m tests.benchmarks.small
	$(RUN) -m tests.benchmarks.sweep

# The ratios of small steps to their matrix products, against the committed ones; a busy machine is tolerated.
bench-check: install
	OMP_NUM_THREADS=1 $(RUN) -m tests.benchmarks.small --check

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
