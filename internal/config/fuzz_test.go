package config

import (
	"os"
	"strings"
	"testing"
)

// Whatever the file holds, Parse returns: either errors that can be shown, or a configuration that prints and reads as itself.
func FuzzParse(f *testing.F) {
	for _, path := range corpus(&testing.T{}, "testdata/*/*.yml") {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("fuzz.yml", data, Options{Rules: testRules()})
		if err != nil {
			if c != nil || err.Error() == "" {
				t.Errorf("Parse(%q) = %v, %q; want no configuration and a text", data, c, err)
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("Validate(Parse(%q)) = %v; want nil", data, err)
		}
		var first, second strings.Builder
		if err := c.Print(&first); err != nil {
			t.Fatalf("Print(Parse(%q)): %v", data, err)
		}
		again, err := Parse("", []byte(first.String()), Options{Rules: testRules()})
		if err != nil {
			t.Fatalf("Parse(Print(Parse(%q))) = %v\n%s", data, err, first.String())
		}
		c.origins, again.origins = nil, nil
		first.Reset()
		if err := c.Print(&first); err != nil {
			t.Fatal(err)
		}
		if err := again.Print(&second); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Errorf("Print(Parse(%q)) = %s; want %s", data, second.String(), first.String())
		}
	})
}
