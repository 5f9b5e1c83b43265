# The front door. Meson does the work; every target does its own set-up on a fresh Debian 12 (as root).
.DEFAULT_GOAL := help
SHELL := /bin/bash
BUILD := build
JOBS ?= $(shell nproc)
SETUP := meson setup --reconfigure
export DEBIAN_FRONTEND := noninteractive


.PHONY: help demo divisions test build check-asan check-tsan check-clang bench fuzz tamper soak-ledger lint packages

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

packages: ## install what Debian gives (only what is missing)
	@packaging/install-packages

build: packages ## build/fengni and the daemons, runnable from the tree
	@tests/harness/setup $(BUILD)
	@ninja -C $(BUILD) -j $(JOBS)

divisions: packages
	@packaging/fetch-divisions $(BUILD)/divisions

demo: build divisions ## a whole city on this machine, until Ctrl-C
	@$(BUILD)/fengni demo

test: build divisions ## everything: unit tests and journeys, both compilers, sanitizers, SQLite and PostgreSQL
	@tests/run

check-asan: packages ## unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@tests/run asan

check-tsan: packages ## unit tests of the threaded rooms under ThreadSanitizer
	@tests/run tsan

bench: build divisions ## every figure: name, ours, reference, ratio
	@bench/run

bench-%: build divisions
	@bench/run $*

fuzz: packages ## every fuzzer, FUZZ_SECONDS of processor time each (default 600)
	@CC=clang tests/harness/setup build-fuzz -Db_sanitize=address,undefined -Db_lundef=false -Dfuzz=true
	@ninja -C build-fuzz -j $(JOBS)
	@fuzz/run

tamper: build ## every bit of a small ledger changed: all of the tamper matrix, of which `make test` does a part
	@set -o pipefail; FENGNI_TAMPER=1 FENGNI_ROOT=$(CURDIR) $(BUILD)/src/ledger_tamper_test | grep -v '^#'

soak-ledger: build ## five million entries over two years of months, pruned each month; SOAK_ENTRIES=… for another number
	@FENGNI_SOAK=$(or $(SOAK_ENTRIES),5000000) FENGNI_ROOT=$(CURDIR) $(BUILD)/src/ledger_soak_test

lint: packages ## formatting, static analysis, the house rules
	@tests/harness/lint
