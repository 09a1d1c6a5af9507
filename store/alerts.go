package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

var _ alerts.Store = (*DB)(nil)

// Alerts returns the alerts that are not inactive, resolved ones included until they are saved as inactive.
func (db *DB) Alerts(ctx context.Context) ([]alerts.Alert, error) {
	return read(ctx, db, func(scan scanFunc) (a alerts.Alert, err error) {
		var body string
		if err := scan(&body); err != nil {
			return a, err
		}
		return a, json.Unmarshal([]byte(body), &a)
	}, "SELECT body FROM alerts ORDER BY fingerprint")
}

// SaveAlerts keeps the alerts as they are now and raises what their receivers should have. An inactive alert is dropped; the
// episode that it ended stays as it was last, as history.
func (db *DB) SaveAlerts(ctx context.Context, changed []alerts.Changed) error {
	if len(changed) == 0 {
		return nil
	}
	now := db.now()
	return db.write(ctx, "save alerts in store", func(ctx context.Context, tx *sql.Tx) error {
		for i := range changed {
			if err := raise(ctx, tx, &changed[i], now); err != nil {
				return err
			}
			if err := saveAlert(ctx, tx, &changed[i].Alert); err != nil {
				return fmt.Errorf("alert %s of rule %s: %w", changed[i].Alert.Fingerprint, changed[i].Alert.Rule, err)
			}
		}
		return nil
	})
}

func saveAlert(ctx context.Context, tx *sql.Tx, a *alerts.Alert) error {
	if a.State == alerts.Inactive {
		_, err := tx.ExecContext(ctx, "DELETE FROM alerts WHERE fingerprint = ?", a.Fingerprint)
		return err
	}
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO alerts (fingerprint, body) VALUES (?, ?)", a.Fingerprint, string(body)); err != nil {
		return err
	}
	if a.Episode == "" {
		return nil
	}
	_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO episodes (episode, fingerprint, rule, fired_at, resolved_at, body) VALUES (?, ?, ?, ?, ?, ?)`,
		a.Episode, a.Fingerprint, a.Rule, micros(a.FiredAt), micros(a.ResolvedAt), string(body))
	return err
}

// raise makes an alert's revision the one that each of its receivers should have. Where an episode that was over fires anew,
// receivers that were given up are tried again. It looks at the episode as it was, so it runs before saveAlert.
func raise(ctx context.Context, tx *sql.Tx, c *alerts.Changed, now time.Time) error {
	if c.Alert.Episode == "" {
		return nil
	}
	var again bool
	err := tx.QueryRowContext(ctx, "SELECT ? AND EXISTS (SELECT 1 FROM episodes WHERE episode = ? AND resolved_at IS NOT NULL)",
		c.Alert.State == alerts.Firing, c.Alert.Episode).Scan(&again)
	if err != nil {
		return err
	}
	// Whoever was told of the episode is told of its end, whatever the routes say now.
	_, err = tx.ExecContext(ctx, "UPDATE deliveries SET due_since = CASE WHEN desired > delivered THEN due_since ELSE ? END, desired = ? WHERE episode = ? AND delivered > 0 AND desired < ?",
		now.UnixMicro(), c.Alert.Revision, c.Alert.Episode, c.Alert.Revision)
	if err != nil {
		return err
	}
	for _, receiver := range c.Receivers {
		_, err := tx.ExecContext(ctx, `INSERT INTO deliveries (episode, receiver, fingerprint, desired, delivered, channel, message, attempts,
			last_error, dead, due_since, updated_at) VALUES (?1, ?2, ?3, ?4, 0, '', '', 0, '', 0, ?5, ?5)
			ON CONFLICT DO UPDATE SET due_since = CASE WHEN desired > delivered AND NOT (dead AND ?6 AND excluded.desired > desired) THEN due_since ELSE excluded.due_since END,
			attempts = CASE WHEN dead AND ?6 AND excluded.desired > desired THEN 0 ELSE attempts END,
			not_before = CASE WHEN dead AND ?6 AND excluded.desired > desired THEN NULL ELSE not_before END,
			dead = dead AND NOT (?6 AND excluded.desired > desired), desired = max(desired, excluded.desired)`,
			c.Alert.Episode, receiver, c.Alert.Fingerprint, c.Alert.Revision, now.UnixMicro(), again)
		if err != nil {
			return err
		}
	}
	return nil
}

// ReviveDeliveries makes due again what was given up for episodes that still fire. It is for the start of the agent: somebody may
// have mended the token that a receiver was refused for.
func (db *DB) ReviveDeliveries(ctx context.Context) error {
	now := db.now().UnixMicro()
	return db.write(ctx, "revive deliveries in store", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE deliveries SET dead = 0, attempts = 0, not_before = NULL, due_since = ?
			WHERE dead AND EXISTS (SELECT 1 FROM episodes e JOIN alerts a ON a.fingerprint = e.fingerprint
			WHERE e.episode = deliveries.episode AND e.resolved_at IS NULL AND a.body ->> 'episode' = e.episode)`, now)
		return err
	})
}

