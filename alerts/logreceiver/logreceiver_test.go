package logreceiver

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
)

func TestSend(t *testing.T) {
	fired := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		severity alerts.Severity
		state    alerts.State
		level    string
	}{
		{alerts.Critical, alerts.Firing, "ERROR"},
		{alerts.Warning, alerts.Firing, "WARN"},
		{alerts.Info, alerts.Firing, "INFO"},
		{alerts.Critical, alerts.Resolved, "INFO"},
	} {
		var out bytes.Buffer
		r, err := New(Options{Logger: slog.New(slog.NewJSONHandler(&out, nil))})
		if err != nil {
			t.Fatal(err)
		}
		a := alerts.Alert{
			Rule: "limit_usage_high", Severity: c.severity, State: c.state, Revision: 3, FiredAt: fired, Value: 0.5, Peak: 0.91,
			Labels: map[string]string{"pool": "sonnet-5\nlevel=ERROR"}, Facts: alerts.Facts{Title: "input tokens", Unit: "ratio"},
		}
		ref, err := r.Send(t.Context(), alerts.Message{Alert: a}, alerts.Ref{})
		if err != nil || ref.ID != "3" {
			t.Errorf("Send() = %v, %v; want a ref of revision 3", ref, err)
		}
		if n := strings.Count(out.String(), "\n"); n != 1 {
			t.Fatalf("%d lines; want 1: %s", n, out.String())
		}
		var got map[string]any
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		picked := []any{got["level"], got["rule"], got["state"], got["value"], got["peak"]}
		if diff := cmp.Diff([]any{c.level, "limit_usage_high", string(c.state), "50 %", "91 %"}, picked); diff != "" {
			t.Errorf("line (-want +got):\n%s", diff)
		}
	}
}

func TestNew(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("New without a logger = nil; want an error")
	}
}
