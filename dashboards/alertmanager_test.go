package dashboards_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/claudewatch/claudewatch/dashboards"
)

// TestAlertmanagerConfiguration has Alertmanager's own tool read what is generated.
func TestAlertmanagerConfiguration(t *testing.T) {
	files := dashboards.GenerateAlertmanager(dashboards.AlertmanagerOptions{})
	compareFolder(t, filepath.Join("generated", "alertmanager"), map[string]string{files[0].Name: string(files[0].Content)})
	amtool, err := exec.LookPath("amtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("amtool is not installed: CI checks the configuration with it")
		}
		return
	}
	dir := t.TempDir()
	writeTo(t, dir, files)
	out, err := exec.CommandContext(t.Context(), amtool, "check-config", filepath.Join(dir, files[0].Name)).CombinedOutput()
	if err != nil {
		t.Errorf("amtool check-config: %v\n%s", err, out)
	}
}
