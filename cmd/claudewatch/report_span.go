package main

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones are known where the system has none, as in a bare container

	"github.com/claudewatch/claudewatch/internal/config"
)

// parseZone reads the name of a time zone.
func parseZone(name string) (*time.Location, error) {
	if strings.EqualFold(name, "local") {
		return time.Local, nil
	}
	if strings.EqualFold(name, "utc") || name == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("--tz %q: no such time zone", clip(name, 60)), hint: "write UTC, Local or a name as in Europe/Berlin"}
	}
	return zone, nil
}

// parseSpan reads from when until when.
func parseSpan(since, until string, zone *time.Location, now time.Time) (from, to time.Time, err error) {
	if since != "all" {
		if from, err = parseTime("--since", since, zone, now); err != nil {
			return from, to, err
		}
	}
	to = now
	if until != "" {
		if to, err = parseTime("--until", until, zone, now); err != nil {
			return from, to, err
		}
	}
	if !from.Before(to) {
		return from, to, &usageError{err: fmt.Errorf("--since %s: is not before %s", clip(since, 40), to.In(zone).Format("2006-01-02 15:04"))}
	}
	return from, to, nil
}

// parseTime reads a time as people write it: a length of time back from now, a day, or a time of a day.
func parseTime(flag, text string, zone *time.Location, now time.Time) (time.Time, error) {
	y, m, d := now.In(zone).Date()
	switch text {
	case "now":
		return now, nil
	case "today":
		return time.Date(y, m, d, 0, 0, 0, 0, zone), nil
	case "yesterday":
		return time.Date(y, m, d-1, 0, 0, 0, 0, zone), nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	back, err := config.ParseDuration(text)
	if err != nil || back <= 0 {
		return time.Time{}, &usageError{
			err:  fmt.Errorf("%s %q: neither a length of time nor a time", flag, clip(text, 40)),
			hint: "write 24h, 7d, today, yesterday, 2026-11-01, 2026-11-01T09:00 or 2026-11-01T09:00:00Z",
		}
	}
	return now.Add(-time.Duration(back)), nil
}
