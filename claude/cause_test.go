package claude

import (
	"testing"
	"time"
)

func TestCause(t *testing.T) {
	body := func(kind, message, code string) string {
		details := ""
		if code != "" {
			details = `,"details":{"error_code":"` + code + `"}`
		}
		return `{"type":"error","error":{"type":"` + kind + `","message":"` + message + `"` + details + `},"request_id":"req_1"}`
	}
	exhausted := []Reading{
		{Limiter: "tokens", Remaining: Some[int64](0)}, {Limiter: "requests", Remaining: Some[int64](5)}, {Limiter: "output_tokens", Remaining: Some[int64](0)},
	}
	tests := map[string]struct {
		call    Call
		body    string
		headers bool
		want    Cause
	}{
		"with retry-after":           {Call{Status: 429, RetryAfterSeconds: Some(3.0)}, body("rate_limit_error", "", ""), true, CauseRateLimit},
		"the limiter is known":       {Call{Status: 429, RetryAfterSeconds: Some(3.0), Readings: exhausted}, body("rate_limit_error", "", ""), true, "output_tokens"},
		"only the sum is known":      {Call{Status: 429, Readings: exhausted[:2]}, body("rate_limit_error", "", ""), true, "tokens"},
		"a rejected window":          {Call{Status: 429, Readings: []Reading{{Limiter: "unified_5h", Status: "rejected"}}}, body("rate_limit_error", "", ""), true, "unified_5h"},
		"overage is no window":       {Call{Status: 429, Readings: []Reading{{Limiter: "unified_overage", Status: "rejected"}}}, body("rate_limit_error", "", ""), true, CauseBare},
		"ramp":                       {Call{Status: 429, Readings: exhausted}, body("rate_limit_error", "", "ramp_limit_exceeded"), true, CauseAcceleration},
		"spend cap":                  {Call{Status: 429}, body("rate_limit_error", "", "enforced_spend_limit_reached"), true, CauseSpendCap},
		"contract":                   {Call{Status: 429}, body("rate_limit_error", "", "contract_spend_limit_reached"), true, CauseContractSpendLimit},
		"linked organization":        {Call{Status: 402}, body("billing_error", "", "linked_organization_spend_limit_reached"), true, CauseOwnSpendLimit},
		"billing":                    {Call{Status: 402}, body("billing_error", "", ""), true, CauseOwnSpendLimit},
		"own limit":                  {Call{Status: 400}, body("invalid_request_error", "You have reached your specified API usage limits.", ""), true, CauseOwnSpendLimit},
		"overloaded":                 {Call{Status: 529}, body("overloaded_error", "", ""), true, CauseOverloaded},
		"overloaded in a stream":     {Call{Status: 200}, body("overloaded_error", "", ""), true, CauseOverloaded},
		"bare":                       {Call{Status: 429}, body("rate_limit_error", "", ""), true, CauseBare},
		"no headers in the log":      {Call{Status: 429}, body("rate_limit_error", "", ""), false, CauseRateLimit},
		"neither status nor headers": {Call{}, body("rate_limit_error", "", ""), false, CauseRateLimit},
		"a status alone":             {Call{Status: 429}, body("", "", ""), false, ""},
		"another error":              {Call{Status: 400}, body("invalid_request_error", "", ""), true, ""},
		"readings of a success":      {Call{Status: 200, Readings: exhausted}, body("", "", ""), true, ""},
		"kept if known":              {Call{Status: 429, Cause: "requests"}, body("rate_limit_error", "", ""), true, "requests"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := ParseRefusal([]byte(tt.body))
			if err != nil {
				t.Fatalf("ParseRefusal(%s) = %v; want no error", tt.body, err)
			}
			c := tt.call
			if c.Refuse(r, tt.headers); c.Cause != tt.want || c.RequestID != "req_1" {
				t.Errorf("cause = %q, request %q; want %q, req_1", c.Cause, c.RequestID, tt.want)
			}
		})
	}
}

func TestParseRefusal(t *testing.T) {
	bare := `{"type":"overloaded_error","message":"Overloaded"}`
	if r, err := ParseRefusal([]byte(bare)); err != nil || r.Type != "overloaded_error" {
		t.Errorf("ParseRefusal(%s) = %+v, %v; want the type", bare, r, err)
	}
	for _, s := range []string{`{"type":"message"}`, `{}`, `[]`, `{"error":"no"}`, ``} {
		if r, err := ParseRefusal([]byte(s)); err == nil {
			t.Errorf("ParseRefusal(%s) = %+v; want an error", s, r)
		}
	}
}

func TestSpendEnd(t *testing.T) {
	const message = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."
	c := Call{Status: 400}
	c.Refuse(Refusal{Message: message}, true)
	if want := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC); !c.SpendEnd().Equal(want) {
		t.Errorf("SpendEnd() of %q = %v; want %v", message, c.SpendEnd(), want)
	}
	c = Call{Time: time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC), Cause: CauseSpendCap}
	if want := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC); !c.SpendEnd().Equal(want) {
		t.Errorf("SpendEnd() of a cap = %v; want %v", c.SpendEnd(), want)
	}
	for _, c := range []Call{{Time: utc, Cause: CauseContractSpendLimit}, {Cause: CauseSpendCap}} {
		if !c.SpendEnd().IsZero() {
			t.Errorf("SpendEnd() of %+v = %v; want unknown", c, c.SpendEnd())
		}
	}
	for _, s := range []string{"regain access on ", "regain access on tomorrow at 00:00 UTC."} {
		if got := regainAt(s); !got.IsZero() {
			t.Errorf("regainAt(%q) = %v; want unknown", s, got)
		}
	}
}
