# make demo: train a small real run and print its gap table.  make test: the tests.  make test-all: with further, costly
# examples of what these show.
PYTHON ?= python3
BIN := .venv/bin
RESULTS := outputs/demo
# One more than there are cores, since tests of SLURM wait for it most of the time; four at most, each takes gigabytes.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Where Python may not keep what it has compiled, every process compiles JAX anew, which takes four seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-all lint clean

demo: .venv/installed
	$(BIN)/kage run pair=background_2,layout_1 'seed=range(2)' budget=quick experiment=demo
	$(BIN)/kage report $(RESULTS)

test: .venv/installed
	$(PYTEST) -m 'not thorough'

test-all: .venv/installed
	$(PYTEST)

lint: .venv/installed
	$(BIN)/ruff check .

# Made once, and again when the dependencies change. Python compiles a module when it is first imported: to compile all
# of them here, most of which are never imported, is half of the time.
.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[test]'
	touch $@

clean:
	rm -rf .venv
