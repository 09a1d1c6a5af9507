package measure

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestRunTellsWhatAProgramCost(t *testing.T) {
	out, cost, err := Run(exec.CommandContext(t.Context(), "sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo $i"))
	if err != nil || string(out) != "100000\n" {
		t.Fatalf("Run() = %q, %v; want 100000", out, err)
	}
	if cost.CPU <= 0 || cost.Wall <= 0 || cost.Peak < 100<<10 || cost.Peak > 100<<20 {
		t.Errorf("cost = %+v; want some of each", cost)
	}
}

func TestRunTellsWhatAProgramSaid(t *testing.T) {
	_, _, err := Run(exec.CommandContext(t.Context(), "sh", "-c", "echo no such log >&2; exit 3"))
	if err == nil || !strings.Contains(err.Error(), "no such log") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("Run() = %v; want its code and its words", err)
	}
}

func TestOwnMemoryAndCPU(t *testing.T) {
	m, err := MemoryOf(os.Getpid())
	if err != nil || m.Resident < 1<<20 || m.Peak < m.Resident/2 || m.Files <= 0 || m.Files > m.Resident {
		t.Errorf("MemoryOf() = %+v, %v; want what a Go program has", m, err)
	}
	begin := time.Now()
	for cpu := time.Duration(0); cpu == 0; { // 10 ms at least, in whatever time the machine gives
		if cpu, err = CPU(os.Getpid()); err != nil || time.Since(begin) > time.Minute {
			t.Fatalf("CPU() = %v, %v; want it to grow", cpu, err)
		}
	}
}

func TestMedianIsTheMiddle(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 3}} {
		if got := Median(c.values, func(v float64) float64 { return v }); got != c.want {
			t.Errorf("Median(%v) = %v; want %v", c.values, got, c.want)
		}
	}
}

func TestSumAddsSeriesOfOneName(t *testing.T) {
	const text = "# HELP calls_total x\ncalls_total{a=\"b c\"} 2\ncalls_total{a=\"d\"} 3e1\ncalls_total_more 7\nplain 1.5\n"
	for name, want := range map[string]float64{"calls_total": 32, "plain": 1.5, "none": 0} {
		if got := Sum(text, name); got != want {
			t.Errorf("Sum(%s) = %v; want %v", name, got, want)
		}
	}
}
