package claude

import "time"

// Use is what the calls of one kind used in one minute.
type Use struct {
	Minute       time.Time
	Provider     string
	Organization string
	Workspace    string
	App          string
	Model        string
	Pool         Pool
	Calls        int64
	Measured     int64 // calls whose tokens are known
	Tokens       Tokens
}
