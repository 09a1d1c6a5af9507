package slack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
	maxSection  = 1500
	maxURL      = 3000
)

// headline is the whole message in one line: for notifications, screen readers and threads.
func headline(m alerts.Message) string {
	a := &m.Alert
	var line string
	switch {
	case m.Late:
		line = fmt.Sprintf("%s (fired %s, resolved %s; this could not be sent in time)", a.Facts.Title, stamp(a.FiredAt), stamp(a.ResolvedAt))
	case a.State == alerts.Resolved && a.Reason == string(alerts.ReasonRuleRemoved):
		line = fmt.Sprintf("Closed after %s, the rule was turned off: %s", lasted(a), a.Facts.Title)
	case a.State == alerts.Resolved:
		line = fmt.Sprintf("Resolved after %s: %s", lasted(a), a.Facts.Title)
	default:
		line = a.Facts.Title
	}
	if m.MaybeSent {
		line = "(possible repeat) " + line
	}
	return clip(line, maxHeadline)
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
func attachment(m alerts.Message) slack.Attachment {
	blocks := []slack.Block{slack.NewHeaderBlock(text(headline(m), maxHeader))}
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
	blocks = append(blocks, footer(m))
	if m.Link != "" && len(m.Link) <= maxURL {
		button := slack.NewButtonBlockElement("open", "", text("Open claudewatch", 75))
		button.URL = m.Link
		blocks = append(blocks, slack.NewActionBlock("links", button))
	}
	return slack.Attachment{Color: colour(m), Fallback: escape(headline(m)), Blocks: slack.Blocks{BlockSet: blocks}}
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
	return strings.Join(parts, ", ")
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
		elements = append(elements, text(strings.Join(names, " "), maxSection))
	}
	if a.Flapping() {
		elements = append(elements, text(fmt.Sprintf("flapping: fired %d times in the last hour", len(a.Fires)), maxField))
	}
	elements = append(elements, text("episode "+a.Episode, maxField))
	return slack.NewContextBlock("", elements...)
}

// text makes a plain text object, which must not be empty.
func text(s string, most int) *slack.TextBlockObject {
	if s = clip(s, most); s == "" {
		s = "-"
	}
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

// clip makes a text fit: at most so many characters, no control characters but line breaks.
func clip(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// escape takes the meaning from the three characters that begin links and mentions, which work without markup too.
func escape(s string) string { return entities.Replace(s) }

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
