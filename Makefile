# The whole command surface. Everything after the npm packages is toolchain/cli.ts.
toolchain = sh toolchain/install.sh && node_modules/.bin/node toolchain/cli.ts

.PHONY: help setup env up preview heal down check test soak
.DEFAULT_GOAL := help

help:
	@echo "make up       set up this machine and bring the stack up (STACK=… another one than local)"
	@echo "make preview  show what make up would change (VERSION=… instead of the stack's own)"
	@echo "make heal     mend what a killed pulumi up left behind (make up does it too)"
	@echo "make down     remove what make up made; data and backups stay"
	@echo "make check    lint, types and unit tests: some 5 minutes on 2 quiet cores, without Docker"
	@echo "make test     all that CI runs: make check, real HAProxy, end-to-end tests, examples/; some 50 minutes on 2 quiet cores"
	@echo "make soak     the long matrices: hours; SLIPWAY_CRASHES, SLIPWAY_KILLS, SLIPWAY_SWITCHES, SLIPWAY_CHANGES and SLIPWAY_REPOSITORIES say which"
	@echo 'make env      export lines: eval "$$(make -s env)" makes plain pulumi and slipway work'
	@echo "make setup    only get the tools, plugins and images"

env:
	@$(toolchain) $@

setup up heal:
	@$(toolchain) $@ --stack "$(STACK)"

preview:
	@$(toolchain) $@ --stack "$(STACK)" --version "$(VERSION)"

down:
	@$(toolchain) $@ --stack "$(STACK)" --confirm "$(CONFIRM)"

check:
	@sh toolchain/install.sh
	@npm run --silent check
	@echo "Left out: tests on a real HAProxy, end-to-end tests and those of examples/ (make test), long matrices (make soak)"

test:
	@$(toolchain) test-tools
	@env=$$(node_modules/.bin/node toolchain/cli.ts env) && eval "$$env" && npm test
	@examples/ape-2026/run-tests.sh

soak:
	@$(toolchain) test-tools
	@env=$$(node_modules/.bin/node toolchain/cli.ts env) && eval "$$env" && npm run soak
