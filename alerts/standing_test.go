package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// chat is a channel that can do all that a receiver may.
type chat struct {
	*channel
	found    map[string]Ref // by episode; nil for a channel that can't be read
	findErr  error
	reminded []time.Time
	rolls    [][]string        // the episodes of each version of the shared message
	lines    map[string][]bool // by episode and stage: each time that a new message listed it, and whether as a possible repeat
	listed   map[Ref]map[string]bool
	posts    bool // it can't edit
}

func (c *chat) Posts() bool { return c.posts }

func newChat() *chat {
	return &chat{channel: newChannel("chat"), lines: map[string][]bool{}, listed: map[Ref]map[string]bool{}}
}

func (c *chat) Find(_ context.Context, episode string, _ time.Time) (Ref, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.posts:
		return Ref{}, ErrCantTell
	case c.findErr != nil:
		return Ref{}, c.findErr
	case c.found == nil:
		return Ref{}, ErrCantTell
	default:
		return c.found[episode], nil
	}
}

func (c *chat) Remind(_ context.Context, m Message, _ Ref) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reminded = append(c.reminded, m.Now)
	return nil
}

func (c *chat) SendRoll(ctx context.Context, messages []Message, prev Ref) (Ref, error) {
	taken, err := c.carry(ctx, time.Now())
	c.mu.Lock()
	defer c.mu.Unlock()
	if !taken {
		return Ref{}, err
	}
	if prev == (Ref{}) {
		prev = Ref{Channel: c.name, ID: fmt.Sprintf("roll-%d", len(c.rolls)+1)}
	}
	listed := c.listed[prev]
	if listed == nil || c.posts {
		listed = map[string]bool{}
		c.listed[prev] = listed
	}
	var all []string
	for _, m := range messages {
		line := m.Alert.Episode + " " + m.Alert.Stage()
		if c.posts && m.Told == m.Alert.Stage() {
			continue
		}
		if all = append(all, line); !listed[line] {
			listed[line] = true
			c.lines[line] = append(c.lines[line], m.MaybeSent)
		}
	}
	slices.Sort(all)
	c.rolls = append(c.rolls, all)
	return prev, err
}

// lists returns the versions of the shared message.
func (c *chat) lists() [][]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.rolls)
}

// first returns the first message as it is shown now.
func (c *chat) first() posted {
	all, _ := c.shown()
	return all["1"]
}

// severely makes an episode's alert another severity.
func severely(s *memory, episode string, severity Severity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.episodes[episode]
	a.Severity = severity
	s.episodes[episode], s.alerts[a.Fingerprint] = a, a
}

func TestReminders(t *testing.T) {
	for severity, want := range map[Severity]int{Info: 0, Warning: 2, Critical: 8} {
		synctest.Test(t, func(t *testing.T) {
			s, c := newMemory(), newChat()
			tell(t, s, "e1", Firing, 1, "chat")
			severely(s, "e1", severity)
			_, stop := running(t, s, c)
			pass(8*time.Hour + 30*time.Minute)
			stop()
			_, again := running(t, s, c) // a restart reminds nobody anew
			pass(10 * time.Minute)
			again()
			if len(c.reminded) != want {
				t.Errorf("%d reminders of %s in 8.5 hours; want %d", len(c.reminded), severity, want)
			}
		})
	}
}

func TestBudgetThenOneSharedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		_, stop := running(t, s, c)
		for i := range 30 {
			tell(t, s, fmt.Sprintf("e%02d", i), Firing, 1, "chat")
			pass(10 * time.Second)
		}
		tell(t, s, "grave", Firing, 1, "chat")
		severely(s, "grave", Critical)
		pass(10 * time.Minute)
		messages, _ := c.shown()
		if len(messages) != postBudget+1 {
			t.Errorf("%d single messages; want %d and the critical one", len(messages), postBudget)
		}
		lists := c.lists()
		last := lists[len(lists)-1]
		if len(last) != 10 || last[0] != "e20 warning" {
			t.Errorf("shared message = %v; want the 10 beyond the budget", last)
		}
		if len(lists) > 4 {
			t.Errorf("%d versions of the shared message in 15 minutes; want them a minute apart", len(lists))
		}
		tell(t, s, "e25", Resolved, 2, "chat")
		pass(2 * time.Minute)
		lists = c.lists()
		last = lists[len(lists)-1]
		if !slices.Contains(last, "e25 resolved") || len(last) != 10 {
			t.Errorf("shared message = %v; want the end of e25 in it", last)
		}
		pass(2 * time.Hour)
		tell(t, s, "later", Firing, 1, "chat")
		pass(time.Minute)
		stop()
		if now, _ := c.shown(); len(now) != postBudget+2 {
			t.Errorf("%d single messages two hours later; want one more", len(now))
		}
	})
}

func TestEditsAreAMinuteApartButNotTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		wake, stop := running(t, s, c)
		for revision := range int64(20) { // something changes every 10 seconds
			tell(t, s, "e1", Firing, revision+1, "chat")
			wake()
			pass(10 * time.Second)
		}
		if p := c.first(); p.edits < 2 || p.edits > 3 {
			t.Errorf("%d edits in 200 seconds; want one a minute", p.edits)
		}
		edits := c.first().edits
		tell(t, s, "e1", Resolved, 21, "chat")
		wake()
		pass(2 * time.Second)
		stop()
		if p := c.first(); p.state != Resolved || p.edits != edits+1 {
			t.Errorf("message = %+v two seconds after the end; want it resolved", p)
		}
	})
}

// muted is a deliverer under a silence that ends at a time.
func muted(t *testing.T, s Outbox, until time.Time, receivers ...Receiver) (stop func(), results map[string]int) {
	t.Helper()
	results = map[string]int{}
	d, err := NewDeliverer(DelivererOptions{
		Store: s, Receivers: receivers, OnResult: func(_, result string, _ time.Time) { results[result]++ },
		Silenced: func(_ *Alert, now time.Time) bool { return now.Before(until) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run() = %v; want nil", err)
		}
	}, results
}

func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		_, stop := running(t, s, c)
		tell(t, s, "before", Firing, 1, "chat")
		pass(time.Minute)
		stop()
		stop, results := muted(t, s, time.Now().Add(2*time.Hour), c)
		tell(t, s, "before", Firing, 2, "chat")
		tell(t, s, "short", Firing, 1, "chat")
		tell(t, s, "long", Firing, 1, "chat")
		pass(time.Hour)
		if messages, sends := c.shown(); len(messages) != 1 || sends != 1 {
			t.Errorf("%d messages in %d sends under a silence; want only the one from before", len(messages), sends)
		}
		tell(t, s, "before", Resolved, 3, "chat")
		tell(t, s, "short", Resolved, 2, "chat")
		pass(30 * time.Minute)
		if p := c.first(); p.state != Resolved {
			t.Errorf("message from before = %+v; want it resolved: a wrong message is no silence", p)
		}
		pass(time.Hour) // the silence ends
		stop()
		messages, _ := c.shown()
		if len(messages) != 2 || messages["2"].state != Firing || messages["2"].late {
			t.Errorf("messages after the silence = %+v; want the one that still fires beside the one from before", messages)
		}
		if results[ResultSilenced] != 1 || len(c.reminded) != 0 {
			t.Errorf("results = %v, %d reminders; want one silenced, none reminded", results, len(c.reminded))
		}
	})
}

func TestEarlierMessageIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		c.found = map[string]Ref{}
		c.fail = func(n int) (bool, error) { return true, failUpTo(n, 1, context.DeadlineExceeded) }
		_, stop := running(t, s, c)
		c.set(func() { c.found["e1"] = Ref{Channel: "chat", ID: "1"} })
		tell(t, s, "e1", Firing, 1, "chat")
		pass(time.Minute)
		stop()
		messages, _ := c.shown()
		if len(messages) != 1 || messages["1"].maybeSent || messages["1"].edits != 1 {
			t.Errorf("messages = %+v; want the first one found and edited", messages)
		}
	})
}

func TestNothingFoundIsPostedUnmarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		c.found = map[string]Ref{}
		c.fail = func(n int) (bool, error) { return false, failUpTo(n, 1, context.DeadlineExceeded) }
		_, stop := running(t, s, c)
		tell(t, s, "e1", Firing, 1, "chat")
		pass(time.Minute)
		stop()
		if messages, _ := c.shown(); len(messages) != 1 || messages["1"].maybeSent {
			t.Errorf("messages = %+v; want one, not marked", messages)
		}
	})
}

// A channel that takes messages and never answers must not be filled with repeats: none is sent while it doesn't answer.
func TestHalfOpenMakesOneRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		c.fail = func(int) (bool, error) { return true, context.DeadlineExceeded }
		c.findErr = context.DeadlineExceeded
		_, stop := running(t, s, c)
		tell(t, s, "e1", Firing, 1, "chat")
		pass(2 * time.Hour)
		if messages, _ := c.shown(); len(messages) != 1 {
			t.Errorf("%d messages while nothing answers; want 1", len(messages))
		}
		c.set(func() { c.fail, c.findErr = nil, nil })
		pass(10 * time.Minute)
		stop()
		if messages, _ := c.shown(); len(messages) != 2 || !messages["2"].maybeSent {
			t.Errorf("messages = %+v; want one repeat, marked", messages)
		}
	})
}

// forgetful is a receiver that wants everything again and again.
type forgetful struct {
	*channel
	refreshed [][]string
	err       error
}

// last returns how often everything was refreshed, and what it was last.
func (f *forgetful) last() (int, []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.refreshed), f.refreshed[len(f.refreshed)-1]
}

func (f *forgetful) Refreshes() (every, linger time.Duration) {
	return 30 * time.Second, 15 * time.Minute
}

func (f *forgetful) Refresh(_ context.Context, messages []Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, m := range messages {
		all = append(all, m.Alert.Episode+" "+m.Alert.Stage())
	}
	slices.Sort(all)
	f.refreshed = append(f.refreshed, all)
	return f.err
}

func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newMemory(), &forgetful{channel: newChannel("am")}
		_, stop := running(t, s, f)
		tell(t, s, "e1", Firing, 1, "am")
		tell(t, s, "e2", Firing, 1, "am")
		pass(10 * time.Minute)
		if n, _ := f.last(); n < 18 || n > 21 {
			t.Errorf("%d refreshes in 10 minutes; want one each 30 seconds", n)
		}
		tell(t, s, "e1", Resolved, 2, "am")
		pass(5 * time.Minute)
		if _, got := f.last(); !slices.Equal(got, []string{"e1 resolved", "e2 warning"}) {
			t.Errorf("refreshed %v; want the end of e1 too", got)
		}
		pass(15 * time.Minute)
		if _, got := f.last(); !slices.Equal(got, []string{"e2 warning"}) {
			t.Errorf("refreshed %v; want e1 left out when it is over for long", got)
		}
		f.set(func() { f.err = errors.New("down") })
		pass(time.Minute)
		stop()
	})
}

// Whoever was told that an alert fires hears of its end, whatever the routes say by then.
func TestEndIsToldWhereTheBeginningWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		_, stop := running(t, s, c)
		tell(t, s, "e1", Firing, 1, "chat")
		pass(time.Minute)
		tell(t, s, "e1", Resolved, 2) // routed to nobody
		pass(time.Minute)
		stop()
		if p := c.first(); p.state != Resolved {
			t.Errorf("message = %+v; want it resolved", p)
		}
	})
}

// What a receiver refuses for good is in the log at least.
func TestGivenUpIsToldInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		c.fail = func(int) (bool, error) { return false, &SendError{Reason: "is_archived", Permanent: true} }
		var log strings.Builder
		d, err := NewDeliverer(DelivererOptions{Store: s, Receivers: []Receiver{c}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		tell(t, s, "e1", Firing, 1, "chat")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := d.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if text := log.String(); !strings.Contains(text, "reason=is_archived") || !strings.Contains(text, `title="input tokens at 86 %"`) {
			t.Errorf("log = %s; want the reason and the alert", text)
		}
	})
}
