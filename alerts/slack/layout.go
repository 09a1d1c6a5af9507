package slack

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// Colours of the bar beside a message.
const (
	red    = "#d92d20"
	orange = "#f79009"
	blue   = "#2e90fa"
	green  = "#12b76a"
	grey   = "#98a2b3"
)

// Sizes, in characters. Slack's own are larger, but it refuses messages whose blocks are too long together, and its documentation
// doesn't say from where on: around 13,000.
const (
	maxHeadline = 1000
	maxHeader   = 150
	maxField    = 200
	maxFields   = 10
	maxSection  = 1000
	maxLabels   = 600
	maxURL      = 3000
	maxButton   = 75
	maxLinks    = 5
)

// headline is the whole message in one line: for notifications, screen readers and threads.
func headline(m alerts.Message) string {
	a := &m.Alert
	var line string
	switch {
	case m.Late:
		line = fmt.Sprintf("%s (fired %s, resolved %s; this could not be sent in time)", a.Facts.Title, stamp(a.FiredAt), stamp(a.ResolvedAt))
	case a.State == alerts.Resolved:
		line = over(a) + ": " + a.Facts.Title
	default:
		line = strings.ToUpper(string(a.Severity[:1])) + string(a.Severity[1:]) + ": " + a.Facts.Title
	}
	if m.MaybeSent {
		line = "(possible repeat) " + line
	}
	return clip(line, maxHeadline)
}

// heading is what stands large above the facts: the line above it says the rest.
func heading(m alerts.Message) string {
	a := &m.Alert
	if a.State != alerts.Resolved {
		return a.Facts.Title
	}
	parts := []string{over(a)}
	if a.Peak > 0 {
		parts = append(parts, "peak "+alerts.Amount(a.Peak, a.Facts.Unit))
	}
	if n, ok := a.Facts.Refused.Get(); ok && a.Facts.Unit != "calls" {
		parts = append(parts, alerts.Amount(float64(n), "429s"))
	}
	return strings.Join(parts, ", ")
}

// over says how an episode ended.
func over(a *alerts.Alert) string {
	if a.Reason == string(alerts.ReasonRuleRemoved) {
		return "Closed after " + lasted(a) + ", the rule was turned off"
	}
	return "Resolved after " + lasted(a)
}

func lasted(a *alerts.Alert) string { return alerts.Span(a.ResolvedAt.Sub(a.FiredAt)) }

func stamp(t time.Time) string { return t.UTC().Format("15:04 UTC") }

func colour(m alerts.Message) string {
	a := &m.Alert
	switch {
	case m.Late:
		return grey
	case a.State == alerts.Resolved:
		return green
	case a.Severity == alerts.Critical:
		return red
	case a.Severity == alerts.Warning:
		return orange
	default:
		return blue
	}
}

// attachment is the message as people see it. Whatever a log could have put in is plain text, where Slack reads no markup.
func attachment(m alerts.Message, chart bool) slack.Attachment {
	blocks := []slack.Block{slack.NewHeaderBlock(text(heading(m), maxHeader))}
	f := &m.Alert.Facts
	if len(f.Fields) > 0 {
		blocks = append(blocks, slack.NewSectionBlock(nil, fields(f.Fields), nil))
	}
	if who := consumers(m.Alert); who != "" {
		blocks = append(blocks, slack.NewSectionBlock(text("Why: "+who, maxSection), nil, nil))
	}
	if len(f.Do) > 0 {
		blocks = append(blocks, slack.NewSectionBlock(text("Do: "+strings.Join(f.Do, "\n"), maxSection), nil, nil))
	}
	if drawn := draw(&m); chart && drawn != nil {
		blocks = append(blocks, drawn)
	}
	blocks = append(blocks, footer(m))
	if b := buttons(m.Links); b != nil {
		blocks = append(blocks, b)
	}
	return slack.Attachment{Color: colour(m), Fallback: escape(headline(m)), Blocks: slack.Blocks{BlockSet: blocks}}
}

// buttons are addresses to open: Slack asks nobody about them.
func buttons(links []alerts.Link) slack.Block {
	var all []slack.BlockElement
	for i, l := range links[:min(len(links), maxLinks)] {
		u, err := url.Parse(l.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || len(l.URL) > maxURL {
			continue
		}
		b := slack.NewButtonBlockElement(fmt.Sprintf("open_%d", i), "", text(l.Name, maxButton))
		b.URL = l.URL
		all = append(all, b)
	}
	if len(all) == 0 {
		return nil
	}
	return slack.NewActionBlock("links", all...)
}

func fields(all []alerts.Field) []*slack.TextBlockObject {
	var shown []*slack.TextBlockObject
	for _, f := range all[:min(len(all), maxFields)] {
		shown = append(shown, text(f.Name+"\n"+f.Value, maxField))
	}
	return shown
}

func consumers(a alerts.Alert) string {
	var parts []string
	rest := 1.0
	for _, c := range a.Facts.Consumers[:min(len(a.Facts.Consumers), 3)] {
		parts = append(parts, fmt.Sprintf("%s %s", clip(alerts.ConsumerName(c), 100), alerts.Amount(c.Share, "ratio")))
		rest -= c.Share
	}
	if len(parts) > 0 && rest >= 0.01 {
		parts = append(parts, "others "+alerts.Amount(rest, "ratio"))
	}
	who := strings.Join(parts, ", ")
	if unseen, ok := a.Facts.Unattributed.Get(); ok && unseen >= 0.01 {
		if who != "" {
			who += ". Besides, "
		}
		who += alerts.Amount(unseen, "ratio") + " of the whole use comes from none of the watched apps"
	}
	return who
}

// footer names the rule, since when, and the labels. Only the date is markup, so that everybody sees it in their own time.
func footer(m alerts.Message) *slack.ContextBlock {
	a := &m.Alert
	since := fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", a.FiredAt.Unix(), a.FiredAt.UTC().Format(time.RFC3339))
	elements := []slack.MixedElement{
		text(a.Rule+", "+string(a.Severity), maxField),
		slack.NewTextBlockObject(slack.MarkdownType, "since "+since, false, true),
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		names = append(names, name+"="+a.Labels[name])
	}
	if len(names) > 0 {
		elements = append(elements, text(strings.Join(names, " "), maxLabels))
	}
	if a.Flapping() {
		elements = append(elements, text(fmt.Sprintf("flapping: fired %d times in the last hour", len(a.Fires)), maxField))
	}
	elements = append(elements, text("episode "+a.Episode, maxField))
	return slack.NewContextBlock("", elements...)
}
