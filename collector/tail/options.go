package tail

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// Defaults of Options, and what is not worth a setting.
const (
	defaultPoll       = 250 * time.Millisecond
	defaultRescan     = time.Second
	defaultRotateWait = 5 * time.Second
	defaultMaxLine    = 1 << 20

	readSize   = 256 << 10             // in a backlog; a smaller buffer costs up to 2.6 times the time
	smallRead  = 16 << 10              // of what is live
	quantum    = 1 << 20               // what one file may read before the others have their turn, in bytes
	alone      = 4 << 20               // what a file may read while no other waits, in bytes
	maxCalls   = 1000                  // of a batch
	maxBytes   = 4 << 20               // of the lines that gave a batch's calls
	batchAge   = 25 * time.Millisecond // between two batches of a source that are not full
	idleAge    = time.Second           // how long a position without calls waits
	maxTurns   = 16                    // quanta that are read of files that are behind in one round, for each worker
	queueDepth = 1                     // batches between reading and committing; when full, reading waits
	wakePause  = 20 * time.Millisecond // between two polls, however often the file system calls
	activeFor  = 10 * time.Second      // how long after growth a file's path is looked at in every poll
)

// Source is one configured source: some globs that share a decoder.
type Source struct {
	// Name is the metric's label: the text of the glob.
	Name string
	// Globs are patterns of filepath.Match; each is read again as files come.
	Globs []string
	// FromEnd starts the files that are there at the first start of the source at their end; files that come later are read from
	// their beginning all the same.
	FromEnd bool
	// Settings tell how NewDecoder sets decoders up: where they change, files get new ones. They matter to SetSources only.
	Settings string
	// NewDecoder makes the decoder of one file.
	NewDecoder func() collector.Decoder
}

// Options are what a Tailer is made of. Sources, Sink and Logger are required.
type Options struct {
	Sources    []Source
	Positions  []collector.Position // what the store had
	Sink       collector.Sink
	Logger     *slog.Logger
	Now        func() time.Time // time.Now if nil
	Poll       time.Duration    // how often files are read; 250 ms if 0
	Rescan     time.Duration    // how often globs are read; 1 s if 0
	RotateWait time.Duration    // how long a file that lost its name must be quiet to be done; 5 s if 0
	MaxLine    int              // bytes of a line that the decoder gets; 1 MiB if 0
	Workers    int              // files that are read and decoded at once; GOMAXPROCS if 0
	// Notify has the file system wake the tailer, so that a line is read within milliseconds. Polling goes on as well.
	Notify bool
}

func (o *Options) validate() error {
	if o.Sink == nil || o.Logger == nil {
		return errors.New("tail: sink and logger are required")
	}
	for _, s := range o.Sources {
		if s.NewDecoder == nil || len(s.Globs) == 0 {
			return fmt.Errorf("tail %q: globs and a decoder are required", s.Name)
		}
		for _, g := range s.Globs {
			if _, err := filepath.Match(g, ""); err != nil || g == "" {
				return fmt.Errorf("tail %q: bad glob %q", s.Name, g)
			}
		}
	}
	if o.Poll < 0 || o.Rescan < 0 || o.RotateWait < 0 || o.MaxLine < 0 || o.Workers < 0 {
		return fmt.Errorf("tail: negative setting: poll %s, rescan %s, rotate wait %s, max line %d, workers %d", o.Poll, o.Rescan, o.RotateWait, o.MaxLine, o.Workers)
	}
	return nil
}

func (o *Options) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Poll == 0 {
		o.Poll = defaultPoll
	}
	if o.Rescan == 0 {
		o.Rescan = defaultRescan
	}
	if o.RotateWait == 0 {
		o.RotateWait = defaultRotateWait
	}
	if o.MaxLine == 0 {
		o.MaxLine = defaultMaxLine
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
}
