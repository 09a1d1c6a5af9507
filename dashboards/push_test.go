package dashboards_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/dashboards"
)

const grafanaToken = "glsa_not-a-real-one"

// grafana is a server that answers as Grafana's API does.
type grafana struct {
	folders    map[string]string
	dashboards map[string]map[string]any
	writes     int
	refuse     int // status that writes are answered with
}

func newGrafana(t *testing.T) (*grafana, string) {
	t.Helper()
	g := &grafana{folders: map[string]string{}, dashboards: map[string]map[string]any{}}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, server.URL
}

func (g *grafana) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, v any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	if r.Header.Get("Authorization") != "Bearer "+grafanaToken {
		answer(http.StatusUnauthorized, map[string]string{"message": "Invalid API key"})
		return
	}
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	if r.Method == http.MethodPost {
		if g.refuse != 0 {
			answer(g.refuse, map[string]string{"message": "no space left"})
			return
		}
		g.writes++
	}
	switch uid, found := strings.CutPrefix(r.URL.Path, "/grafana/api/dashboards/uid/"); {
	case found && g.dashboards[uid] != nil:
		answer(http.StatusOK, map[string]any{"dashboard": g.dashboards[uid], "meta": map[string]string{"folderUid": "claudewatch"}})
	case r.URL.Path == "/grafana/api/folders" && r.Method == http.MethodPost:
		g.folders[body["uid"].(string)] = body["title"].(string)
		answer(http.StatusOK, body)
	case r.URL.Path == "/grafana/api/folders/claudewatch" && g.folders["claudewatch"] != "":
		answer(http.StatusOK, map[string]string{"uid": "claudewatch"})
	case r.URL.Path == "/grafana/api/dashboards/db" && body["folderUid"] == "claudewatch" && body["overwrite"] == true:
		d := body["dashboard"].(map[string]any)
		d["id"], d["version"] = 7, g.writes
		g.dashboards[d["uid"].(string)] = d
		answer(http.StatusOK, map[string]string{"status": "success"})
	default:
		answer(http.StatusNotFound, map[string]string{"message": "not found"})
	}
}

// count is how many dashboards had each change.
func count(done []dashboards.Pushed) map[dashboards.Change]int {
	n := map[dashboards.Change]int{}
	for _, d := range done {
		n[d.Change]++
	}
	return n
}

// TestPush checks that a push makes what is missing, changes what differs, and leaves alone what is right.
func TestPush(t *testing.T) {
	g, url := newGrafana(t)
	files := generate(t, dashboards.Options{})
	push := func(dry bool) map[dashboards.Change]int {
		t.Helper()
		p := dashboards.Pusher{URL: url + "/grafana/", Token: grafanaToken, DryRun: dry}
		done, err := p.Push(t.Context(), files)
		if err != nil {
			t.Fatal(err)
		}
		return count(done)
	}
	if got := push(true); !cmp.Equal(got, map[dashboards.Change]int{dashboards.Created: 6}) || g.writes != 0 {
		t.Errorf("dry run = %v with %d writes; want 6 to be created and none written", got, g.writes)
	}
	if got := push(false); !cmp.Equal(got, map[dashboards.Change]int{dashboards.Created: 6}) || g.writes != 7 || g.folders["claudewatch"] != "Claude" {
		t.Errorf("first push = %v with %d writes into %v; want a folder and 6 dashboards", got, g.writes, g.folders)
	}
	if got := push(false); !cmp.Equal(got, map[dashboards.Change]int{dashboards.Unchanged: 6}) || g.writes != 7 {
		t.Errorf("second push = %v with %d writes; want nothing to change", got, g.writes)
	}
	g.dashboards["claudewatch-limits"]["title"] = "Mine"
	if got := push(false); !cmp.Equal(got, map[dashboards.Change]int{dashboards.Unchanged: 5, dashboards.Updated: 1}) {
		t.Errorf("push over a change by hand = %v; want that one updated", got)
	}
}

// TestPushErrors checks that errors say what is wrong and never hold the token.
func TestPushErrors(t *testing.T) {
	g, url := newGrafana(t)
	g.refuse = http.StatusInternalServerError
	files := generate(t, dashboards.Options{})
	for want, p := range map[string]dashboards.Pusher{
		"no http or https URL":                 {URL: "grafana.example.org", Token: grafanaToken},
		"holds a password":                     {URL: "https://admin:admin@example.org", Token: grafanaToken},
		"no token":                             {URL: url},
		"the token is wrong":                   {URL: url + "/grafana", Token: grafanaToken + "x"},
		`grafana answers 500: "no space left"`: {URL: url + "/grafana", Token: grafanaToken},
		"ask Grafana":                          {URL: "http://127.0.0.1:1", Token: grafanaToken},
	} {
		_, err := p.Push(t.Context(), files)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(fmt.Sprint(err), grafanaToken) {
			t.Errorf("Push to %s = %v; want %q and no token", p.URL, err, want)
		}
	}
}
