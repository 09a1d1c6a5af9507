package store

import "testing"

func TestCacheBytesCountsPages(t *testing.T) {
	db := open(t)
	before := CacheBytes()
	const pages = 200
	for range pages {
		if _, err := db.writer.ExecContext(t.Context(), "INSERT INTO meta (name, value) VALUES (hex(randomblob(16)), randomblob(4000))"); err != nil {
			t.Fatal(err)
		}
	}
	if grown := CacheBytes() - before; grown < pages*4096/2 || grown > 10<<20 {
		t.Errorf("CacheBytes() grew by %d; want what %d pages take", grown, pages)
	}
}
