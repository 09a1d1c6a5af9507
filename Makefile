# claudewatch. Needs Go and gcc (SQLite is C); the tests install what else they need (see e2e/install.sh).
GOLANGCI = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VERSION  = $(shell git describe --tags --always --dirty 2>/dev/null)

# Only the built program needs its profile (see profile below): with it, Go compiles every dependency once more.
test-unit lint: export GOFLAGS += -pgo=off

.PHONY: alert-gates build profile run demo test servers test-unit test-e2e lint fmt fuzz fuzz-hour bench bench-peers torture torture-store dashboards pictures

build:      ## the binary, ./claudewatch
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o claudewatch ./cmd/claudewatch

profile:    ## writes cmd/claudewatch/default.pgo: what the agent does most, by which Go builds it
	go run ./bench/profile

run: build  ## the agent on the sample log, as if that had been written just now
	mkdir -p .cache && rm -f .cache/run.db*
	go run ./examples/now examples/app.log | ./claudewatch serve --tail - --db .cache/run.db

demo: build ## a simulated organization, watched
	./claudewatch demo

test: servers test-unit test-e2e

servers:    ## what the tests run against
	./e2e/install.sh

test-unit:
	go test -race ./...

test-e2e: servers
	cd e2e && go test -race ./...

lint:
	go vet ./...
	cd e2e && go vet ./...
	$(GOLANGCI) run ./...
	cd e2e && $(GOLANGCI) run --config ../.golangci.yml ./...

fmt:
	$(GOLANGCI) fmt ./...

FUZZTIME = 1m
FUZZFLAGS = -fuzzminimizetime 1s
fuzz:       ## each fuzz target for FUZZTIME
	@grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$file); do \
	    echo "$$(dirname $$file) $$target" && \
	    (cd $$(dirname $$file) && go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $(FUZZFLAGS) .) || exit 1; \
	  done; \
	done

fuzz-hour:  ## all fuzz targets, an hour together
	@$(MAKE) fuzz FUZZTIME=$$((3600 / $$(grep -rh --include='*_test.go' '^func Fuzz' . | wc -l)))s

bench-peers: ## claudewatch beside other log followers, see bench/README.md
	./bench/peers/install.sh
	cd bench/peers && go run .

bench:      ## see bench/README.md
	go run ./bench/intake
	go run ./bench/sqlite
	go run ./bench/alerting
	go run ./bench/webhook
	go run ./bench/latency
	go run ./bench/decode
	go run ./bench/backfill
	go test -run '^$$' -bench . ./collector/decode ./store ./internal/metrics ./internal/limits

alert-gates: ## the figures of docs/alerts.md: error rates of the estimators and the alerts, in some ten minutes
	go test -v -run 'FillFollows|OrganizationsUse' ./internal/limits -full
	go test -v -timeout 30m -run Gate ./alerts -full
	go test -v -timeout 60m -run Gate ./cmd/claudewatch -full

KILLS = 200
torture-store: ## the store's process is killed KILLS times (200) while it commits, prunes, backs up and migrates: calls lost and doubled
	CLAUDEWATCH_TORTURE=$(KILLS) go test ./store -run 'TestKill' -count=1 -v -timeout 30m

torture:    ## a log that is rotated in every way, and an agent that is killed KILLS times: lines lost and doubled
	go run ./bench/torture
	cd e2e && CLAUDEWATCH_KILLS=$(KILLS) go test -count=1 -timeout 60m -v -run TestEveryCallOnceThroughRotationAndKill .

dashboards: ## writes dashboards/generated
	go test ./dashboards -update

pictures: servers ## draws docs/pictures from the dashboards' queries, in a quarter of an hour
	./e2e/pictures/run.sh
