package store

// keptSums are rows of sums as they are stored, so that a transaction need not read what one before it wrote. Only who holds the writer's
// connection uses them.
type keptSums struct {
	tables  [2]keptRows // by sumTable.index; rows of days are not kept
	waiting waitingSums
	live    keptLive
	open    bool // a transaction has changed rows and is not known to have committed
}

// begin makes sure that the rows are those that a new transaction sees.
func (k *keptSums) begin() {
	if k.open {
		k.forget()
	}
	k.open = true
}

// forget lets the next transaction read again what it changes.
func (k *keptSums) forget() {
	k.tables, k.waiting, k.live = [len(k.tables)]keptRows{}, waitingSums{}, keptLive{}
}

// keptRows are some rows of one table; nil keeps none.
type keptRows struct {
	young, old map[rollupKey]*keptRow
}

// keptRow is a row as it is stored, with its sketch encoded.
type keptRow struct {
	sums    sums
	sketch  []byte
	compact int // how long the sketch was when it was last written in one part; 0 where that is not known
}

// maxKeptRows is how many rows of a table are kept, twice over: about 1 MB.
const maxKeptRows = 2048

func (k *keptRows) get(key rollupKey) *keptRow {
	if k == nil {
		return nil
	}
	if r := k.young[key]; r != nil {
		return r
	}
	r := k.old[key]
	if r != nil {
		k.put(key, r)
	}
	return r
}

// put keeps a row, and forgets those that were not asked for while as many others came as may be kept.
func (k *keptRows) put(key rollupKey, r *keptRow) {
	if k == nil {
		return
	}
	if k.young == nil || len(k.young) >= maxKeptRows {
		k.young, k.old = map[rollupKey]*keptRow{}, k.young
	}
	k.young[key] = r
}

func (k *keptRows) drop(key rollupKey) {
	if k != nil {
		delete(k.young, key)
		delete(k.old, key)
	}
}
