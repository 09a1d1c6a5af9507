package dashboards

import (
	"errors"
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// board is one dashboard, as a table.
type board struct {
	file, uid, title, about string
	runbook                 string // the page of docs/ that says what to do
	variables               []variable
	rows                    []row
}

// row is a heading with the panels below it.
type row struct {
	id     uint32
	title  string
	panels []panel
}

// gridWidth is the width of Grafana's grid. The panels of a line add up to it exactly: the SDK starts a new line only then.
const gridWidth = 24

// build returns the dashboard as the SDK has it.
func (b board) build(o Options) (classic, error) {
	//nolint:staticcheck // Classic JSON is what every Grafana up to 13 imports, and the SDK would rather have version 2 used.
	d := dashboard.NewDashboardBuilder(b.title).
		Uid(b.uid).Description(b.about).Tags([]string{tag, "claudewatch"}).
		Timezone(common.TimeZoneBrowser).Readonly().Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Time("now-6h", "now").Refresh("1m").
		WithVariable(datasourceVariable(o.Datasource))
	for _, l := range b.links(o) {
		d.Link(l)
	}
	for _, v := range b.variables {
		d.WithVariable(v.build())
	}
	for _, e := range events() {
		d.Annotation(e.build())
	}
	for _, r := range b.rows {
		if err := r.check(); err != nil {
			return classic{}, err
		}
		d.WithRow(dashboard.NewRowBuilder(r.title).Id(r.id))
		for _, p := range r.panels {
			d.WithPanel(p.build())
		}
	}
	out, err := d.Build()
	if err != nil {
		return classic{}, err
	}
	// The SDK would hide annotations and links in a menu of new versions of Grafana, and has no way to say otherwise.
	for i := range out.Annotations.List {
		out.Annotations.List[i].Placement = nil
	}
	for i := range out.Links {
		out.Links[i].Placement = nil
	}
	return out, nil
}

// classic is a dashboard of the first schema.
//
//nolint:staticcheck // The SDK would rather have version 2 used.
type classic = dashboard.Dashboard

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
