package alerts

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// Fingerprint identifies an alert: a rule and its labels, never values.
func Fingerprint(rule string, labels map[string]string) string {
	names := slices.AppendSeq(make([]string, 0, 8), maps.Keys(labels))
	slices.Sort(names)
	text := append(make([]byte, 0, 256), rule...)
	for _, name := range names {
		text = append(append(append(append(text, 0), name...), 0), labels[name]...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// bucketLabels returns the labels of a bucket; what is unknown is left out.
func bucketLabels(b claude.Bucket) map[string]string {
	return labels("provider", b.Provider, "organization", b.Organization, "workspace", b.Workspace, "pool", string(b.Pool), "limiter", string(b.Limiter))
}

// bucketLabelNames returns the names of the labels that a bucket may have.
func bucketLabelNames() []string {
	return []string{"provider", "organization", "workspace", "pool", "limiter"}
}

// labels makes a label set of names and values in turn; empty values are left out.
func labels(pairs ...string) map[string]string {
	m := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			m[pairs[i]] = pairs[i+1]
		}
	}
	return m
}
