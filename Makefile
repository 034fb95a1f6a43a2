# What a contributor types, in an active virtual environment; .ci/run calls the same targets.

PLUGINS := $(wildcard plugins/*)

.PHONY: install format lint test test-slow test-plugins test-template docs bench

install:
	pip install -e ".[test,lint,docs]" $(addprefix -e ./,$(PLUGINS))

format:
	ruff check --fix .
	ruff format .

lint:
	ruff check .
	ruff format --check .
	codespell
	mypy skrec tests/typing $(dir $(wildcard plugins/*/skrec_*/__init__.py))

test:
	pytest -n auto --dist loadfile
	$(MAKE) test-plugins

# Longer searches, and repeats of other tests over further models, cells and depths; each passes in the fast suite for one of its kind.
test-slow:
	pytest -m slow
	pytest -m "slow or not slow" tests/backend_suite

test-plugins:
	set -e; for plugin in $(PLUGINS); do pytest $$plugin/tests; done

# From an empty folder to an installed plugin, as the documentation says, and plugins that are broken; really installed, each on its own.
test-template:
	pytest -m "slow or not slow" tests/test_template.py tests/plugin/test_broken_distributions.py

# Every page's code is run, the pages are built, and what only shows in a built page is looked for.
docs:
	pytest -m slow tests/test_docs.py
	sphinx-build -W --keep-going -n -q -b html docs docs/_build/html
	python docs/check_pages.py docs/_build/html

bench:
	python -m benchmarks.quality ml100k-ua
