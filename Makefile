# claudewatch. Needs Go and gcc (SQLite is C); the tests install what else they need (see e2e/install.sh).
GOLANGCI = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VERSION  = $(shell git describe --tags --always --dirty 2>/dev/null)

.PHONY: build run demo test test-unit test-e2e lint fmt fuzz bench dashboards

build:      ## the binary, ./claudewatch
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o claudewatch ./cmd/claudewatch

run: build  ## the agent on the sample log, as if that had been written just now
	mkdir -p .cache && rm -f .cache/run.db*
	go run ./examples/now examples/app.log | ./claudewatch serve --tail - --db .cache/run.db

demo: build ## a simulated organization, watched
	./claudewatch demo

test: test-unit test-e2e

test-unit:
	go test -race ./...

test-e2e:
	./e2e/install.sh
	cd e2e && go test -race ./...

lint:
	go vet ./...
	cd e2e && go vet ./...
	$(GOLANGCI) run ./...
	cd e2e && $(GOLANGCI) run --config ../.golangci.yml ./...

fmt:
	$(GOLANGCI) fmt ./...

FUZZTIME = 1m
fuzz:       ## each fuzz target for FUZZTIME
	@grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\)(.*/\1/p' $$file); do \
	    echo "$$(dirname $$file) $$target" && \
	    go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file) || exit 1; \
	  done; \
	done

bench:      ## see bench/README.md
	go run ./bench/intake
	go run ./bench/sqlite
	go test -run '^$$' -bench . ./collector/decode ./store ./internal/metrics ./internal/limits

dashboards: ## writes dashboards/generated
	go test ./dashboards -run TestCommittedFilesAreFresh -update
