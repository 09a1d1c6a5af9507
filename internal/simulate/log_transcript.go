package simulate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// transcript writes what Claude Code keeps of its sessions: one file per session, a line per content block with the same
// message id and growing output tokens, no headers. Attempts that are retried leave no trace.
type transcript struct {
	dir      string
	turns    int // per session
	rng      *rand.Rand
	session  string
	turn     int
	parent   *string
	file     *logFile
	sessions []string // files that exist, oldest first
}

// oldSessions is how many finished sessions stay on disk.
const oldSessions = 10

// NewTranscript is the log of Claude Code: transcripts in dir, a new file every so many turns. Old ones are removed in time.
func NewTranscript(dir string, turns int, seed uint64) (Log, error) {
	if turns <= 0 {
		return nil, fmt.Errorf("transcript %s: %d turns per session: must be above 0", dir, turns)
	}
	t := &transcript{dir: dir, turns: turns, rng: rand.New(rand.NewPCG(seed, 0x7c))}
	return t, t.begin()
}

// begin starts a session in a file of its own.
func (t *transcript) begin() error {
	t.session, t.turn, t.parent = uuid(t.rng), 0, nil
	path := filepath.Join(t.dir, t.session+".jsonl")
	file, err := newLogFile(path, 0, 0)
	if err != nil {
		return err
	}
	if t.file != nil {
		err = t.file.close()
	}
	t.file, t.sessions = file, append(t.sessions, path)
	if len(t.sessions) > oldSessions {
		err = errors.Join(err, os.Remove(t.sessions[0]))
		t.sessions = t.sessions[1:]
	}
	return err
}

func (t *transcript) Close() error { return t.file.close() }

// transcriptLine is one line of a session.
type transcriptLine struct {
	ParentUUID  *string `json:"parentUuid"`
	IsSidechain bool    `json:"isSidechain"`
	UserType    string  `json:"userType"`
	CWD         string  `json:"cwd"`
	SessionID   string  `json:"sessionId"`
	Version     string  `json:"version"`
	GitBranch   string  `json:"gitBranch"`
	Type        string  `json:"type"`
	UUID        string  `json:"uuid"`
	Timestamp   string  `json:"timestamp"`
	RequestID   string  `json:"requestId,omitempty"`
	Error       string  `json:"error,omitempty"`
	APIError    bool    `json:"isApiErrorMessage,omitempty"`
	APIStatus   int     `json:"apiErrorStatus,omitempty"`
	Message     any     `json:"message"`
}

func (t *transcript) Record(x *Exchange) error {
	if x.Delay > 0 {
		return nil
	}
	if t.turn >= t.turns {
		if err := t.begin(); err != nil {
			return err
		}
	}
	t.turn++
	buf := t.line(nil, x.Began, transcriptLine{Type: "user", Message: map[string]string{"role": "user", "content": Canary}})
	m, ok := x.message()
	if !ok {
		return t.file.write(t.failure(buf, x))
	}
	full := m.Usage.OutputTokens
	m.Usage.OutputTokens = min(full, 1+full/20) // the first block is written before the rest is produced
	buf = t.line(buf, x.Ended, transcriptLine{Type: "assistant", RequestID: x.Header.Get("Request-Id"), Message: m})
	m.Usage.OutputTokens = full
	buf = t.line(buf, x.Ended, transcriptLine{Type: "assistant", RequestID: x.Header.Get("Request-Id"), Message: m})
	return t.file.write(buf)
}

// failure is the message that Claude Code makes up when it gives up.
func (t *transcript) failure(buf []byte, x *Exchange) []byte {
	kind := map[int]string{401: "authentication_failed", 429: "rate_limit"}[x.Status]
	if kind == "" {
		kind = "server_error"
	}
	m := wireMessage{Model: "<synthetic>", ID: uuid(t.rng), Type: "message", Role: "assistant", StopReason: "stop_sequence"}
	m.Content = []content{{"text", fmt.Sprintf("API Error: %d", x.Status)}}
	return t.line(buf, x.Ended, transcriptLine{
		Type: "assistant", RequestID: x.Header.Get("Request-Id"), Error: kind, APIError: true, APIStatus: x.Status, Message: m,
	})
}

// line completes a line and makes it the parent of the next.
func (t *transcript) line(buf []byte, at time.Time, l transcriptLine) []byte {
	l.ParentUUID, l.UserType, l.CWD, l.SessionID, l.Version, l.GitBranch = t.parent, "external", "/srv/project", t.session, "2.1.231", "main"
	l.UUID, l.Timestamp = uuid(t.rng), at.UTC().Format("2006-01-02T15:04:05.000Z")
	t.parent = &l.UUID
	return appendJSON(buf, l)
}
