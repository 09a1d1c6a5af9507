package main

import (
	"bufio"
	"errors"
	"os"
	"time"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
)

// generate writes a log of about size bytes, with its calls or without them.
func generate(path string, size int64, calls bool) (err error) {
	g, err := applog.New(applog.Options{Seed: 1, LinesPerSecond: 200, Start: time.Now().Add(-30 * 24 * time.Hour)})
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
	var line []byte
	for n := int64(0); n < size; {
		var isCall bool
		if line, isCall = g.Append(line[:0]); isCall && !calls {
			continue
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
		n += int64(len(line))
	}
	return nil
}
