package webhook

import (
	"maps"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

// payload is the body of a request: version 4 of Alertmanager's webhook, always with one alert.
type payload struct {
	Version           string            `json:"version"`
	GroupKey          string            `json:"groupKey"`
	TruncatedAlerts   int               `json:"truncatedAlerts"`
	Status            string            `json:"status"`
	Receiver          string            `json:"receiver"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	ExternalURL       string            `json:"externalURL"`
	Alerts            []entry           `json:"alerts"`
}

type entry struct {
	Status       string            `json:"status"` // firing or resolved
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"` // the zero time while it fires
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
}

func (r *Receiver) payload(m *alerts.Message) payload {
	a := &m.Alert
	status, link := "firing", ""
	if a.State == alerts.Resolved {
		status = "resolved"
	}
	if len(m.Links) > 0 {
		link = m.Links[0].URL
	}
	e := entry{
		Status: status, Labels: alerts.PromLabels(a), Annotations: alerts.Annotations(m),
		StartsAt: a.FiredAt.UTC(), GeneratorURL: link, Fingerprint: a.Fingerprint,
	}
	if status == "resolved" {
		e.EndsAt = a.ResolvedAt.UTC()
	}
	return payload{
		Version: "4", GroupKey: "{}:{episode=\"" + a.Episode + "\"}", Status: status, Receiver: r.o.Name, ExternalURL: link,
		GroupLabels:  map[string]string{"alertname": e.Labels["alertname"]},
		CommonLabels: maps.Clone(e.Labels), CommonAnnotations: maps.Clone(e.Annotations),
		Alerts: []entry{e},
	}
}
