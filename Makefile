# Everything one can do with Sovinto. Needs Python 3.11 or newer and make; the rest it brings along.
# GNU make 3.81 and POSIX tools only. Paths are relative, so a space in the folder's name does no harm.
# ARGS goes to the command: make demo ARGS='--cases 50'

.DEFAULT_GOAL := help
.PHONY: help setup run demo test long newcomer kafka faults stopwins mutants check schemas bench clean

READY = .venv/.setup-done
TWO = -n 2 --dist loadfile --no-loadscope-reorder

help: ## say what one can do here
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

$(READY): uv.lock pyproject.toml deploy/setup.sh
	@sh deploy/setup.sh

setup: $(READY) ## make .venv with all that is needed; the command is then .venv/bin/sovinto

run: $(READY) ## bring up the whole platform and print the portal's address; Ctrl-C stops it
	@.venv/bin/sovinto run $(ARGS)

demo: $(READY) ## play many cases' whole lives and show what came of them
	@.venv/bin/sovinto demo $(ARGS)

test: $(READY) ## run all tests but the long ones; SOVINTO_SAMPLES may name a folder with real samples
	@.venv/bin/python -m pytest -m 'not newcomer and not real_kafka and not faults and not long' $(TWO) $(ARGS)

long: $(READY) ## run the long tests: whole demos, years of lives on whole platforms
	@.venv/bin/python -m pytest -m long $(TWO) $(ARGS)

newcomer: $(READY) ## follow the README in a fresh clone, with an empty home and no rights
	@.venv/bin/python -m pytest -m newcomer tests/platform/test_fresh_clone.py $(ARGS)

kafka: $(READY) ## run the bus's tests on a real Apache Kafka, which Maven fetches; it says where none can be had
	@.venv/bin/python -m tests.real_kafka $(ARGS)

faults: $(READY) ## kill, cut and confuse everything, and see that nothing is lost and nothing doubled
	@.venv/bin/python -m tests.faults $(ARGS)

stopwins: $(READY) ## press stop while letters leave, and measure for how long one still came
	@.venv/bin/python -m tests.stop.measured $(ARGS)

mutants: $(READY) ## change the law's code in every place and see that a test notices
	@.venv/bin/python -m tests.law.mutants $(ARGS)

check: $(READY) ## look at format, lint, types, imports and tidiness
	@.venv/bin/ruff format --check
	@.venv/bin/ruff check
	@.venv/bin/mypy --strict shared services deploy tests
	@.venv/bin/lint-imports
	@.venv/bin/python -m pytest --quiet tests/test_tidy.py

schemas: $(READY) ## write the published language's files in schemas/
	@.venv/bin/python -m tests.schemas.write

bench: $(READY) ## measure the store, the law, letters, whole lives and the start
	@for what in store law letters life start; do .venv/bin/sovinto bench $$what $(ARGS) || exit 1; done

clean: ## remove .venv and what tools left; the platform's own .sovinto stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .mutants .kafka
