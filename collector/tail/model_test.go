package tail

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	lives = flag.Int("lives", 60, "how many random lives TestModel goes through")
	seeds = flag.Int("seed", 0, "the first seed of TestModel")
)

func sorted(s []string) []string { s = slices.Clone(s); slices.Sort(s); return s }

// model does to a log what is done to logs, and remembers every line that a reader could have seen.
type model struct {
	*rig
	rnd   *rand.Rand
	wrote []string
	trace []string
}

func (m *model) write() {
	id := fmt.Sprintf("l%d", len(m.wrote))
	line := callLine(id)
	switch m.rnd.IntN(8) {
	case 0:
		line = fmt.Sprintf("begin %s %send %s\n", id, line, id)
	case 1:
		line = fmt.Sprintf("late %s %s", id, line)
	}
	if half := m.rnd.IntN(4) == 0; half {
		cut := 1 + m.rnd.IntN(len(line)-1)
		m.append("app.log", line[:cut])
		m.rest(line[cut:])
	} else {
		m.append("app.log", line)
	}
	m.wrote = append(m.wrote, id)
}

// rest lets the reader see the half line before it is finished, sometimes through a rotation.
func (m *model) rest(text string) {
	m.pass(time.Duration(m.rnd.IntN(3)) * 250 * time.Millisecond)
	name := "app.log"
	if m.rnd.IntN(3) == 0 {
		m.rotate()
		name = "app.log.1"
	}
	m.append(name, text)
}

func (m *model) shift() {
	for n := 8; n > 0; n-- {
		for _, form := range []string{"", ".gz", ".zst"} {
			_ = os.Rename(m.path(fmt.Sprintf("app.log.%d%s", n, form)), m.path(fmt.Sprintf("app.log.%d%s", n+1, form)))
		}
	}
}

func (m *model) rotate() {
	m.shift()
	_ = os.Rename(m.path("app.log"), m.path("app.log.1"))
}

func (m *model) copyTruncate() {
	if _, err := os.Stat(m.path("app.log")); err != nil {
		return
	}
	m.shift()
	m.copyLog()
	if m.rnd.IntN(2) == 0 {
		m.pass(time.Duration(m.rnd.IntN(6)) * 250 * time.Millisecond)
	}
	m.truncate()
}

// compress does what gzip and zstd do to a rotated log, now and then while the tailer looks on: the archive grows beside the log, then
// gets the log's time, then the log goes.
func (m *model) compress() {
	name := fmt.Sprintf("app.log.%d", 1+m.rnd.IntN(3))
	text, err := os.ReadFile(m.path(name))
	if err != nil {
		return
	}
	info, err := os.Stat(m.path(name))
	m.must(err)
	form := []string{".gz", ".zst"}[m.rnd.IntN(2)]
	data := packed(m.t, form, string(text))
	for part := m.rnd.IntN(3); part > 0; part-- {
		cut := m.rnd.IntN(len(data))
		m.append(name+form, string(data[:cut]))
		data = data[cut:]
		m.look()
	}
	m.append(name+form, string(data))
	m.must(os.Chtimes(m.path(name+form), info.ModTime(), info.ModTime()))
	m.look()
	m.must(os.Remove(m.path(name)))
}

// look has a running tailer look on for up to two seconds.
func (m *model) look() {
	if m.tailer != nil {
		m.pass(time.Duration(m.rnd.IntN(9)) * 250 * time.Millisecond)
	}
}

// readAll lets the tailer read and store everything, as what is cut or deleted before that is lost to any reader.
func (m *model) readAll() { m.pass(4 * time.Second) }

func (m *model) act() string {
	switch n := m.rnd.IntN(100); {
	case n < 50:
		m.write()
		return "write"
	case n < 70:
		m.pass(time.Duration(m.rnd.IntN(8)) * 250 * time.Millisecond)
		return "pass"
	case n < 74:
		m.rotate()
		return "rotate"
	case n < 78:
		m.compress()
		return "compress"
	case n < 86:
		m.copyTruncate()
		return "copytruncate"
	case n < 89:
		m.readAll()
		_ = os.Truncate(m.path("app.log"), 0)
		return "truncate"
	case n < 92:
		m.readAll()
		_ = os.Remove(m.path("app.log"))
		return "delete"
	case n < 96:
		m.sink.fail = func() error { return errDisk }
		m.pass(500 * time.Millisecond)
		m.sink.fail = nil
		m.crash()
		m.start()
		return "fail"
	default:
		m.crash()
		for range m.rnd.IntN(3) {
			m.down()
		}
		m.start()
		return "crash"
	}
}

// down is what may happen while no tailer runs.
func (m *model) down() {
	switch m.rnd.IntN(4) {
	case 0:
		m.calls("app.log", fmt.Sprintf("l%d", len(m.wrote)))
		m.wrote = append(m.wrote, fmt.Sprintf("l%d", len(m.wrote)))
	case 1:
		m.rotate()
	case 2:
		m.compress()
	}
}

// TestModel does random things to a log and wants every line stored exactly once. A failure prints the seed and what was done.
func TestModel(t *testing.T) {
	for seed := *seeds; seed < *seeds+*lives; seed++ {
		m := &model{rig: newRig(t, "app.log*"), rnd: rand.New(rand.NewPCG(uint64(seed), 1))}
		m.opts.Workers = 1 + seed%3
		m.start()
		for range 40 {
			m.trace = append(m.trace, m.act())
		}
		m.pass(15 * time.Second)
		if diff := cmp.Diff(sorted(m.wrote), sorted(m.sink.stored())); diff != "" {
			t.Fatalf("seed %d: stored lines (-want +got):\n%s\n%v\n%s", seed, diff, m.trace, m.log.String())
		}
		m.crash()
	}
}
