package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claudewatch/claudewatch/bench/measure"
)

// load is what some connections saw that sent one request after the other.
type load struct {
	wall time.Duration
	cpu  time.Duration   // of the server
	took []time.Duration // of each request, the shortest first
	// perCommit is the mean number of calls in a transaction, commit its mean time.
	perCommit float64
	commit    time.Duration
}

func (l load) perSecond() float64 { return float64(len(l.took)) / l.wall.Seconds() }
func (l load) cpuMicros() float64 { return l.cpu.Seconds() * 1e6 / float64(len(l.took)) }

// percentile is in milliseconds.
func (l load) percentile(p float64) float64 {
	return l.took[min(len(l.took)-1, int(p*float64(len(l.took))))].Seconds() * 1e3
}

// check fails when the agent has not exactly the calls that it said it had accepted.
func (l *load) check(ctx context.Context, a *measure.Agent, calls int) error {
	text, err := a.Metrics(ctx)
	if err != nil {
		return err
	}
	if got, want := int(measure.Sum(text, "claudewatch_calls_ingested_total")), len(l.took)*calls; got != want {
		return fmt.Errorf("the agent has %d calls; want the %d that it accepted", got, want)
	}
	commits := measure.Sum(text, "claudewatch_commit_seconds_count")
	l.perCommit = float64(len(l.took)*calls) / commits
	l.commit = time.Duration(measure.Sum(text, "claudewatch_commit_seconds_sum") / commits * float64(time.Second))
	return nil
}

// bodies that each connection sends in turns, with new ids each time. They are more than a processor's caches hold.
const bodiesPerConn = 256

// work is what is sent to a server.
type work struct {
	conns, calls int // calls of a body
	duration     time.Duration
}

// loadServer has every connection send one body after the other for the work's time.
func loadServer(ctx context.Context, w work, a *measure.Agent) (load, error) {
	each := bodiesPerConn
	if w.calls > 1 {
		each = 2
	}
	host := strings.TrimPrefix(a.URL, "http://")
	clients := make([]*client, w.conns)
	for i := range clients {
		var err error
		if clients[i], err = dial(ctx, host, uint64(i), each, w.calls); err != nil {
			return load{}, err
		}
		defer clients[i].conn.Close() //nolint:errcheck // it was only used here
	}
	before, err := measure.CPU(a.PID)
	if err != nil {
		return load{}, err
	}
	begin := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for _, c := range clients {
		g.Go(func() error { return c.send(ctx, begin.Add(w.duration)) })
	}
	if err := g.Wait(); err != nil {
		return load{}, err
	}
	l := load{wall: time.Since(begin)}
	after, err := measure.CPU(a.PID)
	l.cpu = after - before
	for _, c := range clients {
		l.took = append(l.took, c.took...)
	}
	slices.Sort(l.took)
	return l, err
}

// client is one connection. It speaks just enough HTTP, so that the server has the machine's cores for itself as far as can be.
type client struct {
	conn   net.Conn
	in     *bufio.Reader
	bodies []*body
	sent   uint64
	took   []time.Duration
}

func dial(ctx context.Context, host string, seed uint64, bodies, calls int) (*client, error) {
	records, err := newRecords(seed)
	if err != nil {
		return nil, err
	}
	c := &client{}
	for range bodies {
		c.bodies = append(c.bodies, records.body(calls).request(host))
	}
	c.sent = seed << 40 // ids of different connections differ
	var d net.Dialer
	if c.conn, err = d.DialContext(ctx, "tcp", host); err != nil {
		return nil, err
	}
	c.in = bufio.NewReader(c.conn)
	return c, nil
}

func (c *client) send(ctx context.Context, until time.Time) error {
	for now := time.Now(); now.Before(until) && ctx.Err() == nil; {
		b := c.bodies[int(c.sent)%len(c.bodies)]
		c.sent++
		b.number(c.sent, now)
		if _, err := c.conn.Write(b.text); err != nil {
			return err
		}
		if err := c.answer(); err != nil {
			return err
		}
		end := time.Now()
		c.took = append(c.took, end.Sub(now))
		now = end
	}
	return nil
}

// answer reads one answer; only one that says all is well will do.
func (c *client) answer() error {
	status, err := c.in.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 20") {
		return errors.New("answer " + strings.TrimSpace(status))
	}
	length := 0
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(v))); err != nil {
				return err
			}
		}
	}
	_, err = io.CopyN(io.Discard, c.in, int64(length))
	return err
}
