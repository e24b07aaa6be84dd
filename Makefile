PYTHON ?= python3
BOOK := .venv-book/bin/python
TEST := .venv/bin/python
PORT ?= 8000
HTML := _build/html

.PHONY: book serve test test-all lint unit nbval notebooks browser clean

book: .venv-book/ready
	.venv-book/bin/jupyter-book build . --warningiserror --nitpick --keep-going --all -q
	@echo "The book is built. Open $(CURDIR)/$(HTML)/index.html"

serve: book
	$(BOOK) -m http.server $(PORT) --bind 127.0.0.1 --directory $(HTML)

test: lint notebooks unit nbval book browser
	@echo "Everything passed."

test-all: test
	OMP_NUM_THREADS=1 $(TEST) -m pytest -n auto --dist worksteal -m every tests

lint: .venv/ready
	$(TEST) -m ruff check .
	$(TEST) -m ruff format --check .

unit: .venv/ready
	OMP_NUM_THREADS=1 $(TEST) -m pytest -n auto --dist loadfile --ignore=tests/browser

nbval: .venv/ready
	OMP_NUM_THREADS=1 $(TEST) -m pytest -n auto --dist loadfile --nbval book

notebooks: .venv/ready
	$(TEST) tools/notebooks.py check

browser: .venv/ready book
	OMP_NUM_THREADS=1 $(TEST) -m pytest -n auto --dist worksteal tests/browser

clean:
	rm -rf _build .venv .venv-book

.venv-book/ready: pyproject.toml tools/extra.py
	$(PYTHON) -m venv .venv-book
	$(PYTHON) tools/extra.py book > .venv-book/requirements.txt
	$(BOOK) -m pip install -q --disable-pip-version-check -r .venv-book/requirements.txt
	touch $@

.venv/ready: pyproject.toml requirements.txt
	$(PYTHON) -m venv .venv
	$(TEST) -m pip install -q --disable-pip-version-check -r requirements.txt -e .
	touch $@
