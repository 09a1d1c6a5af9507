package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// format writes a value in one of Grafana's units, about as Grafana does.
func format(unit string, v float64) string {
	switch unit {
	case "percentunit":
		return short(v*100) + " %"
	case "s":
		return span(v)
	case "bytes":
		return scaled(v, 1024, "B", "KiB", "MiB", "GiB", "TiB")
	case "reqps":
		return scaled(v, 1000, "req/s", "K req/s", "M req/s")
	case "cps":
		return scaled(v, 1000, "c/s", "K c/s", "M c/s")
	case "currencyUSD":
		return "$" + strings.ReplaceAll(scaled(v, 1000, "", "K", "M"), " ", "")
	case "dateTimeFromNow":
		return fromNow(v / 1000)
	case "none":
		return strconv.FormatFloat(v, 'g', 4, 64)
	default:
		return scaled(v, 1000, "", "K", "Mil", "Bil")
	}
}

// short writes three figures at most, without needless zeros.
func short(v float64) string {
	digits := 2
	switch a := math.Abs(v); {
	case a >= 100:
		digits = 0
	case a >= 10:
		digits = 1
	case a > 0 && a < 0.01:
		digits = 4
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

func scaled(v, by float64, units ...string) string {
	i := 0
	for math.Abs(v) >= by && i < len(units)-1 {
		v, i = v/by, i+1
	}
	return strings.TrimSpace(short(v) + " " + units[i])
}

// span writes a number of seconds.
func span(v float64) string {
	switch a := math.Abs(v); {
	case a > 0 && a < 1e-3:
		return short(v*1e6) + " µs"
	case a > 0 && a < 1:
		return short(v*1e3) + " ms"
	case a < 60:
		return short(v) + " s"
	case a < 3600:
		return short(v/60) + " min"
	case a < 86400:
		return short(v/3600) + " h"
	default:
		return short(v/86400) + " d"
	}
}

// fromNow writes a Unix time as a distance from now.
func fromNow(at float64) string {
	d := at - seconds(time.Now())
	if d < 0 {
		return span(-d) + " ago"
	}
	return "in " + span(d)
}

// step is a round distance for about n lines up to most.
func step(most float64, n int, unit string) float64 {
	raw := most / float64(n)
	switch {
	case raw <= 0:
		return 1
	case unit == "bytes" && raw >= 1024:
		return math.Pow(2, math.Ceil(math.Log2(raw)))
	case unit == "s" && raw >= 86400:
		return 86400 * step(raw/86400, 1, "")
	case unit == "s" && raw >= 3600:
		return 3600 * step(raw/3600, 1, "")
	case unit == "s" && raw >= 30:
		return 60 * step(raw/60, 1, "")
	}
	size := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*size >= raw {
			return m * size
		}
	}
	return 10 * size
}

// clock is how a time stands below a graph.
func clock(t time.Time) string { return fmt.Sprintf("%02d:%02d", t.UTC().Hour(), t.UTC().Minute()) }
