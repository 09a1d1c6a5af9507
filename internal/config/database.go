package config

import (
	"path/filepath"
	"runtime"
)

// DatabasePath returns where the database is: the configured path or, without one, claudewatch/claudewatch.db in the user's data
// directory. It returns an error when the environment doesn't tell where that is. It creates nothing.
func (c *Config) DatabasePath(environ func(string) string) (string, error) {
	if c.Database.Path != "" {
		return c.Database.Path, nil
	}
	dir := dataDir(environ)
	if dir == "" {
		return "", &Error{Msg: "database.path: there is no home directory to keep the database in", Hint: "set database.path"}
	}
	return filepath.Join(dir, "claudewatch", "claudewatch.db"), nil
}

// dataDir returns the user's data directory, or "". Source: the XDG base directory specification and the habits of the others.
func dataDir(environ func(string) string) string {
	if dir := environ("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if runtime.GOOS == "windows" {
		return environ("LOCALAPPDATA")
	}
	home := environ("HOME")
	switch {
	case home == "":
		return ""
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Application Support")
	default:
		return filepath.Join(home, ".local", "share")
	}
}
