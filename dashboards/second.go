package dashboards

import (
	"encoding/json"
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	v2 "github.com/grafana/grafana-foundation-sdk/go/dashboardv2"
	"github.com/grafana/grafana-foundation-sdk/go/resource"
)

// apiVersion is the stable version of the second schema.
const apiVersion = "dashboard.grafana.app/v2"

// second writes a dashboard in the second schema: the same panels as elements, in rows.
func second(d classic) (any, error) {
	spec := v2.NewDashboard()
	spec.Title, spec.Description, spec.Tags, spec.Editable = *d.Title, d.Description, d.Tags, new(false)
	spec.CursorSync = v2.DashboardCursorSyncCrosshair
	spec.TimeSettings = *v2.NewTimeSettingsSpec()
	spec.TimeSettings.From, spec.TimeSettings.To, spec.TimeSettings.AutoRefresh = d.Time.From, d.Time.To, *d.Refresh
	spec.Elements = map[string]v2.Element{}
	for _, l := range d.Links {
		spec.Links = append(spec.Links, secondLink(l))
	}
	for _, v := range d.Templating.List {
		spec.Variables = append(spec.Variables, secondVariable(v))
	}
	for _, a := range d.Annotations.List {
		spec.Annotations = append(spec.Annotations, secondAnnotation(a))
	}
	rows, err := secondRows(d, spec.Elements)
	if err != nil {
		return nil, err
	}
	spec.Layout.RowsLayoutKind = rows
	return resource.Manifest{ApiVersion: apiVersion, Kind: "Dashboard", Metadata: resource.Metadata{Name: *d.Uid}, Spec: spec}, nil
}

// secondRows lays out the panels below their headings and puts them among the elements.
func secondRows(d classic, elements map[string]v2.Element) (*v2.RowsLayoutKind, error) {
	layout := v2.NewRowsLayoutKind()
	var grid *v2.GridLayoutKind
	top := int64(0)
	for _, p := range d.Panels {
		if p.RowPanel != nil {
			row := v2.NewRowsLayoutRowKind()
			row.Spec.Title, row.Spec.Collapse = p.RowPanel.Title, new(false)
			grid = v2.NewGridLayoutKind()
			row.Spec.Layout.GridLayoutKind = grid
			layout.Spec.Rows = append(layout.Spec.Rows, *row)
			top = int64(p.RowPanel.GridPos.Y) + 1
			continue
		}
		name := fmt.Sprintf("panel-%d", *p.Panel.Id)
		kind, err := secondPanel(p.Panel)
		if err != nil {
			return nil, fmt.Errorf("panel %q: %w", *p.Panel.Title, err)
		}
		elements[name] = v2.Element{PanelKind: kind}
		item := v2.NewGridLayoutItemKind()
		at := p.Panel.GridPos
		item.Spec.X, item.Spec.Y, item.Spec.Width, item.Spec.Height = int64(at.X), int64(at.Y)-top, int64(at.W), int64(at.H)
		item.Spec.Element.Kind, item.Spec.Element.Name = "ElementReference", name
		grid.Spec.Items = append(grid.Spec.Items, *item)
	}
	return layout, nil
}

func secondPanel(p *dashboard.Panel) (*v2.PanelKind, error) {
	kind := v2.NewPanelKind()
	s := &kind.Spec
	s.Id, s.Title, s.Description = float64(*p.Id), *p.Title, *p.Description
	for _, t := range p.Targets {
		query, ref, err := secondQuery(t)
		if err != nil {
			return nil, err
		}
		q := v2.NewPanelQueryKind()
		q.Spec.Query, q.Spec.RefId = query, ref
		s.Data.Spec.Queries = append(s.Data.Spec.Queries, *q)
	}
	for _, t := range p.Transformations {
		s.Data.Spec.Transformations = append(s.Data.Spec.Transformations, v2.TransformationKind{
			Kind: "Transformation", Group: t.Id, Spec: v2.TransformationSpec{Options: t.Options},
		})
	}
	s.VizConfig.Group, s.VizConfig.Spec.Options = p.Type, p.Options
	return kind, convert(p.FieldConfig, &s.VizConfig.Spec.FieldConfig)
}

// secondQuery splits a query from its id and its data source, which stand apart here.
func secondQuery(target any) (q v2.DataQueryKind, ref string, err error) {
	fields := map[string]any{}
	if err := convert(target, &fields); err != nil {
		return q, "", err
	}
	ref, _ = fields["refId"].(string)
	delete(fields, "refId")
	delete(fields, "datasource")
	return promQuery(fields), ref, nil
}

func promQuery(spec any) v2.DataQueryKind {
	q := *v2.NewDataQueryKind()
	q.Group, q.Version, q.Spec = "prometheus", "v0", spec
	q.Datasource = &v2.Dashboardv2DataQueryKindDatasource{Name: datasourceRef().Uid}
	return q
}

// convert carries a value over to a type that is written the same.
func convert(from, to any) error {
	content, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, to)
}
