package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
)

const (
	connections = 32
	postsOfEach = 1000
)

// post sends calls one by one over many connections.
func post(ctx context.Context, url string) error {
	client := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	g, ctx := errgroup.WithContext(ctx)
	for seed := range connections {
		g.Go(func() error { return postSome(ctx, &client, url+"/v1/calls", uint64(seed)+2) }) //nolint:gosec // small
	}
	return g.Wait()
}

func postSome(ctx context.Context, client *http.Client, url string, seed uint64) error {
	log, err := applog.New(applog.Options{Seed: seed, LinesPerSecond: 200, Start: time.Now()})
	if err != nil {
		return err
	}
	for sent := 0; sent < postsOfEach; {
		line, isCall := log.Append(nil)
		if !isCall {
			continue
		}
		sent++
		if err := postOne(ctx, client, url, line); err != nil {
			return err
		}
	}
	return nil
}

func postOne(ctx context.Context, client *http.Client, url string, line []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(line))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		err = fmt.Errorf("post a call: answer %s", resp.Status)
	}
	_, copyErr := io.Copy(io.Discard, resp.Body) // else the connection is closed
	return errors.Join(err, copyErr, resp.Body.Close())
}
