package main

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/claudewatch/claudewatch/dashboards"
)

// board is the part of classic dashboard JSON that is drawn.
type board struct {
	File, Title, Description string
	Panels                   []panel
}

// panel is one panel, or the heading of a row.
type panel struct {
	Type, Title string
	GridPos     struct{ X, Y, W, H float64 }
	Targets     []target
	FieldConfig struct {
		Defaults  fields
		Overrides []struct {
			Matcher    struct{ ID, Options string }
			Properties []property
		}
	}
	Options struct {
		SortBy []struct {
			DisplayName string
			Desc        bool
		}
	}
	Transformations []struct {
		Options struct {
			IndexByName  map[string]int
			RenameByName map[string]string
		}
	}
}

type target struct {
	RefID, Expr, LegendFormat string
	Instant                   bool
}

// fields say how values look.
type fields struct {
	Unit       string
	Max        *float64
	Mappings   []mapping
	Thresholds thresholds
	Custom     struct {
		Stacking        struct{ Mode string }
		ThresholdsStyle struct{ Mode string }
	}
}

// thresholds are steps by rising value; the first has none.
type thresholds struct {
	Steps []struct {
		Color string
		Value *float64
	}
}

// mapping gives values a text and a colour.
type mapping struct {
	Type    string
	Options json.RawMessage
}

type property struct {
	ID    string
	Value json.RawMessage
}

// boards generates the dashboards and reads them.
func boards() ([]board, error) {
	files, err := dashboards.Generate(dashboards.Options{})
	if err != nil {
		return nil, err
	}
	var all []board
	for _, f := range files {
		if path.Ext(f.Name) != ".json" {
			continue
		}
		b := board{File: strings.TrimSuffix(f.Name, ".json")}
		if err := json.Unmarshal(f.Content, &b); err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		all = append(all, b)
	}
	return all, nil
}

// color is that of a value: the last step that it has reached.
func (t thresholds) color(v float64) string {
	name := "blue"
	for _, s := range t.Steps {
		if s.Value == nil || v >= *s.Value {
			name = s.Color
		}
	}
	return name
}

// mapped returns the text and colour that replace a value.
func (f *fields) mapped(v float64) (text, color string, ok bool) {
	type result struct{ Text, Color string }
	for _, m := range f.Mappings {
		switch m.Type {
		case "range":
			var r struct {
				From, To *float64
				Result   result
			}
			if json.Unmarshal(m.Options, &r) == nil && (r.From == nil || v >= *r.From) && (r.To == nil || v <= *r.To) {
				return r.Result.Text, r.Result.Color, true
			}
		case "value":
			var values map[string]result
			if json.Unmarshal(m.Options, &values) == nil {
				if r, found := values[fmt.Sprint(v)]; found {
					return r.Text, r.Color, true
				}
			}
		}
	}
	return "", "", false
}

// look returns the text and the colour of a value.
func (f *fields) look(v float64) (text, color string) {
	if text, color, ok := f.mapped(v); ok {
		return text, color
	}
	return format(f.Unit, v), f.Thresholds.color(v)
}

// ahead matches what Go's expressions lack: that something must not follow.
var ahead = regexp.MustCompile(`\(\?!([^)]*)\)`)

// fixed is the colour that the panel gives a series of this name; "" for none.
func (p *panel) fixed(name string) string {
	for _, o := range p.FieldConfig.Overrides {
		if o.Matcher.ID != "byRegexp" || len(o.Properties) == 0 || !matches(strings.Trim(o.Matcher.Options, "/"), name) {
			continue
		}
		var c struct{ FixedColor string }
		if json.Unmarshal(o.Properties[0].Value, &c) == nil {
			return c.FixedColor
		}
	}
	return ""
}

func matches(pattern, name string) bool {
	if i := ahead.FindStringSubmatchIndex(pattern); i != nil {
		if matches(pattern[:i[0]]+pattern[i[2]:i[3]], name) {
			return false
		}
		pattern = pattern[:i[0]] + pattern[i[1]:]
	}
	re, err := regexp.Compile(pattern)
	return err == nil && re.MatchString(name)
}

// column returns how the values of a table's column look.
func (p *panel) column(name string) (f fields, colored bool) {
	f = p.FieldConfig.Defaults
	for _, o := range p.FieldConfig.Overrides {
		if o.Matcher.ID != "byName" || o.Matcher.Options != name {
			continue
		}
		for _, prop := range o.Properties {
			switch prop.ID {
			case "unit":
				_ = json.Unmarshal(prop.Value, &f.Unit) // checked when it was generated
			case "thresholds":
				colored = json.Unmarshal(prop.Value, &f.Thresholds) == nil
			}
		}
	}
	return f, colored
}
