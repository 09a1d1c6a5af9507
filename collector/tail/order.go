package tail

import (
	"cmp"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	compressedName = regexp.MustCompile(`\.(gz|gzip|zst|zstd)$`)
	// A date, perhaps with a time, as rotation adds it to a log's name, before or behind the extension.
	datedName    = regexp.MustCompile(`[-._](\d{4}-?\d{2}-?\d{2}([-_.T]?\d{2}([-:.]?\d{2}){0,2})?)`)
	numberedName = regexp.MustCompile(`\.(\d{1,9})$`)
)

// generation says of which log a file is a rotated one, by its name, and how old it is among those.
type generation struct {
	family string // the log's path
	date   string // "" for the log itself and where files are numbered
	number int    // 0 for the newest
}

// generationOf reads a name as rotation makes it: app.log, app.log.1, app.log.2.gz, app.log-20261121.zst, app-2026-11-21.log.
func generationOf(path string) generation {
	dir, name := filepath.Split(path)
	name = compressedName.ReplaceAllString(name, "")
	var g generation
	if m := numberedName.FindStringSubmatch(name); m != nil {
		name = name[:len(name)-len(m[0])]
		g.number, _ = strconv.Atoi(m[1]) // the expression takes digits only
	}
	if at := datedName.FindStringSubmatchIndex(name); at != nil {
		g.date = name[at[2]:at[3]]
		name = name[:at[0]] + name[at[1]:]
	}
	g.family = dir + name
	return g
}

// compare orders the files of one family from the oldest to the newest.
func (g generation) compare(h generation) int {
	switch {
	case g.date == h.date:
		return cmp.Compare(h.number, g.number)
	case g.date == "": // the log itself comes last
		return 1
	case h.date == "":
		return -1
	}
	return cmp.Compare(g.date, h.date)
}

func sameFamily(a, b string) bool { return generationOf(a).family == generationOf(b).family }

// queue has files that were just found, the last ones in order, read behind the next older ones of their log, so that a backlog is read in the order in which it
// was written and before what is live.
func (t *Tailer) queue(fresh []*file) {
	if len(fresh) == 0 {
		return
	}
	type member struct {
		file   *file
		fresh  bool
		source int
		generation
	}
	families := make(map[string]bool, len(fresh))
	for _, f := range fresh {
		families[generationOf(f.path).family] = true
	}
	var all []member
	for i, f := range t.order {
		if g := generationOf(f.path); families[g.family] && f.gone.IsZero() {
			all = append(all, member{f, i >= len(t.order)-len(fresh), slices.Index(t.sources, f.src), g})
		}
	}
	slices.SortStableFunc(all, func(a, b member) int {
		return cmp.Or(strings.Compare(a.family, b.family), cmp.Compare(a.source, b.source), a.compare(b.generation))
	})
	for i := 1; i < len(all); i++ {
		a, b := &all[i-1], &all[i]
		if b.fresh && a.source == b.source && a.family == b.family {
			b.file.follow(a.file)
		}
	}
}
