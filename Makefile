# ServeDeck. `make run` opens the window, `make test` runs every check; both set up what they need.

.DEFAULT_GOAL := help
.PHONY: help setup run test apps check coverage fuzz soak bench screenshots clean distclean

# make run APP=...: what to serve; a file, a folder, module or module:attribute
APP = resources/examples/hello.py
# make run PYTHON=...: the interpreter for .venv; otherwise the newest that works
PYTHON ?=
# make test ARGS="tests/server -k name": passed on to pytest
ARGS =
# make fuzz SECONDS=60 SEED=...: how long, and which run to repeat
SECONDS = 60
SEED =

# make soak COUNT=1000 ARGS="--host thread": how many cycles of each kind, and where
COUNT = 1000

# Through the environment, so that spaces and quotes arrive as they are; but what is started gets
# nothing of it, since a web app may well look for a variable of such a name.
export APP PYTHON
ENV = env -u APP -u PYTHON -u MAKEFLAGS -u MFLAGS -u MAKELEVEL

help:
	@echo 'make run              set up what is missing and open the window on the example app'
	@echo 'make run APP=...      the same on yours: path/to/file.py, a folder or module:attribute'
	@echo 'make test             set up what is missing and run all checks and tests, without a screen'
	@echo 'make test ARGS=...    the same, with arguments for pytest: ARGS="tests/server -k name"'
	@echo 'make apps             run apps on gevent and eventlet, in an environment of their own'
	@echo 'make check            ruff, mypy, and the tests of what changed since the last commit'
	@echo 'make coverage         run the tests of the server, and fail below 97 % of its branches'
	@echo 'make fuzz             send mutated requests to the live server; SECONDS=60, SEED=...'
	@echo 'make soak             1,000 reloads under load, 1,000 starts and stops, 100 kills; COUNT=1000'
	@echo 'make bench            measure the server beside its peers; ARGS=--quick for a first look'
	@echo 'make screenshots      render the pictures of docs/screenshots, without a screen'
	@echo 'make setup            only set up what "make run" needs'
	@echo 'make clean            remove caches and build products'
	@echo 'make distclean        the same, and .venv'
	@echo
	@echo 'PYTHON=/path/to/python chooses the interpreter (3.10 or newer).'

setup:
	@sh resources/setup.sh run

# A second run with the libraries in place does not call pip: see resources/setup.sh.
run: setup
	@exec $(ENV) .venv/bin/python -m launcher "$$APP"

test:
	@sh resources/setup.sh test
	@echo '==> ruff check' && .venv/bin/python -m ruff check --quiet .
	@echo '==> ruff format' && .venv/bin/python -m ruff format --check --quiet .
	@echo '==> mypy' && .venv/bin/python -m mypy --no-error-summary
	@echo '==> pytest'
	@$(ENV) -u DISPLAY -u WAYLAND_DISPLAY QT_QPA_PLATFORM=offscreen \
	    .venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# Apps on libraries that change how Python works, in an environment of their own, which is kept. What
# can't be installed is skipped by its name.
apps:
	@sh resources/setup.sh test
	@test -x .apps/bin/python || .venv/bin/python -m venv .apps
	@grep -v '^#' tests/functional/apps/requirements.txt | while read -r package; do \
	    .apps/bin/python -m pip install --quiet --disable-pip-version-check "$$package" \
	        || echo "==> $$package can't be installed, and is skipped"; \
	done
	@$(ENV) -u DISPLAY -u WAYLAND_DISPLAY QT_QPA_PLATFORM=offscreen \
	    SERVEDECK_APPS_PYTHON="$(CURDIR)/.apps/bin/python" \
	    .venv/bin/python -m pytest -q -rs tests/functional/apps $(ARGS)
	@test -d .apps/older/site-packages/sqlalchemy || .apps/bin/python -m pip install --quiet \
	    --disable-pip-version-check --no-deps --target .apps/older/site-packages SQLAlchemy==1.4.54
	@$(ENV) -u DISPLAY -u WAYLAND_DISPLAY SERVEDECK_APPS_PYTHON="$(CURDIR)/.apps/bin/python" \
	    PYTHONPATH="$(CURDIR)/.apps/older/site-packages" .venv/bin/python -m pytest -q -rs \
	    tests/functional/apps/test_databases.py -k sqlalchemy

