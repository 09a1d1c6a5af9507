package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// explainedCall is a call and where each of its values came from.
type explainedCall struct {
	Type   string           `json:"type"`
	Line   int64            `json:"line"` // the first that said something of it
	Format string           `json:"format,omitempty"`
	Call   *claude.Call     `json:"call"`
	Fields []explainedField `json:"fields"`
}

// explainedField is one value of a call. Its names are those of the call's JSON.
type explainedField struct {
	Field string `json:"field"`
	Value string `json:"value"`
	From  string `json:"from"`
	Name  string `json:"name,omitempty"`
	Line  int64  `json:"line,omitempty"`
}

// explained says of each call where its values came from, as the decoder noted it.
func explained(calls []claude.Call, f *fates) []explainedCall {
	var out []explainedCall
	for i := range calls {
		e := explainedCall{Type: "call", Call: &calls[i]}
		for _, v := range valuesOf(&calls[i]) {
			e.Fields = append(e.Fields, explainField(&calls[i], v))
		}
		for _, v := range e.Fields {
			if v.Line != 0 && (e.Line == 0 || v.Line < e.Line) {
				e.Line = v.Line
			}
		}
		for _, v := range e.Fields {
			if name := f.formats[v.Line]; e.Format == "" && name != "" {
				e.Format = name
			}
		}
		out = append(out, e)
	}
	return out
}

// explainField chooses among the notes of a field: one that has the value, rather one of the log's than a conclusion, else the last.
func explainField(c *claude.Call, v fieldValue) explainedField {
	e := explainedField{Field: v.field, Value: v.value, From: string(claude.NoteDerived)}
	if c.Provenance == nil {
		return e
	}
	best, bestRank := -1, 0
	for i, n := range c.Provenance.Notes {
		if n.Field != v.field {
			continue
		}
		rank := 2
		switch {
		case n.How == claude.NoteDerived:
			rank = 1
		case n.How == claude.NoteMapped:
			rank = 5
		case n.Value == v.value:
			rank = 4
		}
		if rank > bestRank || rank == bestRank && rank == 2 {
			best, bestRank = i, rank
		}
	}
	if best >= 0 {
		n := c.Provenance.Notes[best]
		e.From, e.Name, e.Line = string(n.How), n.Name, n.Line
	}
	return e
}

// fieldValue is a value of a call by its name in JSON, nested ones with dots between.
type fieldValue struct {
	field, value string
}

// valuesOf lists what is known of a call, in the order of its JSON. The source is the file's name and needs no explanation.
func valuesOf(c *claude.Call) []fieldValue {
	data, err := json.Marshal(c)
	if err != nil {
		return nil // every field of a decoded call can be written
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	all, _ := flatten(dec, "") // it was written just now
	var out []fieldValue
	for _, v := range all {
		if v.field != "source" && !strings.HasSuffix(v.field, ".limiter") {
			out = append(out, v)
		}
	}
	return out
}

// flatten reads one JSON value as the values in it.
func flatten(dec *json.Decoder, path string) ([]fieldValue, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return []fieldValue{{path, fmt.Sprint(t)}}, nil
	}
	var all []fieldValue
	for dec.More() {
		key := ""
		if delim == '{' {
			name, err := dec.Token()
			if err != nil {
				return all, err
			}
			key = "." + fmt.Sprint(name)
		}
		inner, err := flatten(dec, strings.TrimPrefix(path+key, "."))
		if err != nil {
			return all, err
		}
		all = append(all, nameReading(inner, delim, path)...)
	}
	_, err = dec.Token()
	return all, err
}

// nameReading puts a reading's limiter into the names of its values: readings.requests.limit.
func nameReading(inner []fieldValue, delim json.Delim, path string) []fieldValue {
	if delim != '[' {
		return inner
	}
	limiter := ""
	for _, v := range inner {
		if v.field == path+".limiter" {
			limiter = v.value
		}
	}
	for i := range inner {
		inner[i].field = path + "." + limiter + strings.TrimPrefix(inner[i].field, path)
	}
	return inner
}

// explainText prints the calls and what became of the other lines for people.
func explainText(w io.Writer, name string, calls []explainedCall, f *fates) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s\n", printable(name), plural(f.lines, "line"), plural(int64(len(calls)), "call"))
	for _, c := range calls {
		fmt.Fprintf(&b, "\ncall at line %d", c.Line)
		if c.Format != "" {
			fmt.Fprintf(&b, " (%s)", c.Format)
		}
		b.WriteString("\n")
		var t table
		for _, v := range c.Fields {
			t.add("  "+printable(v.Field), printable(v.Value), printable(where(v, c.Line)))
		}
		b.WriteString(t.String())
	}
	if len(f.skipped)+len(f.rejected) > 0 {
		b.WriteString("\n")
	}
	for _, why := range f.reasons() {
		fmt.Fprintf(&b, "skipped %s: %s: %s\n", plural(f.skipped[why].Count, "line"), why, f.skipped[why])
	}
	for _, r := range f.rejected {
		fmt.Fprintf(&b, "rejected line %d: %s: %s\n", r.Line, r.Reason, printable(r.Detail))
	}
	if f.more > 0 {
		fmt.Fprintf(&b, "rejected %d more\n", f.more)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// where says in words where a value came from. The line is left out where it is the call's first.
func where(v explainedField, first int64) string {
	text := v.From
	if v.Name != "" {
		text += " " + v.Name
	}
	if v.From == string(claude.NoteDerived) && v.Name != "" {
		text = "derived from " + v.Name
	}
	if v.Line != 0 && v.Line != first {
		text += fmt.Sprintf(", line %d", v.Line)
	}
	return text
}

// explainJSON prints an object a line: calls, then reasons of skipped lines, then rejected lines.
func explainJSON(w io.Writer, calls []explainedCall, f *fates) error {
	enc := json.NewEncoder(w)
	for _, c := range calls {
		if err := enc.Encode(c); err != nil {
			return err
		}
	}
	for _, why := range f.reasons() {
		if err := enc.Encode(struct {
			Type   string `json:"type"`
			Reason string `json:"reason"`
			*lineRanges
		}{"skipped", why, f.skipped[why]}); err != nil {
			return err
		}
	}
	for _, r := range f.rejected {
		if err := enc.Encode(struct {
			Type string `json:"type"`
			rejectedLine
		}{"rejected", r}); err != nil {
			return err
		}
	}
	return nil
}
