package metrics

// Metrics of Claude's use, as calls tell it. Counters go on across a restart; see [Metrics.Restore].
const (
	Requests          = "claude_requests_total"
	RateLimitHits     = "claude_rate_limit_hits_total"
	Overloaded        = "claude_overloaded_total"
	Errors            = "claude_errors_total"
	Tokens            = "claude_tokens_total"
	CostUSD           = "claude_cost_usd_total"
	UnpricedTokens    = "claude_unpriced_tokens_total"
	Retries           = "claude_retries_total"
	RetryDelaySeconds = "claude_retry_delay_seconds_total"
	RequestDuration   = "claude_request_duration_seconds"
	FirstToken        = "claude_time_to_first_token_seconds"
	UserRequests      = "claude_user_requests_total"
	UserTokens        = "claude_user_tokens_total"
)

// Metrics of the limits, as they are at the scrape.
const (
	Limit               = "claude_rate_limit_limit"
	Remaining           = "claude_rate_limit_remaining"
	ResetTimestamp      = "claude_rate_limit_reset_timestamp_seconds"
	ObservedTimestamp   = "claude_rate_limit_observed_timestamp_seconds"
	UsedRatio           = "claude_rate_limit_used_ratio"
	FillRatio           = "claude_rate_limit_fill_ratio"
	LoadRatio           = "claude_rate_limit_load_ratio"
	ExhaustionTimestamp = "claude_rate_limit_exhaustion_timestamp_seconds"
	TokensUsed          = "claude_tokens_used"
	BudgetUsedRatio     = "claude_budget_used_ratio"
	ForecastTimestamp   = "claude_forecast_timestamp_seconds"
	AlertsFiring        = "claude_alerts_firing"
)

// Metrics of the agent itself.
const (
	Lines                   = "claudewatch_lines_total"
	LinesSkipped            = "claudewatch_lines_skipped_total"
	LinesRejected           = "claudewatch_lines_rejected_total"
	CallsIngested           = "claudewatch_calls_ingested_total"
	CallsDuplicate          = "claudewatch_calls_duplicate_total"
	CallsHistorical         = "claudewatch_calls_historical_total"
	SourceLagBytes          = "claudewatch_source_lag_bytes"
	SourceLastCall          = "claudewatch_source_last_call_timestamp_seconds"
	CommitSeconds           = "claudewatch_commit_seconds"
	Notifications           = "claudewatch_notifications_total"
	NotificationLastSuccess = "claudewatch_notification_last_success_timestamp_seconds"
	NotificationsPending    = "claudewatch_notifications_pending"
	ConfigReloadSuccessful  = "claudewatch_config_last_reload_successful"
	BuildInfo               = "claudewatch_build_info"
	StoreBytes              = "claudewatch_store_bytes"
	LabelValuesFolded       = "claudewatch_label_values_folded_total"
)

// Labels. What [LabelType] names differs: an error type or a token type.
const (
	LabelProvider     = "provider"
	LabelOrganization = "organization"
	LabelWorkspace    = "workspace"
	LabelPool         = "pool"
	LabelLimiter      = "limiter"
	LabelApp          = "app"
	LabelModel        = "model"
	LabelUser         = "user"
	LabelStatus       = "status"
	LabelCause        = "cause"
	LabelType         = "type"
	LabelWindow       = "window"
	LabelRule         = "rule"
	LabelSeverity     = "severity"
	LabelSource       = "source"
	LabelFormat       = "format"
	LabelReason       = "reason"
	LabelReceiver     = "receiver"
	LabelResult       = "result"
	LabelLabel        = "label"
	LabelBudget       = "budget"
	LabelSubject      = "subject"
	LabelLevel        = "level"
	LabelBound        = "bound"
	LabelVersion      = "version"
	LabelCommit       = "commit"
)

// Values of labels that dashboards and rules name.
const (
	ValueOther   = "other"   // stands for the values that were folded
	ValueUnknown = "unknown" // a status or cause that no log told

	TypeInput        = "input"
	TypeOutput       = "output"
	TypeCacheRead    = "cache_read"
	TypeCacheWrite5m = "cache_write_5m"
	TypeCacheWrite1h = "cache_write_1h"

	LevelAsk  = "0.5" // from half of a limit on a higher one may be asked for
	LevelHave = "0.8" // from here on it should be there

	BoundLow  = "low"
	BoundMid  = "mid"
	BoundHigh = "high"

	Window2m  = "2m"
	Window10m = "10m"

	// ResultSent is the result of a notification that got through.
	ResultSent = "sent"
)

// BucketLabels returns the labels of the metrics of limits: whose bucket, and what it limits.
func BucketLabels() []string {
	return []string{LabelProvider, LabelOrganization, LabelWorkspace, LabelPool, LabelLimiter}
}

// CallLabels returns the labels that all metrics of calls have.
func CallLabels() []string {
	return []string{LabelProvider, LabelWorkspace, LabelApp, LabelModel}
}
