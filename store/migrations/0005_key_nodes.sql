-- Where a run of keys is in its partition's tree: 1 is the root and has all hashes; each further octal digit is the next 3 bits that its
-- hashes begin with. Many keys sink down the tree as they are merged, so that no merge is large however many there are.
--
-- The form of a run's entries. 0 is that of 0002. 1 has the first 4 bytes of the hash, and 5 bytes (7 in slot -1) of the call: its id
-- relative to the slot, without the last 4 bits, doubled, one more where the key was taken. Runs become form 1 when they are merged.
ALTER TABLE key_runs ADD COLUMN node INTEGER NOT NULL DEFAULT 1;
ALTER TABLE key_runs ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
