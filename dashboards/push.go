package dashboards

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// Pusher puts dashboards into a Grafana by its API. URL and Token are required.
type Pusher struct {
	URL    string // of Grafana, without a path of the API
	Token  string // of a service account that may write dashboards and folders; never shown
	DryRun bool   // only tells what would change
	Client *http.Client
}

// Pushed is what became of one dashboard.
type Pushed struct {
	Title  string
	Change Change
}

// Change says what a push does to a dashboard.
type Change string

// The changes.
const (
	Created   Change = "created"
	Updated   Change = "updated"
	Unchanged Change = "unchanged"
)

// folderUID is the folder that the dashboards are put into.
const folderUID = "claudewatch"

// pushTimeout bounds one request.
const pushTimeout = 30 * time.Second

// maxAnswer is more than a dashboard of ours takes, in bytes.
const maxAnswer = 16 << 20

// Push brings Grafana to the dashboards in the files, which must be those of the provisioning format. What is as it should be is
// left alone, so a second push changes nothing. It stops at the first error; what was pushed before is told.
func (p *Pusher) Push(ctx context.Context, files []File) ([]Pushed, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	var done []Pushed
	if !p.DryRun {
		if err := p.folder(ctx); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		one, err := p.one(ctx, f)
		if err != nil {
			return done, fmt.Errorf("push %s: %w", f.Name, err)
		}
		done = append(done, one)
	}
	return done, nil
}

func (p *Pusher) check() error {
	u, err := url.Parse(p.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("push dashboards: the address of Grafana is no http or https URL")
	case u.User != nil:
		return errors.New("push dashboards: the address of Grafana holds a password: use a token instead")
	case p.Token == "":
		return errors.New("push dashboards: no token")
	}
	return nil
}

// folder makes the folder, unless it is there.
func (p *Pusher) folder(ctx context.Context) error {
	status, _, err := p.do(ctx, http.MethodGet, "/api/folders/"+folderUID, nil)
	if err != nil || status == http.StatusOK {
		return err
	}
	return p.post(ctx, "/api/folders", map[string]string{"uid": folderUID, "title": grafanaFolder})
}

func (p *Pusher) one(ctx context.Context, f File) (Pushed, error) {
	var d map[string]any
	if err := json.Unmarshal(f.Content, &d); err != nil {
		return Pushed{}, err
	}
	title, _ := d["title"].(string)
	uid, _ := d["uid"].(string)
	change, err := p.compare(ctx, uid, d)
	if err != nil || change == Unchanged || p.DryRun {
		return Pushed{title, change}, err
	}
	err = p.post(ctx, "/api/dashboards/db", map[string]any{
		"dashboard": d, "folderUid": folderUID, "overwrite": true, "message": "claudewatch push dashboards",
	})
	return Pushed{title, change}, err
}

// compare says what a push would change.
func (p *Pusher) compare(ctx context.Context, uid string, want map[string]any) (Change, error) {
	status, body, err := p.do(ctx, http.MethodGet, "/api/dashboards/uid/"+url.PathEscape(uid), nil)
	switch {
	case err != nil:
		return "", err
	case status == http.StatusNotFound:
		return Created, nil
	case status != http.StatusOK:
		return "", refusal(status, body)
	}
	var have struct {
		Dashboard map[string]any
		Meta      struct{ FolderUID string }
	}
	if err := json.Unmarshal(body, &have); err != nil {
		return "", fmt.Errorf("read answer of Grafana: %w", err)
	}
	for _, key := range []string{"id", "version"} { // Grafana's own
		delete(have.Dashboard, key)
	}
	if have.Meta.FolderUID == folderUID && reflect.DeepEqual(have.Dashboard, want) {
		return Unchanged, nil
	}
	return Updated, nil
}

// post writes something.
func (p *Pusher) post(ctx context.Context, path string, body any) error {
	status, answer, err := p.do(ctx, http.MethodPost, path, body)
	if err == nil && status != http.StatusOK {
		err = refusal(status, answer)
	}
	return err
}

// do asks Grafana and returns its answer whatever the status, except where the token is refused.
func (p *Pusher) do(ctx context.Context, method, path string, body any) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(p.URL, "/")+path, content)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	req.Header.Set("Content-Type", "application/json")
	client := p.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("ask Grafana: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, nil, fmt.Errorf("read answer of Grafana: %w", err)
	}
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		return resp.StatusCode, nil, fmt.Errorf("grafana answers %d: the token is wrong or may not write dashboards and folders", resp.StatusCode)
	}
	return resp.StatusCode, answer, nil
}

// refusal is what Grafana says went wrong.
func refusal(status int, body []byte) error {
	var answer struct{ Message string }
	if json.Unmarshal(body, &answer) != nil || answer.Message == "" {
		return fmt.Errorf("grafana answers %d", status)
	}
	return fmt.Errorf("grafana answers %d: %.200q", status, answer.Message)
}
