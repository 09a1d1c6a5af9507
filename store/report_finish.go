package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
)

// finish turns the groups into rows, in the order of their values.
func (g *reportGroups) finish(ctx context.Context, s *reportScan) ([]ReportRow, ReportSums, error) {
	names, err := g.users(ctx, s)
	if err != nil {
		return nil, ReportSums{}, err
	}
	var total ReportSums
	rows := map[string]*ReportRow{}
	for k, sums := range g.sums {
		if g.byUser && !g.wanted(ByUser, names[k.user]) {
			continue
		}
		total.Add(sums)
		values := g.values(k, names[k.user])
		text := strings.Join(values, "\x00")
		if rows[text] == nil {
			rows[text] = &ReportRow{Values: values}
		}
		rows[text].Add(sums)
	}
	out := make([]ReportRow, 0, len(rows))
	for _, text := range slices.SortedFunc(maps.Keys(rows), cmp.Compare[string]) {
		out = append(out, *rows[text])
	}
	return out, total, nil
}

// values returns the texts of a group's dimensions.
func (g *reportGroups) values(k reportKey, user string) []string {
	values := make([]string, len(g.q.By))
	for i, d := range g.q.By {
		switch {
		case d.IsTime():
			values[i] = g.calendar.text(d, k.begin)
		case d == ByUser:
			values[i] = user
		case d == ByStatus:
			values[i] = statusText(k.status)
		case d == ByCause:
			values[i] = g.causes[k.cause]
		default:
			values[i] = g.owners[k.owner][slices.Index(scopeDimensions, d)]
		}
	}
	return values
}

// namesAtATime is how many names one statement looks up.
const namesAtATime = 500

// users returns the names of the users in the groups.
func (g *reportGroups) users(ctx context.Context, s *reportScan) (map[int64]string, error) {
	names := map[int64]string{0: ""}
	var ids []int64
	for k := range g.sums {
		if _, ok := names[k.user]; !ok {
			names[k.user], ids = "", append(ids, k.user)
		}
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, namesAtATime) {
		err := each(ctx, s.tx, func(scan scanFunc) error {
			var id int64
			var text string
			err := scan(&id, &text)
			names[id] = text
			return err
		}, "SELECT id, text FROM names WHERE id IN ("+idList(part)+")")
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}
