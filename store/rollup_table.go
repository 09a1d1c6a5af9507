package store

// sumTable is a table of sums.
type sumTable struct {
	index   int   // in sumTables
	seconds int64 // that a row is of
	user    bool  // whether the table has a column for the user
	byUser  bool  // whether that tells users apart
	sketch  bool  // whether it has one for the sketch
	blocks  bool  // whether what it gains waits in blocks, so that its rows change rarely and are not kept

	// Statements over a row's key: find with the key and a number that comes back in front of the sums, put with the whole row.
	find, put, drop string
}

// sumTables are those that a call counts in.
var sumTables = []*sumTable{
	(&sumTable{index: 0, seconds: 60, user: true}).named("minutes"),
	(&sumTable{index: 1, seconds: 60 * 60, sketch: true}).named("hours"),
	(&sumTable{index: 2, seconds: 24 * 60 * 60, user: true, byUser: true, sketch: true, blocks: true}).named("day_rows"),
}

const sumColumns = `calls, rate_limited, overloaded, errors, retries, retry_delay, measured, input, output, cache_read, write_5m, write_1h,
	timed, duration, priced, cost, unpriced`

// named makes the table's statements. REPLACE costs a look less than an update: the key is the only index, so it just overwrites.
func (t *sumTable) named(name string) *sumTable {
	user, isUser, columns, marks := "", "", sumColumns, "?, ?, ?, ?, "
	if t.user {
		user, isUser, marks = "user, ", "user = ? AND ", marks+"?, "
	}
	marks += "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
	if t.sketch {
		columns, marks = columns+", sketch", marks+", ?"
	}
	key := " WHERE start = ? AND scope = ? AND " + isUser + "status = ? AND cause = ?"
	t.put = "INSERT OR REPLACE INTO " + name + " (start, scope, " + user + "status, cause, " + columns + ") VALUES (" + marks + ")"
	t.find = "SELECT ?, " + columns + " FROM " + name + key
	t.drop = "DELETE FROM " + name + key
	return t
}

// pack appends the key of a row.
func (t *sumTable) pack(b []byte, k *rollupKey, cause string) []byte {
	b = packInt(packInt(b, k.start), k.scope)
	if t.user {
		b = packInt(b, k.user)
	}
	return packText(packInt(b, k.status), cause)
}
