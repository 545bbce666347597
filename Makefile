# Sonae: the commands that people and CI use. `make run` needs Go ≥ 1.26,
# Node.js ≥ 20 and make, no root. `make help` lists the rest.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
export CGO_ENABLED := 0
ASSETS := internal/platform/document/font/BIZUDPGothic-Regular.ttf
LINT := .cache/golangci-lint
NFPM := .cache/nfpm
TARGETS := linux/amd64 linux/arm64 windows/amd64 darwin/arm64

.PHONY: run demo build assets test unit lint fmt cross bench fuzz openapi packages test-packages clean help test-wine

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort

run: build ## build and start Sonae with this machine in its ledger
	./bin/sonae up

demo: build ## the same with a fictional 300-bed hospital
	./bin/sonae up --demo

build: assets ## build bin/sonae and bin/sonae-agent
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/sonae ./cmd/sonae-agent

assets: $(ASSETS) ## fetch fonts and scripts by lock file and lay them where Go embeds them

$(ASSETS): package-lock.json scripts/assets.mjs
	npm ci --no-audit --no-fund --ignore-scripts
	node scripts/assets.mjs
	@touch $(ASSETS)

test: assets ## everything CI checks
	bash scripts/test.sh

unit: assets ## unit tests only, the short way while working
	go test ./...

lint: $(LINT) ## golangci-lint alone
	$(LINT) run ./...

$(LINT): tools/go.mod tools/go.sum
	@mkdir -p .cache
	cd tools && go build -o ../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $(LINT)

fmt: ## format the code
	gofmt -w cmd internal catalog

cross: assets ## build both binaries for every target, without cgo
	@for t in $(TARGETS); do echo "build $$t"; \
	  GOOS=$${t%/*} GOARCH=$${t#*/} go build -trimpath -ldflags '$(LDFLAGS)' -o .cache/cross/$$t/ ./cmd/sonae ./cmd/sonae-agent || exit 1; done

packages: $(NFPM) ## build deb, rpm, MSI and the macOS archive of the agent into dist/
	bash scripts/packages.sh '$(VERSION)'

$(NFPM): tools/nfpm/go.mod tools/nfpm/go.sum
	@mkdir -p .cache
	cd tools/nfpm && go build -o ../../$(NFPM) github.com/goreleaser/nfpm/v2/cmd/nfpm
	@touch $(NFPM)

test-packages: packages ## install, run and remove the packages (root; apt-get install systemd-container rpm msitools wine64)
	SONAE_PACKAGES=$(CURDIR)/dist go test ./packaging -count=1 -v -timeout 20m

test-wine: ## take an inventory with the real sonae-agent.exe under wine (installs wine where apt-get and root allow)
	bash scripts/test-wine.sh

bench: build ## one JSON line a figure (see docs/operations.md)
	bash scripts/bench.sh

fuzz: ## every fuzz test for 20 s
	bash scripts/fuzz.sh 20s

openapi: build ## write docs/openapi.json from the types
	./bin/sonae openapi > docs/openapi.json

clean: ## remove what was built
	rm -rf bin dist .cache node_modules
