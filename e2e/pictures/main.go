// Pictures draws the generated dashboards from a running Prometheus, one SVG for each, for the documentation. They come from the same
// queries, thresholds and units as the dashboards, and are not drawn by Grafana.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run() error {
	w := window{}
	dir := flag.String("o", "", "directory to write to")
	history := flag.String("history", "", "write a log of eight weeks to this file and end: what the forecast is drawn from")
	flag.StringVar(&w.server, "prometheus", "http://127.0.0.1:9090", "address of Prometheus")
	flag.DurationVar(&w.length, "window", 12*time.Minute, "how much time is shown")
	flag.DurationVar(&w.step, "step", 10*time.Second, "distance of the points")
	flag.Parse()
	if *history != "" {
		return os.WriteFile(*history, []byte(weeks(56, time.Now())), 0o600)
	}
	if *dir == "" {
		return fmt.Errorf("no directory given: -o DIR")
	}
	all, err := boards()
	if err != nil {
		return err
	}
	w.end = time.Now().Truncate(w.step)
	for i := range all {
		text, err := draw(&all[i], &w)
		if err != nil {
			return err
		}
		file := filepath.Join(*dir, all[i].File+".svg")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // for everybody to see
			return err
		}
		fmt.Printf("%s: %d bytes\n", file, len(text))
	}
	return nil
}
