package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// growing is an app whose busiest minutes grow, and the limits that it will reach.
type growing struct {
	app, model string
	limit      int
	tokens     float64 // of a call at first
	weekly     float64
}

// weeks is a log of so many days up to now, of apps that grow at different speeds.
func weeks(days int, now time.Time) string {
	var b strings.Builder
	today := now.UTC().Truncate(24 * time.Hour)
	for _, g := range []growing{
		{"checkout", "claude-sonnet-5", 2_000_000, 300_000, 1.16},
		{"search", "claude-haiku-4-5", 4_000_000, 500_000, 1.05},
		{"reports", "claude-opus-4-8", 1_000_000, 60_000, 1.22},
	} {
		for d := range days {
			for m := range 20 {
				at := today.AddDate(0, 0, d-days).Add(9*time.Hour + time.Duration(m)*time.Minute)
				quiet := 1.0
				if day := at.Weekday(); day == time.Saturday || day == time.Sunday {
					quiet = 0.5
				}
				wave := 1 + 0.1*math.Sin(float64(d*7+m)) // no two days are the same
				fmt.Fprintf(&b, `{"time":%q,"request_id":"req_%s_%d_%d","provider":"anthropic","organization":"acme","workspace":"production","app":%q,"model":%q,"status":200,`+
					`"usage":{"input_tokens":%d,"output_tokens":20},"readings":[{"limiter":"input_tokens","limit":%d,"remaining":%d}]}`+"\n",
					at.Format(time.RFC3339), g.app, d, m, g.app, g.model, int(g.tokens*quiet*wave*math.Pow(g.weekly, float64(d)/7)), g.limit, g.limit*9/10)
			}
		}
	}
	return b.String()
}
