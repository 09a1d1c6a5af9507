package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// reportKey is what one group of a report has in common, as far as that is asked for. Users are ids of names; owners are places in
// reportGroups.owners, causes in reportGroups.causes.
type reportKey struct {
	begin, user, status int64
	owner, cause        int32
}

// reportGroups sorts rows into groups. What is asked of scopes is worked out once for each; users are ids until the end.
type reportGroups struct {
	q        *ReportQuery
	calendar *calendar

	byScope, byUser, byStatus, byCause bool // what rows must tell
	owners                             [][]string
	scopes                             map[int64]int32 // their owners; the others are left out
	onlyScopes                         string          // the same for a statement; "" for all
	onlyUser                           int64           // -1 for all
	causes                             []string
	causeIDs                           map[string]int32 // -1 is left out
	nameCauses                         map[int64]int32
	statuses                           map[int64]bool
	sums                               map[reportKey]*ReportSums
	lastKey                            reportKey
	last                               *ReportSums
	lastAt, lastBegin                  int64
}

func newReportGroups(ctx context.Context, s *reportScan) (*reportGroups, error) {
	q := &s.q
	g := &reportGroups{
		q: q, calendar: &s.calendar, onlyUser: -1, scopes: map[int64]int32{}, causeIDs: map[string]int32{}, nameCauses: map[int64]int32{},
		statuses: map[int64]bool{}, sums: map[reportKey]*ReportSums{}, lastAt: -1,
		byUser: q.asks(ByUser), byStatus: q.asks(ByStatus), byCause: q.asks(ByCause),
		byScope: slices.ContainsFunc(scopeDimensions, q.asks),
	}
	if g.byScope {
		if err := g.loadScopes(ctx, s); err != nil {
			return nil, err
		}
	}
	return g, g.findUser(ctx, s)
}

// scopeDimensions are those that scopes have, in the order of scopeValues.
var scopeDimensions = []Dimension{ByProvider, ByOrganization, ByWorkspace, ByApp, ByModel, ByPool}

// maxScopeList is how many scopes a statement may name: of more it is cheaper to read all rows.
const maxScopeList = 500

