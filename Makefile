# Every target does all of its own set-up. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What the tests and benches measure on; each of them says so and passes over what is not there.
export FOOTFALL_DATA ?= $(abspath ../shared/data)
export FOOTFALL_MODELS ?= $(abspath ../shared/models)

# The tests of one file stay together: they share what it took long to make.
BY_TWOS := --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help install demo run check test compose-check reference quantise texts lock clean chaos bench bench-arrivals \
	bench-calibration bench-cluster bench-database bench-gallery bench-identity bench-liveness bench-quality \
	bench-quantisation bench-restart \
	bench-screens bench-stream tests-unit tests-contract

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 26

install: $(VENV)/.run ## the program alone: .venv/bin/footfall
demo: $(VENV)/.run ## simulate a shop door, count its visitors, compare with the truth
	@$(BIN)/footfall demo

run: $(VENV)/.run ## the live web page on 127.0.0.1:8000; ARGS="--camera door=rtsp://…" adds a camera
	@$(BIN)/footfall run $(ARGS)

check: $(VENV)/.dev ## lint, types and the import rule
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: check $(VENV)/.packages out/reference-venv/.ready ## everything that must hold, on real servers
	@# Processes for each tier: a browser driver leaves an event loop behind that other tests would trip over. Unit tests
	@# go beside the contracts, and others by twos, since most of them wait for a server or a process much of the time.
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target tests-unit tests-contract
	@$(BIN)/python -m pytest $(BY_TWOS) tests/end_to_end tests/reference
	@$(BIN)/python -m pytest $(BY_TWOS) tests/browser

tests-unit:
	@$(BIN)/python -m pytest tests/unit

tests-contract:
	@$(BIN)/python -m pytest $(BY_TWOS) tests/contract

compose-check: $(VENV)/.dev ## docker-compose.yml brought up with podman, its visitors counted; about ten minutes, as root
	@scripts/compose-check.sh $(BIN)/python

chaos: $(VENV)/.dev $(VENV)/.packages ## whatever can die dies, and the numbers stay right; ten minutes, or ARGS="--minutes 60"
	@$(BIN)/python -m bench.chaos $(ARGS)

bench: $(VENV)/.dev ## the figures the documentation quotes
	@$(BIN)/footfall models bench
	@$(BIN)/python -m bench.speed_batches
	@$(BIN)/python -m bench.speed_matcher
	@$(BIN)/python -m bench.pipeline

bench-arrivals: $(VENV)/.dev $(VENV)/.packages ## from a member at a door to a screen, over RTSP: how soon, and whether posters or strangers are told
	@$(BIN)/python -m bench.arrivals $(ARGS)

bench-liveness: $(VENV)/.dev ## what tells people from pictures of them, and how often that errs
	@$(BIN)/python -m bench.liveness

bench-database: $(VENV)/.dev $(VENV)/.packages ## how fast sightings become visits in Postgres and SQLite
	@$(BIN)/python -m bench.database

bench-identity: $(VENV)/.dev ## a week of three stores, before and after reconciliation; FOOTFALL_FACES=DIR: other people
	@$(BIN)/python -m bench.identity $(ARGS)

bench-screens: $(VENV)/.run ## how soon 500 cashiers' screens are told of an arrival while 50 people read reports
	@$(BIN)/footfall bench screens $(ARGS)

bench-stream: $(VENV)/.dev $(VENV)/.packages ## crops from Kafka to visits in Postgres: how many a second, and how soon
	@$(BIN)/python -m bench.stream

bench-calibration: $(VENV)/.dev ## how far apart people lie, from which the thresholds of the packs follow
	@for pack in retail dlib; do $(BIN)/footfall models calibrate --pack $$pack --out out/calibration/$$pack.toml \
		--data $(FOOTFALL_DATA)/lfw_deepfunneled/images --group LFW \
		--data $(FOOTFALL_DATA)/casia_facev5_40/images --group CASIA-FaceV5 || exit; done
	@$(BIN)/python -m bench.tails

bench-quality: $(VENV)/.dev ## whether the quality of a crop tells how likely it is to be missed
	@$(BIN)/python -m bench.quality
	@$(BIN)/python -m bench.turned_heads

bench-restart: $(VENV)/.dev ## how soon a matcher of a million templates is ready again, and in how much memory
	@$(BIN)/python -m bench.matcher_state

bench-gallery: $(VENV)/.run ## what the chain's gallery finds, how fast and in what memory, up to ten million templates
	@$(BIN)/footfall bench gallery --n 10000 --n 100000 --n 1000000 --n 10000000 $(ARGS)

bench-cluster: $(VENV)/.dev ## how right clusters are on people, and what 100,000 faces take
	@$(BIN)/python -m bench.clusters

bench-quantisation: $(VENV)/.dev ## what each number format costs in accuracy, beside the speed it brings
	@$(BIN)/python -m bench.quantisation

quantise: $(VENV)/.dev ## make the networks in 8-bit integers that ship in faces/data
	@$(BIN)/python -m bench.quantise

reference: out/reference-venv/.ready ## face_recognition itself, for `footfall models bench` to set the dlib pack beside

texts: $(VENV)/.dev ## bring the catalogues of languages up to what the pages say; names what has no words yet
	@$(BIN)/python scripts/catalogue.py

lock: $(VENV)/.dev ## lock what is declared, with hashes; UPGRADE=--upgrade takes up newer versions
	@scripts/lock.sh $(BIN)/python $(UPGRADE)

clean: ## remove everything made here
	rm -rf $(VENV) out

$(VENV)/bin/python:
	@scripts/need-venv.sh $(PYTHON)
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: locks/run.txt pyproject.toml | $(VENV)/bin/python
	@scripts/install.sh $(BIN)/python locks/run.txt
	@touch $@

$(VENV)/.dev: locks/dev.txt pyproject.toml | $(VENV)/bin/python
	@scripts/install.sh $(BIN)/python locks/dev.txt
	@touch $@ $(VENV)/.run

$(VENV)/.packages: tests/debian-packages.txt | $(VENV)/bin/python
	@scripts/need-packages.sh tests/debian-packages.txt
	@touch $@

out/reference-venv/.ready: locks/reference.txt locks/reference-nodeps.txt
	@scripts/reference.sh $(PYTHON) out/reference-venv
	@touch $@
