package config

import "strings"

// Given notes that a value came from somewhere else than the file, as in Given("listen", "--listen"), so that errors and Print say so.
func (c *Config) Given(path, from string) { c.origins[path] = Origin{File: from} }

// Origin returns where the value at a path came from, as in Origin("database.path"). The zero Origin is a default.
func (c *Config) Origin(path string) Origin { return c.origins[path] }

// nearest returns the origin of the path or, where nothing was given there, of what it is in.
func (c *Config) nearest(path string) Origin {
	for ; path != ""; path = parent(path) {
		if o, ok := c.origins[path]; ok {
			return o
		}
	}
	return Origin{File: c.file}
}

// parent returns the path of what a path is in, as in "sources[0]" for "sources[0].tail"; "" is the whole.
func parent(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

// within reports whether the path is the outer one or inside of it.
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
