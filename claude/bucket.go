package claude

import "cmp"

// Compare orders buckets by who has them, then by pool and limiter.
func (b Bucket) Compare(o Bucket) int {
	return cmp.Or(
		cmp.Compare(b.Provider, o.Provider), cmp.Compare(b.Organization, o.Organization), cmp.Compare(b.Workspace, o.Workspace),
		cmp.Compare(b.Pool, o.Pool), cmp.Compare(b.Limiter, o.Limiter),
	)
}
