PYTHON ?= python3
BOOK := .venv-book/bin/python
TEST := .venv/bin/python
PORT ?= 8000
HTML := _build/html
PYTEST := OMP_NUM_THREADS=1 $(TEST) -m pytest -n auto --instafail
QUICK := lint notebooks js book nbval unit
# A browser on a busy machine may miss its moment: a failure counts if it comes twice, and
# no more than a few may be had again. What was needed twice is named at the end.
AGAIN := --reruns 1 --max-suite-reruns 4 --rerun-show-tracebacks
DONE :=
FUZZ_SECONDS ?= 600
SEED ?= 1

.PHONY: book serve pdf epub looks test test-fast test-all verified lint types js unit nbval notebooks browser full chromium fuzz shuffled clean lighthouse

book: .venv-book/ready
	.venv-book/bin/jupyter-book build . --warningiserror --nitpick --keep-going --all -q
	@echo "The book is built. Open $(CURDIR)/$(HTML)/index.html"

serve: book
	$(BOOK) -m http.server $(PORT) --bind 127.0.0.1 --directory $(HTML)

# The whole book in one file, which its first page then offers. A new build of the pages
# takes both files away.
pdf: chromium $(filter-out $(DONE),book)
	$(TEST) tools/whole_book.py

epub: chromium $(filter-out $(DONE),book)
	$(TEST) tools/book_epub.py

# Pictures of all pages and widgets of the built book, and a table of what they measure.
looks: chromium
	$(TEST) tools/looks.py

# Each of these runs all its parts, the quickest first, and ends in one verdict. DONE
# names the parts that have passed, so that the book is built once.
test: .venv/ready chromium
	@$(TEST) tools/run_tests.py $(QUICK) browser

test-fast: .venv/ready
	@$(TEST) tools/run_tests.py $(QUICK)
	@echo "Left out, for it needs a Chromium or Chrome: make browser"

test-all: .venv/ready chromium
	@$(TEST) tools/run_tests.py $(QUICK) browser full lighthouse

# Writes down the versions that have just passed: constraints.txt, the README's line.
verified: test
	$(TEST) tools/verified.py

lint: .venv/ready
	$(TEST) -m ruff check .
	$(TEST) -m ruff format --check .
	$(TEST) tools/javascript.py lint
	$(TEST) tools/javascript.py types

types: .venv/ready
	@$(TEST) tools/javascript.py types

js: .venv/ready
	@$(TEST) tools/javascript.py test

unit: .venv/ready
	$(PYTEST) --dist loadfile --ignore=tests/browser

nbval: .venv/ready
	$(PYTEST) --dist loadfile --nbval book

notebooks: .venv/ready
	$(TEST) tools/notebooks.py check

browser: chromium $(filter-out $(DONE),book)
	$(PYTEST) --dist worksteal $(AGAIN) tests/browser

full: chromium $(filter-out $(DONE),book)
	$(PYTEST) --dist worksteal $(AGAIN) -m full tests

# Alone, for it measures how fast pages are.
lighthouse: chromium $(filter-out $(DONE),book)
	$(TEST) tools/page_scores.py

chromium: .venv/ready
	@$(TEST) tools/browser.py > /dev/null

# Not part of the tests, which are the same every time: looks for inputs that break
# what the property tests claim, and runs the tests in another order.
fuzz: .venv/ready
	OMP_NUM_THREADS=1 $(TEST) tools/fuzz.py $(FUZZ_SECONDS)

shuffled: .venv/ready book chromium
	$(PYTEST) --dist loadfile --random-order --random-order-seed=$(SEED)

clean:
	rm -rf _build .venv .venv-book tools/js/node_modules

.venv-book/ready: pyproject.toml tools/extra.py tools/make_venv.py tools/system.py
	$(PYTHON) tools/make_venv.py .venv-book
	$(PYTHON) tools/extra.py book > .venv-book/requirements.txt
	$(BOOK) -m pip install -q --disable-pip-version-check -r .venv-book/requirements.txt
	touch $@

.venv/ready: pyproject.toml requirements.txt tools/make_venv.py tools/system.py
	$(PYTHON) tools/make_venv.py .venv
	$(TEST) -m pip install -q --disable-pip-version-check -r requirements.txt -e .
	touch $@
