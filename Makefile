# `make lab` and `make test` need Python 3.11 and make, and nothing before them:
# each sets up .venv first. GNU make 3.81, the one of macOS, is enough; the
# folder may lie anywhere, also under a path with spaces.

.PHONY: help setup lab test check coverage exercises notebooks book bench compare soak clean
.NOTPARALLEL:
unexport PYTHONPATH PYTHONHOME JUPYTER_PATH # they would shadow .venv

PY := .venv/bin/python
# They wait more than they work, so three files at a time for two cores; in
# their order, else those with few tests come last, which take longest.
THREE := -n 3 --dist loadfile --no-loadscope-reorder
ALONE := tests/test_restraint.py # it measures shares of the processors
NBVAL := -m pytest $(THREE) --nbval-current-env --nbval-cell-timeout=60

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | \
	while read -r target what; do printf 'make %-11s%s\n' "$$target" "$$what"; done

setup: ## The environment alone, in .venv
	@.ci/setup

lab: setup ## JupyterLab at the first lesson; Ctrl-C stops it
	@$(PY) -m workshop lab

test: check ## Every test, every notebook
	$(PY) -m pytest $(ALONE)
	$(PY) -m pytest $(THREE) --ignore=$(ALONE)
	$(PY) $(NBVAL) --nbval notebooks solutions
	$(PY) $(NBVAL) --nbval-lax exercises

check: setup ## The style of the code and its types
	$(PY) -m ruff format --check
	$(PY) -m ruff check
	$(PY) -m mypy

coverage: setup ## How much of the code the tests run
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest $(ALONE)
	$(PY) -m coverage run -m pytest $(THREE) --ignore=$(ALONE)
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report

exercises: setup ## Generate exercises/ from solutions/
	$(PY) -m workshop exercises

notebooks: setup ## Execute the lessons and the solutions again
	$(PY) -m workshop notebooks

book: setup ## Lessons and slides as an offline site, in build/book
	@$(PY) -m workshop book

bench: setup ## Measure again what the text quotes
	@for script in $$(grep -l __main__ benchmarks/*.py | \
	grep -v -e soak -e compare); do \
		echo "$$script"; $(PY) "$$script" || exit 1; done

compare: setup ## The talk's two tables, whole: about a quarter of an hour
	@$(PY) benchmarks/compare.py

soak: setup ## 20,000 invokes on the local Lambda, a tenth of them faulty
	@$(PY) benchmarks/soak.py

clean: ## Remove the environment and what was built; your work stays
	rm -rf .venv build *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
