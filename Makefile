.DEFAULT_GOAL := help
.PHONY: help setup
help: ## list the targets
	@grep --extended-regexp '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed --regexp-extended 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand --tabs=24
setup: ## make .venv with the locked dependencies (does nothing when they are there)
	@scripts/setup
