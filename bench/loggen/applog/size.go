package applog

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseSize reads 500MB, 1.5GB, 64kB or a plain number of bytes; the units are powers of 1000.
func ParseSize(s string) (int64, error) {
	unit := 1.0
	number := s
	for suffix, n := range map[string]float64{"KB": 1e3, "MB": 1e6, "GB": 1e9} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(s), suffix); ok {
			number, unit = rest, n
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n > 0 && n*unit < 1e15) {
		return 0, fmt.Errorf("%q: no size, as in 500MB", s)
	}
	return int64(n * unit), nil
}
