# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin

.PHONY: demo test test-fast browser spark spark-examples scale oldest lint bench format lock wheel clean

demo:
	@$(PYTHON) tools/setup.py demo
	@$(BIN)/doudi demo $(ARGS)

test: test-setup test-fast browser spark scale oldest

.PHONY: test-setup
test-setup:
	@$(PYTHON) tools/setup.py test

test-fast: test-setup
	$(BIN)/pytest -n 2 -m "not browser and not spark and not spark_examples and not scale" $(ARGS)

browser: test-setup
	$(BIN)/pytest -m browser $(ARGS)

spark: test-setup
	$(BIN)/pytest -m spark $(ARGS)

# Not part of `make test`: the sample county in `make spark` runs every indicator already.
spark-examples: test-setup
	$(BIN)/pytest -m spark_examples $(ARGS)

# 100,000 households by the interpreter, both DuckDB lines and Spark: the same rows. The other DuckDB has its own folder.
scale: test-setup
	$(BIN)/python tools/other_duckdb.py -m scale $(ARGS)

# The oldest supported server: Debian's own PostgreSQL, started in a folder of its own.
oldest: test-setup
	$(BIN)/python tools/oldest_server.py -m oldest_server $(ARGS)

lint: test-setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint src/doudi --lint --quiet
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/doudi packs check

bench: test-setup
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script $(ARGS) || exit 1; done

format: test-setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: test-setup
	tools/lock.sh

wheel: test-setup
	$(BIN)/uv build --wheel

clean:
	rm -rf .venv node_modules .doudi src/doudi/web/static/vendor src/doudi/catalogue/divisions.csv.gz
