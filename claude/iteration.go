package claude

import (
	"encoding/json"
	"fmt"
)

// Iteration is one model run of a call that needed several: a message, a compaction, an advisor's message, or what a fallback model
// answered. Source: API reference, beta usage.iterations.
type Iteration struct {
	Type                     string        `json:"type,omitempty"`
	Model                    string        `json:"model,omitempty"` // "" is the call's
	InputTokens              Opt[int64]    `json:"input_tokens,omitzero"`
	OutputTokens             Opt[int64]    `json:"output_tokens,omitzero"`
	CacheReadInputTokens     Opt[int64]    `json:"cache_read_input_tokens,omitzero"`
	CacheCreationInputTokens Opt[int64]    `json:"cache_creation_input_tokens,omitzero"`
	CacheCreation            CacheCreation `json:"cache_creation,omitzero"`
}

func (it *Iteration) usage() Usage {
	return Usage{
		InputTokens: it.InputTokens, OutputTokens: it.OutputTokens, CacheReadInputTokens: it.CacheReadInputTokens,
		CacheCreationInputTokens: it.CacheCreationInputTokens, CacheCreation: it.CacheCreation,
	}
}

// maxIterations is more than a call runs through; more is a broken record.
const maxIterations = 64

// Iterations are a call's iterations as the JSON that ParseIterations made, so that a Usage can be compared. "" is none.
type Iterations string

// ParseIterations reads the array as the API sends it and keeps the named fields only. The error names what can't be true.
func ParseIterations(data []byte) (Iterations, error) {
	var all []Iteration
	if err := json.Unmarshal(data, &all); err != nil {
		return "", fmt.Errorf("usage.iterations: %w", err)
	}
	if len(all) > maxIterations {
		return "", fmt.Errorf("usage.iterations: %d of them: more than %d", len(all), maxIterations)
	}
	if len(all) == 0 {
		return "", nil
	}
	for i := range all {
		it := &all[i]
		it.Type, it.Model = cleanText(it.Type), cleanText(it.Model)
		u := it.usage()
		if err := u.Validate(); err != nil {
			return "", fmt.Errorf("usage.iterations[%d]: %w", i, err)
		}
	}
	text, err := json.Marshal(all)
	return Iterations(text), err
}

// List returns the iterations.
func (s Iterations) List() []Iteration {
	if s == "" {
		return nil
	}
	var all []Iteration
	if json.Unmarshal([]byte(s), &all) != nil {
		return nil // only what ParseIterations made is kept
	}
	return all
}

// MarshalJSON writes the array.
func (s Iterations) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte("[]"), nil
	}
	return []byte(s), nil
}

// UnmarshalJSON reads what ParseIterations reads; null is none.
func (s *Iterations) UnmarshalJSON(data []byte) (err error) {
	*s, err = ParseIterations(data)
	return err
}

// merge keeps what tells more: of a stream the later list holds the earlier one's entries.
func (s Iterations) merge(o Iterations) Iterations {
	if len(o) > len(s) || len(o) == len(s) && o > s {
		return o
	}
	return s
}
