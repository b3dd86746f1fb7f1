# The whole command surface. Everything after the npm packages is toolchain/cli.ts.
STACK ?= local
toolchain = sh toolchain/install.sh && node_modules/.bin/node toolchain/cli.ts

.PHONY: help setup env up preview heal down test
.DEFAULT_GOAL := help

help:
	@echo "make up       set up this machine and bring the stack up (STACK=$(STACK))"
	@echo "make preview  show what make up would change"
	@echo "make heal     mend what a killed pulumi up left behind (make up does it too)"
	@echo "make down     remove what make up made; backups stay"
	@echo "make test     lint, types, unit and end-to-end tests, here and in examples/"
	@echo 'make env      export lines: eval "$$(make -s env)" makes plain pulumi and slipway work'
	@echo "make setup    only get the tools, plugins and images"

env:
	@$(toolchain) $@

setup up preview heal down:
	@$(toolchain) $@ --stack "$(STACK)"

test: setup
	@$(toolchain) test-tools
	@env=$$(node_modules/.bin/node toolchain/cli.ts env) && eval "$$env" && npm test
	@examples/ape-2026/run-tests.sh
