# claudewatch: run it, test it, lint it. Needs Go and gcc (SQLite is C).
GOLANGCI = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: lint fmt
lint:
	go vet ./...
	$(GOLANGCI) run ./...

fmt:
	$(GOLANGCI) fmt ./...
