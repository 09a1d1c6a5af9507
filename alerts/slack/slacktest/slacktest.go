// Package slacktest is a small Slack for tests: it takes posts, edits and webhook calls over real HTTP, remembers the messages as a
// channel would show them, and fails where a test tells it to.
package slacktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Channel is the id that the server gives every channel, whatever name it was posted to.
const Channel = "C0TEST"

// WebhookPath is the path of the incoming webhook, below the server's address.
const WebhookPath = "/services/T000/B000/canary-webhook-secret"

// Message is one message as the channel shows it now.
type Message struct {
	Channel     string // as the poster named it; "webhook" for an incoming webhook
	TS          string
	ThreadTS    string // of the message it replies to; "" for none
	Broadcast   bool
	Text        string
	Attachments string // JSON as it was sent
	Metadata    string // JSON as it was sent
	Edits       int
	History     []string // the texts before the last edit, oldest first
	PostedAt    time.Time
	EditedAt    time.Time
}

// Color returns the colour of the message's first attachment, "" for none.
func (m *Message) Color() string {
	var list []struct {
		Color string `json:"color"`
	}
	if json.Unmarshal([]byte(m.Attachments), &list) != nil || len(list) == 0 {
		return ""
	}
	return list[0].Color
}

// Fault is how one request goes wrong.
type Fault struct {
	Status     int           // HTTP status instead of 200
	Code       string        // Slack's error code, under status 200 or the Status
	RetryAfter time.Duration // of a 429; 0 leaves the header out
	Hang       bool          // no answer until the client goes away or the server closes
	Taken      bool          // the message is taken all the same, before things go wrong
}

// Request is what the server was asked.
type Request struct {
	Path  string
	Token string
	Form  url.Values // of the API
	Body  string     // of the webhook
	At    time.Time
}

// Server is the small Slack.
type Server struct {
	http   *httptest.Server
	closed chan struct{} // closed by Close

	mu       sync.Mutex // protects what follows
	serial   int
	messages []*Message
	requests []Request
	faults   []Fault
	outage   *Fault
	readable bool          // whether the bot may read the channel
	plain    bool          // whether charts are refused
	arrived  chan struct{} // closed and replaced with each request
}

// Cleaner is the part of testing.TB that New needs.
type Cleaner interface{ Cleanup(func()) }

// New starts a server that ends with the test.
func New(t Cleaner) *Server {
	s := Start()
	t.Cleanup(s.Close)
	return s
}

// Start starts a server that Close ends.
func Start() *Server {
	s := &Server{closed: make(chan struct{}), arrived: make(chan struct{})}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Close ends the server and everything that hangs in it.
func (s *Server) Close() {
	close(s.closed)
	s.http.CloseClientConnections()
	s.http.Close()
}

// APIURL is where a bot finds the server's API.
func (s *Server) APIURL() string { return s.http.URL + "/api/" }

// WebhookURL is the address of the server's incoming webhook.
func (s *Server) WebhookURL() string { return s.http.URL + WebhookPath }

// Fail makes the next requests go wrong, one after the other.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Outage makes all requests go wrong until Recover.
func (s *Server) Outage(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outage = &f
}

// Recover ends an outage and forgets faults that have not happened.
func (s *Server) Recover() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outage, s.faults = nil, nil
}

// AllowHistory gives the bot the scopes that it needs to read the channel.
func (s *Server) AllowHistory() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readable = true
}

// RefuseCharts makes the server one that draws no charts.
func (s *Server) RefuseCharts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plain = true
}

// Delete removes a message, as a person would.
func (s *Server) Delete(ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = slices.DeleteFunc(s.messages, func(m *Message) bool { return m.TS == ts })
}

// Messages returns the messages as they are now, oldest first, replies in threads included.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Message
	for _, m := range s.messages {
		c := *m
		c.History = slices.Clone(m.History)
		all = append(all, c)
	}
	return all
}

