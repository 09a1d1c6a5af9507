package alerts

import "github.com/claudewatch/claudewatch/claude"

// subject is what an alert is about, as its rule knows it. It is comparable, and the same subject always has the same labels.
type subject interface{ labels() map[string]string }

// bucketSubject is a bucket that an alert is about.
type bucketSubject claude.Bucket

func (b bucketSubject) labels() map[string]string { return bucketLabels(claude.Bucket(b)) }

// identity is what the alert of a rule about a subject goes by. The labels are only read.
type identity struct {
	fingerprint string
	labels      map[string]string
}

// identities remembers what was worked out, because each tick asks for the same ones: a fingerprint costs more than all the rest of a
// quiet alert's tick.
type identities map[about]identity

type about struct {
	rule string
	subject
}

// maxIdentities bounds them; beyond it they are made anew.
const maxIdentities = 20_000

func (all identities) get(rule string, of subject) identity {
	id, ok := all[about{rule, of}]
	if !ok {
		if len(all) >= maxIdentities {
			clear(all)
		}
		id.labels = of.labels()
		id.fingerprint = Fingerprint(rule, id.labels)
		all[about{rule, of}] = id
	}
	return id
}

// of returns what a finding's alert goes by.
func (all identities) of(rule string, f *finding) identity {
	if f.of == nil {
		return identity{Fingerprint(rule, f.labels), f.labels}
	}
	return all.get(rule, f.of)
}
