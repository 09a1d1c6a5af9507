package config

import (
	"fmt"
	"slices"
	"strings"
)

// DidYouMean returns a hint with the valid name that is nearest to what was written, or with all of them where none is near and they
// are few; "" for none.
func DidYouMean(written string, valid []string) string { return didYouMean(written, valid) }

// didYouMean returns a hint with the valid name that is nearest to what was written, or with all of them where none is near and they
// are few.
func didYouMean(written string, valid []string) string {
	best, least := "", 1+max(1, len(written)/3) // further away it is no slip of the fingers
	for _, name := range slices.Sorted(slices.Values(valid)) {
		if d := distance(strings.ToLower(written), name); d < least {
			best, least = name, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(valid) > 0 && len(valid) <= 20:
		return "valid are " + strings.Join(valid, ", ")
	default:
		return ""
	}
}

// distance counts the letters that must be added, dropped, changed or swapped with their neighbour to get from a to b.
func distance(a, b string) int {
	if len(a) > 64 { // no name is that long
		return len(a)
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
