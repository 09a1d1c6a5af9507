package dashboards

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// board is one dashboard, as a table.
type board struct {
	file, uid, title, about string
	variables               []variable
	events                  []event
	rows                    []row
}

// row is a heading with the panels below it.
type row struct {
	id     uint32
	title  string
	panels []panel
}

// event marks times on every graph, while its expression has a value.
type event struct{ name, expr, title, text, color string }

// gridWidth is the width of Grafana's grid. The panels of a line add up to it exactly: the SDK starts a new line only then.
const gridWidth = 24

// json returns the dashboard as Grafana reads it.
func (b board) json(o Options) ([]byte, error) {
	//nolint:staticcheck // Classic JSON is what every Grafana up to 13 imports, and the SDK would rather have version 2 used.
	d := dashboard.NewDashboardBuilder(b.title).
		Uid(b.uid).Description(b.about).Tags([]string{"claude", "claudewatch"}).
		Timezone(common.TimeZoneBrowser).Readonly().Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Time("now-6h", "now").Refresh("1m").
		WithVariable(datasourceVariable(o.Datasource))
	for _, v := range b.variables {
		d.WithVariable(v.build())
	}
	for _, e := range b.events {
		d.Annotation(e.build())
	}
	for _, r := range b.rows {
		if err := r.check(); err != nil {
			return nil, err
		}
		d.WithRow(dashboard.NewRowBuilder(r.title).Id(r.id))
		for _, p := range r.panels {
			d.WithPanel(p.build())
		}
	}
	out, err := d.Build()
	if err != nil {
		return nil, err
	}
	// The SDK would hide annotations in a menu of new versions of Grafana, and has no way to say otherwise.
	for i := range out.Annotations.List {
		out.Annotations.List[i].Placement = nil
	}
	content, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(content, '\n'), nil
}

// check refuses lines that don't fill the grid.
func (r row) check() error {
	var x, height uint32
	for _, p := range r.panels {
		if x > 0 && p.height != height {
			return fmt.Errorf("panel %q: height %d beside %d", p.title, p.height, height)
		}
		x, height = x+p.width, p.height
		if x > gridWidth {
			return fmt.Errorf("panel %q: ends at %d of %d columns", p.title, x, gridWidth)
		}
		x %= gridWidth
	}
	if x != 0 {
		return errors.New("row " + r.title + ": the last line is not full")
	}
	return nil
}

func (e event) build() cog.Builder[dashboard.AnnotationQuery] {
	return dashboard.NewAnnotationQueryBuilder().
		Name(e.name).Datasource(datasourceRef()).Enable(true).IconColor(e.color).
		Expr(e.expr).TitleFormat(e.title).TextFormat(e.text).Step("60s")
}