// Requests returns what the server was asked, failed requests included.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Arrived returns a channel that closes with the next request.
func (s *Server) Arrived() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrived
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	q, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fault, failing := s.note(q)
	var code string
	var m Message
	if (!failing || fault.Taken) && strings.HasPrefix(q.Path, "/api/conversations.") {
		if !failing {
			s.read(w, q)
			return
		}
	} else if !failing || fault.Taken {
		code, m = s.take(q)
	}
	switch {
	case fault.Hang:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
	case failing:
		answerFault(w, fault, q.Path == WebhookPath)
	case q.Path == WebhookPath:
		_, _ = fmt.Fprint(w, "ok")
	default:
		answer(w, http.StatusOK, code, m)
	}
}

func read(r *http.Request) (Request, error) {
	q := Request{Path: r.URL.Path, At: time.Now(), Token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")}
	if q.Path == WebhookPath {
		var body json.RawMessage
		err := json.NewDecoder(r.Body).Decode(&body)
		q.Body = string(body)
		return q, err
	}
	err := r.ParseForm()
	q.Form = r.PostForm
	if t := q.Form.Get("token"); t != "" {
		q.Token = t
	}
	return q, err
}

// note keeps the request and returns what goes wrong with it.
func (s *Server) note(q Request) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, q)
	close(s.arrived)
	s.arrived = make(chan struct{})
	switch {
	case len(s.faults) > 0:
		f := s.faults[0]
		s.faults = s.faults[1:]
		return f, true
	case s.outage != nil:
		return *s.outage, true
	default:
		return Fault{}, false
	}
}

// take does what was asked and returns Slack's error code, if any, and the message.
func (s *Server) take(q Request) (string, Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code := unfit(q, s.plain); code != "" {
		return code, Message{}
	}
	switch q.Path {
	case "/api/chat.postMessage":
		return "", *s.post(&Message{
			Channel: q.Form.Get("channel"), ThreadTS: q.Form.Get("thread_ts"), Broadcast: q.Form.Get("reply_broadcast") == "true",
			Text: q.Form.Get("text"), Attachments: q.Form.Get("attachments"), Metadata: q.Form.Get("metadata"), PostedAt: q.At,
		})
	case "/api/chat.update":
		return s.edit(q)
	case "/api/auth.test":
		return "", Message{}
	case WebhookPath:
		var body struct {
			Text        string          `json:"text"`
			Attachments json.RawMessage `json:"attachments"`
		}
		_ = json.Unmarshal([]byte(q.Body), &body)
		return "", *s.post(&Message{Channel: "webhook", Text: body.Text, Attachments: string(body.Attachments), PostedAt: q.At})
	default:
		return "unknown_method", Message{}
	}
}

// post keeps a message under a timestamp of its own, however many come in a second.
func (s *Server) post(m *Message) *Message {
	s.serial++
	m.TS = fmt.Sprintf("%d.%06d", m.PostedAt.Unix(), s.serial)
	s.messages = append(s.messages, m)
	return m
}

func (s *Server) edit(q Request) (string, Message) {
	i := slices.IndexFunc(s.messages, func(m *Message) bool { return m.TS == q.Form.Get("ts") })
	if i < 0 || q.Form.Get("channel") != Channel {
		return "message_not_found", Message{}
	}
	m := s.messages[i]
	m.History = append(m.History, m.Text)
	m.Text, m.Edits, m.EditedAt = q.Form.Get("text"), m.Edits+1, q.At
	if q.Form.Has("attachments") {
		m.Attachments = q.Form.Get("attachments")
	}
	return "", *m
}

func answer(w http.ResponseWriter, status int, code string, m Message) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	reply := map[string]any{"ok": code == ""}
	if code != "" {
		reply["error"] = code
	} else {
		reply["channel"], reply["ts"], reply["text"] = Channel, m.TS, m.Text
	}
	_ = json.NewEncoder(w).Encode(reply)
}

func answerFault(w http.ResponseWriter, f Fault, webhook bool) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
	}
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	switch {
	case webhook:
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, f.Code)
	case f.Code != "":
		answer(w, status, f.Code, Message{})
	default:
		w.WriteHeader(status)
	}
}