# While one works: an answer within half a minute, mostly within seconds. tests/changed.py chooses,
# the nearest first; no test begins after 24 seconds, and what there was no time for counts as skipped.
check: BEGUN := $(shell date +%s)
check:
	@sh resources/setup.sh test
	@.venv/bin/python -m ruff check --quiet . && .venv/bin/python -m ruff format --check --quiet .
	@.venv/bin/python -m mypy --no-error-summary
	@.venv/bin/python tests/changed.py | $(ENV) -u DISPLAY -u WAYLAND_DISPLAY \
	    QT_QPA_PLATFORM=offscreen xargs .venv/bin/python -m pytest --quiet -rs -n 2 --dist loadgroup \
	    --begin-until $$(($(BEGUN) + 24)) $(ARGS)

# The server's own lines and branches, also those that run in the children of the tests.
# Two tests are left out: an interrupt in the midst of coverage's own lock leaves it locked for good,
# and coverage, which starts with the interpreter, looks for modules in PYTHONPATH itself.
coverage:
	@sh resources/setup.sh test
	@.venv/bin/python -m coverage erase
	@$(ENV) -u DISPLAY -u WAYLAND_DISPLAY QT_QPA_PLATFORM=offscreen \
	    .venv/bin/python -m coverage run --source=server \
	    -m pytest -n 2 --dist loadfile tests/server tests/functional \
	    tests/launcher/hosts $(ARGS) --deselect \
	    tests/server/reload/test_restarting.py::test_a_signal_while_a_broken_app_waits_for_a_change --deselect \
	    tests/launcher/hosts/test_shadowing.py::test_nothing_of_the_server_is_found_in_pythonpath
	@.venv/bin/python -m coverage combine --quiet
	@rm -f .coverage.*
	@.venv/bin/python -m coverage report -i --show-missing --skip-covered --fail-under=97
	@.venv/bin/python -m coverage json -q -i -o - | .venv/bin/python -c \
	    'import json, sys; total = json.load(sys.stdin)["totals"]; \
	    share = 100 * total["covered_branches"] / total["num_branches"]; \
	    print(f"Branches alone: {share:.1f} %"); sys.exit(share < 97)'

fuzz:
	@sh resources/setup.sh test
	@$(ENV) .venv/bin/python tests/fuzz/fuzz_server.py --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

# Half an hour; ends at the first finding, with status 1. At last all that is tried with any values,
# with ten times as many as in `make test`.
soak:
	@sh resources/setup.sh test
	@$(ENV) .venv/bin/python tests/soak/soak_start_stop.py --count $(COUNT) $(ARGS)
	@$(ENV) .venv/bin/python tests/soak/soak_reload.py --count $(COUNT) $(ARGS)
	@$(ENV) .venv/bin/python tests/soak/soak_history.py --count $$(( ($(COUNT) + 9) / 10 ))
	@$(ENV) .venv/bin/python tests/soak/soak_faults.py
	@$(ENV) -u DISPLAY -u WAYLAND_DISPLAY QT_QPA_PLATFORM=offscreen \
	    .venv/bin/python -m pytest -q -n 2 -m hypothesis --hypothesis-profile=soak --timeout=0

# wrk makes the load; the peers are installed into .venv only here.
bench:
	@sh resources/setup.sh test
	@command -v wrk >/dev/null || sh resources/setup.sh install wrk
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@$(ENV) -u DISPLAY -u WAYLAND_DISPLAY .venv/bin/python -m benchmarks $(ARGS)

# The pictures of docs/screenshots, from a real server; TMPDIR says where its project lies.
screenshots:
	@sh resources/setup.sh test
	@$(ENV) -u DISPLAY -u WAYLAND_DISPLAY .venv/bin/python docs/screenshots/render.py

clean:
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
	@find . -path ./.venv -prune -o -path ./.git -prune -o -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	@rm -rf .venv .apps
