// Command webhook measures the built claudewatch taking calls over HTTP, beside a handler that does nothing and beside the same agent
// following a file of the same records. Clients and server share the machine's cores, in front of the handler that does nothing too, which
// does not even read the bodies: what the clients cost is part of every figure. Everything runs in turns, so that the ratios are of one
// machine in one mood. It needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/claudewatch/claudewatch/bench/measure"
)

type options struct {
	runs      int
	duration  time.Duration
	conns     int // of single records
	bulkConns int // of records by the thousand
	fileCalls int
	bodyCalls int // of the large bodies
	binary    string
	dir       string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" { // the handler that does nothing is started as an agent is
		exit(serveNothing())
	}
	o := options{bodyCalls: 1000}
	flag.IntVar(&o.runs, "runs", 5, "rounds; medians are printed")
	flag.DurationVar(&o.duration, "for", 2*time.Second, "how long each load lasts")
	flag.IntVar(&o.conns, "conns", 32, "connections that send single records")
	flag.IntVar(&o.bulkConns, "bulk-conns", 4, "connections that send records by the thousand")
	flag.IntVar(&o.fileCalls, "file-calls", 60_000, "calls of the file that is followed")
	flag.StringVar(&o.binary, "binary", "", "a built claudewatch; empty builds one")
	flag.StringVar(&o.dir, "dir", "", "where the databases are; empty is the temporary directory. In memory, as in /dev/shm, the disk's share is left out")
	flag.Parse()
	exit(bench(context.Background(), o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "webhook:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// round is what one turn of everything came to.
type round struct {
	nothing, single, alone, bulk load
	file                         float64 // calls/s
}

func bench(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp(o.dir, "claudewatch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary directory
	if o.binary == "" {
		o.binary = filepath.Join(dir, "claudewatch")
		if err := measure.Build(ctx, "./cmd/claudewatch", o.binary); err != nil {
			return err
		}
	}
	var rounds []round
	for i := range o.runs {
		r, err := turn(ctx, o, filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			return err
		}
		rounds = append(rounds, r)
		fmt.Fprintf(os.Stderr, "round %d: nothing %.0f/s, single %.0f/s, by the thousand %.0f calls/s, file %.0f calls/s\n",
			i+1, r.nothing.perSecond(), r.single.perSecond(), r.bulk.perSecond()*float64(o.bodyCalls), r.file)
	}
	report(o, rounds)
	return nil
}

// turn runs each load once, every one against a new process and a new database.
func turn(ctx context.Context, o options, dir string) (r round, err error) {
	if err = os.Mkdir(dir, 0o700); err != nil {
		return r, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the temporary directory around it is removed too
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	single := work{o.conns, 1, o.duration}
	if r.nothing, err = against(ctx, single, self, ""); err != nil {
		return r, fmt.Errorf("handler that does nothing: %w", err)
	}
	if r.single, err = against(ctx, single, o.binary, filepath.Join(dir, "single.db")); err != nil {
		return r, fmt.Errorf("single records: %w", err)
	}
	if r.alone, err = against(ctx, work{1, 1, o.duration / 2}, o.binary, filepath.Join(dir, "alone.db")); err != nil {
		return r, fmt.Errorf("single records of one connection: %w", err)
	}
	if r.file, err = followFile(ctx, o, dir); err != nil {
		return r, fmt.Errorf("file: %w", err)
	}
	if r.bulk, err = against(ctx, work{o.bulkConns, o.bodyCalls, o.duration}, o.binary, filepath.Join(dir, "bulk.db")); err != nil {
		return r, fmt.Errorf("records by the thousand: %w", err)
	}
	return r, nil
}

// against loads a server and, if it is the agent, checks that what it accepted is what it has.
func against(ctx context.Context, w work, binary, db string) (load, error) {
	a, err := measure.Launch(ctx, binary, "--db", db)
	if err != nil {
		return load{}, err
	}
	l, err := loadServer(ctx, w, a)
	if err == nil && db != "" {
		err = l.check(ctx, a, w.calls)
	}
	return l, errors.Join(err, a.Stop())
}

// followFile measures the calls a second of the agent that finds a finished file.
func followFile(ctx context.Context, o options, dir string) (float64, error) {
	file := filepath.Join(dir, "calls.part")
	records, err := newRecords(1)
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(file, records.body(o.fileCalls).text, 0o600); err != nil {
		return 0, err
	}
	a, err := measure.Launch(ctx, o.binary, "--db", filepath.Join(dir, "file.db"), "--tail", filepath.Join(dir, "*.log"))
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := os.Rename(file, filepath.Join(dir, "calls.log")); err != nil {
		return 0, errors.Join(err, a.Stop())
	}
	_, _, err = a.Follow(ctx, int64(o.fileCalls), begin, 20*time.Millisecond)
	return float64(o.fileCalls) / time.Since(begin).Seconds(), errors.Join(err, a.Stop())
}

func report(o options, rounds []round) {
	median := func(of func(round) float64) float64 { return measure.Median(rounds, of) }
	line := func(name string, of func(round) load) {
		fmt.Printf("%-28s %8.0f req/s  p50 %6.2f ms  p99 %6.2f ms  server CPU %7.1f us/request\n", name,
			median(func(r round) float64 { return of(r).perSecond() }), median(func(r round) float64 { return of(r).percentile(0.50) }),
			median(func(r round) float64 { return of(r).percentile(0.99) }), median(func(r round) float64 { return of(r).cpuMicros() }))
	}
	fmt.Printf("%d connections, records of about 1.4 kB; by the thousand %d connections; medians of %d rounds; clients and server share %d cores\n",
		o.conns, o.bulkConns, len(rounds), runtime.NumCPU())
	line("handler that does nothing", func(r round) load { return r.nothing })
	line("single records", func(r round) load { return r.single })
	line("single, one connection", func(r round) load { return r.alone })
	line(fmt.Sprintf("NDJSON of %d", o.bodyCalls), func(r round) load { return r.bulk })
	fmt.Printf("a transaction of single records has %.0f of them and takes %.2f ms\n",
		median(func(r round) float64 { return r.single.perCommit }), median(func(r round) float64 { return r.single.commit.Seconds() * 1e3 }))
	size := float64(o.bodyCalls)
	fmt.Printf("%-28s %8.0f calls/s\n", "file", median(func(r round) float64 { return r.file }))
	fmt.Printf("%-28s %8.0f calls/s\n", "NDJSON", median(func(r round) float64 { return r.bulk.perSecond() * size }))
	fmt.Printf("single records / handler that does nothing  %.2f\n", median(func(r round) float64 { return r.single.perSecond() / r.nothing.perSecond() }))
	fmt.Printf("NDJSON / file                               %.2f\n", median(func(r round) float64 { return r.bulk.perSecond() * size / r.file }))
}
