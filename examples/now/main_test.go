package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestShift(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 10, 0, time.UTC)
	in := `{"time":1795183200000,"date":"Fri, 20 Nov 2026 14:00:00 GMT","reset":"2026-11-20T14:00:05Z","idle":"1970-01-01T00:00:00Z"}
{"time":1795183210000}
`
	want := `{"time":1903867200000,"date":"Wed, 01 May 2030 12:00:00 GMT","reset":"2030-05-01T12:00:05Z","idle":"1970-01-01T00:00:00Z"}
{"time":1903867210000}
`
	if got := string(shift([]byte(in), now)); got != want {
		t.Errorf("shift() =\n%swant\n%s", got, want)
	}
}

func TestNothingOfTheSampleStaysInThePast(t *testing.T) {
	sample, err := os.ReadFile("../app.log")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(shift(sample, time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC))); strings.Contains(got, "2026") {
		t.Error("a time of the sample was not moved")
	}
}
