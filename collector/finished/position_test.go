package finished

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

// after reads n lines of a log and returns the position behind them.
func after(t *testing.T, path string, n int) collector.Position {
	t.Helper()
	l := open(t, Options{Name: path})
	for range n {
		if _, err := l.Next(); err != nil {
			t.Fatal(err)
		}
	}
	return l.Position(l.Here())
}

func TestPositionIsFoundInEveryFormOfTheText(t *testing.T) {
	text := sample(2000)
	all := split(text)
	forms := encodings(t, text)
	for from, data := range forms {
		for _, n := range []int{1, 2, 700, 1999, 2000} {
			p := after(t, write(t, data), n)
			for to, data := range forms {
				l := open(t, Options{Name: write(t, data)})
				found, err := l.Resume([]collector.Position{{Offset: 3, HeadSize: 2, Head: hash([]byte("li"))}, p})
				if err != nil || found == nil || found.Offset != p.Offset {
					t.Fatalf("%s after %d lines, then %s: Resume = %v, %v; want the position", from, n, to, found, err)
				}
				got, err := rest(l)
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != len(all)-n || n < len(all) && got[0] != all[n] {
					t.Errorf("%s after %d lines, then %s: %d lines left; want %d", from, n, to, len(got), len(all)-n)
				}
			}
		}
	}
}

func TestFurthestPositionWins(t *testing.T) {
	path := write(t, []byte(sample(100)))
	positions := []collector.Position{after(t, path, 10), after(t, path, 60), after(t, path, 30)}
	found, err := open(t, Options{Name: path}).Resume(positions)
	if err != nil || found == nil || found.Offset != positions[1].Offset {
		t.Errorf("Resume = %v, %v; want the furthest", found, err)
	}
}

func TestPositionOfAnotherTextIsPassedOver(t *testing.T) {
	text := sample(2000)
	changed := strings.Replace(text, "line 1500 ", "line 15oo ", 1)
	for form, data := range encodings(t, changed) {
		for name, p := range map[string]collector.Position{
			"another line before it": after(t, write(t, []byte(text)), 1501),
			"another beginning":      after(t, write(t, []byte("x"+text)), 1500),
			"longer":                 after(t, write(t, []byte(changed+text)), 3000),
		} {
			l := open(t, Options{Name: write(t, data)})
			found, err := l.Resume([]collector.Position{p})
			if found != nil || err != nil {
				t.Errorf("%s, %s: Resume = %v, %v; want none", form, name, found, err)
			}
			got, err := rest(l)
			if diff := gocmp.Diff(split(changed), got); diff != "" || err != nil {
				t.Errorf("%s, %s: reading did not begin at the beginning: %v\n%.300s", form, name, err, diff)
			}
		}
	}
}

func TestLogThatGrewGoesOn(t *testing.T) {
	text := sample(50)
	p := after(t, write(t, []byte(text)), 50)
	l := open(t, Options{Name: write(t, []byte(text+"more\n"))})
	if found, err := l.Resume([]collector.Position{p}); found == nil || err != nil {
		t.Fatalf("Resume = %v, %v; want the position", found, err)
	}
	if got, err := rest(l); err != nil || len(got) != 1 || got[0] != "more" {
		t.Errorf("lines = %q, %v; want the new one", got, err)
	}
}

func TestPlaceBeforeTheLastLine(t *testing.T) {
	path := write(t, []byte(sample(30)+"half a li"))
	l := open(t, Options{Name: path})
	var last collector.Line
	for {
		line, err := l.Next()
		if err != nil {
			break
		}
		last = line
	}
	p := l.Position(l.Before(last))
	if p.Size != last.End || p.Offset != last.Start {
		t.Errorf("position %d of %d; want %d of %d", p.Offset, p.Size, last.Start, last.End)
	}
	again := open(t, Options{Name: path})
	if found, err := again.Resume([]collector.Position{p}); found == nil || err != nil {
		t.Fatalf("Resume = %v, %v; want the position", found, err)
	}
	if got, err := rest(again); err != nil || len(got) != 1 || got[0] != "half a li" {
		t.Errorf("lines = %q, %v; want the last one again", got, err)
	}
}

func TestPlaceAfterDamageIsBehindTheLastWholeLine(t *testing.T) {
	text := sample(3000)
	data := gzipped(t, text)
	l := open(t, Options{Name: write(t, data[:len(data)/2])})
	got, err := rest(l)
	if err == nil || len(got) == 0 {
		t.Fatalf("%d lines, %v; want some and an error", len(got), err)
	}
	whole := open(t, Options{Name: write(t, data)})
	if found, err := whole.Resume([]collector.Position{l.Position(l.Here())}); found == nil || err != nil {
		t.Fatalf("Resume = %v, %v; want the position", found, err)
	}
	more, err := rest(whole)
	if diff := gocmp.Diff(split(text), append(got, more...)); diff != "" || err != nil {
		t.Errorf("lines before and after the damage are not the log: %v\n%.300s", err, diff)
	}
}
