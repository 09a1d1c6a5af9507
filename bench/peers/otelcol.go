package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.uber.org/zap"

	"github.com/claudewatch/claudewatch/bench/measure"
)

// otelcol runs the collector's receiver and parser, in a process of its own, into a consumer that counts: less than a whole collector,
// which has queues and exporters besides.
func otelcol(ctx context.Context, c corpus) (counts, measure.Cost, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, measure.Cost{}, err
	}
	out, cost, err := measure.Run(exec.CommandContext(ctx, self, "otelcol", c.log, strconv.FormatInt(c.Lines, 10)))
	if err != nil {
		return nil, cost, err
	}
	var n counts
	err = json.Unmarshal(out, &n)
	return n, cost, err
}

// otelcolJob follows the log until so many records have come, and prints the counts.
func otelcolJob(ctx context.Context, log, lines string) error {
	left, err := strconv.ParseInt(lines, 10, 64)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	counter := &recordCounter{calls: map[recordKind]int64{}, left: left, done: done}
	consume, err := consumer.NewLogs(counter.consume)
	if err != nil {
		return err
	}
	logs, err := filelog(ctx, otelcolSettings([]string{log}), consume)
	if err != nil {
		return err
	}
	if err := logs.Start(ctx, componenttest.NewNopHost()); err != nil {
		return fmt.Errorf("start filelog receiver: %w", err)
	}
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := logs.Shutdown(ctx); err != nil {
		return fmt.Errorf("stop filelog receiver: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(counter.counts())
}

// filelog makes the receiver. It starts nothing.
func filelog(ctx context.Context, settings map[string]any, next consumer.Logs) (receiver.Logs, error) {
	factory := filelogreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(settings).Unmarshal(config); err != nil {
		return nil, fmt.Errorf("filelog settings: %w", err)
	}
	telemetry := componenttest.NewNopTelemetrySettings()
	telemetry.Logger = zap.NewNop()
	return factory.CreateLogs(ctx, receiver.Settings{
		ID: component.NewID(factory.Type()), TelemetrySettings: telemetry, BuildInfo: component.NewDefaultBuildInfo(),
	}, config, next)
}

// otelcolSettings are the receiver's, as a collector's file would have them. Lines that are no JSON are passed on quietly.
func otelcolSettings(include []string) map[string]any {
	globs := make([]any, 0, len(include))
	for _, g := range include {
		globs = append(globs, g)
	}
	return map[string]any{
		"include": globs, "start_at": "beginning",
		"operators": []any{map[string]any{"type": "json_parser", "on_error": "send_quiet"}},
	}
}

// recordCounter counts the records that are calls.
type recordCounter struct {
	mu    sync.Mutex // guards what follows: files may be read side by side
	calls map[recordKind]int64
	left  int64
	done  chan struct{}
}

type recordKind struct {
	status int64
	model  string
}

func (c *recordCounter) consume(_ context.Context, logs plog.Logs) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.left
	eachRecord(logs, func(r plog.LogRecord) {
		c.left--
		model, ok := r.Attributes().Get("model")
		if !ok {
			return
		}
		if res, ok := r.Attributes().Get("res"); ok && res.Type() == pcommon.ValueTypeMap {
			if status, ok := res.Map().Get("statusCode"); ok {
				c.calls[recordKind{number(status), model.Str()}]++
			}
		}
	})
	if before > 0 && c.left <= 0 {
		close(c.done)
	}
	return nil
}

// number reads a JSON number, which the parser may give as either kind.
func number(v pcommon.Value) int64 {
	if v.Type() == pcommon.ValueTypeDouble {
		return int64(v.Double())
	}
	return v.Int()
}

func eachRecord(logs plog.Logs, take func(plog.LogRecord)) {
	for _, resource := range logs.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				take(record)
			}
		}
	}
}

func (c *recordCounter) counts() counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := counts{}
	for k, v := range c.calls {
		n[fmt.Sprintf("%d %s", k.status, k.model)] = v
	}
	return n
}
