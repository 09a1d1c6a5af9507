// Package collector is where calls come from: sources read lines, a decoder turns lines into calls, and batches of calls go to a
// sink together with the positions that they cover. The sink commits both in one transaction, so a crash neither loses nor
// repeats a call.
package collector

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Line is one line of a source without its line break. Text is only valid until the decoder returns.
type Line struct {
	Text  []byte
	Start int64 // offset of the line's first byte in its file; 0 where the source has no offsets
	End   int64 // offset behind its line break
	// TooLong says that Text is only the beginning of a line that was longer than the source takes.
	TooLong bool
}

// Decoder turns the lines of one file, in order, into calls. It is not used concurrently.
//
// A record may span lines and records may be interleaved, so a decoder may hold calls back: State and Resume say how to go on
// after a crash without losing or repeating one.
type Decoder interface {
	// Decode takes the next line, read at time now. The outcome's calls are complete.
	Decode(line Line, now time.Time) Outcome
	// Flush returns the calls that were held back and that nothing more is expected of: all of them when the source has ended,
	// else those that have waited long enough at time now.
	Flush(now time.Time, ended bool) []claude.Call
	// Resume returns the offset from which the file must be read again after a crash, and the state to Restore before that. The
	// state holds named fields only, never text of the log. The offset lies before End of the last line only while a record
	// of several raw lines is open.
	Resume() (offset int64, state []byte)
	// Restore takes up a state, whatever the decoder did before; after that of nothing it is as new. It must return an error for one
	// that it can't read, and then be as new.
	Restore(state []byte) error
}

// Outcome is what became of one line. At most one of Skipped and Rejected is set; both empty and no calls means that the line is part
// of a record that is not complete yet.
type Outcome struct {
	Calls    []claude.Call // valid until the decoder is used again; what they refer to stays
	Format   string        // of the decoder that knew the line, as in "json", "python-sdk"
	Skipped  string        // why the line is no call, one of a short list, as in "not claude"
	Rejected string        // why a line that looks like a call could not be read, one of a short list, as in "invalid json"
	Detail   string        // what was wrong, with field and value; never text of the log beyond that
}

// Position says where in a file the agent has got to: what is before Offset is stored, what is after is not. It belongs to the
// file's content, not to its name: the identity is the device, the inode and the fingerprints.
type Position struct {
	ID        string // stable name of this file's identity, made by the tailer; the store's key
	Source    string // the configured source it belongs to
	Path      string // where the file was last seen
	Device    uint64
	Inode     uint64
	Offset    int64
	Size      int64  // of the file when last looked at
	HeadSize  int64  // how many of the first bytes Head covers
	Head      []byte // hash of the first HeadSize bytes
	TailHash  []byte // hash of the last bytes before Offset, for a file that was cut and grew again
	State     []byte // of the decoder at Offset
	UpdatedAt time.Time
}

// Count is a number of lines of one source that shared a fate.
type Count struct {
	Source string
	Kind   CountKind
	Reason string // format for CountLines, why for the others
	N      int64
	Sample string // for rejected lines: one detail, scrubbed
}

// CountKind says what became of the lines that a Count counts.
type CountKind string

// The kinds of counts. Every line is counted once as CountLines, and again where it was skipped or rejected.
const (
	CountLines    CountKind = "lines"
	CountSkipped  CountKind = "skipped"
	CountRejected CountKind = "rejected"
)

// Batch is what a sink commits in one transaction.
type Batch struct {
	Source    string // the configured source: a glob, "webhook" or "-"
	Calls     []claude.Call
	Keys      []string // parallel to Calls or nil: what identifies a call that has no ids of its own; "" for none
	Positions []Position
	Counts    []Count
	// Unanswered says that who commits the batch looks at none of its changes. Then their memory is the sink's, which may use it again.
	Unanswered bool
	// Until is closed when a batch need not be stored any more that still waits for its turn; nil is never. The error is then
	// context.DeadlineExceeded. Many batches may share one, which costs them less than a context with a deadline each.
	Until <-chan struct{}
	// Pause is how long after the answer to its last batch the sender came with this one; 0 is unknown. Who comes at once, does so again.
	Pause time.Duration
}

// Sink keeps what sources deliver. Commit returns once everything is on disk, with one change per call, in order; of an unanswered batch
// it may return none. After an error nothing of the batch is kept and the same batch may be committed again. Once Commit has returned, the
// slice of calls is the source's again, which may put others into it; what the calls refer to stays.
type Sink interface {
	Commit(ctx context.Context, b Batch) ([]claude.Change, error)
}
