package main

import (
	"fmt"
	"maps"

	"github.com/claudewatch/claudewatch/bench/measure"
)

// printTable shows the rows beside each other. The first rows, as many as ours says, are claudewatch's.
func printTable(c corpus, rows []*row, ours int) {
	fmt.Printf("log of %.0f MB, %d lines, %d of them calls; medians\n\n", float64(c.Bytes)/1e6, c.Lines, c.Calls)
	fmt.Printf("| tool | does | runs | wall s | CPU s | CPU s/GB | lines/CPU-s | peak MB | x ours, count | x ours, store | counted |\n|%s\n", "---|---|---|---|---|---|---|---|---|---|---|")
	cpu := make([]float64, len(rows))
	for i, r := range rows {
		if !r.absent {
			cpu[i], _, _ = measure.Seconds(r.runs)
		}
	}
	for i, r := range rows {
		if r.absent {
			fmt.Printf("| %s | not installed: see install.sh | | | | | | | | | |\n", r.name)
			continue
		}
		_, wall, peak := measure.Seconds(r.runs)
		fmt.Printf("| %s | %s | %d | %.2f | %.2f | %.2f | %.0f | %.0f | %.1f | %.1f | %s |\n", r.name, r.does, len(r.runs), wall, cpu[i], cpu[i]/(float64(c.Bytes)/1e9),
			float64(c.Lines)/cpu[i], peak/1e6, cpu[i]/cpu[0], cpu[i]/cpu[1], verdict(r, rows[0], c))
	}
	best := bestPeer(rows[ours:], cpu[ours:])
	if best < 0 {
		return
	}
	name, least := rows[ours+best].name, cpu[ours+best]
	fmt.Printf("\nper CPU second claudewatch counts %.1f times as many lines as the best of the others (%s), and stores and counts %.1f times as many as that counts\n",
		least/cpu[0], name, least/cpu[1])
}

// bestPeer is the one that needed the least CPU time; -1 where there is none.
func bestPeer(rows []*row, cpu []float64) int {
	best := -1
	for i, r := range rows {
		if !r.absent && (best < 0 || cpu[i] < cpu[best]) {
			best = i
		}
	}
	return best
}

// verdict says whether the counts are right: all calls, and each status and model as the reference has them.
func verdict(r, reference *row, c corpus) string {
	if n := r.counted.total(); n != c.Calls {
		return fmt.Sprintf("%d of %d", n, c.Calls)
	}
	if !maps.Equal(r.counted, reference.counted) {
		return "other labels"
	}
	return "all"
}
