# The targets people use. Everything they do lives in scripts/, one file a job.

PORT ?= 8080
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build test test-long bench web types screenshots postgres clean-demo

help: ## Show this list
	@echo "Chantier - the workspace of a Region's participatory workshops"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build and start with the demonstration data (PORT=8080)
	@exec scripts/run.sh "$(PORT)"

build: ## Build the web client and the server, start nothing
	@scripts/run.sh --build-only

test: ## Everything a change needs: format, lints, tests on both databases, browsers, dependencies (ONLY="step,step")
	@scripts/tools.sh && exec node scripts/test.mjs $(if $(ONLY),--only "$(ONLY)")

test-long: ## The same with large counts: soak, random edits, kills
	@scripts/tools.sh && exec node scripts/test.mjs --long $(if $(ONLY),--only "$(ONLY)")

bench: ## Measure beside bare relays and write docs/performance.md (ARGS="--only fanout --repeat 1")
	@scripts/tools.sh && exec scripts/bench.sh $(ARGS)

web: ## Install and build the web client only, when something changed
	@scripts/tools.sh && exec node scripts/web.mjs

types: ## Write docs/openapi.json and the web client's types from the server
	@scripts/tools.sh && exec node scripts/api.mjs --write

screenshots: ## Take the pictures of docs/screenshots/ from the demonstration
	@scripts/tools.sh && exec node scripts/screenshots.mjs

postgres: ## Open a shell with a private PostgreSQL, gone when the shell ends
	@exec scripts/postgres.sh with "$${SHELL:-bash}"

clean-demo: ## Forget the demonstration's data folder
	@rm -rf data/demo
