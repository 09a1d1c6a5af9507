package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"
)

// localDoor is how the commands of this machine reach the agent that has the database open: its address, and a token that only who
// may read the database can read. It stands in a file beside the database while the agent runs.
type localDoor struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

func doorFile(database string) string { return database + ".agent" }

// openDoor writes the file.
func openDoor(database, url string) (localDoor, error) {
	d := localDoor{URL: url, Token: rand.Text()}
	text, err := json.Marshal(d)
	if err != nil {
		return d, err
	}
	file := doorFile(database)
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an agent that was killed; its mode may not be ours
		return d, fmt.Errorf("remove %s: %w", file, err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return d, fmt.Errorf("write %s: %w", file, err)
	}
	_, err = f.Write(text)
	return d, errors.Join(err, f.Close())
}

// findDoor reads the file.
func findDoor(database string) (localDoor, error) {
	var d localDoor
	text, err := os.ReadFile(doorFile(database))
	if err != nil {
		return d, fmt.Errorf("find the agent that has the database open: %w", err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("find the agent that has the database open: %s is not readable", doorFile(database))
	}
	return d, nil
}

// ask sends a request to the agent and reads its answer.
func (d localDoor) ask(ctx context.Context, method, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, d.URL+path, bytes.NewReader(text))
	if err != nil {
		return errors.New("ask the running agent: its address can't be used")
	}
	req.Header.Set("Authorization", "Bearer "+d.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the running agent: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return fmt.Errorf("ask the running agent: %w", err)
	}
	if resp.StatusCode/100 == 2 {
		return json.Unmarshal(data, answer)
	}
	var refusal struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(data, &refusal) != nil || refusal.Error == "" {
		return fmt.Errorf("ask the running agent: it answers %s", resp.Status)
	}
	return errors.New(refusal.Error)
}
