package alertmanager

import (
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

// postable is one alert as the API takes it. StartsAt is always there: without it Alertmanager takes the end for the start.
type postable struct {
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

func newPostable(m *alerts.Message) postable {
	a := &m.Alert
	p := postable{StartsAt: a.FiredAt.UTC(), EndsAt: m.Now.Add(firesFor).UTC(), Labels: alerts.PromLabels(a), Annotations: alerts.Annotations(m)}
	if a.State == alerts.Resolved {
		p.EndsAt = a.ResolvedAt.UTC()
	}
	if !p.EndsAt.After(p.StartsAt) { // an end before the start is refused
		p.EndsAt = p.StartsAt.Add(time.Millisecond)
	}
	if len(m.Links) > 0 {
		p.GeneratorURL = m.Links[0].URL
	}
	return p
}