// DueDeliveries returns what receivers should have and don't, those that have waited longest first, with each episode's alert as
// it was last saved.
func (db *DB) DueDeliveries(ctx context.Context, now time.Time) ([]alerts.Due, error) {
	return read(ctx, db, scanDue, selectDue+`
		WHERE d.desired > d.delivered AND d.dead = 0 AND (d.not_before IS NULL OR d.not_before <= ?)
		ORDER BY d.due_since, d.episode, d.receiver`, now.UnixMicro())
}

// StandingDeliveries returns what receivers were told and are not given up on: of the alerts that are not inactive, and whatever was
// updated at the time or after it.
func (db *DB) StandingDeliveries(ctx context.Context, since time.Time) ([]alerts.Due, error) {
	return read(ctx, db, scanDue, selectDue+`
		WHERE d.delivered > 0 AND d.dead = 0 AND (d.updated_at >= ? OR d.episode IN (SELECT body ->> 'episode' FROM alerts))
		ORDER BY d.due_since, d.episode, d.receiver`, since.UnixMicro())
}

const selectDue = `SELECT d.episode, d.fingerprint, d.receiver, d.desired, d.delivered, d.channel, d.message, d.attempts,
	d.not_before, d.sending_since, d.last_error, d.dead, d.rolled, d.told, d.posted_at, d.reminded_at, d.updated_at, e.body
	FROM deliveries d JOIN episodes e ON e.episode = d.episode`

func scanDue(scan scanFunc) (alerts.Due, error) {
	var due alerts.Due
	var notBefore, sending, posted, reminded, updated sql.NullInt64
	var body string
	d := &due.Delivery
	err := scan(&d.Episode, &d.Fingerprint, &d.Receiver, &d.Desired, &d.Delivered, &d.Ref.Channel, &d.Ref.ID, &d.Attempts,
		&notBefore, &sending, &d.LastError, &d.Dead, &d.Rolled, &d.Told, &posted, &reminded, &updated, &body)
	if err != nil {
		return due, err
	}
	d.NotBefore, d.SendingSince, d.UpdatedAt = fromMicros(notBefore), fromMicros(sending), fromMicros(updated)
	d.PostedAt, d.RemindedAt = fromMicros(posted), fromMicros(reminded)
	return due, json.Unmarshal([]byte(body), &due.Alert)
}

// Divert makes what a delivery should have due to another receiver as well. One that has it, or was given up itself, stays as it is.
func (db *DB) Divert(ctx context.Context, d alerts.Delivery, to string) error {
	now := db.now().UnixMicro()
	return db.write(ctx, "divert delivery in store", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO deliveries (episode, receiver, fingerprint, desired, delivered, channel, message, attempts,
			last_error, dead, due_since, updated_at) VALUES (?1, ?2, ?3, ?4, 0, '', '', 0, '', 0, ?5, ?5)
			ON CONFLICT DO UPDATE SET due_since = CASE WHEN desired > delivered OR excluded.desired <= desired THEN due_since ELSE excluded.due_since END,
			desired = max(desired, excluded.desired)`, d.Episode, to, d.Fingerprint, d.Desired, now)
		return err
	})
}

// SaveDelivery keeps a delivery's outcome. Desired is never lowered: a tick may have raised it while the message was sent.
func (db *DB) SaveDelivery(ctx context.Context, d alerts.Delivery) error {
	now := db.now().UnixMicro()
	return db.write(ctx, "save delivery in store", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO deliveries (episode, receiver, fingerprint, desired, delivered, channel, message, attempts,
			not_before, sending_since, last_error, dead, rolled, told, posted_at, reminded_at, due_since, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint,
			due_since = CASE WHEN desired > delivered AND excluded.delivered <= delivered THEN due_since ELSE excluded.due_since END,
			desired = max(desired, excluded.desired), delivered = excluded.delivered, channel = excluded.channel,
			message = excluded.message, attempts = excluded.attempts, not_before = excluded.not_before,
			sending_since = excluded.sending_since, last_error = excluded.last_error, dead = excluded.dead, rolled = excluded.rolled, told = excluded.told,
			posted_at = excluded.posted_at, reminded_at = excluded.reminded_at, updated_at = excluded.updated_at`,
			d.Episode, d.Receiver, d.Fingerprint, d.Desired, d.Delivered, d.Ref.Channel, d.Ref.ID, d.Attempts,
			micros(d.NotBefore), micros(d.SendingSince), d.LastError, d.Dead, d.Rolled, d.Told, micros(d.PostedAt), micros(d.RemindedAt), now, micros(d.UpdatedAt))
		return err
	})
}
