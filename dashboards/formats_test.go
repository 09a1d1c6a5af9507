package dashboards_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	v2 "github.com/grafana/grafana-foundation-sdk/go/dashboardv2"

	"github.com/claudewatch/claudewatch/dashboards"
)

// TestImportAsksForTheDatasource checks that what is imported by hand asks for the data source and begins with it, and is otherwise
// what is provisioned.
func TestImportAsksForTheDatasource(t *testing.T) {
	plain := map[string]map[string]any{}
	for _, f := range generate(t, dashboards.Options{Datasource: "${DS_PROMETHEUS}"}) {
		if strings.HasSuffix(f.Name, ".json") {
			plain[f.Name] = parse(t, f.Content).(map[string]any)
		}
	}
	files := generate(t, dashboards.Options{Format: dashboards.Import})
	if len(files) != len(plain) {
		t.Fatalf("%d files to import; want %d", len(files), len(plain))
	}
	for _, f := range files {
		got := parse(t, f.Content).(map[string]any)
		inputs, _ := got["__inputs"].([]any)
		if len(inputs) != 1 || inputs[0].(map[string]any)["name"] != "DS_PROMETHEUS" || inputs[0].(map[string]any)["pluginId"] != "prometheus" {
			t.Errorf("%s: inputs %v; want the data source", f.Name, inputs)
		}
		delete(got, "__inputs")
		delete(got, "__requires")
		if diff := cmp.Diff(plain[f.Name], got); diff != "" {
			t.Errorf("%s differs from the provisioned one (-provisioned +import):\n%.1000s", f.Name, diff)
		}
	}
}

// element is what the test reads of a panel of the second schema.
type element struct {
	Spec struct {
		Title string
		Data  struct {
			Spec struct {
				Queries []struct {
					Spec struct {
						RefID string `json:"refId"`
						Query struct{ Spec struct{ Expr string } }
					}
				}
			}
		}
	}
}

// TestSecondSchemaHoldsTheSame has the SDK's strict decoder read the second schema, and compares its queries with the classic ones.
func TestSecondSchemaHoldsTheSame(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	want := map[[3]string]string{}
	classic := generate(t, dashboards.Options{})
	queries, err := dashboards.Queries(classic)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		if q.Ref != "" {
			want[[3]string{q.Dashboard, q.Panel, q.Ref}] = q.Expr
		}
	}
	got := map[[3]string]string{}
	for _, f := range generate(t, dashboards.Options{Format: dashboards.V2}) {
		var m struct {
			APIVersion string `json:"apiVersion"`
			Kind       string
			Metadata   struct{ Name string }
			Spec       json.RawMessage
		}
		if err := json.Unmarshal(f.Content, &m); err != nil || m.APIVersion != "dashboard.grafana.app/v2" || m.Kind != "Dashboard" || m.Metadata.Name == "" {
			t.Fatalf("%s: %s %s %q, %v; want a dashboard of version 2", f.Name, m.APIVersion, m.Kind, m.Metadata.Name, err)
		}
		var typed v2.Dashboard
		var problems cog.BuildErrors
		if err := typed.UnmarshalJSONStrict(m.Spec); err != nil && (!errors.As(err, &problems) || len(problems) > 0) {
			t.Errorf("strict reading of %s: %v", f.Name, err)
		}
		var d struct {
			Title    string
			Elements map[string]element
			Layout   struct {
				Spec struct {
					Rows []struct {
						Spec struct {
							Layout struct{ Spec struct{ Items []any } }
						}
					}
				}
			}
		}
		if err := json.Unmarshal(m.Spec, &d); err != nil {
			t.Fatal(err)
		}
		placed := 0
		for _, r := range d.Layout.Spec.Rows {
			placed += len(r.Spec.Layout.Spec.Items)
		}
		if placed != len(d.Elements) {
			t.Errorf("%s: %d of %d panels are laid out", f.Name, placed, len(d.Elements))
		}
		for _, e := range d.Elements {
			for _, q := range e.Spec.Data.Spec.Queries {
				got[[3]string{d.Title, e.Spec.Title, q.Spec.RefID}] = q.Spec.Query.Spec.Expr
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("queries differ (-classic +second):\n%.2000s", diff)
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := dashboards.Generate(dashboards.Options{Format: "v3"})
	if want := `generate dashboards: unknown format "v3": valid are [provisioning import v2]`; err == nil || err.Error() != want {
		t.Errorf("Generate(v3) = %v; want %s", err, want)
	}
}