// loadScopes finds out which scopes are asked for and which of them belong together.
func (g *reportGroups) loadScopes(ctx context.Context, s *reportScan) error {
	known, all := map[string]int32{}, 0
	err := each(ctx, s.tx, func(scan scanFunc) error {
		var id int64
		values := make([]string, len(scopeDimensions))
		if err := scan(&id, &values[0], &values[1], &values[2], &values[3], &values[4], &values[5]); err != nil {
			return err
		}
		all++
		for i, d := range scopeDimensions {
			if !g.wanted(d, values[i]) {
				return nil
			}
			if !slices.Contains(g.q.By, d) {
				values[i] = ""
			}
		}
		text := strings.Join(values, "\x00")
		at, ok := known[text]
		if !ok {
			at = int32(len(g.owners)) //nolint:gosec // as many as there are scopes
			known[text], g.owners = at, append(g.owners, values)
		}
		g.scopes[id] = at
		return nil
	}, "SELECT id, provider, organization, workspace, app, model, pool FROM scopes ORDER BY id")
	if len(g.scopes) < all && len(g.scopes) <= maxScopeList {
		ids := make([]int64, 0, len(g.scopes))
		for id := range g.scopes {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		g.onlyScopes = " AND scope IN (" + idList(ids) + ")"
	}
	return err
}

// wanted reports whether the filters let a value through.
func (g *reportGroups) wanted(d Dimension, value string) bool {
	for i := range g.q.Where {
		if f := &g.q.Where[i]; f.Dimension == d && !f.matches(value) {
			return false
		}
	}
	return true
}

// findUser looks up the one user that is asked for, where it is one.
func (g *reportGroups) findUser(ctx context.Context, s *reportScan) error {
	for _, f := range g.q.Where {
		name, ok := f.Is.Get()
		if f.Dimension != ByUser || !ok {
			continue
		}
		if name == "" {
			g.onlyUser = 0
			continue
		}
		err := s.tx.QueryRowContext(ctx, "SELECT id FROM names WHERE text = ?", name).Scan(&g.onlyUser)
		if errors.Is(err, sql.ErrNoRows) {
			g.onlyUser, err = -2, nil // nobody has this id
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// where returns what a statement filters by; key does the rest.
func (g *reportGroups) where(t *reportTable) string {
	text := g.onlyScopes
	if t.user && g.onlyUser != -1 {
		text += " AND ifnull(user, 0) = " + strconv.FormatInt(g.onlyUser, 10)
	}
	return text
}

// columns returns what a statement selects for key, in its order.
func (g *reportGroups) columns(t *reportTable) []string {
	var all []string
	for _, c := range []struct {
		name string
		want bool
	}{{"start, ", g.calendar.by != ""}, {"scope, ", g.byScope}, {"user, ", g.byUser && t.user}, {"status, ", g.byStatus}, {"cause, ", g.byCause}} {
		if c.want {
			all = append(all, c.name)
		}
	}
	return all
}

// key takes the columns off a row of sums and says whose it is, and whether it is asked for.
func (g *reportGroups) key(p *packed, t *reportTable) (k reportKey, ok bool, err error) {
	var start, scope int64
	var columns [4]*int64
	n := 0
	take := func(to *int64, want bool) {
		if want {
			columns[n], n = to, n+1
		}
	}
	take(&start, g.calendar.by != "")
	take(&scope, g.byScope)
	take(&k.user, g.byUser && t.user)
	take(&k.status, g.byStatus)
	if err := p.ints(columns[:n]...); err != nil {
		return k, false, err
	}
	if ok = g.place(&k, start*t.unit, scope); g.byCause {
		c, err := p.next()
		if err != nil {
			return k, false, err
		}
		k.cause = g.causeOf(c.bytes)
	}
	return k, ok && k.cause >= 0, nil
}

// place fills in when and whose a row is, and reports whether it is asked for.
func (g *reportGroups) place(k *reportKey, at, scope int64) bool {
	if g.calendar.by != "" {
		if at != g.lastAt {
			g.lastAt, g.lastBegin = at, g.calendar.begin(at)
		}
		k.begin = g.lastBegin
	}
	if g.byScope {
		owner, ok := g.scopes[scope]
		if !ok {
			return false
		}
		k.owner = owner
	}
	if !g.byStatus {
		return true
	}
	ok, known := g.statuses[k.status]
	if !known {
		ok = g.wanted(ByStatus, statusText(k.status))
		g.statuses[k.status] = ok
	}
	if !slices.Contains(g.q.By, ByStatus) {
		k.status = 0
	}
	return ok
}

// causeOf returns the place of a cause, -1 for one that is not asked for.
func (g *reportGroups) causeOf(text []byte) int32 {
	if at, ok := g.causeIDs[string(text)]; ok {
		return at
	}
	at := int32(-1)
	if cause := string(text); g.wanted(ByCause, cause) {
		if !slices.Contains(g.q.By, ByCause) {
			cause = ""
		}
		at = g.causePlace(cause)
	}
	g.causeIDs[string(text)] = at
	return at
}

// causePlace returns the place of a cause that is asked for.
func (g *reportGroups) causePlace(cause string) int32 {
	at := slices.Index(g.causes, cause)
	if at < 0 {
		at, g.causes = len(g.causes), append(g.causes, cause)
	}
	return int32(at) //nolint:gosec // there are a dozen causes
}

// at returns the sums of a group. Neighbours often share it.
func (g *reportGroups) at(k reportKey) *ReportSums {
	if g.last != nil && g.lastKey == k {
		return g.last
	}
	to := g.sums[k]
	if to == nil {
		to = &ReportSums{}
		g.sums[k] = to
	}
	g.lastKey, g.last = k, to
	return to
}

// statusText is a status as a dimension's value.
func statusText(status int64) string {
	if status == 0 {
		return ""
	}
	return strconv.FormatInt(status, 10)
}
