// Package alerts decides what people are told, and sees that they are told it once: rules look at the live picture, a pure state
// machine turns their conditions into alerts, and a reconciler brings each receiver from what it was last sent to what is now
// so. All state lives in a store, so that a restart neither repeats nor loses a message.
package alerts

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Severity is how urgent an alert is.
type Severity string

// The severities, the least urgent first.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// State is where an alert is in its life.
type State string

// The states of an alert. Inactive ones that were firing within the re-open window are kept as resolved.
const (
	Inactive   State = "inactive"
	Pending    State = "pending"
	Firing     State = "firing"
	Recovering State = "recovering" // firing, its condition clear for less than the hold
	Resolved   State = "resolved"
)

// Alert is one rule's state for one set of labels. The engine makes and changes it, the store keeps it, receivers are sent
// what it looks like. An episode runs from firing to resolved; firing again within 30 minutes re-opens it.
type Alert struct {
	Fingerprint string            `json:"fingerprint"`
	Rule        string            `json:"rule"`
	Severity    Severity          `json:"severity"`
	Labels      map[string]string `json:"labels"`
	State       State             `json:"state"`
	Episode     string            `json:"episode,omitempty"`
	Revision    int64             `json:"revision"` // grows when a receiver should hear of a change

	ActiveAt    time.Time   `json:"active_at,omitzero"`
	FiredAt     time.Time   `json:"fired_at,omitzero"`
	ClearSince  time.Time   `json:"clear_since,omitzero"`
	ResolvedAt  time.Time   `json:"resolved_at,omitzero"`
	EvaluatedAt time.Time   `json:"evaluated_at,omitzero"`
	EndsAt      time.Time   `json:"ends_at,omitzero"` // when the condition ends by itself, where that is known
	Fires       []time.Time `json:"fires,omitempty"`  // of the last hour, for flap damping
	RevisedAt   time.Time   `json:"revised_at,omitzero"`

	Value  float64 `json:"value"`
	Peak   float64 `json:"peak"`
	Told   float64 `json:"told,omitempty"`   // the peak of the last revision, for what is worth an edit
	Reason string  `json:"reason,omitempty"` // of the last transition
	Facts  Facts   `json:"facts"`
}

// Facts is what a message says beside the state. Texts are plain and untrusted: receivers escape them.
type Facts struct {
	Title     string            `json:"title"`               // "input tokens of sonnet-5 at 86 % of the limit"
	Unit      string            `json:"unit,omitempty"`      // of Value and Peak: "ratio", "calls", "seconds"
	Fields    []Field           `json:"fields,omitempty"`    // now, peak, limit, time to exhaustion, reset, ...
	Consumers []claude.Consumer `json:"consumers,omitempty"` // the top users of the window
	Do        []string          `json:"do,omitempty"`        // one or two concrete things to do

	// Unattributed is the share of the use that none of the consumers explains.
	Unattributed claude.Opt[float64] `json:"unattributed,omitzero"`
	// Refused is how many calls were refused with 429 during the episode.
	Refused claude.Opt[int64] `json:"refused,omitzero"`
	// Series is the value over the last hours, the oldest first, in the unit that Unit names.
	Series []Point `json:"series,omitempty"`
}

// Point is a value at a time.
type Point struct {
	At    time.Time `json:"at"`
	Value float64   `json:"value"`
}

// Field is one named fact.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Delivery is what one receiver was told of one episode, and what it should be told.
type Delivery struct {
	Episode      string
	Fingerprint  string
	Receiver     string
	Desired      int64 // the revision it should have
	Delivered    int64 // the revision it has; 0 for none
	Ref          Ref   // what the receiver calls the message
	Attempts     int   // failed ones since the last success
	NotBefore    time.Time
	SendingSince time.Time // set while a send is under way, so that a crash in it is seen
	LastError    string    // without secrets
	Dead         bool      // given up: the error is permanent or the message too old
	Rolled       bool      // it shares its message with others: the channel's budget was spent
	Told         string    // the stage that the receiver was last told of, as Stage names it
	PostedAt     time.Time // when the message was posted, edits aside
	RemindedAt   time.Time // when the receiver was last reminded
	UpdatedAt    time.Time // when anything was last sent, or failed to be
}

// Ref is how a receiver finds a message again, to edit it. The zero Ref is no message.
type Ref struct {
	Channel string `json:"channel,omitempty"`
	ID      string `json:"id,omitempty"`
}

// Due is a delivery that has something to say, together with the alert as it is now.
type Due struct {
	Delivery Delivery
	Alert    Alert
}

// Store keeps alerts and deliveries. Each method is one transaction.
type Store interface {
	// Alerts returns the alerts that are not inactive, resolved ones of the re-open window included.
	Alerts(ctx context.Context) ([]Alert, error)
	// SaveAlerts keeps the alerts as they are now (inactive ones are dropped, resolved ones stay as history) and, for
	// each receiver named, raises the desired revision of the alert's episode to its revision.
	SaveAlerts(ctx context.Context, changed []Changed) error
	// DueDeliveries returns the deliveries whose desired revision is above the delivered one, that are not dead and whose NotBefore is
	// not after now, oldest first.
	DueDeliveries(ctx context.Context, now time.Time) ([]Due, error)
	// StandingDeliveries returns what receivers have been told and are not given up on: of the alerts that are not inactive, and
	// whatever was updated at the time or after it.
	StandingDeliveries(ctx context.Context, since time.Time) ([]Due, error)
	// SaveDelivery keeps a delivery's outcome. It never lowers Desired.
	SaveDelivery(ctx context.Context, d Delivery) error
	// Divert makes what a delivery should have due to another receiver as well, unless that has it.
	Divert(ctx context.Context, d Delivery, to string) error
}

// Changed is an alert that a tick changed and the receivers that should hear of it.
type Changed struct {
	Alert     Alert
	Receivers []string
}

// Receiver is where notifications go. Send brings the receiver to the message's state: it posts when prev is the zero Ref and
// edits, where the receiver can, when it is not. It returns the ref to edit next time. Errors never hold a secret; one that
// wraps *SendError says how to go on.
type Receiver interface {
	Name() string
	Send(ctx context.Context, m Message, prev Ref) (Ref, error)
}

// Message is what a receiver is to show of an episode.
type Message struct {
	Alert     Alert
	Now       time.Time
	MaybeSent bool   // an earlier send may have got through: say so rather than risk silence
	Late      bool   // fired and resolved before it could be sent
	Told      string // the stage that the receiver was last told of; "" for none
	Links     []Link // to the agent's page, a dashboard and the like
}

// Link is an address to open.
type Link struct {
	Name string // as in "Open claudewatch"
	URL  string
}
