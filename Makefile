# `make` lists what there is.
GO      ?= go
FUZZ    ?= 20s
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
LINTER  := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOBIN   := $(shell $(GO) env GOPATH)/bin

.DEFAULT_GOAL := help
.PHONY: help build run test race fuzz bench lint verify

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the binary, in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/yunzhuan .

run: ## the demo, on http://127.0.0.1:8642
	$(GO) run .

test: ## all tests
	$(GO) test ./...

race: ## all tests under the race detector
	$(GO) test -race ./...

fuzz: ## every fuzz target for FUZZ (20s) each
	.ci/fuzz $(FUZZ)

bench: ## all benchmarks
	$(GO) test -run='^$$' -bench=. -benchmem ./...

lint: ## golangci-lint, which is installed where it is missing
	@test -x $(GOBIN)/golangci-lint || $(GO) install $(LINTER)
	$(GOBIN)/golangci-lint run

verify: ## all that is checked before a change goes in
	.ci/run
