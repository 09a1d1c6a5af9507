package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/pdata/plog"
)

// otelcolFollower is this program as the collector's receiver with its storage on disk; it writes what it takes to a file at once.
type otelcolFollower struct {
	child
	logs, state string
}

func newOtelcolFollower(logs, state string) (follower, error) {
	return &otelcolFollower{logs: logs, state: state}, nil
}

func (f *otelcolFollower) start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return f.launch(ctx, self, "otelcol-follow", f.logs, f.state)
}

func (f *otelcolFollower) progress(context.Context) (int, error) {
	return fileSize(filepath.Join(f.state, "seen"))
}

func (f *otelcolFollower) finish(context.Context) (map[int]int, error) {
	if err := f.end(); err != nil {
		return nil, err
	}
	return numbersIn(filepath.Join(f.state, "seen"))
}

// extensions is a collector's host with nothing but extensions.
type extensions map[component.ID]component.Component

// GetExtensions implements component.Host.
func (e extensions) GetExtensions() map[component.ID]component.Component { return e }

// otelcolFollow follows until it is asked to end.
func otelcolFollow(ctx context.Context, logs, state string) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	storage, err := newStorage(ctx, state)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(filepath.Join(state, "seen"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close() //nolint:errcheck // each write was looked at
	keep, err := consumer.NewLogs((&recordKeeper{out: out}).consume)
	if err != nil {
		return err
	}
	log := filepath.Join(logs, "app.log")
	settings := otelcolSettings([]string{log, log + ".*"})
	delete(settings, "operators")
	settings["storage"] = storage.id.String()
	receive, err := filelog(ctx, settings, keep)
	if err != nil {
		return err
	}
	host := extensions{storage.id: storage.extension}
	if err := storage.extension.Start(ctx, host); err != nil {
		return fmt.Errorf("start storage: %w", err)
	}
	if err := receive.Start(ctx, host); err != nil {
		return fmt.Errorf("start filelog receiver: %w", err)
	}
	<-ctx.Done()
	if err := receive.Shutdown(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("stop filelog receiver: %w", err)
	}
	return storage.extension.Shutdown(context.WithoutCancel(ctx))
}

type storageExtension struct {
	id        component.ID
	extension extension.Extension
}

func newStorage(ctx context.Context, dir string) (s storageExtension, err error) {
	factory := filestorage.NewFactory()
	s.id = component.NewID(factory.Type())
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(map[string]any{"directory": dir}).Unmarshal(config); err != nil {
		return s, fmt.Errorf("storage settings: %w", err)
	}
	s.extension, err = factory.Create(ctx, extension.Settings{
		ID: s.id, TelemetrySettings: componenttest.NewNopTelemetrySettings(), BuildInfo: component.NewDefaultBuildInfo(),
	}, config)
	return s, err
}

// recordKeeper writes records to a file before it says that it has taken them.
type recordKeeper struct {
	mu  sync.Mutex // guards out: files may be read side by side
	out *os.File
}

func (k *recordKeeper) consume(_ context.Context, logs plog.Logs) error {
	var text bytes.Buffer
	eachRecord(logs, func(r plog.LogRecord) {
		text.WriteString(r.Body().Str())
		text.WriteByte('\n')
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	_, err := k.out.Write(text.Bytes())
	return err
}
