package decode

import "github.com/claudewatch/claudewatch/collector"

// rescue turns a panic in the reading of one line into a rejected line and makes the decoder as new: without it a line that meets a
// mistake of ours would stop the agent, again after each restart. What was held back of records that were open is lost with it.
func (d *Decoder) rescue(o *collector.Outcome) {
	if recover() == nil {
		return
	}
	end, line := d.end, d.line
	_ = d.Restore(nil) // nothing can be wrong with no state
	d.end, d.line = end, line
	d.record, d.shapes = record{fields: d.fields, texts: &d.texts}, shapes{}
	*o = collector.Outcome{Rejected: RejectedBug, Detail: "claudewatch can't read this kind of line: please report what wrote it"}
}
