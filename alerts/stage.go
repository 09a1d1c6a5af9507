package alerts

// StageResolved is the stage of an alert that is over.
const StageResolved = "resolved"

// Stage is what matters most of an alert in one word: its severity while it fires, and [StageResolved] when it is over. A
// receiver that can't edit tells of another stage only.
func (a *Alert) Stage() string {
	if a.State == Resolved {
		return StageResolved
	}
	return string(a.Severity)
}
