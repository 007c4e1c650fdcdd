# Two commands for people: make demo, make test. The rest is for those who change things.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SHARED_DATA ?= ../shared/data

.DEFAULT_GOAL := help
.PHONY: help demo demo-training test check fix bench bench-gpu wheel clean

help: ## Show these words
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version.split()[0] + ". Give another: make PYTHON=python3.12")'
	@echo "Making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip==26.1'

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing the pinned packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[pipelines,annotation,publishing]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what the tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[pipelines,exact,translation,annotation,publishing,training]' --group dev
	@touch $@

$(VENV)/.installed-training: $(VENV)/.installed
	@echo "Installing what training needs"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[pipelines,annotation,publishing,training]'
	@touch $@

demo: $(VENV)/.installed ## Build the sample datasets through every step and show what each did
	$(BIN)/bllossom build data_cards/demo.toml --root build
	$(BIN)/bllossom build data_cards/demo-instructions.toml --root build

demo-training: export DEMO := $(CURDIR)/build
demo-training: export RUNS := $(CURDIR)/runs
# So small a model gains little from a second thread, and on a busy machine threads wait for each other.
demo-training: export OMP_NUM_THREADS := 1
demo-training: $(VENV)/.installed-training demo ## Train a small model on a CPU: pretraining, SFT, DPO
	$(BIN)/bllossom build data_cards/demo-preferences.toml --root build
	$(BIN)/python -m training.demonstration build/demo/2026.11.0-dev/final build/tokenizer
	$(BIN)/bllossom train training/runs/demo-pretrain.toml training/runs/demo-sft.toml training/runs/demo-dpo.toml --root runs

test: $(VENV)/.installed-dev ## Run the tests
	$(BIN)/python -m pytest -n 2

check: $(VENV)/.installed-dev ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.installed-dev ## Format, and repair what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: export PYTHONPATH := .:tests:tests/bench
bench: $(VENV)/.installed-dev ## Measure against datatrove's own blocks, and against labels
	$(BIN)/python tests/bench/localization.py
	$(BIN)/python tests/bench/filters.py --data $(SHARED_DATA)

bench-gpu: export PYTHONPATH := .:tests:tests/bench
bench-gpu: $(VENV)/.installed-training ## Measure training on one GPU, offline, with random weights
	$(BIN)/python tests/bench/gpu.py --out build/bench-gpu

wheel: $(VENV)/.installed-dev ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## Remove the environment and what was built
	rm -rf $(VENV) build dist runs
