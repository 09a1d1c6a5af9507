package main

import "github.com/claudewatch/claudewatch/claude"

// withLag adds what only the running agent knows: where it is, how far behind its sources are, and what is in their way.
func (a *agent) withLag(p picture) picture {
	p.Agent = a.URL()
	if a.tailer == nil {
		return p
	}
	at := map[string]int{}
	for i := range p.Sources {
		at[p.Sources[i].Source] = i
	}
	for _, s := range a.tailer.Status() {
		i, ok := at[s.Source]
		if !ok {
			i, p.Sources = len(p.Sources), append(p.Sources, sourcePicture{Source: s.Source})
			at[s.Source] = i
		}
		p.Sources[i].LagBytes = claude.Some(s.LagBytes)
		if len(s.Errors) > 0 {
			p.Sources[i].Fault = s.Errors[0].Path + ": " + s.Errors[0].Err.Error()
		}
	}
	return p
}
